"""``python -m drivers``."""

from drivers.cli import app

app(prog_name="python -m drivers")
