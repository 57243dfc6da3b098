"""Comparing catalogue, registry and observation: continuously, by the calendar, and on demand."""
