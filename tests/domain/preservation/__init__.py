"""What the air does to paper."""
