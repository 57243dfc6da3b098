"""Machines that are not there: what they are made of, what drives them, and what holds them back.

They know no registers: a profile says where what they do is to be read, see ``profiled_device``.
"""
