"""Registers, profiles, and the owner of a line."""
