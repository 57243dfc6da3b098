"""Reading, writing and locking one tag: every command is answered once, and truthfully."""

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
from simulators.llrp_abilities import Abilities
from simulators.llrp_reader import SimulatedReader
from simulators.tag_memory import SimulatedTag
from tests.drivers.llrp.rig import connected, driving
from tests.drivers.rig import Rig
from tests.services import eventually

EPC = "300833B2DDD9CAFEBABE801E"
OTHER = "300833B2DDD9CAFEBABE801F"
NEW = "E2801160600002054A3D1122"
SECRET = 0x1234ABCD


@pytest.fixture
def reader() -> Iterator[SimulatedReader]:
    with SimulatedReader() as simulated:
        yield simulated


@pytest.fixture
def tag(reader: SimulatedReader) -> SimulatedTag:
    lying = SimulatedTag(EPC)
    reader.lay(lying)
    reader.lay(SimulatedTag(OTHER), antenna=2)
    return lying


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
        device="door-north",
        command_id=f"read-{bank}-{start}",
        epc=EPC,
        bank=bank,
        word_pointer=start,
        words=words,
        access_password=password,
    )


def write(bank: MemoryBank, start: int, data: str, password: int = 0) -> WriteTagMemory:
    return WriteTagMemory(
        device="door-north",
        command_id=f"write-{bank}-{start}",
        epc=EPC,
        bank=bank,
        word_pointer=start,
        data=data,
        access_password=password,
    )


def lock(field: LockField, privilege: LockPrivilege, password: int = 0) -> LockTag:
    return LockTag(
        device="door-north",
        command_id="lock",
        epc=EPC,
        field=field,
        privilege=privilege,
        access_password=password,
    )


def kill(password: int) -> KillTag:
    return KillTag(device="door-north", command_id="kill", epc=EPC, kill_password=password)


def test_a_tags_own_number_is_read_from_it(reader: SimulatedReader, tag: SimulatedTag) -> None:
    with connected(reader) as rig:
        told = carry_out(rig, read(MemoryBank.TID, 0, 6))
        assert (told.outcome, told.data, told.detail) == (
            Outcome.DONE,
            "E2801190200050004F2A03B1",
            "",
        )
        assert carry_out(rig, read(MemoryBank.EPC, 1, 7)).data == f"3000{EPC}"


def test_only_the_tag_that_is_meant_is_written(reader: SimulatedReader, tag: SimulatedTag) -> None:
    other = SimulatedTag(NEW)
    reader.lay(other, antenna=3)
    with connected(reader) as rig:
        told = carry_out(rig, write(MemoryBank.USER, 2, "CAFEBABE"))
        assert told.outcome is Outcome.DONE
    assert tag.banks[3][4:8].hex() == "cafebabe"
    assert not any(other.banks[3])


def test_a_tag_given_a_new_number_answers_by_it(reader: SimulatedReader, tag: SimulatedTag) -> None:
    with connected(reader) as rig:
        assert carry_out(rig, write(MemoryBank.EPC, 2, NEW)).outcome is Outcome.DONE
        eventually(lambda: rig.reads, lambda reads: NEW in [seen.epc for seen in reads[-4:]])


def test_a_locked_tag_is_written_only_with_its_password(
    reader: SimulatedReader, tag: SimulatedTag
) -> None:
    with connected(reader) as rig:
        carry_out(rig, write(MemoryBank.RESERVED, 2, f"{SECRET:08X}"))
        told = carry_out(rig, lock(LockField.EPC, LockPrivilege.LOCK, SECRET))
        assert told.outcome is Outcome.DONE
        told = carry_out(rig, write(MemoryBank.EPC, 2, NEW))
        assert (told.outcome, told.detail) == (Outcome.FAILED, "tag_memory_locked_error")
        assert tag.epc == EPC
        assert carry_out(rig, write(MemoryBank.EPC, 2, NEW, SECRET)).outcome is Outcome.DONE
    assert tag.epc == NEW


def test_a_tag_that_is_not_there_is_not_seen(reader: SimulatedReader) -> None:
    with connected(reader) as rig:
        told = carry_out(rig, read(MemoryBank.TID, 0, 6))
        assert (told.outcome, told.detail) == (Outcome.FAILED, "tag_not_seen")
        reader.lay(SimulatedTag(EPC))
        assert carry_out(rig, read(MemoryBank.TID, 0, 6)).outcome is Outcome.DONE


