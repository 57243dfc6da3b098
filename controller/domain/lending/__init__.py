"""Lending: who may have what, in which order, until when, and how it comes back."""
