"""Reference codes, identity numbers, key fields."""
