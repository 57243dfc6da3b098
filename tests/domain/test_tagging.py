"""The desk: a tag and its record are never half-changed without somebody being told."""

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count, product

import pytest

from controller.domain.decision import Decision
from controller.domain.events import (
    Event,
    TagBound,
    TagPresented,
    TagUnbound,
    TagWritingBegan,
    TagWritingFailed,
)
from controller.domain.plans import DeskPlan
from controller.domain.requests import WriteTag
from controller.domain.tagging import STEP_WITHIN_S
from drivers.commands import LockTag, ReadTagMemory, TagCommand, WriteTagMemory
from drivers.observations import (
    DeviceLost,
    Moment,
    Outcome,
    TagAccessed,
    TagRead,
    TagReport,
)
from tests.domain.rooms import Room, asked, epc, moment

DESK = "desk-1"
BLANK = "E28011704000021D35AE4008"
NEW = "2C14257BF42EF800000004D2"
TORN = "2C14257BF42EF80035AE4008"
CONTROL = "3000"

Fate = str
"""What becomes of one command at the tag and on the way back."""
WRITE_FATES = ["done", "refused", "not_seen", "torn", "done_unknown", "done_silent", "silent"]
WRITE_FATES += ["no_control", "later"]
READ_FATES = ["done", "refused", "not_seen", "unknown", "silent", "wrong"]
LOCK_FATES = ["done", "refused", "unknown", "silent"]


@dataclass
class Table:
    """A desk with one physical tag on it, and a reader that does what fate says."""

    carries: str = BLANK
    fates: dict[type, Fate] = field(default_factory=dict)
    control: str = CONTROL
    """The control word: how long the number is."""
    coming: str = ""
    """A number that a reader nobody hears is still going to write."""
    locked: bool = False
    now: float = 0.0
    events: list[Event] = field(default_factory=list)
    commands: list[TagCommand] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.room = Room(desks=[DeskPlan(id=DESK)])
        self.holding = self.room.registry.add(1)
        self.other = self.room.registry.add(2)

    @property
    def at(self) -> Moment:
        return moment(self.now)

    def pass_time(
        self, seconds: float, *tags: str, strength: Callable[[], float] | None = None
    ) -> None:
        """Ticks and reads every 0.1 s, of the tag on the desk unless others are named."""
        for _ in range(round(seconds * 10)):
            self.now = round(self.now + 0.1, 3)
            dbm = -40.0 if strength is None else strength()
            reads = [TagRead(tag, 1, dbm, None, 1) for tag in tags or (self.carries,)]
            self.take(self.room.tell(TagReport(at=self.at, reader=DESK, reads=tuple(reads))))
            self.take(self.room.tick(self.now))

    def ask(
        self, holding_id: str = "holding-1", number: str = NEW, *, lock: bool = False
    ) -> Decision:
        message = WriteTag(
            asked=asked(self.now), desk=DESK, holding_id=holding_id, epc=number, lock=lock
        )
        decision = self.room.tell(message)
        self.take(decision)
        return decision

    def take(self, decision: Decision) -> None:
        """The registry follows what was decided, the tag what was commanded."""
        self.events += decision.events
        for event in decision.events:
            if isinstance(event, TagBound):
                self.room.registry.tags[event.epc] = event.holding_id
            elif isinstance(event, TagUnbound):
                del self.room.registry.tags[event.epc]
        for command in decision.commands:
            assert isinstance(command, WriteTagMemory | ReadTagMemory | LockTag)
            self.commands.append(command)

    def obey(self) -> None:
        """The reader carries out what it was told, one by one, with reads in between."""
        while self.commands:
            command = self.commands.pop(0)
            answer = self._done(command, self.fates.get(type(command), "done"))
            self.pass_time(0.3)
            if answer is not None:
                outcome, data, detail = answer
                said = TagAccessed(
                    at=self.at, device=DESK, command_id=command.command_id, epc=command.epc,
                    outcome=outcome, data=data, detail=detail,
                )  # fmt: skip
                self.take(self.room.tell(said))
            else:
                self.pass_time(STEP_WITHIN_S)

    def _done(self, command: TagCommand, fate: Fate) -> tuple[Outcome, str, str] | None:
        if fate == "later" and isinstance(command, WriteTagMemory):
            self.coming = command.data[len(CONTROL) :]
            return None
        if fate == "refused":
            return Outcome.REFUSED, "", "reader_busy"
        if fate == "silent":
            return None
        if fate == "unknown":
            return Outcome.UNKNOWN, "", "no_answer"
        if fate == "not_seen" or command.epc != self.carries:
            return Outcome.FAILED, "", "tag_not_seen"
        return self._worked(command, fate)

    def _worked(self, command: TagCommand, fate: Fate) -> tuple[Outcome, str, str] | None:
        if isinstance(command, ReadTagMemory):
            seen = TORN if fate == "wrong" else self.carries
            return Outcome.DONE, self.control + seen, ""
        if isinstance(command, LockTag):
            self.locked = True
            return Outcome.DONE, "", ""
        assert isinstance(command, WriteTagMemory)
        self.carries = TORN if fate == "torn" else command.data[len(CONTROL) :]
        self.control = "0800" if fate == "no_control" else CONTROL
        if fate == "done_silent":
            return None
        told = {"torn": Outcome.FAILED, "done_unknown": Outcome.UNKNOWN}
        return told.get(fate, Outcome.DONE), "", "" if fate == "done" else "tag_lost"

    def said(self, kind: type[Event]) -> list[Event]:
        return [event for event in self.events if isinstance(event, kind)]


