"""R200/M100 modules and one tag: select it by its EPC, then read, write, lock or kill it.

The module answers with the EPC of the tag that it did it to, which must be the one meant.
"""

from typing import assert_never

from drivers.commands import (
    KillTag,
    LockField,
    LockPrivilege,
    LockTag,
    ReadTagMemory,
    TagCommand,
    WriteTagMemory,
)
from drivers.observations import Outcome
from drivers.serial_uhf.wire import r200
from drivers.serial_uhf.wire.r200 import COMMAND, Frame
from drivers.tag_access import (
    ANOTHER_TAG,
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

MOST_WORDS_WRITTEN = 32
LONGEST_EPC_BYTES = 30
"""The mask of a selection has at most 255 bits."""
EPC_STARTS_AT_BIT = 32
_EPC_BANK = 1
_MATCH_TO_A, _MATCH_TO_B = 0, 4
"""Actions of a selection (EPC Gen2, table 6.29): who matches answers the rounds, others do not."""
_ACTION_BIT, _TARGET_BIT = 2, 5
_QUERY_TARGET_B = 0x80
_NOT_SENT = {0x0E: "bad_parameter", 0x17: "bad_command", 0x20: "channel_busy"}
"""Errors after which the module has not spoken to any tag."""
_NO_TAG = {0x09, 0x10, 0x12, 0x13}
_WRONG_PASSWORD = 0x16
_KILL_PASSWORD_ZERO = 0xD0
_LOCK_CODES = {
    LockPrivilege.LOCK: (0b10, 0b10),
    LockPrivilege.UNLOCK: (0b10, 0b00),
    LockPrivilege.LOCK_FOR_EVER: (0b11, 0b11),
    LockPrivilege.UNLOCK_FOR_EVER: (0b11, 0b01),
}
"""Mask and action of one field; what is not for ever leaves the permalock bit alone."""
_FIELDS_BITS = 10


def selection(epc: bytes, query: int, head: int) -> Frame:
    """Select the tag with that EPC in the session that ``query`` says inventories run in.

    Raises:
        ValueError: the EPC is longer than the module can select by.
    """
    if len(epc) > LONGEST_EPC_BYTES:
        raise ValueError("epc_too_long_for_reader")
    session = query >> 8 & 0b11
    action = _MATCH_TO_B if query & _QUERY_TARGET_B else _MATCH_TO_A
    which = session << _TARGET_BIT | action << _ACTION_BIT | _EPC_BANK
    pointer = EPC_STARTS_AT_BIT.to_bytes(4, "big")
    payload = bytes((which,)) + pointer + bytes((8 * len(epc), 0)) + epc
    return Frame(COMMAND, r200.SET_SELECT, payload, head)


def command_frame(command: TagCommand, head: int) -> Frame:
    """What asks the module to carry out ``command`` on the tag that is selected.

    Raises:
        ValueError: the module cannot do that; the message is the reason.
    """
    match command:
        case ReadTagMemory():
            return Frame(COMMAND, r200.READ, _part(command, _counted(command.words)), head)
        case WriteTagMemory():
            data = whole_words("data", command.data)
            if len(data) > 2 * MOST_WORDS_WRITTEN:
                raise ValueError("too_many_words_for_reader")
            return Frame(COMMAND, r200.WRITE, _part(command, len(data) // 2) + data, head)
        case LockTag():
            payload = _password(command.access_password) + lock_payload(
                command.field, command.privilege
            )
            return Frame(COMMAND, r200.LOCK, payload, head)
        case KillTag():
            return Frame(COMMAND, r200.KILL, _password(command.kill_password), head)
        case _:
            assert_never(command)


def lock_payload(field: LockField, privilege: LockPrivilege) -> bytes:
    """The 20 bits of a Gen2 lock command in three bytes (EPC Gen2, 6.3.2.12.3.8)."""
    mask, action = _LOCK_CODES[privilege]
    shift = _FIELDS_BITS - 2 - 2 * field
    return (mask << shift + _FIELDS_BITS | action << shift).to_bytes(3, "big")


def judge(answer: Frame, command: TagCommand) -> Verdict:
    """What the module's answer says became of ``command``."""
    code = r200.error_of(answer)
    if code is not None:
        return _failure(code)
    payload = answer.payload
    length = payload[0] if payload else 0
    epc, rest = payload[3 : 1 + length], payload[1 + length :]
    if epc.hex().upper() != command.epc:
        return unconfirmed(command, ANOTHER_TAG)
    if not isinstance(command, ReadTagMemory):
        done = rest == b"\0"
        return Verdict(Outcome.DONE) if done else unconfirmed(command, "answer_not_understood")
    if len(rest) != 2 * command.words:
        return failed("answer_not_understood")
    return Verdict(Outcome.DONE, rest.hex().upper())


def _failure(code: int) -> Verdict:
    if code in _NOT_SENT:
        return refused(_NOT_SENT[code])
    if code in _NO_TAG:
        return failed(NOT_SEEN)
    if code == _WRONG_PASSWORD:
        return failed(BAD_PASSWORD)
    if code == _KILL_PASSWORD_ZERO:
        return failed(ZERO_KILL_PASSWORD)
    if code & 0xF0 in r200.TAG_ERRORS:
        return failed(gen2_reason(code & 0x0F))
    return failed(f"reader_error_{code:02x}")


def _part(command: ReadTagMemory | WriteTagMemory, words: int) -> bytes:
    if not 0 <= command.word_pointer <= 0xFFFF:
        raise ValueError("word_pointer_out_of_range")
    where = command.word_pointer.to_bytes(2, "big") + words.to_bytes(2, "big")
    return _password(command.access_password) + bytes((command.bank,)) + where


def _counted(words: int) -> int:
    """Modules read as many words as they are told, never to the end of a bank."""
    if not 1 <= words <= 0xFF:
        raise ValueError("reader_needs_a_number_of_words")
    return words


def _password(password: int) -> bytes:
    return password.to_bytes(4, "big")
