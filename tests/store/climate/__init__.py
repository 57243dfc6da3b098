"""Tests of climate history and of the holdings that stood in it."""
