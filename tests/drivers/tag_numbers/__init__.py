"""Tests of what a tag's number says by itself."""
