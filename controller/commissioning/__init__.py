"""Putting a door into service: labelled walks, the gate they must pass, and what is learnt."""
