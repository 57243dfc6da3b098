"""The bank that speaks UDP."""
