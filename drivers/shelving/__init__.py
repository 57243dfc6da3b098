"""Motorised mobile shelving."""
