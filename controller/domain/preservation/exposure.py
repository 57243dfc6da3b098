"""What the air did to one thing that moved between rooms: its own climate, with honest gaps.

Time outside, at an unknown place, or in a room nobody measured counts for nothing; how much that
was is told beside every figure. Living through a year at once or hour by hour gives the same.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Final

from controller.domain.model import OUTSIDE
from controller.domain.preservation.limits import Preset
from controller.domain.preservation.record import (
    LEAST_COVERAGE,
    SATURATED_PERCENT,
    PreservationRecord,
    Sample,
)
from controller.domain.preservation.rooms import HOUR, Excursion, Hour, excursions

HOUR_S: Final = 3600.0


class Basis(StrEnum):
    """What a stay rests on."""

    PASSAGE = "passage"
    ZONE = "zone"
    SHELF = "shelf"
    SWEEP = "sweep"
    CATALOGUE = "catalogue"
    """Nobody saw it there; the catalogue says that it belongs there."""
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stay:
    """A span of time at one place."""

    place: str
    """A room's id, or ``outside``; empty when nobody knows."""
    since: datetime
    until: datetime
    basis: Basis


class GapReason(StrEnum):
    """Why nothing is known of a span."""

    OUTSIDE = "outside"
    PLACE_UNKNOWN = "place_unknown"
    NOT_MEASURED = "not_measured"


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """A span whose climate is not known, and why."""

    since: datetime
    until: datetime
    reason: GapReason


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomExcursion:
    """An excursion that the thing stood in, cut to the time it stood there."""

    room: str
    excursion: Excursion


RoomHours = Callable[[str, datetime, datetime], Sequence[Hour]]
"""The hours of a room that touch a span, oldest first."""


@dataclass(slots=True, kw_only=True)
class Exposure:
    """What is known of one span of a thing's life."""

    record: PreservationRecord = field(
        default_factory=lambda: PreservationRecord(interval_s=HOUR_S)
    )
    in_rooms_s: float = 0.0
    observed_s: float = 0.0
    """Of the time in rooms: seen there by a reader or a person, not only by the catalogue."""
    gaps: list[Gap] = field(default_factory=list)
    excursions: list[RoomExcursion] = field(default_factory=list)
    stays: list[Stay] = field(default_factory=list)
    beyond_s: dict[str, float] = field(default_factory=dict)
    """Time beyond each limit of the rooms' presets: ``relative_humidity_percent_high``."""

    @property
    def coverage(self) -> float:
        """Share of the time in rooms whose climate is known, 0 to 1."""
        return self.record.known_s / self.in_rooms_s if self.in_rooms_s else 0.0

    @property
    def twpi_years(self) -> float | None:
        """Its own time-weighted preservation index; ``None`` where too little is known."""
        return self.record.index_years.mean if self.coverage >= LEAST_COVERAGE else None

    @property
    def equivalent_lifetime(self) -> float | None:
        """Its own equivalent lifetime multiplier; ``None`` where too little is known."""
        return self.record.lifetime.mean if self.coverage >= LEAST_COVERAGE else None

    def live(self, stay: Stay, hours: RoomHours, presets: Mapping[str, Preset]) -> None:
        """Go through one stay; stays come oldest first."""
        self._remember(stay)
        if stay.place not in presets:
            away = stay.place == OUTSIDE
            self._gap(
                stay.since, stay.until, GapReason.OUTSIDE if away else GapReason.PLACE_UNKNOWN
            )
            return
        span_s = (stay.until - stay.since).total_seconds()
        self.in_rooms_s += span_s
        self.observed_s += 0.0 if stay.basis is Basis.CATALOGUE else span_s
        known = [
            hour
            for hour in hours(stay.place, stay.since, stay.until)
            if hour.temperature_c is not None and hour.relative_humidity_percent is not None
        ]
        at = stay.since
        for hour in known:
            begin, end = max(hour.at, stay.since), min(hour.at + HOUR, stay.until)
            if end <= begin:
                continue
            self._gap(at, begin, GapReason.NOT_MEASURED)
            at = end
            self._hour(hour, (end - begin).total_seconds())
        self._gap(at, stay.until, GapReason.NOT_MEASURED)
        self._leave_limits(stay, known, presets[stay.place])

    def _hour(self, hour: Hour, span_s: float) -> None:
        """Live through so much of one hour as is known of it."""
        t, rh = hour.temperature_c, hour.relative_humidity_percent
        if t is None or rh is None:
            return
        record = self.record
        record.span_s += span_s
        record.samples += hour.readings
        for spread, extremes in ((t, record.temperature_c), (rh, record.relative_humidity_percent)):
            extremes.add(spread.lowest)
            extremes.add(spread.highest)
        mean = Sample(
            at_s=hour.at.timestamp(),
            temperature_c=t.mean,
            relative_humidity_percent=min(rh.mean, SATURATED_PERCENT),
        )
        record.live(span_s * hour.coverage, mean)

    def _leave_limits(self, stay: Stay, hours: Sequence[Hour], preset: Preset) -> None:
        for found in excursions(hours, preset):
            since, until = max(found.since, stay.since), min(found.until, stay.until)
            if since >= until:
                continue
            cut = replace(found, since=since, until=until)
            self.excursions.append(RoomExcursion(room=stay.place, excursion=cut))
            name = f"{cut.quantity}_{cut.side}"
            self.beyond_s[name] = self.beyond_s.get(name, 0.0) + cut.seconds

    def _remember(self, stay: Stay) -> None:
        last = self.stays[-1] if self.stays else None
        if last is not None and last.place == stay.place and last.basis is stay.basis:
            self.stays[-1] = replace(last, until=stay.until)
        else:
            self.stays.append(stay)

    def _gap(self, since: datetime, until: datetime, reason: GapReason) -> None:
        if since >= until:
            return
        last = self.gaps[-1] if self.gaps else None
        if last is not None and last.until == since and last.reason is reason:
            self.gaps[-1] = replace(last, until=until)
        else:
            self.gaps.append(Gap(since=since, until=until, reason=reason))


def within(stays: Sequence[Stay], since: datetime, until: datetime) -> Iterator[Stay]:
    """The stays cut to a span; what they leave open is a stay at an unknown place."""
    at = since
    for stay in stays:
        begin, end = max(stay.since, at), min(stay.until, until)
        if end <= begin:
            continue
        if begin > at:
            yield Stay(place="", since=at, until=begin, basis=Basis.UNKNOWN)
        yield replace(stay, since=begin, until=end)
        at = end
    if at < until:
        yield Stay(place="", since=at, until=until, basis=Basis.UNKNOWN)


def live_through(
    stays: Sequence[Stay], hours: RoomHours, presets: Mapping[str, Preset]
) -> Exposure:
    """All of ``stays``, oldest first; ``presets`` by room: a place without one is no room."""
    exposure = Exposure()
    for stay in stays:
        exposure.live(stay, hours, presets)
    return exposure
