"""The shelving driver against the simulated bank."""
