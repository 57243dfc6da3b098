"""What listens beside doors."""
