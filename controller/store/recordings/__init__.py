"""What the doors' readers heard about passages, kept for a while; and how doors were found."""
