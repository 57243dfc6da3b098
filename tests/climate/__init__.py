"""Climate from files of other makes."""
