"""What becomes of one message of a reader: reads, counts, and a word about what is missing."""

import logging
from collections import Counter

from drivers.errors import Garbled
from drivers.json_reader.wire import DIALECTS, EventNumbers, Sighting
from drivers.json_reader.wire.dialects import Format
from drivers.observations import TagRead

log = logging.getLogger(__name__)

COUNTED: tuple[str, ...] = (
    "frames",
    "bad_frames",
    "unknown_frames",
    "reads",
    "bytes",
    "gaps",
    "missed_events",
)
COUNTED += ("repeated_events", "retained", "declined")


class Intake:
    """Takes the messages of one connection; what is wrong is logged once for each."""

    def __init__(
        self, name: str, *, form: Format, counters: Counter[str], numbers: EventNumbers
    ) -> None:
        """``numbers`` outlives the connection, so that what came meanwhile is missed."""
        self._name = name
        self._decode = DIALECTS[form].decode
        self._counters = counters
        self._numbers = numbers
        self._warned: set[str] = set()

    def take(self, message: bytes) -> tuple[TagRead, ...] | None:
        """The reads in ``message``; ``None`` when nothing in it was understood."""
        self._counters["frames"] += 1
        try:
            document = self._decode(message)
        except Garbled as error:
            self._bad(1, str(error))
            return None
        if document.bad:
            self._bad(document.bad, "events of an array not understood")
        self._counters["unknown_frames"] += document.others
        reads = tuple(seen.read for seen in document.sightings if self._is_new(seen))
        self._counters["reads"] += len(reads)
        return reads

    def _is_new(self, seen: Sighting) -> bool:
        if seen.event is None:
            return True
        at = seen.read.reader_time_us
        told = self._numbers.take(seen.event, None if at is None else (seen.read.epc, at))
        self._counters["repeated_events"] += told.repeated
        if told.missing:
            self._counters["gaps"] += 1
            self._counters["missed_events"] += told.missing
            self._say("gap", f"{told.missing} events before number {seen.event} never came")
        return not told.repeated

    def _bad(self, count: int, why: str) -> None:
        self._counters["bad_frames"] += count
        self._say("bad", f"a bad message dropped: {why}")

    def _say(self, kind: str, what: str) -> None:
        level = logging.DEBUG if kind in self._warned else logging.WARNING
        self._warned.add(kind)
        log.log(level, "%s: %s", self._name, what)
