"""Pure decisions. No I/O, no clock, no framework; time arrives with each message.

``Stackroom.handle`` is the only door in.
"""
