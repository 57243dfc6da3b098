"""What strangers may send: millions of spoilt inputs for every codec."""
