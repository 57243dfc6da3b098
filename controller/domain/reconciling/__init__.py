"""Catalogue, registry and observation compared: pure rules, and the register of differences."""
