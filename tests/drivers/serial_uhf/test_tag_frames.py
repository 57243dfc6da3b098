"""Commands to tags byte by byte: published frames, and every code of the makers' tables."""

import pytest

from drivers.commands import (
    KillTag,
    LockField,
    LockPrivilege,
    LockTag,
    MemoryBank,
    ReadTagMemory,
    WriteTagMemory,
)
from drivers.observations import Outcome
from drivers.serial_uhf.wire import r200, r200_tags, uhf288, uhf288_tags

EPC = "30751FEB705C5904E3D50D70"
READ = ReadTagMemory(
    device="d", command_id="1", epc=EPC, bank=MemoryBank.USER, word_pointer=0, words=2,
    access_password=0xFFFF,
)  # fmt: skip
WRITE = WriteTagMemory(
    device="d", command_id="2", epc=EPC, bank=MemoryBank.USER, word_pointer=0, data="12345678",
    access_password=0xFFFF,
)  # fmt: skip
LOCK = LockTag(
    device="d", command_id="3", epc=EPC, field=LockField.ACCESS_PASSWORD,
    privilege=LockPrivilege.LOCK, access_password=0xFFFF,
)  # fmt: skip
KILL = KillTag(device="d", command_id="4", epc=EPC, kill_password=0xFFFF)
ALL = (READ, WRITE, LOCK, KILL)
PUBLISHED = {
    READ: (
        "BB 00 39 00 09 00 00 FF FF 03 00 00 00 02 45 7E",
        "BB 01 39 00 13 0E 34 00 30 75 1F EB 70 5C 59 04 E3 D5 0D 70 12 34 56 78 B0 7E",
    ),
    WRITE: (
        "BB 00 49 00 0D 00 00 FF FF 03 00 00 00 02 12 34 56 78 6D 7E",
        "BB 01 49 00 10 0E 34 00 30 75 1F EB 70 5C 59 04 E3 D5 0D 70 00 A9 7E",
    ),
    LOCK: (
        "BB 00 82 00 07 00 00 FF FF 02 00 80 09 7E",
        "BB 01 82 00 10 0E 34 00 30 75 1F EB 70 5C 59 04 E3 D5 0D 70 00 E2 7E",
    ),
    KILL: (
        "BB 00 65 00 04 00 00 FF FF 67 7E",
        "BB 01 65 00 10 0E 34 00 30 75 1F EB 70 5C 59 04 E3 D5 0D 70 00 C5 7E",
    ),
}
SELECT = "BB 00 0C 00 13 01 00 00 00 20 60 00 30 75 1F EB 70 5C 59 04 E3 D5 0D 70 AD 7E"


def module_said(frame: str) -> r200.Frame:
    (found,), bad = r200.frames(bytes.fromhex(frame))
    assert bad == 0
    return found


@pytest.mark.parametrize("command", ALL)
def test_a_module_is_told_and_answers_in_the_published_frames(
    command: ReadTagMemory | WriteTagMemory | LockTag | KillTag,
) -> None:
    asked, answered = PUBLISHED[command]
    sent = r200.encode(r200_tags.command_frame(command, r200.HEAD))
    assert sent == bytes.fromhex(asked)
    verdict = r200_tags.judge(module_said(answered), command)
    assert verdict.outcome is Outcome.DONE
    assert verdict.data == ("12345678" if command is READ else "")


def test_a_tag_is_selected_in_the_session_and_to_the_side_that_rounds_ask_for() -> None:
    epc = bytes.fromhex(EPC)
    assert r200.encode(r200_tags.selection(epc, 0x1020, r200.HEAD)) == bytes.fromhex(SELECT)
    in_session_2 = r200_tags.selection(epc, 0x1020 | 2 << 8, r200.HEAD)
    assert in_session_2.payload[0] == 0x41
    asking_for_b = r200_tags.selection(epc, 0x1020 | 0x80, r200.HEAD)
    assert asking_for_b.payload[0] == 0x11


def test_an_answer_of_another_tag_confirms_nothing() -> None:
    answer = module_said(PUBLISHED[WRITE][1])
    stranger = WriteTagMemory(
        device="d", command_id="5", epc=EPC[:-1] + "1", bank=MemoryBank.USER, word_pointer=0,
        data="1234",
    )  # fmt: skip
    verdict = r200_tags.judge(answer, stranger)
    assert (verdict.outcome, verdict.detail) == (Outcome.UNKNOWN, "another_tag_answered")


