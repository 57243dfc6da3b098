"""The whole system, from device to screen."""
