"""Makes a report for whoever asks: few at a time, for each keeps a core busy for seconds."""

import threading
from typing import Final
from zoneinfo import ZoneInfo

from api.context import Context
from api.problems import Problem
from api.security import Person
from controller.reporting.fonts import NoChineseFont
from controller.reporting.making import Format, MadeReport, make
from controller.reporting.month import month_of

AT_ONCE: Final = 1
PATIENCE_S: Final = 20.0

_turn = threading.BoundedSemaphore(AT_ONCE)


def report_of(
    context: Context, person: Person, *, room: str, month: str, form: Format, lang: str
) -> MadeReport:
    """The report; waits for its turn.

    Raises:
        Problem: no such room or month, no font, or too many reports are being made.
    """
    site = context.site
    found = next((one for one in site.rooms if one.id == room), None)
    if found is None:
        raise Problem(404, "no_such_room", "The site has no room of that id.")
    try:
        asked = month_of(month, ZoneInfo(site.site.timezone))
    except ValueError as error:
        raise Problem(422, "bad_month", str(error)) from error
    if not _turn.acquire(timeout=PATIENCE_S):
        raise Problem(503, "busy", "Other reports are being made; ask again in a minute.")
    try:
        return make(
            context.engine,
            site,
            room=found,
            month=asked,
            language=lang,
            form=form,
            by=person.name,
            now=context.now(),
        )
    except NoChineseFont as error:
        raise Problem(409, "no_font", str(error)) from error
    finally:
        _turn.release()
