"""Borrowing and orders."""
