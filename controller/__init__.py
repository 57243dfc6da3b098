"""The controller: decides what observations mean, writes it down, and says so."""
