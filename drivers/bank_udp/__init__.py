"""A bank of mobile shelving that speaks frames beginning with 55 over UDP."""
