"""What JSON readers send: bytes in, tag reads out. No socket, no thread, no clock.

Memory is bounded by one message; the only exception is `Garbled`.
"""

from drivers.json_reader.wire.dialects import DIALECTS, Dialect
from drivers.json_reader.wire.document import Document, Sighting
from drivers.json_reader.wire.framing import MAX_MESSAGE_BYTES, Lines, Objects, Splitter
from drivers.json_reader.wire.http import HttpResponse
from drivers.json_reader.wire.impinj import decode_impinj
from drivers.json_reader.wire.numbering import EventNumbers, Numbered
from drivers.json_reader.wire.zebra import decode_zebra

__all__ = ["DIALECTS", "MAX_MESSAGE_BYTES", "Dialect", "Document", "EventNumbers"]
__all__ += ["HttpResponse", "Lines", "Numbered", "Objects", "Sighting", "Splitter"]
__all__ += ["decode_impinj", "decode_zebra"]
