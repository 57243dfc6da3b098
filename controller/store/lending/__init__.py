"""What borrowing and orders leave in rows."""
