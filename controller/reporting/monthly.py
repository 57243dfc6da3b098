"""The calendar's reports: every room's month as soon as it is over, made by nobody's asking.

Asked every night, so that a controller that was off on the first of the month makes them later.
"""

import logging
from zoneinfo import ZoneInfo

from sqlalchemy import Engine

from controller.config import Site
from controller.reporting.fonts import NoChineseFont
from controller.reporting.making import make
from controller.reporting.month import month_around
from controller.store.database import StoreError
from controller.store.reports import kept
from drivers.observations import Clock

log = logging.getLogger(__name__)

EVERY_NIGHT_AT = "20 0 * * *"
"""Crontab, in the site's own time zone: before readings older than a month are let go."""
BY = "calendar"


class MonthlyReports:
    """Makes last month's reports of one site that are not there yet."""

    def __init__(self, engine: Engine, site: Site, clock: Clock) -> None:
        self._engine = engine
        self._site = site
        self._clock = clock

    def make_missing(self) -> None:
        """Make them. What cannot be made is logged and tried again the next night."""
        settings = self._site.reports
        languages = settings.languages or (self._site.site.language,)
        wanted = [
            (room, language, form)
            for room in self._site.rooms
            for language in languages
            for form in settings.formats
        ]
        now = self._clock().utc
        month = month_around(now, ZoneInfo(self._site.site.timezone)).previous
        for room, language, form in wanted:
            try:
                with self._engine.connect() as connection:
                    if kept.has(connection, room.id, str(month), language, form):
                        continue
                make(
                    self._engine,
                    self._site,
                    room=room,
                    month=month,
                    language=language,
                    form=form,
                    by=BY,
                    now=now,
                )
            except (NoChineseFont, StoreError) as error:
                log.error("report of %s, %s, as %s: %s", room.id, month, form, error)
