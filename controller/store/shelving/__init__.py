"""What the store keeps of shelving: reservations, motions, errands. Rows stay here, too."""
