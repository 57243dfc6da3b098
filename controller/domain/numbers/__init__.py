"""Numbers that archives and offices write: their grammar, their check digits, their masks. Pure."""
