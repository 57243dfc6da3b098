"""Simulated devices on real sockets and real serial lines. Nothing that ships imports them."""
