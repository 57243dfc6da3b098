"""Radio at a doorway as physics has it: seeded, without a clock, without a socket.

Path loss, antenna patterns, diffuse fields that let the far side read, bodies in the way, badly
turned labels, and inventory rounds in which all tags of the field share the air. One model for
the simulated site, the tests and the accuracy figures. It ranks rules and provokes cases; it
promises no figure for a real doorway.
"""
