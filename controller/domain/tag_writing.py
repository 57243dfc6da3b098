"""Writing one tag, step by step: what is asked of it next, and what an answer means.

Without a password of the site's own: write, read back, lock. With one, a tag is asked first whose
password it carries, and gets the site's before it is locked. No step is ever repeated: after a
write only reading back says what became of it.
"""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import assert_never

from controller.domain.events import TagWritingBegan
from controller.domain.plans import DeskPlan
from drivers.commands import (
    LockField,
    LockPrivilege,
    LockTag,
    MemoryBank,
    ReadTagMemory,
    TagCommand,
    WriteTagMemory,
)
from drivers.observations import Outcome, TagAccessed

CONTROL_WORD = 1
"""Where the protocol control word lies in the EPC bank; the number follows (Gen2, 6.3.2.1.2.2)."""
ACCESS_PASSWORD_WORD, ACCESS_PASSWORD_WORDS = 2, 2
"""Where the access password lies in the reserved bank (Gen2, 6.3.2.1.1.2)."""
NO_PASSWORD = 0
READ_LOCKED = frozenset({"tag_memory_locked_error", "nonspecific_tag_error", "tag_other_error"})
"""What tags say when a password may not be read: somebody, presumably this site, locked it."""


class Step(StrEnum):
    """What the tag has been asked for last."""

    CHECK = "check"
    """Whose password it carries."""
    WRITE = "write"
    READ_BACK = "read_back"
    SET_PASSWORD = "set_password"  # noqa: S105 -- the name of a step
    CHECK_PASSWORD = "check_password"  # noqa: S105 -- the name of a step
    LOCK = "lock"


@dataclass(frozen=True, slots=True, kw_only=True)
class Writing:
    """One operation under way."""

    began: TagWritingBegan
    step: Step
    fields: tuple[LockField, ...]
    """What is still to be locked."""
    doubtful: bool = False
    """Nobody knows whether the writing is over: it may still happen."""
    trouble: str = ""
    """What was said of the writing, where that was not that it is done."""
    owned: bool = False
    """Whether the tag carries the site's access password."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmed:
    """The tag carries its number, and all that was to be locked is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """It ended without that."""

    reason: str
    carries: str | None
    """``None``: whatever is seen on the desk says it."""


def first(began: TagWritingBegan, plan: DeskPlan, *, lock: bool) -> Writing:
    """The operation, about to make its first step."""
    step = Step.CHECK if plan.access_password else _to_number(began)
    return Writing(began=began, step=step, fields=plan.locks if lock else ())


def command(writing: Writing, plan: DeskPlan, command_id: str) -> TagCommand:
    """What the reader shall do for the step."""
    began = writing.began
    password = plan.access_password if writing.owned else NO_PASSWORD
    match writing.step:
        case Step.CHECK:
            return _password_read(plan, command_id, began.old_epc, NO_PASSWORD)
        case Step.WRITE:
            return WriteTagMemory(
                device=plan.id,
                command_id=command_id,
                epc=began.old_epc,
                bank=MemoryBank.EPC,
                word_pointer=CONTROL_WORD,
                data=control_and(began.epc),
                access_password=password,
            )
        case Step.READ_BACK:
            return ReadTagMemory(
                device=plan.id,
                command_id=command_id,
                epc=began.epc,
                bank=MemoryBank.EPC,
                word_pointer=CONTROL_WORD,
                words=1 + len(began.epc) // 4,
            )
        case Step.SET_PASSWORD:
            return WriteTagMemory(
                device=plan.id,
                command_id=command_id,
                epc=began.epc,
                bank=MemoryBank.RESERVED,
                word_pointer=ACCESS_PASSWORD_WORD,
                data=_digits(plan.access_password),
            )
        case Step.CHECK_PASSWORD:
            return _password_read(plan, command_id, began.epc, plan.access_password)
        case Step.LOCK:
            return LockTag(
                device=plan.id,
                command_id=command_id,
                epc=began.epc,
                field=writing.fields[0],
                privilege=LockPrivilege.LOCK,
                access_password=password,
            )
        case _:
            assert_never(writing.step)


