"""What lies on a desk, and how the newest writing there ended, out of the journal."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeVar

from sqlalchemy import Connection, func, select

from controller.domain.events import (
    ControllerStarted,
    TagBound,
    TagPresented,
    TagWritingBegan,
    TagWritingFailed,
)
from controller.store.codec import decode_event
from controller.store.schema import journal
from controller.store.views_numbers import ProposalView, proposal

E = TypeVar("E", TagBound, TagPresented, TagWritingBegan, TagWritingFailed)


@dataclass(frozen=True, slots=True, kw_only=True)
class WritingView:
    """One tag that was to be given a number."""

    writing_id: str
    at: datetime
    by: str
    holding_id: str
    old_epc: str
    epc: str
    state: Literal["under_way", "bound", "failed"]
    carries: str
    """What the tag carries now, after a failure; empty: unknown."""
    reason: str
    """Why it failed; empty unless it did."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskView:
    """One desk as it stands."""

    desk: str
    epc: str | None
    """The one tag that is held still there; null: none, several, moving, or not known."""
    since: datetime | None
    proposal: ProposalView | None
    """What the number of that tag says it may stand for, while it stands for nothing."""
    writing: WritingView | None
    """The newest one."""


def desk(connection: Connection, desk_id: str, schemes: Collection[str] = ()) -> DeskView:
    """What the journal says of the desk; what an earlier controller saw there is not known now.

    ``schemes`` are the codings of tag numbers that the site uses; empty: any.
    """
    started = connection.scalar(
        select(func.max(journal.c.seq)).where(journal.c.kind == ControllerStarted.__name__)
    )
    newest = _newest(connection, TagPresented, "desk", desk_id, after=started or 0)
    lies = None if newest is None or not newest[1].epc else newest[1]
    return DeskView(
        desk=desk_id,
        epc=None if lies is None else lies.epc,
        since=None if lies is None else lies.at,
        proposal=None if lies is None else proposal(connection, lies.epc, lies.pc, schemes),
        writing=_writing(connection, desk_id),
    )


def _writing(connection: Connection, desk_id: str) -> WritingView | None:
    newest = _newest(connection, TagWritingBegan, "desk", desk_id)
    if newest is None:
        return None
    seq, began = newest
    failed = _newest(connection, TagWritingFailed, "writing_id", began.writing_id, after=seq)
    bound = _newest(connection, TagBound, "epc", began.epc, after=seq)
    state: Literal["under_way", "bound", "failed"] = "under_way"
    if failed is not None:
        state = "failed"
    elif bound is not None:
        state = "bound"
    return WritingView(
        writing_id=began.writing_id,
        at=began.at,
        by=began.by,
        holding_id=began.holding_id,
        old_epc=began.old_epc,
        epc=began.epc,
        state=state,
        carries="" if failed is None else failed[1].carries,
        reason="" if failed is None else failed[1].reason,
    )


def _newest(
    connection: Connection, kind: type[E], field: str, value: str, *, after: int = 0
) -> tuple[int, E] | None:
    """The newest event of ``kind`` after number ``after`` whose ``field`` has that value."""
    query = (
        select(journal.c.seq, journal.c.body)
        .where(
            journal.c.kind == kind.__name__,
            journal.c.seq > after,
            journal.c.body[field].as_string() == value,
        )
        .order_by(journal.c.seq.desc())
        .limit(1)
    )
    row = connection.execute(query).first()
    if row is None:
        return None
    event = decode_event(kind.__name__, row.body)
    assert isinstance(event, kind)  # noqa: S101 -- narrows what the name decides
    return row.seq, event
