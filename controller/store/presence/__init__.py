"""Where things are beside doors: the tables derived from the journal, and their views."""
