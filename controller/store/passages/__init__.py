"""Passages that a person is asked about: the table derived from the journal, and its views."""
