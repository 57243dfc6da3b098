"""UHFReader18/288 readers and one tag: read, write, lock or kill the one with that EPC.

The command carries the EPC; the answer is a status, and of the tag's own errors their code.
"""

from typing import assert_never

from drivers.commands import (
    KillTag,
    LockPrivilege,
    LockTag,
    ReadTagMemory,
    TagCommand,
    WriteTagMemory,
)
from drivers.observations import Outcome
from drivers.serial_uhf.wire import uhf288
from drivers.serial_uhf.wire.uhf288 import Frame
from drivers.tag_access import (
    BAD_PASSWORD,
    NOT_SEEN,
    ZERO_KILL_PASSWORD,
    Verdict,
    failed,
    gen2_reason,
    refused,
    unconfirmed,
    whole_words,
)

LONGEST_EPC_BYTES = 30
"""Its length travels as a number of words from 0 to 15."""
MOST_WORDS_READ = 120
PROTECTION = {
    LockPrivilege.UNLOCK: 0,
    LockPrivilege.UNLOCK_FOR_EVER: 1,
    LockPrivilege.LOCK: 2,
    LockPrivilege.LOCK_FOR_EVER: 3,
}
_TAG_REASONS = {
    uhf288.WRONG_PASSWORD: BAD_PASSWORD,
    uhf288.WRONG_KILL_PASSWORD: BAD_PASSWORD,
    uhf288.ZERO_KILL_PASSWORD: ZERO_KILL_PASSWORD,
    0x0B: "tag_cannot_do_that",
    0x0C: "access_password_must_not_be_zero",
    0x0D: "tag_is_read_protected",
    0x0E: "tag_is_not_read_protected",
    uhf288.LOCKED: "tag_memory_locked_error",
    0x11: "tag_cannot_be_locked",
    0x12: "tag_is_locked_for_ever",
    uhf288.NO_TAG: NOT_SEEN,
}
"""After these statuses the tag is as it was."""
_NOT_SENT = {
    0xF8: "antenna_fault",
    0xFD: "bad_parameter",
    0xFE: "bad_command",
    0xFF: "bad_parameter",
}
"""Statuses after which the reader has not spoken to any tag."""
_NOT_KNOWN = {0xF9: "nonspecific_reader_error", uhf288.POOR_LINK: "no_response_from_tag"}


def command_frame(command: TagCommand, address: int) -> Frame:
    """What asks the reader to carry out ``command``.

    Raises:
        ValueError: the reader cannot do that; the message is the reason.
    """
    epc = whole_words("EPC", command.epc)
    if len(epc) > LONGEST_EPC_BYTES:
        raise ValueError("epc_too_long_for_reader")
    tag = bytes((len(epc) // 2,)) + epc
    match command:
        case ReadTagMemory():
            where = bytes((command.bank, _pointer(command), _counted(command.words)))
            data = tag + where + _password(command.access_password)
            return _frame(address, uhf288.READ, data)
        case WriteTagMemory():
            words = whole_words("data", command.data)
            where = bytes((command.bank, _pointer(command)))
            data = bytes((len(words) // 2 & 0xFF,)) + tag + where + words
            return _frame(address, uhf288.WRITE, data + _password(command.access_password))
        case LockTag():
            how = bytes((command.field, PROTECTION[command.privilege]))
            return _frame(address, uhf288.LOCK, tag + how + _password(command.access_password))
        case KillTag():
            return _frame(address, uhf288.KILL, tag + _password(command.kill_password))
        case _:
            assert_never(command)


def judge(answer: Frame, command: TagCommand) -> Verdict:
    """What the reader's answer says became of ``command``."""
    status, rest = answer.status, answer.data[1:]
    if status == uhf288.SUCCESS:
        return _done(rest, command)
    if status is None:
        return unconfirmed(command, "answer_not_understood")
    if status == uhf288.TAG_ERROR:
        return failed(gen2_reason(rest[0])) if rest else failed("nonspecific_tag_error")
    if status in _TAG_REASONS:
        return failed(_TAG_REASONS[status])
    if status in _NOT_SENT:
        return refused(_NOT_SENT[status])
    return unconfirmed(command, _NOT_KNOWN.get(status, f"reader_status_{status:02x}"))


def _done(rest: bytes, command: TagCommand) -> Verdict:
    if not isinstance(command, ReadTagMemory):
        return Verdict(Outcome.DONE)
    if len(rest) != 2 * command.words:
        return failed("answer_not_understood")
    return Verdict(Outcome.DONE, rest.hex().upper())


def _frame(address: int, code: int, data: bytes) -> Frame:
    if len(data) > uhf288.MOST_DATA_BYTES:
        raise ValueError("too_many_words_for_reader")
    return Frame(address, code, data)


def _pointer(command: ReadTagMemory | WriteTagMemory) -> int:
    if not 0 <= command.word_pointer <= 0xFF:
        raise ValueError("word_pointer_out_of_range")
    return command.word_pointer


def _counted(words: int) -> int:
    """Readers read as many words as they are told, never to the end of a bank."""
    if not 1 <= words <= MOST_WORDS_READ:
        raise ValueError("reader_needs_a_number_of_words")
    return words


def _password(password: int) -> bytes:
    return password.to_bytes(4, "big")
