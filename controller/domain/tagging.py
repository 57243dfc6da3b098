"""The desk: one tag held still is presented, and a new number is written into it and bound.

Writing is one operation in steps (see `tag_writing`), and then a binding. No binding is made
before the tag itself has confirmed its number, and none is ended before. However it ends, it
ends with exactly one of ``TagBound`` and ``TagWritingFailed``, which says what the tag carries.
"""

import re
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from controller.domain.answers import accepted, refused
from controller.domain.decision import Decision
from controller.domain.events import (
    Event,
    TagBound,
    TagPresented,
    TagUnbound,
    TagWritingBegan,
    TagWritingFailed,
)
from controller.domain.model import Registry
from controller.domain.plans import DeskPlan
from controller.domain.requests import WriteTag
from controller.domain.tag_writing import Confirmed, Failed, Writing, after, command, first
from drivers.observations import Moment, Outcome, TagAccessed, TagReport

GONE_AFTER_S = 1.0
"""So long without a read, and a tag is no longer on the desk."""
STEADY_S = 1.0
"""So long alone and at the same strength, and a tag is held still."""
STEADY_DB = 6.0
"""How far its strength may spread meanwhile; a tag in a moving hand spreads further."""
STEP_WITHIN_S = 10.0
"""A reader that has not answered a step after so long will not."""
KEPT_READS = 64
KEPT_TAGS = 64
_EPC = re.compile(r"(?:[0-9A-F]{4}){1,31}")


@dataclass(slots=True)
class _Seen:
    since_s: float
    last_s: float
    pc: int | None = None
    """Its control word, where its reader passes that on."""
    strengths: deque[tuple[float, float]] = field(default_factory=lambda: deque(maxlen=KEPT_READS))

    def steady(self, now_s: float) -> bool:
        recent = [dbm for at_s, dbm in self.strengths if at_s >= now_s - STEADY_S]
        still = not recent or max(recent) - min(recent) <= STEADY_DB
        return still and now_s - self.since_s >= STEADY_S


@dataclass(frozen=True, slots=True, kw_only=True)
class _UnderWay:
    """The one operation, and the step that is waited for."""

    writing: Writing
    command_id: str
    since_s: float
    """When its step began."""


