"""A site's own access password at a desk: who gets it, what is locked, what a failure leaves."""

from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.domain.decision import Decision
from controller.domain.events import TagBound, TagWritingFailed
from controller.domain.plans import DeskPlan
from controller.domain.requests import WriteTag
from drivers.commands import (
    LockField,
    LockTag,
    MemoryBank,
    ReadTagMemory,
    TagCommand,
    WriteTagMemory,
)
from drivers.observations import Outcome, TagAccessed, TagRead, TagReport
from simulators.tag_memory import LOCKED, OPEN, SimulatedTag, TagError
from tests.domain.rooms import Room, asked, moment

DESK, OLD, NEW = "desk-1", "E28011704000021D35AE4008", "2C14257BF42EF800000004D2"
OURS, FOREIGN = 0x1234ABCD, 0x0BADCAFE
FIELDS = (LockField.ACCESS_PASSWORD, LockField.EPC, LockField.USER)
FATES = ["well", "unheard", "refused", "not_there"]


@dataclass
class Table:
    """A desk with a secret, one tag with a memory, and a reader that may fail at a step."""

    tag: SimulatedTag
    fails_at: int = -1
    fate: str = "well"
    locks: tuple[LockField, ...] = FIELDS
    now: float = 0.0
    commands: list[TagCommand] = field(default_factory=list)
    ends: list[TagBound | TagWritingFailed] = field(default_factory=list)

    def __post_init__(self) -> None:
        plan = DeskPlan(id=DESK, locks=self.locks, access_password=OURS)
        self.room = Room(desks=[plan])
        self.room.registry.add(1)

    def write(self, *, lock: bool) -> None:
        """Hold the tag still, ask, and let the reader do what it is told until it is over."""
        self._hold_still()
        wish = WriteTag(
            asked=asked(self.now), desk=DESK, holding_id="holding-1", epc=NEW, lock=lock
        )
        self._take(self.room.tell(wish))
        step = 0
        while self.commands:
            command = self.commands.pop(0)
            self._answer(command, self.fate if step == self.fails_at else "well")
            step += 1

    def _hold_still(self) -> None:
        for _ in range(20):
            self.now = round(self.now + 0.1, 3)
            read = TagRead(self.tag.epc, 1, -40.0, None, 1, pc=self.tag.pc)
            told = TagReport(at=moment(self.now), reader=DESK, reads=(read,))
            self._take(self.room.tell(told))

    def _answer(self, command: TagCommand, fate: str) -> None:
        data, outcome, why = "", Outcome.DONE, ""
        if fate in ("well", "unheard"):
            try:
                data = self._obey(command)
            except TagError as error:
                outcome, why = Outcome.FAILED, str(error).lower()
        if fate == "unheard":
            read = isinstance(command, ReadTagMemory)
            data, outcome, why = "", Outcome.FAILED if read else Outcome.UNKNOWN, "no_answer"
        elif fate == "refused":
            outcome, why = Outcome.REFUSED, "reader_busy"
        elif fate == "not_there":
            outcome, why = Outcome.FAILED, "tag_not_seen"
        self.now = round(self.now + 0.1, 3)
        said = TagAccessed(
            at=moment(self.now), device=DESK, command_id=command.command_id, epc=command.epc,
            outcome=outcome, data=data, detail=why,
        )  # fmt: skip
        self._take(self.room.tell(said))

    def _obey(self, command: TagCommand) -> str:
        if command.epc != self.tag.epc:
            raise TagError("Tag_Not_Seen")
        match command:
            case ReadTagMemory():
                words = self.tag.read(
                    command.bank, command.word_pointer, command.words, command.access_password
                )
                return "".join(f"{word:04X}" for word in words)
            case WriteTagMemory():
                octets = bytes.fromhex(command.data)
                words = tuple(
                    int.from_bytes(octets[at : at + 2]) for at in range(0, len(octets), 2)
                )
                self.tag.write(command.bank, command.word_pointer, words, command.access_password)
            case LockTag():
                self.tag.lock([(command.privilege, command.field)], command.access_password)
            case _:
                raise AssertionError(command)
        return ""

    def _take(self, decision: Decision) -> None:
        self.ends += [e for e in decision.events if isinstance(e, TagBound | TagWritingFailed)]
        for command in decision.commands:
            assert isinstance(command, ReadTagMemory | WriteTagMemory | LockTag)
            self.commands.append(command)

    @property
    def password(self) -> int:
        return int.from_bytes(self.tag.banks[MemoryBank.RESERVED][4:8])

    @property
    def locked(self) -> set[int]:
        return {one for one, state in self.tag.locks.items() if state == LOCKED}


