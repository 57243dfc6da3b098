"""Devices of the stack rooms: what they report, what they accept, how they speak.

A driver says what it physically saw, when, and how sure it is. It knows nothing of
archives, loans or alarms.
"""
