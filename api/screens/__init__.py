"""The screens: server-rendered pages for people, in Chinese and English.

They read the store as the API does and file requests as the API does; they decide nothing and
move nothing. Every page works without JavaScript, except that it then stands still.
"""

from fastapi import FastAPI
from starlette.staticfiles import StaticFiles

from api.context import Context
from api.screens.rendering import STATIC


def mount(app: FastAPI, context: Context) -> None:
    """Adds the pages and their files to the application."""
    app.mount("/static", StaticFiles(directory=str(STATIC)))
