"""Reading, writing, locking and killing one tag over a serial line: one answer, and a true one."""

from collections.abc import Iterator

import pytest

from drivers.commands import (
    KillTag,
    LockField,
    LockPrivilege,
    LockTag,
    MemoryBank,
    ReadTagMemory,
    TagCommand,
    WriteTagMemory,
)
from drivers.observations import Outcome, TagAccessed
from drivers.serial_uhf.wire import cfm, r200, uhf288
from simulators.serial_reader import SimulatedSerialReader
from simulators.serial_reader_cfm import CfmBrain
from simulators.serial_reader_r200 import R200Brain
from simulators.serial_reader_uhf288 import Uhf288Brain
from simulators.tag_memory import SimulatedTag
from tests.drivers.rig import Rig
from tests.drivers.serial_uhf.rig import KINDS, Kind, connected, driving, fast
from tests.services import eventually

EPC = "300833B2DDD9CAFEBABE801E"
OTHER = "300833B2DDD9CAFEBABE801F"
NEW = "2C14257BF42EF800000004D2"
SECRET = 0x1234ABCD
Reader = SimulatedSerialReader[R200Brain | Uhf288Brain]
ABLE = [kind for kind in KINDS if kind.name != "cfm"]
WRITE_CODES = {"r200": r200.WRITE, "uhf288": uhf288.WRITE}
READ_CODES = {"r200": r200.READ, "uhf288": uhf288.READ}


@pytest.fixture(params=ABLE, ids=lambda kind: kind.name)
def kind(request: pytest.FixtureRequest) -> Kind:
    found = request.param
    assert isinstance(found, Kind)
    return found


@pytest.fixture
def reader(kind: Kind) -> Iterator[Reader]:
    with SimulatedSerialReader[R200Brain | Uhf288Brain](kind.make_brain, tcp=kind.tcp) as simulated:  # type: ignore[arg-type]
        yield simulated


@pytest.fixture
def tag(reader: Reader) -> SimulatedTag:
    """The tag that is meant, and another whose number differs in its last digit."""
    reader.lay(SimulatedTag(OTHER))
    meant = SimulatedTag(EPC)
    reader.lay(meant)
    return meant


def answers(rig: Rig) -> list[TagAccessed]:
    return [said for said in list(rig.said) if isinstance(said, TagAccessed)]


def carry_out(rig: Rig, command: TagCommand) -> TagAccessed:
    before = len(answers(rig))
    rig.driver.submit(command)
    told = eventually(lambda: answers(rig), lambda said: len(said) > before)
    assert len(told) == before + 1
    assert (told[-1].command_id, told[-1].epc) == (command.command_id, command.epc)
    return told[-1]


def read(bank: MemoryBank, start: int, words: int, password: int = 0) -> ReadTagMemory:
    return ReadTagMemory(
        device="desk", command_id=f"read-{bank}-{start}", epc=EPC, bank=bank,
        word_pointer=start, words=words, access_password=password,
    )  # fmt: skip


def write(
    bank: MemoryBank, start: int, data: str, password: int = 0, *, epc: str = EPC
) -> WriteTagMemory:
    return WriteTagMemory(
        device="desk", command_id=f"write-{bank}-{start}", epc=epc, bank=bank,
        word_pointer=start, data=data, access_password=password,
    )  # fmt: skip


def lock(field: LockField, privilege: LockPrivilege, password: int = 0) -> LockTag:
    return LockTag(
        device="desk", command_id=f"lock-{field}", epc=EPC, field=field, privilege=privilege,
        access_password=password,
    )  # fmt: skip


def kill(password: int) -> KillTag:
    return KillTag(device="desk", command_id="kill", epc=EPC, kill_password=password)


def told(answer: TagAccessed) -> tuple[Outcome, str]:
    return answer.outcome, answer.detail


def test_a_tags_own_number_is_read_from_it_and_the_reader_reads_on(
    kind: Kind, reader: Reader, tag: SimulatedTag
) -> None:
    with connected(reader, kind.profile) as rig:
        answer = carry_out(rig, read(MemoryBank.TID, 0, 6))
        assert (answer.outcome, answer.data) == (Outcome.DONE, "E2801190200050004F2A03B1")
        assert carry_out(rig, read(MemoryBank.EPC, 1, 7)).data == f"3000{EPC}"
        seen = len(rig.reads)
        eventually(lambda: len(rig.reads), lambda count: count > seen + 4)
        assert rig.health == ["back"]


def test_only_the_tag_that_is_meant_is_written(
    kind: Kind, reader: Reader, tag: SimulatedTag
) -> None:
    with connected(reader, kind.profile) as rig:
        assert told(carry_out(rig, write(MemoryBank.USER, 2, "CAFEBABE"))) == (Outcome.DONE, "")
        assert tag.banks[3][4:8].hex() == "cafebabe"
        answer = carry_out(rig, write(MemoryBank.EPC, 1, f"3000{NEW}"))
        assert answer.outcome is Outcome.DONE
        assert (tag.epc, tag.pc) == (NEW, 0x3000)
        eventually(lambda: {one.epc for one in rig.reads[-4:]}, lambda seen: seen == {NEW, OTHER})


