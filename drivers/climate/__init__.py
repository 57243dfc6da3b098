"""Temperature and humidity sensors."""
