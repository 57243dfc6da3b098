"""What the air was and what stood in it: readings, hours kept for years, and stays in rooms."""