def presented(table: Table) -> list[str]:
    return [event.epc for event in table.events if isinstance(event, TagPresented)]


def test_one_tag_held_still_is_presented_once_and_so_is_its_leaving() -> None:
    table = Table()
    table.pass_time(0.9)
    assert presented(table) == []
    table.pass_time(3.0)
    assert presented(table) == [BLANK]
    for _ in range(12):
        table.now = round(table.now + 0.1, 3)
        table.take(table.room.tick(table.now))
    assert presented(table) == [BLANK, ""]


def test_two_tags_are_none() -> None:
    table = Table()
    table.pass_time(3.0, BLANK, epc(1))
    assert presented(table) == []
    table.pass_time(3.0, BLANK)
    table.pass_time(0.1, BLANK, epc(1))
    assert presented(table) == [BLANK, ""]


def test_a_tag_in_a_moving_hand_is_not_presented() -> None:
    table, swing = Table(), count()
    table.pass_time(4.0, strength=lambda: -40.0 - 3.0 * (next(swing) % 4))
    assert presented(table) == []


def test_a_new_number_is_written_read_back_locked_and_bound() -> None:
    table = Table()
    table.pass_time(2.0)
    decision = table.ask(lock=True)
    assert decision.answers[0].accepted
    assert table.said(TagBound) == []
    table.obey()
    bound = table.said(TagBound)[0]
    assert isinstance(bound, TagBound)
    assert (bound.epc, bound.holding_id, bound.by) == (NEW, "holding-1", "lin")
    assert (table.carries, table.locked) == (NEW, True)
    assert table.said(TagWritingFailed) == []


def test_what_is_written_is_the_number_with_its_own_length() -> None:
    table = Table()
    table.pass_time(2.0)
    (command,) = table.ask(number="ABCD1234").commands
    assert isinstance(command, WriteTagMemory)
    assert (command.epc, command.word_pointer, command.data) == (BLANK, 1, "1000ABCD1234")


def test_the_old_number_of_a_tag_stands_for_its_holding_until_the_new_one_is_confirmed() -> None:
    table = Table(carries=epc(1))
    table.pass_time(2.0)
    table.ask()
    assert table.room.registry.tags[epc(1)] == "holding-1"
    table.obey()
    changed = [event for event in table.events if isinstance(event, TagUnbound | TagBound)]
    assert [(type(event), event.epc) for event in changed] == [
        (TagUnbound, epc(1)),
        (TagBound, NEW),
    ]
    assert epc(1) not in table.room.registry.tags


def test_a_tag_that_carries_the_number_already_is_only_read_back() -> None:
    table = Table(carries=NEW)
    table.pass_time(2.0)
    (command,) = table.ask().commands
    assert isinstance(command, ReadTagMemory)
    table.obey()
    assert len(table.said(TagBound)) == 1