def test_a_write_that_ends_midway_is_told_as_such(
    reader: SimulatedReader, tag: SimulatedTag
) -> None:
    tag.breaks_after_words = 1
    with connected(reader) as rig:
        told = carry_out(rig, write(MemoryBank.USER, 0, "111122223333"))
        assert told.outcome is Outcome.FAILED
        assert told.detail == "only 1 of 3 words were written"


def test_silence_of_the_tag_leaves_a_write_unknown_and_a_read_failed(
    reader: SimulatedReader, tag: SimulatedTag
) -> None:
    tag.failures.extend(["No_Response_From_Tag"] * 2)
    with connected(reader) as rig:
        told = carry_out(rig, write(MemoryBank.USER, 0, "1111"))
        assert (told.outcome, told.detail) == (Outcome.UNKNOWN, "no_response_from_tag")
        assert carry_out(rig, read(MemoryBank.USER, 0, 1)).outcome is Outcome.FAILED


def test_commands_are_carried_out_in_order_and_answered_each(
    reader: SimulatedReader, tag: SimulatedTag
) -> None:
    with connected(reader) as rig:
        for place in range(5):
            rig.driver.submit(write(MemoryBank.USER, place, f"{place + 1:04X}"))
        told = eventually(lambda: answers(rig), lambda said: len(said) == 5)
    assert [one.command_id for one in told] == [f"write-3-{place}" for place in range(5)]
    assert tag.banks[3][:10].hex() == "00010002000300040005"


def test_a_tag_is_killed_only_where_the_site_allows_it(
    reader: SimulatedReader, tag: SimulatedTag
) -> None:
    tag.banks[0][:4] = SECRET.to_bytes(4)
    with connected(reader) as rig:
        told = carry_out(rig, kill(SECRET))
        assert (told.outcome, told.detail) == (Outcome.REFUSED, "kill_not_allowed")
        assert not tag.killed
    with connected(reader, allow_kill=True) as rig:
        assert carry_out(rig, kill(SECRET ^ 1)).outcome is Outcome.FAILED
        assert carry_out(rig, kill(SECRET)).outcome is Outcome.DONE
    assert tag.killed


def test_a_reader_without_access_operations_refuses_and_reads_on() -> None:
    with SimulatedReader(abilities=Abilities(access_specs=0)) as reader, connected(reader) as rig:
        told = carry_out(rig, read(MemoryBank.TID, 0, 6))
        assert told.outcome is Outcome.REFUSED
        assert "no more than 0 AccessSpecs" in told.detail
        reader.show([(1, EPC, -50)])
        rig.await_reads(EPC)


def test_a_refusal_to_enable_leaves_nothing_behind(
    reader: SimulatedReader, tag: SimulatedTag
) -> None:
    reader.refuse("ENABLE_ACCESSSPEC", "busy")
    with connected(reader) as rig:
        assert carry_out(rig, write(MemoryBank.USER, 0, "1111")).outcome is Outcome.REFUSED
        assert not any(tag.banks[3])
        assert carry_out(rig, write(MemoryBank.USER, 0, "1111")).outcome is Outcome.DONE


@pytest.mark.parametrize("data", ["", "12", "12345", "12XY"])
def test_data_that_are_no_whole_words_are_refused(
    reader: SimulatedReader, tag: SimulatedTag, data: str
) -> None:
    with connected(reader) as rig:
        assert carry_out(rig, write(MemoryBank.USER, 0, data)).outcome is Outcome.REFUSED
        assert rig.health == ["back"]


def test_a_reader_that_vanishes_midway_leaves_a_write_unknown(reader: SimulatedReader) -> None:
    with connected(reader) as rig:
        rig.driver.submit(write(MemoryBank.USER, 0, "1111"))
        eventually(
            lambda: [heard.name for heard in list(reader.heard)],
            lambda names: "ENABLE_ACCESSSPEC" in names,
        )
        reader.drop()
        told = eventually(lambda: answers(rig), bool)
    assert [(one.outcome, one.detail) for one in told] == [(Outcome.UNKNOWN, "link_lost")]


def test_while_the_reader_is_away_nothing_is_kept_for_later(reader: SimulatedReader) -> None:
    reader.vanish()
    with driving(reader.port) as rig:
        rig.await_health("lost")
        told = carry_out(rig, write(MemoryBank.USER, 0, "1111"))
        assert (told.outcome, told.detail) == (Outcome.REFUSED, "reader_lost")
