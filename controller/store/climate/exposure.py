"""Where a holding stood in a span of time, and which holdings stood in a room in one.

Everything is bounded by an index and a limit: a page of a room looks at ``LOOKED_AT`` rows at
most, so it may be short although more follow. Before anything was seen of a holding, and only
then, the catalogue's word about its home counts, and says so.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import Connection, and_, func, or_, select

from controller.domain.preservation.exposure import Basis, Stay, within
from controller.store.climate.tables import stays
from controller.store.schema import holdings

LOOKED_AT: Final = 2000
DEEPEST: Final = 8
"""A catalogue that nests in a circle is cut off here."""
SEEN, SAID = "seen", "said"
_EVER = datetime.min.replace(tzinfo=UTC)
_ALWAYS = datetime.max.replace(tzinfo=UTC)

RoomOfHome = Callable[[str], str | None]
"""The room that a home of the catalogue lies in, if it names one that there is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Present:
    """One stay of one holding in a room."""

    holding_id: str
    reference_code: str | None
    title: str | None
    kind: str | None
    since: datetime | None
    """Null: nobody saw it come."""
    until: datetime | None
    """Null: it still stands there, as far as anybody knows."""
    basis: Basis
    contents: int
    """How many holdings lie in it, by the catalogue; what they lie in tells of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PresentPage:
    """Some stays in a room, and where the list goes on."""

    holdings: list[Present]
    next: str | None
    """Null at the end; a page may be short, or empty, although there is a next one."""


def stays_of(
    connection: Connection,
    holding_id: str,
    room_of_home: RoomOfHome,
    *,
    since: datetime,
    until: datetime,
) -> list[Stay]:
    """Where it stood from ``since`` up to ``until``, without a break; unknown places included.

    What it lies in today counts as much as itself; of two words the later in the journal holds.
    """
    chain, home = _chain(connection, holding_id)
    rows = connection.execute(
        select(stays.c.place, stays.c.since, stays.c.basis)
        .where(
            stays.c.holding_id.in_(chain),
            stays.c.since < until,
            or_(stays.c.until.is_(None), stays.c.until > since),
        )
        .order_by(stays.c.seq)
    ).all()
    return list(within(_in_a_row(rows, room_of_home(home)), since, until))


def _in_a_row(rows: Sequence[Any], home: str | None) -> list[Stay]:
    begins: list[tuple[datetime, str, Basis]] = []
    if home is not None:
        begins.append((_EVER, home, Basis.CATALOGUE))
    for row in rows:
        at = max(row.since, begins[-1][0]) if begins else row.since
        begins.append((at, row.place, Basis(row.basis)))
    ends = [at for at, _, _ in begins[1:]] + [_ALWAYS]
    return [
        Stay(place=place, since=at, until=end, basis=basis)
        for (at, place, basis), end in zip(begins, ends, strict=True)
    ]


def _chain(connection: Connection, holding_id: str) -> tuple[list[str], str]:
    """The holding, what it lies in, and the home of the outermost that has one."""
    chain: list[str] = []
    home = ""
    at = holding_id
    while at and at not in chain and len(chain) < DEEPEST:
        chain.append(at)
        query = select(holdings.c.parent_id, holdings.c.home).where(holdings.c.id == at)
        row = connection.execute(query).one_or_none()
        if row is None:
            break
        home = row.home or home
        at = row.parent_id or ""
    return chain, home


def present(
    connection: Connection,
    room: str,
    room_of_home: RoomOfHome,
    *,
    since: datetime,
    until: datetime,
    after: str | None = None,
    limit: int,
) -> PresentPage:
    """Who stood in ``room`` at any time from ``since`` up to ``until``; a page of it.

    First what was seen there, by holding; then what the catalogue says belongs there and nobody
    had seen anywhere by ``since``. ``after`` is the ``next`` of the page before.

    Raises:
        ValueError: ``after`` is none of ours.
    """
    following: str | None
    part, _, key = (after or f"{SEEN}|").partition("|")
    if part == SEEN:
        found, at = _seen(connection, room, since, until, key, limit)
        following = f"{SAID}|" if at is None else f"{SEEN}|{at}"
    elif part == SAID:
        found, at = _said(connection, room, room_of_home, since, key, limit)
        following = None if at is None else f"{SAID}|{at}"
    else:
        raise ValueError(after)
    return PresentPage(holdings=_described(connection, found), next=following)


_Found = tuple[str, datetime | None, datetime | None, Basis]


def _seen(
    connection: Connection, room: str, since: datetime, until: datetime, key: str, limit: int
) -> tuple[list[_Found], str | None]:
    holding, _, number = key.partition("|")
    seq = int(number or 0)
    rows = connection.execute(
        select(stays)
        .where(
            stays.c.place == room,
            stays.c.holding_id >= holding,
            or_(stays.c.holding_id > holding, stays.c.seq > seq),
        )
        .order_by(stays.c.holding_id, stays.c.seq)
        .limit(LOOKED_AT)
    ).all()
    found: list[_Found] = []
    for row in rows:
        if row.since < until and (row.until is None or row.until > since):
            found.append((row.holding_id, row.since, row.until, Basis(row.basis)))
        if len(found) == limit:
            return found, f"{row.holding_id}|{row.seq}"
    return found, f"{rows[-1].holding_id}|{rows[-1].seq}" if len(rows) == LOOKED_AT else None


def _said(
    connection: Connection,
    room: str,
    room_of_home: RoomOfHome,
    since: datetime,
    key: str,
    limit: int,
) -> tuple[list[_Found], str | None]:
    first = (
        select(func.min(stays.c.since))
        .where(stays.c.holding_id == holdings.c.id)
        .correlate(holdings)
        .scalar_subquery()
    )
    rows = connection.execute(
        select(holdings.c.id, holdings.c.home, first.label("first"))
        .where(and_(holdings.c.id > key, holdings.c.parent_id.is_(None)))
        .order_by(holdings.c.id)
        .limit(LOOKED_AT)
    ).all()
    found: list[_Found] = []
    for row in rows:
        unseen = row.first is None or row.first > since
        if unseen and row.home and room_of_home(row.home) == room:
            found.append((row.id, None, row.first, Basis.CATALOGUE))
        if len(found) == limit:
            return found, str(row.id)
    return found, str(rows[-1].id) if len(rows) == LOOKED_AT else None


def _described(connection: Connection, found: Iterable[_Found]) -> list[Present]:
    given = list(found)
    ids = sorted({each[0] for each in given})
    words: dict[str, Any] = {}
    contents: dict[str, int] = {}
    for begin in range(0, len(ids), 500):
        some = ids[begin : begin + 500]
        columns = (holdings.c.id, holdings.c.reference_code, holdings.c.title, holdings.c.kind)
        for row in connection.execute(select(*columns).where(holdings.c.id.in_(some))):
            words[row.id] = row
        counted = (
            select(holdings.c.parent_id, func.count())
            .where(holdings.c.parent_id.in_(some))
            .group_by(holdings.c.parent_id)
        )
        contents.update((row[0], row[1]) for row in connection.execute(counted))
    return [
        Present(
            holding_id=holding_id,
            reference_code=getattr(words.get(holding_id), "reference_code", None),
            title=getattr(words.get(holding_id), "title", None),
            kind=getattr(words.get(holding_id), "kind", None),
            since=since,
            until=until,
            basis=basis,
            contents=contents.get(holding_id, 0),
        )
        for holding_id, since, until, basis in given
    ]
