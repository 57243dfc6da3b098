"""Notifications, over real SMTP conversations and a real HTTP receiver."""
