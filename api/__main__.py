"""``python -m api``."""

from api.cli import app

app()
