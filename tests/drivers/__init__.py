"""Tests of ``drivers``."""