@pytest.mark.parametrize(
    ("carries", "holding_id", "number", "code"),
    [
        (BLANK, "holding-9", NEW, "no_such_holding"),
        (BLANK, "holding-1", "ABC", "bad_epc"),
        (BLANK, "holding-1", "abcd", "bad_epc"),
        (BLANK, "holding-1", epc(2), "epc_in_use"),
        (epc(2), "holding-1", NEW, "tag_in_use"),
    ],
)
def test_what_would_take_a_tag_or_a_number_from_another_file_is_refused(
    carries: str, holding_id: str, number: str, code: str
) -> None:
    table = Table(carries=carries)
    table.pass_time(2.0)
    decision = table.ask(holding_id, number)
    assert (decision.answers[0].code, decision.commands) == (code, ())


def test_without_a_still_tag_and_during_another_writing_nothing_begins() -> None:
    table = Table()
    assert table.ask().answers[0].code == "no_steady_tag"
    table.pass_time(2.0)
    table.ask()
    assert table.ask().answers[0].code == "desk_busy"
    assert len(table.said(TagWritingBegan)) == 1


def test_a_number_that_was_bound_elsewhere_meanwhile_is_not_bound_twice() -> None:
    table = Table()
    table.pass_time(2.0)
    table.ask()
    table.room.registry.tags[NEW] = "holding-2"
    table.obey()
    (failed,) = table.said(TagWritingFailed)
    assert isinstance(failed, TagWritingFailed)
    assert (failed.reason, failed.carries) == ("epc_in_use", NEW)
    assert table.room.registry.tags[NEW] == "holding-2"


def test_a_reader_that_is_lost_midway_leaves_the_tag_unknown() -> None:
    table = Table()
    table.pass_time(2.0)
    table.ask()
    table.take(table.room.tell(DeviceLost(at=table.at, device=DESK, reason="silent")))
    (failed,) = table.said(TagWritingFailed)
    assert isinstance(failed, TagWritingFailed)
    assert (failed.reason, failed.carries) == ("reader_lost", "")
    assert presented(table)[-1] == ""


def test_a_desk_that_is_none_is_refused() -> None:
    message = WriteTag(asked=asked(0.0), desk="no", holding_id="h", epc=NEW, lock=False)
    assert Room().tell(message).answers[0].code == "no_such_desk"


@pytest.mark.parametrize("write", WRITE_FATES)
@pytest.mark.parametrize("read", READ_FATES)
def test_whatever_step_fails_tag_and_record_are_never_half_changed_unsaid(
    write: Fate, read: Fate
) -> None:
    for lock_fate, lock, carries in product(LOCK_FATES, [True, False], [BLANK, epc(1), NEW]):
        written_to_the_end(write, read, lock_fate if lock else "done", lock, carries)


def written_to_the_end(write: Fate, read: Fate, lock_fate: Fate, lock: bool, carries: str) -> None:
    table = Table(carries=carries)
    table.fates = {WriteTagMemory: write, ReadTagMemory: read, LockTag: lock_fate}
    before = dict(table.room.registry.tags)
    table.pass_time(2.0)
    table.ask(lock=lock)
    stray = TagAccessed(  # an answer to nothing that was asked
        at=table.at, device=DESK, command_id="id-0", epc=NEW, outcome=Outcome.DONE,
        data=CONTROL + NEW, detail="",
    )  # fmt: skip
    table.take(table.room.tell(stray))
    table.obey()
    bound, failed = table.said(TagBound), table.said(TagWritingFailed)
    assert len(bound) + len(failed) == 1
    assert not table.commands
    table.carries = table.coming or table.carries
    if bound:
        assert (table.control, table.carries) == (CONTROL, NEW)
        assert table.room.registry.tags[NEW] == "holding-1"
        assert table.locked or not lock
        return
    assert table.room.registry.tags == before
    (end,) = failed
    assert isinstance(end, TagWritingFailed)
    assert end.reason
    assert end.carries in ("", table.carries)
    table.fates = {}
    if table.carries in (BLANK, NEW, epc(1)):
        table.pass_time(2.0)
        assert table.ask().answers[0].accepted  # a person can simply try again


def test_without_a_number_the_tag_that_lies_there_when_it_is_decided_keeps_its_own() -> None:
    table = Table()
    table.pass_time(2.0, BLANK)
    table.carries = TORN
    table.pass_time(3.0, TORN)
    decision = table.ask(number="")
    began = next(event for event in decision.events if isinstance(event, TagWritingBegan))
    assert (began.old_epc, began.epc) == (TORN, TORN)


def test_without_a_number_and_without_a_tag_nothing_begins() -> None:
    decision = Table().ask(number="")
    assert [answer.code for answer in decision.answers] == ["no_steady_tag"]
