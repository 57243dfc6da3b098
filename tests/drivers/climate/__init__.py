"""The sensor driver against simulated sensors on a pseudo-terminal."""