def after(writing: Writing, plan: DeskPlan, said: TagAccessed) -> Writing | Confirmed | Failed:
    """What follows an answer to the step."""
    match writing.step:
        case Step.CHECK:
            return _checked(writing, plan, said)
        case Step.WRITE | Step.READ_BACK:
            return _numbered(writing, plan, said)
        case _:
            return _secured(writing, plan, said)


def control_and(epc: str) -> str:
    """The protocol control word of an EPC of that length, and the EPC: what shall stand there."""
    return f"{len(epc) // 4 << 11:04X}{epc}"


def _why(said: TagAccessed) -> str:
    return said.detail or said.outcome.value


def _numbered(writing: Writing, plan: DeskPlan, said: TagAccessed) -> Writing | Confirmed | Failed:
    began = writing.began
    if writing.step is Step.WRITE:
        if said.outcome is Outcome.REFUSED:
            return Failed(reason=_why(said), carries=began.old_epc)
        # Whatever was said of the writing, only the tag itself knows: read it.
        doubtful = said.outcome is Outcome.UNKNOWN
        trouble = "" if said.outcome is Outcome.DONE else _why(said)
        return replace(writing, step=Step.READ_BACK, doubtful=doubtful, trouble=trouble)
    if said.outcome is not Outcome.DONE:
        return Failed(reason=writing.trouble or _why(said), carries=None)
    if said.data != control_and(began.epc):
        return Failed(reason=writing.trouble or "read_back_differs", carries=None)
    return _to_lock(writing, plan)


def _secured(writing: Writing, plan: DeskPlan, said: TagAccessed) -> Writing | Confirmed | Failed:
    match writing.step:
        case Step.SET_PASSWORD if said.outcome is not Outcome.REFUSED:
            return replace(writing, step=Step.CHECK_PASSWORD)
        case Step.CHECK_PASSWORD if said.data == _digits(plan.access_password):
            return replace(writing, step=Step.LOCK, owned=True)
        case Step.LOCK if said.outcome is Outcome.DONE:
            left = replace(writing, fields=writing.fields[1:])
            return left if left.fields else Confirmed()
        case _:
            return Failed(reason=f"not_locked:{_why(said)}", carries=writing.began.epc)


def _checked(writing: Writing, plan: DeskPlan, said: TagAccessed) -> Writing | Failed:
    """The tag's password was readable and is none, or ours; or it is locked, as we lock it."""
    began = writing.began
    if said.outcome is Outcome.DONE and said.data == _digits(NO_PASSWORD):
        return replace(writing, step=_to_number(began))
    ours = said.outcome is Outcome.DONE and said.data == _digits(plan.access_password)
    if ours or (said.outcome is Outcome.FAILED and said.detail in READ_LOCKED):
        return replace(writing, step=_to_number(began), owned=True)
    why = "foreign_password" if said.outcome is Outcome.DONE else _why(said)
    return Failed(reason=why, carries=began.old_epc)


def _to_number(began: TagWritingBegan) -> Step:
    return Step.READ_BACK if began.old_epc == began.epc else Step.WRITE


def _to_lock(writing: Writing, plan: DeskPlan) -> Writing | Confirmed:
    if not writing.fields:
        return Confirmed()
    set_first = plan.access_password and not writing.owned
    return replace(writing, step=Step.SET_PASSWORD if set_first else Step.LOCK)


def _password_read(plan: DeskPlan, command_id: str, epc: str, password: int) -> ReadTagMemory:
    return ReadTagMemory(
        device=plan.id,
        command_id=command_id,
        epc=epc,
        bank=MemoryBank.RESERVED,
        word_pointer=ACCESS_PASSWORD_WORD,
        words=ACCESS_PASSWORD_WORDS,
        access_password=password,
    )


def _digits(password: int) -> str:
    return f"{password:08X}"