@pytest.mark.parametrize(
    ("code", "outcome", "reason"),
    [
        *[(code, Outcome.FAILED, "tag_not_seen") for code in (0x09, 0x10, 0x12, 0x13)],
        (0x16, Outcome.FAILED, "incorrect_password_error"),
        (0x0E, Outcome.REFUSED, "bad_parameter"),
        (0x17, Outcome.REFUSED, "bad_command"),
        (0x20, Outcome.REFUSED, "channel_busy"),
        (0xB0, Outcome.FAILED, "tag_other_error"),
        (0xA3, Outcome.FAILED, "tag_memory_overrun_error"),
        (0xB4, Outcome.FAILED, "tag_memory_locked_error"),
        (0xCB, Outcome.FAILED, "insufficient_power"),
        (0xDF, Outcome.FAILED, "nonspecific_tag_error"),
        (0xD0, Outcome.FAILED, "zero_kill_password_error"),
        (0x77, Outcome.FAILED, "reader_error_77"),
    ],
)
def test_every_error_of_a_module_has_its_reason(code: int, outcome: Outcome, reason: str) -> None:
    for more in (b"", bytes.fromhex("0E3400") + bytes.fromhex(EPC)):
        answer = r200.Frame(r200.ANSWER, r200.ERROR, bytes((code,)) + more)
        verdict = r200_tags.judge(answer, WRITE)
        assert (verdict.outcome, verdict.detail) == (outcome, reason)


def test_a_reader_is_told_the_tag_the_place_and_the_password() -> None:
    frames = [uhf288_tags.command_frame(command, 0) for command in ALL]
    assert [frame.code for frame in frames] == [0x02, 0x03, 0x06, 0x05]
    assert [frame.data.hex().upper() for frame in frames] == [
        f"06{EPC}0300020000FFFF",
        f"0206{EPC}0300123456780000FFFF",
        f"06{EPC}01020000FFFF",
        f"06{EPC}0000FFFF",
    ]


@pytest.mark.parametrize(
    ("answer", "outcome", "reason"),
    [
        ("05", Outcome.FAILED, "incorrect_password_error"),
        ("09", Outcome.FAILED, "incorrect_password_error"),
        ("0A", Outcome.FAILED, "zero_kill_password_error"),
        ("0B", Outcome.FAILED, "tag_cannot_do_that"),
        ("0C", Outcome.FAILED, "access_password_must_not_be_zero"),
        ("0D", Outcome.FAILED, "tag_is_read_protected"),
        ("0E", Outcome.FAILED, "tag_is_not_read_protected"),
        ("10", Outcome.FAILED, "tag_memory_locked_error"),
        ("11", Outcome.FAILED, "tag_cannot_be_locked"),
        ("12", Outcome.FAILED, "tag_is_locked_for_ever"),
        ("FB", Outcome.FAILED, "tag_not_seen"),
        ("F8", Outcome.REFUSED, "antenna_fault"),
        ("FD", Outcome.REFUSED, "bad_parameter"),
        ("FE", Outcome.REFUSED, "bad_command"),
        ("FF", Outcome.REFUSED, "bad_parameter"),
        ("F9", Outcome.UNKNOWN, "nonspecific_reader_error"),
        ("FA", Outcome.UNKNOWN, "no_response_from_tag"),
        ("FC00", Outcome.FAILED, "tag_other_error"),
        ("FC03", Outcome.FAILED, "tag_memory_overrun_error"),
        ("FC04", Outcome.FAILED, "tag_memory_locked_error"),
        ("FC0B", Outcome.FAILED, "insufficient_power"),
        ("FC0F", Outcome.FAILED, "nonspecific_tag_error"),
        ("FC42", Outcome.FAILED, "tag_error_42"),
        ("FC", Outcome.FAILED, "nonspecific_tag_error"),
        ("77", Outcome.UNKNOWN, "reader_status_77"),
        ("", Outcome.UNKNOWN, "answer_not_understood"),
    ],
)
def test_every_status_of_a_reader_has_its_reason(
    answer: str, outcome: Outcome, reason: str
) -> None:
    said = uhf288.Frame(0, uhf288.WRITE, bytes.fromhex(answer))
    verdict = uhf288_tags.judge(said, WRITE)
    assert (verdict.outcome, verdict.detail) == (outcome, reason)


def test_a_read_that_brings_too_few_words_is_none() -> None:
    short = uhf288.Frame(0, uhf288.READ, bytes.fromhex("001234"))
    assert uhf288_tags.judge(short, READ).outcome is Outcome.FAILED
