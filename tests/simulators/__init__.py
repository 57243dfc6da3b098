"""Tests of ``simulators``."""
