"""Writes the figures of a month down in one language; computes nothing."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime

from controller.domain.preservation.limits import Compliance
from controller.language import Words, mark
from controller.reporting.document import Cell, Chart, Column, Document, Section, Table
from controller.reporting.excursions import Excursion
from controller.reporting.figures import ReportFigures, SensorFigures, Spread
from controller.reporting.month import AlarmOccurrence, RoomMonth
from controller.reporting.naming import KINDS, PRIORITIES, QUANTITIES, SIDES, UNITS

STAMP = "%Y-%m-%d %H:%M"
MOST_ROWS = 400
"""More rows than anybody reads on paper; the table says how many were left out."""


def compose(
    given: RoomMonth, found: ReportFigures, t: Words, *, made_at: datetime, made_by: str
) -> Document:
    """The report in the language of ``t``."""
    return _Composer(given, found, t).document(made_at, made_by)


class _Composer:
    def __init__(self, given: RoomMonth, found: ReportFigures, t: Words) -> None:
        self._given = given
        self._found = found
        self._t = t

    def document(self, made_at: datetime, made_by: str) -> Document:
        t, given = self._t, self._given
        zone = given.month.zone
        period = f"{given.month.begin:%Y-%m-%d} – {given.known_until.astimezone(zone):{STAMP}}"
        return Document(
            title=t("Monthly climate report"),
            language=t.tag,
            header=[
                (t("Unit"), given.site),
                (t("Fonds"), "; ".join(given.fonds) or "–"),
                (t("Room"), f"{given.room_name} ({given.room})"),
                (t("Period"), f"{period} ({zone.key})"),
                (t("Made"), f"{made_at.astimezone(zone):{STAMP}}, {made_by}"),
                (t("Figures (SHA-256)"), self._found.digest),
            ],
            signatures=[t("Made by"), t("Checked by"), t("Date")],
            sections=list(self._sections()),
            footer=f"{given.site} · {given.room_name} · {given.month}",
            page=t.text("Page %(page)s of %(pages)s"),
        )

    def _sections(self) -> Iterator[Section]:
        yield self._overview()
        for number, sensor in enumerate(self._found.sensors, start=1):
            yield self._sensor(number, sensor)
        yield self._excursions()
        yield self._alarms()
        yield self._gaps()

    def _overview(self) -> Section:
        t, preset = self._t, self._found.preset
        low_c, high_c = preset.temperature_c
        low, high = preset.relative_humidity_percent
        notes = []
        if not self._given.whole:
            notes.append(t("The month is not over: this report is provisional."))
        if not self._found.sensors:
            notes.append(t("No sensor stands in this room."))
        return Section(
            title=t("Overview"),
            sheet=t("Overview"),
            notes=notes,
            facts=[
                (t("Limits"), f"{preset.name} ({preset.standard})"),
                (t("Temperature"), f"{low_c:g} – {high_c:g} °C"),
                (t("Relative humidity"), f"{low:g} – {high:g} %"),
                (t("Alarms"), str(self._found.alarms.count)),
            ],
            tables=[self._compliance(), self._preservation()],
        )

    def _compliance(self) -> Table:
        t = self._t
        return Table(
            columns=[
                Column(title=t("Sensor"), weight=2),
                Column(title=t.text("Known, % of the time"), decimals=1),
                Column(title=t.text("Temperature kept, % of hours"), decimals=1),
                Column(title=t.text("Humidity kept, % of hours"), decimals=1),
                Column(title=t.text("Both kept, %"), decimals=1),
                Column(title=t.text("Daily change kept, %"), decimals=1),
                Column(title=t("Excursions"), decimals=0),
            ],
            rows=[
                [one.name, 100 * one.coverage, *_kept(one.compliance), len(one.excursions)]
                for one in self._found.sensors
            ],
            none=t("Nothing was measured."),
        )

    def _preservation(self) -> Table:
        t = self._t
        return Table(
            columns=[
                Column(title=t("Sensor"), weight=2),
                Column(title=t("TWPI, years"), decimals=1),
                Column(title=t("Lifetime multiplier (eLM)"), decimals=3),
                Column(title=t("Mould index, highest"), decimals=2),
                Column(title=t("Mould index at the end"), decimals=2),
                Column(title=t.text("EN 15757 band, % RH"), weight=2),
            ],
            rows=[
                [
                    one.name,
                    one.twpi_years,
                    one.lifetime,
                    one.mould_highest if one.samples else None,
                    one.mould_at_end if one.samples else None,
                    self._band(one),
                ]
                for one in self._found.sensors
            ],
            none=t("Nothing was measured."),
        )

    def _band(self, sensor: SensorFigures) -> str:
        band = sensor.fluctuation
        if band is None or not band.long_enough:
            return self._t("needs 13 months, %(days)s days known", days=sensor.known_days)
        return f"{band.lowest_percent:+.1f} … {band.highest_percent:+.1f}"

    def _sensor(self, number: int, sensor: SensorFigures) -> Section:
        t = self._t
        return Section(
            title=f"{sensor.name} ({sensor.id})",
            sheet=f"{number} {sensor.id}"[:31],
            notes=self._doubts(sensor),
            facts=[
                (t("Readings"), str(sensor.samples)),
                (t("Temperature"), _span(sensor.temperature_c, "°C")),
                (t("Relative humidity"), _span(sensor.relative_humidity_percent, "%")),
                (t("Dew point"), _ends(sensor.dew_point_c.lowest, sensor.dew_point_c.highest)),
                (t("Calibration"), sensor.calibration or t("nothing is known")),
            ],
            charts=[self._chart(sensor, quantity) for quantity in QUANTITIES]
            if sensor.days
            else [],
            tables=[self._days(sensor)],
        )

    def _doubts(self, sensor: SensorFigures) -> list[str]:
        t, notes = self._t, []
        if sensor.coverage < 0.75:
            notes.append(
                t(
                    "Only %(percent)s %% of the time is known: no TWPI and no lifetime is given.",
                    percent=f"{100 * sensor.coverage:.1f}",
                )
            )
        if sensor.uncertain:
            text = mark("%(count)s readings are uncertain, such as out of calibration; they count.")
            notes.append(t(text, count=sensor.uncertain))
        if sensor.bad:
            text = mark("%(count)s readings gave no value; they count as not known.")
            notes.append(t(text, count=sensor.bad))
        return notes

    def _chart(self, sensor: SensorFigures, quantity: str) -> Chart:
        t, preset, month = self._t, self._found.preset, self._given.month
        spreads: list[tuple[date, Spread]] = [(d.day, getattr(d, quantity)) for d in sensor.days]
        limits: tuple[float, float] = getattr(preset, quantity)
        return Chart(
            title=t(QUANTITIES[quantity]),
            unit=UNITS[quantity],
            days=(month.next.begin.date() - month.begin.date()).days,
            points=[(day, s.lowest, s.mean, s.highest) for day, s in spreads],
            limits=limits,
            legend=(t("daily mean"), t("lowest to highest"), t("limits")),
        )

    def _days(self, sensor: SensorFigures) -> Table:
        t = self._t
        spread = (mark("lowest"), mark("mean"), mark("highest"))
        columns = [
            Column(title=f"{head} {t(word)}", decimals=1)
            for head in (t("Temp. °C"), t.text("RH %"))
            for word in spread
        ]
        return Table(
            columns=[
                Column(title=t("Day"), weight=1.3),
                *columns,
                Column(title=t.text("Known, %"), decimals=0),
            ],
            rows=[
                [
                    day.day.isoformat(),
                    *_three(day.temperature_c),
                    *_three(day.relative_humidity_percent),
                    100 * day.coverage,
                ]
                for day in sensor.days
            ],
            none=t("Nothing was measured."),
        )

    def _excursions(self) -> Section:
        t = self._t
        rows = [
            self._excursion(sensor, one)
            for sensor in self._found.sensors
            for one in sensor.excursions
        ]
        return Section(
            title=t("Excursions"),
            sheet=t("Excursions"),
            notes=[
                t("Hours in a row whose mean lay outside the limits, alarms or no."),
                *self._left_out(rows),
            ],
            tables=[
                Table(
                    columns=[
                        Column(title=t("Sensor"), weight=1.4),
                        Column(title=t("What"), weight=1.6),
                        Column(title=t("Since"), weight=1.7),
                        Column(title=t("Hours"), decimals=0, weight=0.7),
                        Column(title=t("Limit"), decimals=1, weight=0.8),
                        Column(title=t("Worst"), decimals=1, weight=0.8),
                        Column(title=t("Alarms"), decimals=0, weight=0.8),
                        Column(title=t("Acknowledged by"), weight=1.3),
                        Column(title=t("Cause"), weight=2.4),
                    ],
                    rows=rows[:MOST_ROWS],
                    none=t("None: every known hour kept the limits."),
                )
            ],
        )

    def _excursion(self, sensor: SensorFigures, one: Excursion) -> list[Cell]:
        t = self._t
        return [
            sensor.name,
            f"{t(QUANTITIES[one.quantity])} {t(SIDES[one.side])}",
            self._stamp(one.since),
            one.hours,
            one.limit,
            one.worst,
            one.alarms,
            one.acknowledged_by or "–",
            one.cause or "–",
        ]

    def _alarms(self) -> Section:
        t, alarms = self._t, self._found.alarms
        minutes = alarms.median_minutes_to_acknowledge
        by_priority = ", ".join(
            f"{t(PRIORITIES.get(name, name))} {count}" for name, count in alarms.by_priority.items()
        )
        rows = [self._alarm(one) for one in self._given.alarms]
        return Section(
            title=t("Alarms"),
            sheet=t("Alarms"),
            notes=self._left_out(rows),
            facts=[
                (t("Raised"), f"{alarms.count}" + (f" ({by_priority})" if by_priority else "")),
                (t("Not acknowledged"), str(alarms.not_acknowledged)),
                (
                    t("Minutes to acknowledge, median"),
                    "–" if minutes is None else f"{minutes:.1f}",
                ),
                (t("Standing longer than 24 h"), str(alarms.standing_longer_than_a_day)),
                (
                    t("Most frequent"),
                    "; ".join(f"{name} × {count}" for name, count in alarms.most_frequent) or "–",
                ),
            ],
            tables=[
                Table(
                    columns=[
                        Column(title=t("Raised"), weight=1.6),
                        Column(title=t("Alarm"), weight=1.8),
                        Column(title=t("Device"), weight=1.2),
                        Column(title=t("Priority"), weight=1),
                        Column(title=t("Returned"), weight=1.6),
                        Column(title=t("Acknowledged by"), weight=1.3),
                        Column(title=t("Note"), weight=2),
                    ],
                    rows=rows[:MOST_ROWS],
                    none=t("None."),
                )
            ],
        )

    def _alarm(self, alarm: AlarmOccurrence) -> list[Cell]:
        t = self._t
        quantity = QUANTITIES.get(alarm.quantity)
        kind = t(KINDS.get(alarm.kind, alarm.kind))
        return [
            self._stamp(alarm.raised_at),
            f"{kind} ({t(quantity)})" if quantity else kind,
            alarm.source,
            t(PRIORITIES.get(alarm.priority, alarm.priority)),
            self._stamp(alarm.returned_at) if alarm.returned_at else "–",
            alarm.acknowledged_by or "–",
            alarm.note or "–",
        ]

    def _gaps(self) -> Section:
        t = self._t
        rows: list[list[Cell]] = [
            [
                sensor.name,
                self._stamp(gap.since),
                self._stamp(gap.until),
                (gap.until - gap.since).total_seconds() / 3600,
            ]
            for sensor in self._found.sensors
            for gap in sensor.gaps
        ]
        return Section(
            title=t("Gaps"),
            sheet=t("Gaps"),
            notes=[
                t("Silences longer than three intervals; they count neither as good nor as bad."),
                *self._left_out(rows),
            ],
            tables=[
                Table(
                    columns=[
                        Column(title=t("Sensor"), weight=2),
                        Column(title=t("Since"), weight=2),
                        Column(title=t("Until"), weight=2),
                        Column(title=t("Hours"), decimals=1),
                    ],
                    rows=rows[:MOST_ROWS],
                    none=t("None."),
                )
            ],
        )

    def _left_out(self, rows: Sequence[object]) -> list[str]:
        more = len(rows) - MOST_ROWS
        return [self._t("%(count)s further rows are left out.", count=more)] if more > 0 else []

    def _stamp(self, at: datetime) -> str:
        return at.astimezone(self._given.month.zone).strftime(STAMP)


def _kept(kept: Compliance | None) -> list[Cell]:
    if kept is None:
        return [None] * 4
    daily = None if kept.daily is None else 100 * kept.daily
    return [100 * kept.temperature, 100 * kept.relative_humidity, 100 * kept.both, daily]


def _three(spread: Spread) -> list[Cell]:
    return [spread.lowest, spread.mean, spread.highest]


def _span(spread: Spread | None, unit: str) -> str:
    if spread is None:
        return "–"
    return f"{spread.lowest:.1f} – {spread.highest:.1f} {unit} (Ø {spread.mean:.1f})"


def _ends(lowest: float | None, highest: float | None) -> str:
    return "–" if lowest is None or highest is None else f"{lowest:.1f} – {highest:.1f} °C"
