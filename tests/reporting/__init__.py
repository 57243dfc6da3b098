"""Monthly climate reports, from plain values and from a store, looked at as text and numbers."""