def ours(*, locked: bool) -> SimulatedTag:
    """A tag that this site gave a password before."""
    tag = SimulatedTag(OLD, access_password=OURS)
    for one in FIELDS if locked else ():
        tag.locks[one] = LOCKED
    return tag


def test_a_new_tag_gets_number_and_password_and_is_locked_and_its_tid_is_not_touched() -> None:
    table = Table(SimulatedTag(OLD))
    before = bytes(table.tag.banks[MemoryBank.TID])
    table.write(lock=True)
    (end,) = table.ends
    assert isinstance(end, TagBound)
    assert (table.tag.epc, table.password, table.locked) == (NEW, OURS, set(FIELDS))
    assert bytes(table.tag.banks[MemoryBank.TID]) == before


def test_without_locking_a_new_tag_keeps_its_empty_password() -> None:
    table = Table(SimulatedTag(OLD))
    table.write(lock=False)
    assert isinstance(table.ends[0], TagBound)
    assert (table.tag.epc, table.password, table.locked) == (NEW, 0, set())


@pytest.mark.parametrize("locked", [True, False])
def test_a_tag_of_this_site_is_written_again_with_its_password(locked: bool) -> None:
    table = Table(ours(locked=locked))
    table.write(lock=True)
    assert isinstance(table.ends[0], TagBound)
    assert (table.tag.epc, table.password, table.locked) == (NEW, OURS, set(FIELDS))


def test_a_tag_with_somebody_elses_password_is_left_as_it_is() -> None:
    table = Table(SimulatedTag(OLD, access_password=FOREIGN))
    table.write(lock=True)
    (end,) = table.ends
    assert isinstance(end, TagWritingFailed)
    assert (end.reason, end.carries) == ("foreign_password", OLD)
    assert (table.tag.epc, table.password, table.locked) == (OLD, FOREIGN, set())


def test_a_tag_that_somebody_else_locked_is_not_written_and_says_why() -> None:
    table = Table(SimulatedTag(OLD, access_password=FOREIGN))
    table.tag.locks.update({LockField.ACCESS_PASSWORD: LOCKED, LockField.EPC: LOCKED})
    table.write(lock=True)
    (end,) = table.ends
    assert isinstance(end, TagWritingFailed)
    assert end.reason == "nonspecific_tag_error"  # of the writing, not of reading it back
    assert table.tag.epc == OLD


@given(
    blank=st.booleans(),
    lock=st.booleans(),
    step=st.integers(0, 9),
    fate=st.sampled_from(FATES),
    locks=st.permutations(FIELDS).map(tuple),
)
def test_it_is_bound_if_and_only_if_all_that_was_wished_is_so(
    blank: bool, lock: bool, step: int, fate: str, locks: tuple[LockField, ...]
) -> None:
    tag = SimulatedTag(OLD) if blank else ours(locked=True)
    table = Table(tag, fails_at=step, fate=fate, locks=locks)
    table.write(lock=lock)
    (end,) = table.ends
    number_done = tag.epc == NEW and tag.pc == 0x3000
    secured = not lock or (table.password == OURS and table.locked == set(FIELDS))
    if isinstance(end, TagBound):
        assert number_done
        assert secured
    else:
        assert end.reason
        assert end.carries in ("", tag.epc)
    assert tag.locks[LockField.KILL_PASSWORD] == OPEN


def test_the_secret_is_not_shown_with_the_plan() -> None:
    plan = DeskPlan(id=DESK, access_password=OURS)
    assert str(OURS) not in repr(plan)
    assert f"{OURS:X}" not in repr(plan).upper()
