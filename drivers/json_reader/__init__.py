"""Readers that speak JSON: over HTTP, over a TCP socket, or through an MQTT broker."""