class Desk:
    """One desk reader; at most one tag is being written at a time."""

    def __init__(self, plan: DeskPlan, registry: Registry, new_id: Callable[[], str]) -> None:
        self._id = plan.id
        self._plan = plan
        self._registry = registry
        self._new_id = new_id
        self._seen: dict[str, _Seen] = {}
        self._presented = ""
        self._under_way: _UnderWay | None = None

    def observe(self, report: TagReport) -> Decision:
        """Take in what the reader saw."""
        now_s = report.at.monotonic_s
        for read in report.reads:
            seen = self._seen.get(read.epc)
            if seen is None or now_s - seen.last_s >= GONE_AFTER_S:
                if seen is None and len(self._seen) >= KEPT_TAGS:
                    continue
                seen = self._seen[read.epc] = _Seen(now_s, now_s)
            seen.last_s = now_s
            seen.pc = seen.pc if read.pc is None else read.pc
            if read.rssi_dbm is not None:
                seen.strengths.append((now_s, read.rssi_dbm))
        return Decision(events=self._looked(report.at))

    def tick(self, at: Moment) -> Decision:
        """Time passed: tags go, tags become still, steps run out of time."""
        events = self._looked(at)
        under_way = self._under_way
        if under_way is None or at.monotonic_s - under_way.since_s < STEP_WITHIN_S:
            return Decision(events=events)
        silence = TagAccessed(
            at=at,
            device=self._id,
            command_id=under_way.command_id,
            epc=under_way.writing.began.old_epc,
            outcome=Outcome.UNKNOWN,
            data="",
            detail="no_answer",
        )
        late = self._ended(under_way, silence)
        return replace(late, events=(*events, *late.events))

    def lost(self, at: Moment) -> Decision:
        """The reader is gone: nobody knows what lies there, or what became of a writing."""
        self._seen.clear()
        events = self._looked(at)
        if self._under_way is not None:
            events = (*events, self._fail(self._under_way.writing, "reader_lost", "", at))
        return Decision(events=events)

    def write(self, message: WriteTag) -> Decision:
        """Begin to write the number into the tag that is held still.

        Refused with ``desk_busy``, ``bad_epc``, ``no_such_holding``, ``no_steady_tag``,
        ``epc_in_use``, ``tag_in_use``.
        """
        wanted = replace(message, epc=message.epc or self._presented)
        refusal = self._refusal(wanted)
        if refusal is not None:
            return refusal
        at = message.asked.at
        began = TagWritingBegan(
            at=at.utc,
            writing_id=self._new_id(),
            desk=self._id,
            holding_id=message.holding_id,
            old_epc=self._presented,
            epc=wanted.epc,
            by=message.asked.by,
        )
        going = self._ask(first(began, self._plan, lock=message.lock), at)
        answer = accepted(message.asked, writing_id=began.writing_id)
        return replace(going, events=(began,), answers=(answer,))

    def accessed(self, message: TagAccessed) -> Decision:
        """The tag answered a step; an answer to anything else is none of ours."""
        under_way = self._under_way
        if under_way is None or message.command_id != under_way.command_id:
            return Decision()
        return self._ended(under_way, message)

    def _refusal(self, message: WriteTag) -> Decision | None:
        asked, registry = message.asked, self._registry
        if self._under_way is not None:
            return refused(asked, "desk_busy", desk=self._id)
        if message.epc and _EPC.fullmatch(message.epc) is None:
            return refused(asked, "bad_epc", epc=message.epc)
        if registry.holding(message.holding_id) is None:
            return refused(asked, "no_such_holding", holding_id=message.holding_id)
        if not self._presented:
            return refused(asked, "no_steady_tag", desk=self._id)
        for code, epc in (("epc_in_use", message.epc), ("tag_in_use", self._presented)):
            bound = registry.holding_by_epc(epc)
            if bound is not None and bound.id != message.holding_id:
                return refused(asked, code, epc=epc, reference_code=bound.reference_code)
        return None

    def _looked(self, at: Moment) -> tuple[Event, ...]:
        """What lies on the desk, if that has changed: one still tag, or nothing of the kind."""
        now_s = at.monotonic_s
        self._seen = {e: s for e, s in self._seen.items() if now_s - s.last_s < GONE_AFTER_S}
        alone = next(iter(self._seen), "") if len(self._seen) == 1 else ""
        held = alone and (alone == self._presented or self._seen[alone].steady(now_s))
        presented = alone if held else ""
        if presented == self._presented:
            return ()
        self._presented = presented
        pc = self._seen[presented].pc if presented else None
        return (TagPresented(at=at.utc, desk=self._id, epc=presented, pc=pc),)

    def _ended(self, under_way: _UnderWay, said: TagAccessed) -> Decision:
        """A step is over, well or not."""
        writing = under_way.writing
        follows = after(writing, self._plan, said)
        match follows:
            case Writing():
                return self._ask(follows, said.at)
            case Confirmed():
                return Decision(events=self._bind(writing, said.at))
            case Failed():
                carries = follows.carries
                if carries is None:
                    carries = self._carried(under_way)
                failed = self._fail(writing, follows.reason, carries, said.at)
                return Decision(events=(failed,))

    def _ask(self, writing: Writing, at: Moment) -> Decision:
        command_id = self._new_id()
        self._under_way = _UnderWay(writing=writing, command_id=command_id, since_s=at.monotonic_s)
        return Decision(commands=(command(writing, self._plan, command_id),))

    def _bind(self, writing: Writing, at: Moment) -> tuple[Event, ...]:
        """The tag has confirmed its number: it stands for the holding, its old number no more."""
        began, registry = writing.began, self._registry
        bound = registry.holding_by_epc(began.epc)
        if bound is not None and bound.id != began.holding_id:  # bound elsewhere meanwhile
            return (self._fail(writing, "epc_in_use", began.epc, at),)
        self._under_way = None
        events: list[Event] = []
        old = registry.holding_by_epc(began.old_epc)
        if began.old_epc != began.epc and old is not None and old.id == began.holding_id:
            events.append(TagUnbound(at=at.utc, epc=began.old_epc, holding_id=old.id, by=began.by))
        confirmed = TagBound(at=at.utc, epc=began.epc, holding_id=began.holding_id, by=began.by)
        return (*events, confirmed)

    def _fail(self, writing: Writing, reason: str, carries: str, at: Moment) -> TagWritingFailed:
        self._under_way = None
        return failure(writing.began, reason, carries, at)

    def _carried(self, under_way: _UnderWay) -> str:
        """What the only tag seen since the reading back began says it carries; else unknown."""
        if under_way.writing.doubtful:
            return ""
        since = [epc for epc, seen in self._seen.items() if seen.last_s > under_way.since_s]
        return since[0] if len(since) == 1 else ""


def failure(began: TagWritingBegan, reason: str, carries: str, at: Moment) -> TagWritingFailed:
    """How the operation that ``began`` ended without a binding."""
    return TagWritingFailed(
        at=at.utc,
        writing_id=began.writing_id,
        desk=began.desk,
        holding_id=began.holding_id,
        old_epc=began.old_epc,
        epc=began.epc,
        carries=carries,
        reason=reason,
        by=began.by,
    )
