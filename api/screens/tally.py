"""How many tags passed each door today, counted as they happen and not anew for every page."""

import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from controller.domain.events import PassageDetected
from controller.domain.model import Direction
from controller.store.feed import entries_after
from controller.store.journal import last_seq
from controller.store.views_doors import first_seq_since

_PAGE: Final = 500


@dataclass(slots=True)
class DoorDay:
    """One door's day so far."""

    counts: Counter[Direction] = field(default_factory=Counter)
    last_at: datetime | None = None


class Tally:
    """Today's passages by door, in the site's time zone. Shared by all requests."""

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone
        self._lock = threading.Lock()
        self._day: date | None = None
        self._seq = 0
        self._doors: dict[str, DoorDay] = {}

    def today(self, connection: Connection, now: datetime) -> Mapping[str, DoorDay]:
        """Every door that was passed today; reads only what is new since the last call."""
        with self._lock:
            day = now.astimezone(self._zone).date()
            newest = last_seq(connection)
            if day != self._day or newest < self._seq:  # a restored store begins anew, too
                self._begin(connection, day)
            self._read_on(connection, newest)
            return {
                door: DoorDay(counts=Counter(seen.counts), last_at=seen.last_at)
                for door, seen in self._doors.items()
            }

    def _begin(self, connection: Connection, day: date) -> None:
        midnight = datetime.combine(day, time(), self._zone).astimezone(UTC)
        first = first_seq_since(connection, midnight)
        self._day = day
        self._doors = {}
        self._seq = last_seq(connection) if first is None else first - 1

    def _read_on(self, connection: Connection, newest: int) -> None:
        kinds = (PassageDetected.__name__,)
        while self._seq < newest:
            page = entries_after(connection, self._seq, upto=newest, kinds=kinds, limit=_PAGE)
            for entry in page:
                seen = self._doors.setdefault(entry.data["door"], DoorDay())
                seen.counts[Direction(entry.data["direction"])] += 1
                seen.last_at = entry.at
            self._seq = page[-1].seq if len(page) == _PAGE else newest
