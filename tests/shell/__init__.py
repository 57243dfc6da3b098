"""Tests of the shell around the domain."""
