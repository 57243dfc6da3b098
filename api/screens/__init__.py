"""The screens: server-rendered pages for people, in Chinese and English.

They read the store as the API does and file requests as the API does; they decide nothing and
move nothing. Every page works without JavaScript, except that it then stands still.
"""

from fastapi import FastAPI

from api.context import Context
from api.screens import (
    alarms,
    desks,
    devices,
    discrepancies,
    doors,
    environment,
    errands,
    exposure,
    find,
    lanes,
    liveness,
    machines,
    passages,
    queues,
    racks,
    reports,
    signing_in,
)
from api.screens import order_texts as order_texts
from api.screens.frame import Screens
from api.screens.static_files import StaticFiles

PAGES = (
    signing_in,
    doors,
    lanes,
    liveness,
    passages,
    find,
    exposure,
    environment,
    reports,
    racks,
    machines,
    queues,
    errands,
    desks,
    discrepancies,
    alarms,
    devices,
)


def mount(app: FastAPI, context: Context) -> None:
    """Adds the pages and their files to the application."""
    app.state.screens = Screens(context)
    app.mount("/static", StaticFiles())
    for page in PAGES:
        app.include_router(page.router)
