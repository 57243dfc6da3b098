"""The desk: one tag held still is presented, and a new number is written into it and bound.

Writing is one operation in steps: write, read back, lock if wanted, bind. No binding is made
before the tag itself has confirmed its number, and none is ended before. However it ends, it
ends with exactly one of ``TagBound`` and ``TagWritingFailed``, which says what the tag carries.
"""

import re
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from enum import StrEnum

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
from drivers.commands import (
    LockField,
    LockPrivilege,
    LockTag,
    MemoryBank,
    ReadTagMemory,
    WriteTagMemory,
)
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
CONTROL_WORD = 1
"""Where the protocol control word lies in the EPC bank; the number follows (Gen2, 6.3.2.1.2.2)."""
_EPC = re.compile(r"(?:[0-9A-F]{4}){1,31}")


class Step(StrEnum):
    """What the tag has been asked for last."""

    WRITE = "write"
    READ_BACK = "read_back"
    LOCK = "lock"


@dataclass(slots=True)
class _Seen:
    since_s: float
    last_s: float
    strengths: deque[tuple[float, float]] = field(default_factory=lambda: deque(maxlen=KEPT_READS))

    def steady(self, now_s: float) -> bool:
        recent = [dbm for at_s, dbm in self.strengths if at_s >= now_s - STEADY_S]
        still = not recent or max(recent) - min(recent) <= STEADY_DB
        return still and now_s - self.since_s >= STEADY_S


@dataclass(frozen=True, slots=True, kw_only=True)
class _Writing:
    """One operation under way."""

    began: TagWritingBegan
    lock: bool
    step: Step
    command_id: str
    since_s: float
    """When its step began."""
    doubtful: bool = False
    """Nobody knows whether the writing is over: it may still happen."""


