"""LLRP 1.0.1 and 1.1 on the wire: bytes in, messages out, and back. No socket, thread or clock.

`Framer` cuts a stream into frames, `decode` and `encode` turn frames into messages and back by
the tables of the standard, `TagReports` reads tags out of reports fast.
"""

from drivers.llrp.wire.codec import decode, encode
from drivers.llrp.wire.enumerations import ENUMERATIONS
from drivers.llrp.wire.framing import HEADER, MAX_FRAME_BYTES, Framer
from drivers.llrp.wire.messages import MESSAGES
from drivers.llrp.wire.parameters import PARAMETERS
from drivers.llrp.wire.reports import TagReports
from drivers.llrp.wire.values import UNKNOWN, Bits, Message, Parameter, Value, message, parameter

__all__ = [
    "ENUMERATIONS",
    "HEADER",
    "MAX_FRAME_BYTES",
    "MESSAGES",
    "PARAMETERS",
    "UNKNOWN",
    "Bits",
    "Framer",
    "Message",
    "Parameter",
    "TagReports",
    "Value",
    "decode",
    "encode",
    "message",
    "parameter",
]
