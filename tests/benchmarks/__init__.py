"""Measured figures beside their goals; nothing here passes or fails."""
