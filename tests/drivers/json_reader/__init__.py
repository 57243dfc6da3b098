"""Tests of readers that push JSON."""
