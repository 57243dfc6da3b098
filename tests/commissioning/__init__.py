"""Putting doors into service."""
