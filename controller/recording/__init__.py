"""What a door's reader heard, as a file: read, written, and played through the door's own logic."""
