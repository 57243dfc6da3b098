"""Events for the store's tests: plain ones, and any sequence hypothesis can think of."""

from datetime import UTC, datetime, timedelta, timezone
from enum import Enum
from types import NoneType, UnionType
from typing import get_args, get_type_hints

from hypothesis import strategies as st

from controller.domain.events import Event, PassageDetected
from controller.domain.model import Direction

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)

_FEW = {
    # few enough that events of one run meet on the same rows
    "holding_id": st.sampled_from(["h1", "h2", "h3"]),
    "loan_id": st.sampled_from(["l1", "l2"]),
    "authority_id": st.sampled_from(["l1", "l2", "m1"]),
    "alarm_id": st.sampled_from(["a1", "a2"]),
    "rack": st.sampled_from(["rack-1", "rack-2"]),
    "machine": st.sampled_from(["lift-1", "crane-1"]),
    "device": st.sampled_from(["door-1", "rack-1"]),
    "order_id": st.sampled_from(["o1", "o2"]),
    "line_id": st.sampled_from(["o1:h1", "o1:h2"]),
    "errand_id": st.sampled_from(["e1", "e2"]),
    "reservation_id": st.sampled_from(["r1", "r2"]),
    "command_id": st.sampled_from(["c1", "c2", ""]),
    "epc": st.sampled_from(["E1", "E2"]),
    "passage_id": st.sampled_from(["p1", "p2"]),
    "group_id": st.sampled_from(["", "g1"]),
    "by": st.sampled_from(["li", "wang"]),
}
_ANY: dict[object, st.SearchStrategy[object]] = {
    str: st.text(max_size=20) | st.just("a\x00b\ud800"),  # what strangers may send
    int: st.integers(-(2**31), 2**31 - 1),
    float: st.floats(allow_nan=False, allow_infinity=False),
    bool: st.booleans(),
    datetime: st.datetimes(
        NOON.replace(tzinfo=None, year=2000),
        NOON.replace(tzinfo=None, year=2100),
        timezones=st.sampled_from([UTC, timezone(timedelta(hours=8))]),
    ),
    dict[str, str]: st.dictionaries(st.text(max_size=5), st.text(max_size=9), max_size=3),
}


def _field(name: str, hint: object) -> st.SearchStrategy[object]:
    if name in _FEW:
        few = _FEW[name]
        return few | st.none() if isinstance(hint, UnionType) else few
    if isinstance(hint, UnionType):
        return st.one_of(*(st.none() if h is NoneType else _ANY[h] for h in get_args(hint)))
    if isinstance(hint, type) and issubclass(hint, Enum):
        return st.sampled_from(hint)
    return _ANY[hint]


def _event(kind: type[Event]) -> st.SearchStrategy[Event]:
    hints = get_type_hints(kind)
    return st.builds(kind, **{name: _field(name, hint) for name, hint in hints.items()})


any_event: st.SearchStrategy[Event] = st.sampled_from(get_args(Event)).flatmap(_event)
any_events = st.lists(any_event, max_size=40)


def passage(
    number: int, *, holding_id: str | None = "h1", direction: Direction = Direction.OUT
) -> PassageDetected:
    """The ``number``-th passage of the day."""
    return PassageDetected(
        at=NOON + timedelta(seconds=number),
        passage_id=f"p{number}",
        door="door-1",
        epc="E1",
        holding_id=holding_id,
        direction=direction,
        place="outside" if direction is Direction.OUT else "room-1",
        confidence=0.9,
        evidence={},
    )