def test_a_locked_tag_is_written_only_with_its_password(
    kind: Kind, reader: Reader, tag: SimulatedTag
) -> None:
    with connected(reader, kind.profile) as rig:
        carry_out(rig, write(MemoryBank.RESERVED, 2, f"{SECRET:08X}"))
        locked = carry_out(rig, lock(LockField.EPC, LockPrivilege.LOCK, SECRET))
        assert told(locked) == (Outcome.DONE, "")
        refused = carry_out(rig, write(MemoryBank.EPC, 2, NEW))
        assert told(refused) == (Outcome.FAILED, "tag_memory_locked_error")
        assert tag.epc == EPC
        opened = carry_out(rig, lock(LockField.EPC, LockPrivilege.UNLOCK, SECRET))
        assert told(opened) == (Outcome.DONE, "")
        assert carry_out(rig, write(MemoryBank.EPC, 2, NEW)).outcome is Outcome.DONE
    assert tag.epc == NEW


@pytest.mark.parametrize("privilege", LockPrivilege)
@pytest.mark.parametrize(
    "field", [LockField.KILL_PASSWORD, LockField.ACCESS_PASSWORD, LockField.USER]
)
def test_every_field_is_locked_as_it_was_told(
    kind: Kind, field: LockField, privilege: LockPrivilege
) -> None:
    with SimulatedSerialReader(kind.make_brain, tcp=kind.tcp) as reader:
        tag = SimulatedTag(EPC)
        reader.lay(tag)
        with connected(reader, kind.profile) as rig:
            assert carry_out(rig, lock(field, privilege)).outcome is Outcome.DONE
            assert {f: at for f, at in tag.locks.items() if f != LockField.TID} == {
                **dict.fromkeys((0, 1, 2, 4), LockPrivilege.UNLOCK), field: privilege,
            }  # fmt: skip


def test_a_tag_that_is_not_there_is_not_seen(kind: Kind, reader: Reader) -> None:
    reader.lay(SimulatedTag(OTHER))
    with connected(reader, kind.profile) as rig:
        for command in (read(MemoryBank.TID, 0, 6), write(MemoryBank.USER, 0, "1111")):
            assert told(carry_out(rig, command)) == (Outcome.FAILED, "tag_not_seen")


def test_a_tag_is_killed_only_where_the_site_allows_it(
    kind: Kind, reader: Reader, tag: SimulatedTag
) -> None:
    tag.banks[0][:4] = SECRET.to_bytes(4)
    with connected(reader, kind.profile) as rig:
        assert told(carry_out(rig, kill(SECRET))) == (Outcome.REFUSED, "kill_not_allowed")
        assert not tag.killed
    with connected(reader, kind.profile, allow_kill=True) as rig:
        assert carry_out(rig, kill(SECRET ^ 1)).outcome is Outcome.FAILED
        assert carry_out(rig, kill(SECRET)).outcome is Outcome.DONE
    assert tag.killed


def test_a_kill_password_of_zero_kills_nobody(
    kind: Kind, reader: Reader, tag: SimulatedTag
) -> None:
    with connected(reader, kind.profile, allow_kill=True) as rig:
        assert told(carry_out(rig, kill(0))) == (Outcome.FAILED, "zero_kill_password_error")


@pytest.mark.parametrize("fault", ["lost", "spoilt"])
def test_a_write_whose_answer_is_lost_is_unknown_and_is_not_repeated(
    kind: Kind, reader: Reader, tag: SimulatedTag, fault: str
) -> None:
    code = WRITE_CODES[kind.profile.kind]
    with connected(reader, kind.profile) as rig:
        getattr(reader.brain.answers, fault).add(code)
        answer = carry_out(rig, write(MemoryBank.USER, 0, "1111"))
        assert told(answer) == (Outcome.UNKNOWN, "no_answer")
        assert tag.banks[3][:2].hex() == "1111"
        assert carry_out(rig, read(MemoryBank.USER, 0, 1)).data == "1111"
        assert rig.health == ["back"]
        assert len(answers(rig)) == 2
    assert _codes(reader).count(code) == 1


def test_a_read_whose_answer_is_lost_has_changed_nothing(
    kind: Kind, reader: Reader, tag: SimulatedTag
) -> None:
    with connected(reader, kind.profile) as rig:
        reader.brain.answers.lost.add(READ_CODES[kind.profile.kind])
        answer = carry_out(rig, read(MemoryBank.USER, 0, 1))
        assert told(answer) == (Outcome.FAILED, "no_answer")


