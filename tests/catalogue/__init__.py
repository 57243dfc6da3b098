"""Tests of ``catalogue``."""
