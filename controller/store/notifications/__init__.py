"""What people are to be told: queued, tried again, given up, and remembered for a while."""
