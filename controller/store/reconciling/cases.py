"""Reads what the three parties say of some holdings: a fixed number of queries a page."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import BindParameter, Connection, Select, bindparam, select

from controller.domain.events_presence import TagSwept
from controller.domain.model import LoanState
from controller.domain.model_lending import HAS_TURN
from controller.domain.plans_presence import ListenerKind
from controller.domain.reconciling.facts import (
    Case,
    CatalogueSays,
    Heard,
    LoanSays,
    ObservationSays,
    Order,
    Passed,
    RegistrySays,
    Spot,
)
from controller.domain.reconciling.layout import Layout
from controller.store.presence.sighted import Sighting, sighted, tells
from controller.store.presence_tables import sightings, sweep_parts
from controller.store.reconciling.twins import Twin, digests, invalid, twins
from controller.store.schema import (
    devices,
    holdings,
    import_runs,
    journal,
    loans,
    tag_bindings,
    whereabouts,
)
from controller.store.shelving.errand_folds import OPEN
from controller.store.shelving.tables import errands

IDS_A_QUERY: Final = 500
SWEEPS_COUNT_FOR: Final = timedelta(days=190)
"""Sweeps of longer ago say nothing of now."""

_IDS: BindParameter[Any] = bindparam("ids", expanding=True)
_HOLDINGS = select(
    holdings.c.id,
    holdings.c.source,
    holdings.c.external_id,
    holdings.c.reference_code,
    holdings.c.fonds,
    holdings.c.home,
    holdings.c.parent_id,
    holdings.c.retention,
    holdings.c.pages,
    holdings.c.barcode,
    holdings.c.withdrawn_at,
    holdings.c.key_fields,
).where(holdings.c.id.in_(_IDS))
_BINDINGS = select(tag_bindings.c.holding_id, tag_bindings.c.epc, tag_bindings.c.seq).where(
    tag_bindings.c.holding_id.in_(_IDS), tag_bindings.c.unbound_at.is_(None)
)
_LOANS = (
    select(
        loans.c.holding_id,
        loans.c.id,
        loans.c.state,
        loans.c.due,
        loans.c.left_at,
        loans.c.issued_at,
        loans.c.pieces,
        loans.c.returned_at,
    )
    .where(
        loans.c.holding_id.in_(_IDS),
        loans.c.state.in_([state.value for state in (*HAS_TURN, LoanState.RETURNED)]),
    )
    .order_by(loans.c.seq)
)
_PASSAGES = (
    select(
        whereabouts.c.holding_id,
        whereabouts.c.place,
        whereabouts.c.since,
        whereabouts.c.seq,
        journal.c.id,
    )
    .join(journal, journal.c.seq == whereabouts.c.seq)
    .where(whereabouts.c.holding_id.in_(_IDS))
)
_SIGHTINGS = sighted(sightings.c.holding_id.in_(_IDS))
_ERRANDS = select(errands.c.holding_id, errands.c.id, errands.c.task).where(
    errands.c.holding_id.in_(_IDS), errands.c.state == OPEN
)
_SWEPT = select(journal.c.holding_id, journal.c.body).where(
    journal.c.holding_id.in_(_IDS), journal.c.kind == TagSwept.__name__
)


@dataclass(slots=True)
class _Page:
    """The rows of one page, by holding."""

    catalogue: dict[str, Any] = field(default_factory=dict)
    tags: defaultdict[str, list[Any]] = field(default_factory=lambda: defaultdict(list))
    loans: defaultdict[str, list[LoanSays]] = field(default_factory=lambda: defaultdict(list))
    passages: dict[str, Any] = field(default_factory=dict)
    heard: dict[str, Sighting] = field(default_factory=dict)
    twins: dict[str, Twin] = field(default_factory=dict)
    orders: defaultdict[str, list[Order]] = field(default_factory=lambda: defaultdict(list))


class CaseReader:
    """Cases as they stand on one connection at one moment."""

    def __init__(self, connection: Connection, layout: Layout, at: datetime) -> None:
        self._connection = connection
        self._layout = layout
        self._at = at
        lost = select(devices.c.id).where(devices.c.state == "lost")
        self._lost = frozenset(connection.scalars(lost))
        self._many_sources = (
            len(list(connection.scalars(select(import_runs.c.source).distinct()))) > 1
        )
        self._sweeps: Mapping[tuple[str, str], list[tuple[int, str, str]]] | None = None

    def cases(self, ids: Sequence[str]) -> list[Case]:
        """What is said of these holdings, in their order."""
        return [
            case
            for start in range(0, len(ids), IDS_A_QUERY)
            for case in self._cases(ids[start : start + IDS_A_QUERY])
        ]

    def _cases(self, ids: Sequence[str]) -> list[Case]:
        page = self._page(ids)
        silent = {each: sweeps for each in ids if (sweeps := self._silent(each, page))}
        self._without_those_that_heard(silent)
        return [self._case(each, page, len(silent.get(each, ()))) for each in ids]

    def _page(self, ids: Sequence[str]) -> _Page:
        page = _Page()
        page.catalogue = {row.id: row for row in self._all(_HOLDINGS, ids)}
        for row in self._all(_BINDINGS, ids):
            page.tags[row.holding_id].append(row)
        twinned = [row for row in page.catalogue.values() if self._may_have_twin(row)]
        page.twins = twins(self._connection, twinned)
        boxes = {row.parent_id for row in page.catalogue.values() if row.parent_id is not None}
        for row in self._all(_LOANS, sorted({*ids, *boxes})):
            page.loans[row.holding_id].append(_loan(row))
        page.passages = {row.holding_id: row for row in self._all(_PASSAGES, ids)}
        page.heard = {row.holding_id: Sighting(*row) for row in self._all(_SIGHTINGS, ids)}
        for row in self._all(_ERRANDS, ids):
            page.orders[row.holding_id].append(Order(id=row.id, kind=row.task))
        return page

    def _may_have_twin(self, row: Any) -> bool:
        return row.withdrawn_at is not None or (self._many_sources and bool(row.key_fields))

    def _all(self, query: Select[Any], ids: Sequence[str]) -> list[Any]:
        return list(self._connection.execute(query, {"ids": list(ids)}))

    def _case(self, holding_id: str, page: _Page, silent_sweeps: int) -> Case:
        row = page.catalogue.get(holding_id)
        catalogue = None if row is None else self._catalogue(row)
        fonds = "" if catalogue is None else catalogue.fonds
        parent = None if catalogue is None else catalogue.parent_id
        twin = page.twins.get(holding_id)
        return Case(
            holding_id=holding_id,
            at=self._at,
            catalogue=catalogue,
            registry=RegistrySays(
                tags=tuple(sorted(tag.epc for tag in page.tags.get(holding_id, ()))),
                tag_wanted_from=self._layout.tag_wanted_from(fonds),
                loan=_newest(page.loans, holding_id, parent),
                orders=tuple(page.orders.get(holding_id, ())),
                key_digests={} if twin is None else twin.digests,
                successor_id="" if twin is None else twin.match.holding_id,
                successor_rule=None if twin is None else twin.match.rule.value,
            ),
            observation=self._observed(holding_id, page, catalogue, silent_sweeps),
        )

    def _catalogue(self, row: Any) -> CatalogueSays:
        return CatalogueSays(
            source=row.source,
            external_id=row.external_id,
            reference_code=row.reference_code,
            fonds=row.fonds,
            home=row.home,
            spot=self._layout.home(row.home) if row.home else None,
            parent_id=row.parent_id,
            retention=row.retention,
            pages=row.pages,
            withdrawn_at=row.withdrawn_at,
            key_digests=digests(row.key_fields),
            faults=invalid(row.key_fields),
        )

    def _observed(
        self, holding_id: str, page: _Page, catalogue: CatalogueSays | None, silent_sweeps: int
    ) -> ObservationSays:
        passage = page.passages.get(holding_id)
        heard = page.heard.get(holding_id)
        if heard is not None and passage is not None:
            told = tells(heard, passage.place, passage.since, passage.seq)
            heard = heard if told else None
        home = None if catalogue is None else catalogue.spot
        return ObservationSays(
            heard=None if heard is None else self._heard(heard),
            passed=_passed(passage),
            silent_sweeps=silent_sweeps,
            deaf=self._layout.deaf(home, self._lost),
        )

    def _heard(self, sighting: Sighting) -> Heard:
        return Heard(
            spot=self._layout.heard(sighting.room, sighting.spot, sighting.source),
            by=sighting.told_by,
            since=sighting.since,
            at=sighting.heard_at,
            fixed=sighting.source == ListenerKind.SHELF,
            left=sighting.left_at is not None,
            event_id=sighting.event_id,
        )

    # --- sweeps that did not hear it ---------------------------------------------------------

    def _silent(self, holding_id: str, page: _Page) -> set[str]:
        """The sweeps over its home since it was last heard, or since it bears a tag."""
        row, tags = page.catalogue.get(holding_id), page.tags.get(holding_id)
        home = None if row is None or not row.home else self._layout.home(row.home)
        if not tags or home is None or not home.bay:
            return set()
        heard = page.heard.get(holding_id)
        since = max((tag.seq for tag in tags), default=0)
        if heard is not None:
            since = max(since, heard.heard_seq)
        parts = self._swept_bays().get((home.rack, home.bay), [])
        later = parts[bisect_right(parts, (since, chr(0x10FFFF), "")) :]
        return {sweep for _, sweep, level in later if _reaches(level, home)}

    def _swept_bays(self) -> Mapping[tuple[str, str], list[tuple[int, str, str]]]:
        """Parts of sweeps by rack and bay, in the order they were taken in."""
        if self._sweeps is None:
            by_bay: defaultdict[tuple[str, str], list[tuple[int, str, str]]] = defaultdict(list)
            query = select(sweep_parts.c.id, sweep_parts.c.spot, sweep_parts.c.seq).where(
                sweep_parts.c.recorded_at >= self._at - SWEEPS_COUNT_FOR
            )
            for part in self._connection.execute(query.order_by(sweep_parts.c.seq)):
                spot = self._layout.heard("", part.spot, "sweep")
                if spot.bay:  # somewhere in the room covers no shelf
                    sweep = part.id.rpartition("/")[0]
                    by_bay[spot.rack, spot.bay].append((part.seq, sweep, spot.level))
            self._sweeps = by_bay
        return self._sweeps

    def _without_those_that_heard(self, silent: dict[str, set[str]]) -> None:
        """A sweep handed in late was walked earlier: what it heard it did not miss."""
        for holding_id, body in self._all(_SWEPT, sorted(silent)) if silent else ():
            silent[holding_id].discard(body["part_id"].rpartition("/")[0])


def _reaches(level: str, home: Spot) -> bool:
    return not level or not home.level or level == home.level


def _loan(row: Any) -> LoanSays:
    return LoanSays(
        id=row.id,
        state=LoanState(row.state),
        due=row.due,
        left_at=row.left_at or row.issued_at,
        still_out=row.pieces,
        returned_at=row.returned_at,
    )


def _newest(
    by_holding: Mapping[str, Sequence[LoanSays]], holding_id: str, parent: str | None
) -> LoanSays | None:
    """The approved loan of it or of its box; else the newest of its own that ended."""
    own = by_holding.get(holding_id, ())
    boxed: Iterable[LoanSays] = () if parent is None else by_holding.get(parent, ())
    live = [each for each in (*boxed, *own) if each.state in HAS_TURN]
    return [*own, *live][-1] if own or live else None


def _passed(row: Any | None) -> Passed | None:
    if row is None or not row.place:
        return None
    return Passed(room=row.place, at=row.since, event_id=row.id)
