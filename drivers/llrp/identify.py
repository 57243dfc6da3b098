"""Asks a reader that has just connected to us who it is (section 16.2.6.2)."""

from time import monotonic

from drivers.errors import Unreachable
from drivers.link import Link
from drivers.llrp.wire import MESSAGES, Framer, Message, decode, encode, message

ANSWERS_WITHIN_S = 5.0
ASKED_AS = 0x7FFF_FFFF
"""A message id that no session comes to."""
IDENTIFICATION = 1
"""Of GetReaderConfigRequestedData."""
_GREETING = MESSAGES.by_name["READER_EVENT_NOTIFICATION"].number


def identify(link: Link) -> tuple[str, bytes]:
    """Its id in upper-case hexadecimal, and what it said besides, for the session that follows.

    Raises:
        Unreachable: it hangs up, says nothing in time, or does not say who it is.
        Garbled: what it says is no LLRP.
        Stopped: told to stop meanwhile.
    """
    framer, besides, asked = Framer(), b"", False
    end = monotonic() + ANSWERS_WITHIN_S
    while monotonic() < end:
        found: Message | None = None
        for frame in framer.feed(link.receive(end)):
            heard = decode(frame)
            if heard.name == "GET_READER_CONFIG_RESPONSE" and heard.id == ASKED_AS:
                found = heard
                continue
            besides += frame
            if heard.kind == _GREETING and not asked:
                asked = True
                ask = message("GET_READER_CONFIG", ASKED_AS, RequestedData=IDENTIFICATION)
                link.send(encode(ask))
        if found is not None:
            return _said(found), besides + framer.unfinished
    raise Unreachable(f"does not say who it is within {ANSWERS_WITHIN_S:g} s")


def _said(answer: Message) -> str:
    identification = answer.first("Identification")
    said = identification.fields.get("ReaderID") if identification else None
    if not isinstance(said, bytes):
        raise Unreachable("does not say who it is")
    return said.hex().upper()
