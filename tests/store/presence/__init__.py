"""Tables of what was heard beside doors."""
