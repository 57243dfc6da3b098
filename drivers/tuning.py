"""How well each antenna reads, second by second, for whoever stands at a door with a spanner."""

from collections import Counter, defaultdict
from dataclasses import dataclass
from statistics import median
from threading import Lock

from drivers.observations import DeviceBack, DeviceLost, Observation, TagReport


@dataclass(frozen=True, slots=True, kw_only=True)
class AntennaPicture:
    """What one antenna did in one span."""

    antenna: int
    reads_per_s: float
    tags: int
    """Different tags it saw."""
    weakest_dbm: float | None
    median_dbm: float | None
    strongest_dbm: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """What one reader did in one span; an antenna heard before stays in it, with zero reads."""

    reader: str
    """What it says it is, or why it does not answer."""
    answers: bool
    antennas: tuple[AntennaPicture, ...]


class Tuning:
    """Gathers what a reader's thread says, and is asked for a picture by another."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._reader = "not reached yet"
        self._answers = False
        self._known: set[int] = set()
        self._begin()

    def _begin(self) -> None:
        self._reads: Counter[int] = Counter()
        self._tags: defaultdict[int, set[str]] = defaultdict(set)
        self._dbm: defaultdict[int, list[float]] = defaultdict(list)

    def take(self, observation: Observation) -> None:
        """Note one observation."""
        with self._lock:
            match observation:
                case DeviceBack():
                    self._answers, self._reader = True, observation.detail
                case DeviceLost():
                    self._answers, self._reader = False, observation.reason
                case TagReport():
                    self._note(observation)
                case _:
                    pass

    def _note(self, report: TagReport) -> None:
        for read in report.reads:
            self._reads[read.antenna] += read.seen_count
            self._tags[read.antenna].add(read.epc)
            if read.rssi_dbm is not None:
                self._dbm[read.antenna].append(read.rssi_dbm)

    def picture(self, span_s: float) -> Picture:
        """What happened since the last picture, ``span_s`` seconds ago; the next one begins."""
        with self._lock:
            self._known |= self._reads.keys()
            antennas = tuple(self._antenna(number, span_s) for number in sorted(self._known))
            self._begin()
            return Picture(reader=self._reader, answers=self._answers, antennas=antennas)

    def _antenna(self, number: int, span_s: float) -> AntennaPicture:
        dbm = self._dbm[number]
        return AntennaPicture(
            antenna=number,
            reads_per_s=round(self._reads[number] / span_s, 1),
            tags=len(self._tags[number]),
            weakest_dbm=min(dbm, default=None),
            median_dbm=round(median(dbm), 1) if dbm else None,
            strongest_dbm=max(dbm, default=None),
        )
