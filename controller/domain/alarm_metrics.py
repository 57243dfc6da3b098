"""How good the alarms themselves are: ISA-18.2 clause 16 and EEMUA 191. Pure; times in seconds."""

from collections import Counter, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from controller.domain.alarm_flood import Flood
from controller.domain.plans_alarms import FloodRule

CHATTERING = 3
"""So many within ``CHATTER_S`` are chatter."""
CHATTER_S = 60.0
DAY_S = 86_400.0
HOUR_S = 3600.0
TEN_MINUTES_S = 600.0
WORST = 10
TOO_MANY_A_DAY = 5
"""A repository's target is one a day for the person on call; more than this is flagged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FloodSpan:
    """One flood."""

    begun_s: float
    ended_s: float
    """The last moment looked at, where it has not ended."""
    peak: int
    """The most alarms within ten minutes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Raised:
    """One alarm raised."""

    at_s: float
    alarm_id: str
    priority: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmMetrics:
    """The figures of one span of time."""

    alarms: int
    per_day: float
    most_in_a_day: int
    days_over_target: int
    """Days of more than five."""
    per_hour: float
    most_in_ten_minutes: int
    hours_over_30_percent: float
    floods: int
    flood_percent: float
    """Share of the time in a flood."""
    chattering: dict[str, int]
    """How often each alarm was raised three times within a minute."""
    worst: dict[str, int]
    """The ten that were raised most often."""
    worst_percent: float
    """Their share of all alarms."""
    priorities_percent: dict[str, float]


def floods(
    times_s: Iterable[float], until_s: float, rule: FloodRule | None = None
) -> list[FloodSpan]:
    """The floods among alarms raised at these times, in rising order, up to ``until_s``."""
    flood = Flood(FloodRule())
    found: list[FloodSpan] = []
    begun_s, peak = 0.0, 0
    for at_s in [*times_s, until_s]:
        over_s = flood.next_change_s()
        if over_s is not None and over_s <= at_s:
            found.append(FloodSpan(begun_s=begun_s, ended_s=over_s, peak=peak))
            flood.passed(over_s)
        if at_s is until_s:
            break
        if flood.raised(at_s):
            begun_s, peak = at_s, 0
        peak = max(peak, flood.count)
    if flood.stands:
        found.append(FloodSpan(begun_s=begun_s, ended_s=until_s, peak=peak))
    return found


def chatter(times_s: Iterable[float]) -> list[float]:
    """When one alarm, raised at these times, was raised for the third time within a minute."""
    recent: deque[float] = deque()
    hits = []
    for at_s in times_s:
        recent.append(at_s)
        while recent[0] < at_s - CHATTER_S:
            recent.popleft()
        if len(recent) == CHATTERING:
            hits.append(at_s)
            recent.clear()
    return hits


def summarise(raised: Sequence[Raised], since_s: float, until_s: float) -> AlarmMetrics:
    """The figures of ``raised``, in rising order, between two moments."""
    span_s = max(until_s - since_s, 1.0)
    times = [each.at_s for each in raised]
    of_each: dict[str, list[float]] = {}
    for each in raised:
        of_each.setdefault(each.alarm_id, []).append(each.at_s)
    days = Counter(int((at_s - since_s) // DAY_S) for at_s in times)
    hours = Counter(int((at_s - since_s) // HOUR_S) for at_s in times)
    spans = floods(times, until_s)
    worst = Counter({i: len(each) for i, each in of_each.items()}).most_common(WORST)
    hits = {i: len(found) for i, each in of_each.items() if (found := chatter(each))}
    return AlarmMetrics(
        alarms=len(raised),
        per_day=len(raised) / (span_s / DAY_S),
        most_in_a_day=max(days.values(), default=0),
        days_over_target=sum(count > TOO_MANY_A_DAY for count in days.values()),
        per_hour=len(raised) / (span_s / HOUR_S),
        most_in_ten_minutes=_most_within(times, TEN_MINUTES_S),
        hours_over_30_percent=_percent(sum(c > 30 for c in hours.values()), span_s / HOUR_S),
        floods=len(spans),
        flood_percent=_percent(sum(s.ended_s - s.begun_s for s in spans), span_s),
        chattering=hits,
        worst=dict(worst),
        worst_percent=_percent(sum(count for _, count in worst), len(raised)),
        priorities_percent={
            priority: _percent(count, len(raised))
            for priority, count in Counter(each.priority for each in raised).items()
        },
    )


def _most_within(times_s: Iterable[float], window_s: float) -> int:
    recent: deque[float] = deque()
    most = 0
    for at_s in times_s:
        recent.append(at_s)
        while recent[0] <= at_s - window_s:
            recent.popleft()
        most = max(most, len(recent))
    return most


def _percent(part: float, whole: float) -> float:
    return 100.0 * part / whole if whole else 0.0
