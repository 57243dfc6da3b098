"""Low Level Reader Protocol 1.0.1 and 1.1 (UHF portal readers)."""
