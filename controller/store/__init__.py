"""Persistence. Rows stay in here; everything that leaves is a domain value.

The journal is the record; every table marked *derived* in ``schema`` can be rebuilt from it.
"""
