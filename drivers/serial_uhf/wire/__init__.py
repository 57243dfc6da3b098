"""What serial UHF readers say, byte by byte: no port, thread or clock.

Each family is a module of the same shape: ``framer`` cuts a stream into its frames, ``frames``
a whole recording, ``encode`` gives a frame's bytes back, ``read_tags`` its tags, ``describe``
what it means.
"""

from drivers.serial_uhf.wire import cfm, r200, uhf288
from drivers.serial_uhf.wire.framing import Framer
from drivers.serial_uhf.wire.tag import Tag

__all__ = ["Framer", "Tag", "cfm", "r200", "uhf288"]
