"""From the site and its store to a report in somebody's hand, and a copy kept in the store."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import Connection, Engine

from controller.config import Room, Site
from controller.domain.preservation.record import Sample
from controller.language import words
from controller.reporting.composing import compose
from controller.reporting.figures import ReportFigures, figures
from controller.reporting.fonts import chinese_font
from controller.reporting.month import AlarmOccurrence, Month, RoomMonth, SensorMonth
from controller.store.database import begin_write
from controller.store.ids import new_id
from controller.store.reports import kept
from controller.store.reports.inputs import Occurrence, measurements, occurrences
from controller.store.reports.kept import ReportView

Format = Literal["pdf", "xlsx"]


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeReport:
    """One report: what is kept of it, its bytes, and its figures."""

    view: ReportView
    body: bytes
    figures: ReportFigures


def room_month(
    connection: Connection, site: Site, room: Room, month: Month, now: datetime
) -> RoomMonth:
    """What is known of a room's month at ``now``."""
    until = min(month.end, max(now, month.begin))
    parts = [part for part in site.placed if part.room == room.id]
    return RoomMonth(
        site=site.site.name,
        fonds=[f"{fonds.code} {fonds.name}" for fonds in site.fonds],
        room=room.id,
        room_name=room.name,
        preset=room.preset,
        month=month,
        known_until=until,
        sensors=[
            _sensor(connection, s.id, s.name, s.interval_s, month.begin, until)
            for s in site.sensors
            if s.room == room.id
        ],
        alarms=[
            _occurrence(one)
            for one in occurrences(connection, [p.id for p in parts], month.begin, until)
        ],
    )


def make(
    engine: Engine,
    site: Site,
    *,
    room: Room,
    month: Month,
    language: str,
    form: Format,
    by: str,
    now: datetime,
) -> MadeReport:
    """Make one report; where the month is over, a copy is kept.

    Asked for again it is the very same file, as long as the data and the program say the same.

    Raises:
        NoChineseFont: a Chinese PDF needs a font that is not there.
        StoreError: the store does not answer.
    """
    with engine.connect() as connection:
        given = room_month(connection, site, room, month, now)
    found = figures(given)
    document = compose(given, found, words(language), made_at=now, made_by=by)
    if form == "xlsx":
        from controller.reporting.xlsx import xlsx  # each of the two takes a second to import

        body = xlsx(document, made_at=now)
    else:
        from controller.reporting.pdf import pdf

        body = pdf(document, font=chinese_font(site.reports.font), made_at=now)
    view = _view(room, month, language, form, by, now, found, body)
    if given.whole:
        view, body = _kept(engine, view, body)
    return MadeReport(view=view, body=body, figures=found)


def _kept(engine: Engine, view: ReportView, body: bytes) -> tuple[ReportView, bytes]:
    """Keep it, unless one that says the same is kept already: then that one, byte for byte."""
    with engine.begin() as connection:
        begin_write(connection)
        earlier = kept.same(connection, view)
        if earlier is not None:
            return earlier
        kept.keep(connection, view, body)
    return view, body


def _view(
    room: Room,
    month: Month,
    language: str,
    form: Format,
    by: str,
    now: datetime,
    found: ReportFigures,
    body: bytes,
) -> ReportView:
    return ReportView(
        id=new_id(),
        room=room.id,
        month=str(month),
        language=words(language).tag,
        format=form,
        made_at=now,
        made_by=by,
        figures_sha256=found.digest,
        sha256=hashlib.sha256(body).hexdigest(),
        size=len(body),
    )


def file_name(view: ReportView) -> str:
    """How the file is called where it is saved; plain ASCII."""
    return f"climate-{view.room}-{view.month}-{view.language}.{view.format}"


def _sensor(
    connection: Connection,
    sensor: str,
    name: str,
    interval_s: float,
    since: datetime,
    until: datetime,
) -> SensorMonth:
    measured = measurements(connection, sensor, since, until)
    return SensorMonth(
        id=sensor,
        name=name,
        interval_s=interval_s,
        samples=[
            Sample(
                at_s=one.at.timestamp(),
                temperature_c=one.temperature_c,
                relative_humidity_percent=one.relative_humidity_percent,
            )
            for one in measured.values
        ],
        uncertain=measured.uncertain,
        bad=measured.bad,
    )


def _occurrence(one: Occurrence) -> AlarmOccurrence:
    raised = one.raised
    return AlarmOccurrence(
        alarm_id=raised.alarm_id,
        kind=raised.kind,
        source=raised.source,
        subject=raised.subject,
        priority=raised.priority,
        quantity=raised.detail.get("quantity", ""),
        raised_at=raised.at,
        returned_at=one.returned_at,
        acknowledged_at=one.acknowledged_at,
        acknowledged_by=one.acknowledged_by,
        note=one.note,
    )
