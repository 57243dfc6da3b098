"""The comparison of the three parties."""