class Desk:
    """One desk reader; at most one tag is being written at a time."""

    def __init__(self, plan: DeskPlan, registry: Registry, new_id: Callable[[], str]) -> None:
        self._id = plan.id
        self._registry = registry
        self._new_id = new_id
        self._seen: dict[str, _Seen] = {}
        self._presented = ""
        self._writing: _Writing | None = None

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
            if read.rssi_dbm is not None:
                seen.strengths.append((now_s, read.rssi_dbm))
        return Decision(events=self._looked(report.at))

    def tick(self, at: Moment) -> Decision:
        """Time passed: tags go, tags become still, steps run out of time."""
        events = self._looked(at)
        writing = self._writing
        if writing is None or at.monotonic_s - writing.since_s < STEP_WITHIN_S:
            return Decision(events=events)
        late = self._ended(writing, Outcome.UNKNOWN, "", "no_answer", at)
        return replace(late, events=(*events, *late.events))

    def lost(self, at: Moment) -> Decision:
        """The reader is gone: nobody knows what lies there, or what became of a writing."""
        self._seen.clear()
        events = self._looked(at)
        if self._writing is not None:
            events = (*events, self._fail(self._writing, "reader_lost", "", at))
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
        step = Step.READ_BACK if began.old_epc == began.epc else Step.WRITE
        going = self._ask(began, step, at, lock=message.lock)
        answer = accepted(message.asked, writing_id=began.writing_id)
        return replace(going, events=(began,), answers=(answer,))

    def accessed(self, message: TagAccessed) -> Decision:
        """The tag answered a step; an answer to anything else is none of ours."""
        writing = self._writing
        if writing is None or message.command_id != writing.command_id:
            return Decision()
        return self._ended(writing, message.outcome, message.data, message.detail, message.at)

    def _refusal(self, message: WriteTag) -> Decision | None:
        asked, registry = message.asked, self._registry
        if self._writing is not None:
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
        return (TagPresented(at=at.utc, desk=self._id, epc=presented),)

    def _ended(
        self, writing: _Writing, outcome: Outcome, data: str, detail: str, at: Moment
    ) -> Decision:
        """A step is over, well or not."""
        began = writing.began
        match writing.step:
            case Step.WRITE if outcome is Outcome.REFUSED:
                failed = self._fail(writing, detail or "refused", began.old_epc, at)
                return Decision(events=(failed,))
            case Step.WRITE:
                # Whatever was said of the writing, only the tag itself knows: read it.
                doubtful = outcome is Outcome.UNKNOWN
                return self._ask(began, Step.READ_BACK, at, lock=writing.lock, doubtful=doubtful)
            case Step.READ_BACK if outcome is Outcome.DONE and data == _control_and(began.epc):
                if writing.lock:
                    return self._ask(began, Step.LOCK, at, lock=True)
                return Decision(events=self._bind(writing, at))
            case Step.READ_BACK:
                reason = "read_back_differs" if outcome is Outcome.DONE else detail
                failed = self._fail(writing, reason or outcome.value, self._carried(writing), at)
                return Decision(events=(failed,))
            case Step.LOCK if outcome is Outcome.DONE:
                return Decision(events=self._bind(writing, at))
            case Step.LOCK:
                failed = self._fail(writing, f"not_locked:{detail or outcome.value}", began.epc, at)
                return Decision(events=(failed,))

    def _ask(
        self, began: TagWritingBegan, step: Step, at: Moment, *, lock: bool, doubtful: bool = False
    ) -> Decision:
        command_id = self._new_id()
        self._writing = _Writing(
            began=began,
            lock=lock,
            step=step,
            command_id=command_id,
            since_s=at.monotonic_s,
            doubtful=doubtful,
        )
        command: WriteTagMemory | ReadTagMemory | LockTag
        match step:
            case Step.WRITE:
                command = WriteTagMemory(
                    device=self._id,
                    command_id=command_id,
                    epc=began.old_epc,
                    bank=MemoryBank.EPC,
                    word_pointer=CONTROL_WORD,
                    data=_control_and(began.epc),
                )
            case Step.READ_BACK:
                command = ReadTagMemory(
                    device=self._id,
                    command_id=command_id,
                    epc=began.epc,
                    bank=MemoryBank.EPC,
                    word_pointer=CONTROL_WORD,
                    words=1 + len(began.epc) // 4,
                )
            case Step.LOCK:
                command = LockTag(
                    device=self._id,
                    command_id=command_id,
                    epc=began.epc,
                    field=LockField.EPC,
                    privilege=LockPrivilege.LOCK,
                )
        return Decision(commands=(command,))

    def _bind(self, writing: _Writing, at: Moment) -> tuple[Event, ...]:
        """The tag has confirmed its number: it stands for the holding, its old number no more."""
        began, registry = writing.began, self._registry
        bound = registry.holding_by_epc(began.epc)
        if bound is not None and bound.id != began.holding_id:  # bound elsewhere meanwhile
            return (self._fail(writing, "epc_in_use", began.epc, at),)
        self._writing = None
        events: list[Event] = []
        old = registry.holding_by_epc(began.old_epc)
        if began.old_epc != began.epc and old is not None and old.id == began.holding_id:
            events.append(TagUnbound(at=at.utc, epc=began.old_epc, holding_id=old.id, by=began.by))
        confirmed = TagBound(at=at.utc, epc=began.epc, holding_id=began.holding_id, by=began.by)
        return (*events, confirmed)

    def _fail(self, writing: _Writing, reason: str, carries: str, at: Moment) -> TagWritingFailed:
        self._writing = None
        return failure(writing.began, reason, carries, at)

    def _carried(self, writing: _Writing) -> str:
        """What the only tag seen since the reading back began says it carries; else unknown."""
        if writing.doubtful:
            return ""
        since = [epc for epc, seen in self._seen.items() if seen.last_s > writing.since_s]
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


def _control_and(epc: str) -> str:
    """The protocol control word of an EPC of that length, and the EPC: what shall stand there."""
    return f"{len(epc) // 4 << 11:04X}{epc}"