def test_an_answer_that_comes_late_is_not_taken_for_the_next_one(
    kind: Kind, reader: Reader, tag: SimulatedTag
) -> None:
    tag.banks[3][:4] = bytes.fromhex("11112222")
    with connected(reader, kind.profile) as rig:
        reader.brain.answers.late.add(READ_CODES[kind.profile.kind])
        assert told(carry_out(rig, read(MemoryBank.USER, 0, 1))) == (Outcome.FAILED, "no_answer")
        assert carry_out(rig, read(MemoryBank.USER, 1, 1)).data == "2222"
        assert len(answers(rig)) == 2


def test_a_reader_that_is_unplugged_midway_leaves_a_write_unknown(
    kind: Kind, reader: Reader, tag: SimulatedTag
) -> None:
    code = WRITE_CODES[kind.profile.kind]
    with connected(
        reader, fast(kind.profile.kind, access_within_s=30.0, variant=kind.profile.variant)
    ) as rig:
        brain = reader.brain
        brain.answers.lost.add(code)
        rig.driver.submit(write(MemoryBank.USER, 0, "1111"))
        eventually(lambda: _heard(brain), lambda heard: code in heard)
        reader.vanish()
        rig.await_health("back", "lost")
        said = eventually(lambda: answers(rig), bool)
        assert [told(one) for one in said] == [(Outcome.UNKNOWN, "link_lost")]
        reader.come_back()
        rig.await_health("back", "lost", "back")
        assert carry_out(rig, read(MemoryBank.USER, 0, 1)).data == "1111"
    assert code not in _codes(reader)


def test_while_the_reader_is_away_nothing_is_kept_for_later(kind: Kind, reader: Reader) -> None:
    reader.vanish()
    with driving(reader.url, kind.profile) as rig:
        rig.await_health("lost")
        answer = carry_out(rig, write(MemoryBank.USER, 0, "1111"))
        assert told(answer) == (Outcome.REFUSED, "reader_lost")


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        (write(MemoryBank.USER, 0, "123"), "not hexadecimal"),
        (write(MemoryBank.USER, 0, "12"), "whole words"),
        (write(MemoryBank.USER, 0, "1111" * 121), "too_many_words_for_reader"),
        (write(MemoryBank.USER, 0, "1111", epc="30" * 32), "epc_too_long_for_reader"),
        (write(MemoryBank.USER, 0x10000, "1111"), "word_pointer_out_of_range"),
        (read(MemoryBank.USER, 0, 0), "reader_needs_a_number_of_words"),
    ],
)
def test_what_the_reader_cannot_do_is_refused_and_it_reads_on(
    kind: Kind, reader: Reader, tag: SimulatedTag, command: TagCommand, reason: str
) -> None:
    with connected(reader, kind.profile) as rig:
        answer = carry_out(rig, command)
        assert answer.outcome is Outcome.REFUSED
        assert reason in answer.detail
        seen = len(rig.reads)
        eventually(lambda: len(rig.reads), lambda count: count > seen + 2)


def test_a_write_that_ends_midway_is_never_said_to_be_done(
    kind: Kind, reader: Reader, tag: SimulatedTag
) -> None:
    tag.breaks_after_words = 1
    with connected(reader, kind.profile) as rig:
        answer = carry_out(rig, write(MemoryBank.USER, 0, "11112222"))
        assert answer.outcome in (Outcome.FAILED, Outcome.UNKNOWN)


def test_commands_are_carried_out_in_order_and_answered_each(
    kind: Kind, reader: Reader, tag: SimulatedTag
) -> None:
    with connected(reader, kind.profile) as rig:
        for place in range(5):
            rig.driver.submit(write(MemoryBank.USER, place, f"{place + 1:04X}"))
        said = eventually(lambda: answers(rig), lambda all_said: len(all_said) == 5)
    assert [one.command_id for one in said] == [f"write-3-{place}" for place in range(5)]
    assert tag.banks[3][:10].hex() == "00010002000300040005"


def test_a_gate_reader_declines_commands_to_tags_and_reads_on() -> None:
    with SimulatedSerialReader(CfmBrain, tcp=True) as gate, connected(gate, fast("cfm")) as rig:
        gate.lay(SimulatedTag(EPC))
        answer = carry_out(rig, write(MemoryBank.USER, 0, "1111"))
        assert told(answer) == (Outcome.REFUSED, "reader_cannot_access_tags")
        eventually(lambda: [one.epc for one in rig.reads], lambda seen: EPC in seen)
        told_it = {frame.code for frame in gate.brain.heard}
        assert told_it <= set(cfm.CODES)


def _heard(brain: R200Brain | Uhf288Brain) -> list[int]:
    """The codes of the commands it got since it was switched on."""
    if isinstance(brain, R200Brain):
        return [frame.command for frame in list(brain.heard)]
    return [frame.code for frame in list(brain.heard)]


def _codes(reader: Reader) -> list[int]:
    return _heard(reader.brain)
