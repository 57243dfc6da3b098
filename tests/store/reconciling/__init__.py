"""Comparing a store: what is looked at, what is written, and what a kill leaves."""
