"""The description of the API, as it is checked in beside this file and compared in the tests."""

import json

from api.app import create_app
from controller.config import About, Database, Room, Site
from controller.store.database import open_engine

_ANY_SITE = Site(
    site=About(id="site", name="site"),
    database=Database(url="sqlite:///never-opened.db"),
    rooms=(Room(id="room", name="room"),),
)


def document() -> str:
    """The OpenAPI document, the same on every machine and for every site; opens no store."""
    engine = open_engine(_ANY_SITE.database.url)
    app = create_app(_ANY_SITE, engine, engine)
    return json.dumps(app.openapi(), ensure_ascii=False, indent=2) + "\n"
