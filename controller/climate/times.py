"""In which order a logger writes day, month and year: found from the whole column, never guessed.

A column that reads well both ways (01/02, 02/02 …) is told apart by its rhythm: loggers sample
regularly, and only one reading is regular. Where even that leaves a doubt, a person is asked.
"""

import re
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import pairwise

_HALF_OF_DAY = str.maketrans({"上": "A", "下": "P", "午": "M"})
_CHINESE = str.maketrans({"年": "-", "月": "-", "日": " ", "时": ":", "分": ":", "秒": ""})
_CLOCK = ("%H:%M:%S", "%H:%M", "%I:%M:%S %p", "%I:%M %p")
_DAYS = {
    "ymd": ("%Y/%m/%d",),
    "dmy": ("%d/%m/%Y", "%d/%m/%y", "%d/%b/%Y", "%d/%b/%y"),
    "mdy": ("%m/%d/%Y", "%m/%d/%y"),
}
ORDERS = tuple(_DAYS)
_EXCEL_ZERO = datetime(1899, 12, 30)  # noqa: DTZ001 -- a spreadsheet's day zero has no zone
_EXCEL_DAYS = (20_000.0, 80_000.0)
"""From 1954 to 2119."""
_EPOCH_S = (1e8, 5e9)
_CLOCK_FIRST = re.compile(r"^(\d{1,2}:\d\d(?::\d\d)?)\s+(\S+)$")


class UnclearTimes(Exception):
    """The text says what was seen and what to do."""


def looks_like_time(cell: str) -> bool:
    """Whether some format reads ``cell`` as a day with or without a time of day."""
    return any(_Reader(order).read(cell) is not None for order in ORDERS)


def read_times(
    cells: Sequence[str], zone: tzinfo, order: str | None = None
) -> list[datetime | None]:
    """Each cell's moment in UTC, ``None`` for what is no time; ``zone`` where none is written.

    Raises:
        UnclearTimes: two orders of day and month fit equally well, or none does.
    """
    readings: dict[str, list[datetime | None]] = {}
    read: dict[str, int] = {}
    for one in (order,) if order is not None else ORDERS:
        reader = _Reader(one)
        readings[one] = [reader.read(cell) for cell in cells]
        read[one] = sum(time is not None for time in readings[one])
        if one == "ymd" and 0 < read[one] == len(cells):
            break  # a year that comes first leaves no doubt
    most = max(read.values(), default=0)
    if most == 0:
        raise UnclearTimes(f"no time is known in {cells[0]!r}" if cells else "no times")
    fitting = {one: readings[one] for one, count in read.items() if count == most}
    regular = {one: _regularity(times) for one, times in fitting.items()}
    best = max(regular.values())
    winners = [one for one, value in regular.items() if value == best]
    if len({tuple(fitting[one]) for one in winners}) > 1:
        raise UnclearTimes(
            f"{cells[0]!r} may be read as {' or '.join(winners)}; say which with --dates"
        )
    return [_in_utc(time, zone) for time in fitting[winners[0]]]


def _in_utc(time: datetime | None, zone: tzinfo) -> datetime | None:
    if time is None:
        return None
    return (time if time.tzinfo is not None else time.replace(tzinfo=zone)).astimezone(UTC)


def _regularity(times: Sequence[datetime | None]) -> float:
    """Share of steps that are the commonest one and go forward."""
    known = [time for time in times if time is not None]
    steps = Counter(later - earlier for earlier, later in pairwise(known) if later > earlier)
    return steps.most_common(1)[0][1] / (len(known) - 1) if steps else 0.0


class _Reader:
    """Reads cells in one order; the format that fitted the last cell is tried first."""

    def __init__(self, order: str) -> None:
        self._order = order
        self._forms = [
            form for day in _DAYS[order] for form in (*(f"{day} {clock}" for clock in _CLOCK), day)
        ]

    def read(self, cell: str) -> datetime | None:
        text = cell.strip()
        if not text or not any(character.isdigit() for character in text):
            return None
        if (number := _number(text)) is not None:
            return _from_number(number) if self._order == "ymd" else None
        if self._order == "ymd":
            try:
                return datetime.fromisoformat(text.replace("/", "-"))
            except ValueError:
                pass
        return self._by_format(_plain(text))

    def _by_format(self, text: str) -> datetime | None:
        for at, form in enumerate(self._forms):
            try:
                time = datetime.strptime(text, form)  # noqa: DTZ007 -- the caller knows the zone
            except ValueError:
                continue
            self._forms.insert(0, self._forms.pop(at))
            return time
        return None


def _plain(text: str) -> str:
    """With slashes between day, month and year, and the time of day behind them."""
    text = text.translate(_HALF_OF_DAY).translate(_CHINESE)
    text = text.rstrip(": ").replace("-", "/").replace(".", "/")
    if clock_first := _CLOCK_FIRST.match(text):
        text = f"{clock_first[2]} {clock_first[1]}"
    return re.sub(r"\s+([AP]M)\s+(.+)$", r" \2 \1", text)


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _from_number(number: float) -> datetime | None:
    """A spreadsheet's day, or seconds or milliseconds since 1970."""
    if _EXCEL_DAYS[0] <= number <= _EXCEL_DAYS[1]:
        return _EXCEL_ZERO + timedelta(seconds=round(number * 86_400))
    for scale in (1, 1000):
        if _EPOCH_S[0] <= number / scale <= _EPOCH_S[1]:
            return datetime.fromtimestamp(number / scale, UTC)
    return None
