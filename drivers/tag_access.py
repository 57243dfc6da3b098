"""What can be said of a command to one tag, whatever protocol it travelled in. Pure values."""

from typing import NamedTuple

from drivers.commands import ReadTagMemory, TagCommand
from drivers.observations import Outcome


class Verdict(NamedTuple):
    """What became of one command."""

    outcome: Outcome
    data: str = ""
    """What was read, in upper-case hexadecimal."""
    detail: str = ""
    """Why it is not done, in the words of `TagAccessed`."""


NOT_SEEN = "tag_not_seen"
NO_ANSWER = "no_answer"
ANOTHER_TAG = "another_tag_answered"
BAD_PASSWORD = "incorrect_password_error"  # noqa: S105 -- says that one is wrong
ZERO_KILL_PASSWORD = "zero_kill_password_error"  # noqa: S105 -- says that there is none
CANNOT = "reader_cannot_access_tags"
GEN2_ERRORS = {
    0x0: "tag_other_error",
    0x3: "tag_memory_overrun_error",
    0x4: "tag_memory_locked_error",
    0xB: "insufficient_power",
    0xF: "nonspecific_tag_error",
}
"""What a tag itself says of a command (EPC Gen2, annex I)."""


def gen2_reason(code: int) -> str:
    """A tag's own error code as a reason; one that no standard names keeps its number."""
    return GEN2_ERRORS.get(code, f"tag_error_{code:02x}")


def unconfirmed(command: TagCommand, detail: str) -> Verdict:
    """Nothing was heard of it: a read changed nothing, anything else may have happened."""
    failed = isinstance(command, ReadTagMemory)
    return Verdict(Outcome.FAILED if failed else Outcome.UNKNOWN, "", detail)


def failed(detail: str) -> Verdict:
    """The tag was not there, or refused."""
    return Verdict(Outcome.FAILED, "", detail)


def refused(detail: str) -> Verdict:
    """Nothing was sent to any tag."""
    return Verdict(Outcome.REFUSED, "", detail)


def whole_words(what: str, hexadecimal: str) -> bytes:
    """``hexadecimal`` as octets, two a word.

    Raises:
        ValueError: not whole words of four hexadecimal digits, or none.
    """
    try:
        octets = bytes.fromhex(hexadecimal)
    except ValueError as error:
        raise ValueError(f"the {what} {hexadecimal!r} is not hexadecimal") from error
    if not octets or len(octets) % 2:
        raise ValueError(f"the {what} {hexadecimal!r} is not whole words of four digits")
    return octets
