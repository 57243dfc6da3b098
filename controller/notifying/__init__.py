"""Tells people of alarms and reminders by mail and webhook. Decides nothing about alarms."""
