"""What a reader's bytes say, whatever its protocol: for decoding files and replaying recordings.

The codecs of the drivers, behind one shape. No socket, thread or clock; nonsense is counted,
never raised.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

from drivers import json_streams
from drivers.errors import Garbled
from drivers.json_reader.wire import Document
from drivers.json_reader.wire.dialects import Format
from drivers.llrp.wire import MESSAGES, Framer, TagReports, decode, encode
from drivers.llrp_text import described
from drivers.observations import TagRead
from drivers.serial_uhf.family import reads_of
from drivers.serial_uhf.profile import KNOWN_RSSI
from drivers.serial_uhf.wire import Framer as SerialFramer
from drivers.serial_uhf.wire import Tag, cfm, r200, uhf288

RO_ACCESS_REPORT = MESSAGES.by_name["RO_ACCESS_REPORT"].number
LONGEST_SERIAL_FRAME = 1024

F = TypeVar("F")


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One message of a stream."""

    describe: Callable[[], Mapping[str, Any]]
    """The message for people and for JSON."""
    exact: bool
    """Whether encoding it again gives the very bytes that came."""
    read: Callable[[], tuple[TagRead, ...]]
    """The tags in it, if a reader said it; to be asked in the order of the stream.

    Raises `Garbled` when it is malformed: then it counts as bad for whoever wanted them.
    """


class Stream(Protocol):
    """One connection's bytes in one direction, in order."""

    @property
    def bad(self) -> int:
        """Frames, and stretches of bytes, that could not be understood so far."""
        ...

    def feed(self, data: bytes) -> Iterator[Said]:
        """The messages that ``data`` completes; iterate to the end before feeding more."""
        ...

    def finish(self) -> Iterator[Said]:
        """Nothing more will come: what can still be told of the unfinished rest."""
        ...


class LlrpStream:
    """LLRP in either direction; a length no frame can have ends what can be told of it."""

    def __init__(self) -> None:
        self._framer = Framer()
        self._tags = TagReports()
        self._held = 0
        self._broken = False
        self.bad = 0

    def feed(self, data: bytes) -> Iterator[Said]:
        """See `Stream`."""
        if self._broken:
            return
        self._held += len(data)
        try:
            for frame in self._framer.feed(data):
                self._held -= len(frame)
                yield from self._said(frame)
        except Garbled:
            self._broken = True
            self.bad += 1

    def finish(self) -> Iterator[Said]:
        """See `Stream`: a frame that has only begun is a bad one."""
        if self._held and not self._broken:
            self.bad += 1
        yield from ()

    def _said(self, frame: bytes) -> Iterator[Said]:
        try:
            heard = decode(frame)
        except Garbled:
            self.bad += 1
            return

        def read() -> tuple[TagRead, ...]:
            return self._tags.read(frame) if heard.kind == RO_ACCESS_REPORT else ()

        yield Said(describe=lambda: described(heard), exact=encode(heard) == frame, read=read)


class _Family(NamedTuple, Generic[F]):
    """One family of serial readers, by the functions of its codec."""

    name: str
    framer: Callable[[], SerialFramer[F]]
    encode: Callable[[F], bytes]
    read_tags: Callable[[F], tuple[Tag, ...] | None]
    describe: Callable[[F], dict[str, object]]


class SerialStream(Generic[F]):
    """A serial line in either direction; what is no frame is passed over."""

    def __init__(self, family: _Family[F]) -> None:
        self._family = family
        self._framer = family.framer()
        self._recent = b""

    @property
    def bad(self) -> int:
        """See `Stream`."""
        return self._framer.bad

    def feed(self, data: bytes) -> Iterator[Said]:
        """See `Stream`."""
        self._recent += data
        for frame in self._framer.feed(data):
            yield self._said(frame)
        self._recent = self._recent[-LONGEST_SERIAL_FRAME:]

    def finish(self) -> Iterator[Said]:
        """See `Stream`: what seemed the inside of an unfinished frame may hold whole ones."""
        for frame in self._framer.expire():
            yield self._said(frame)

    def _said(self, frame: F) -> Said:
        family = self._family
        return Said(
            describe=lambda: family.describe(frame),
            exact=family.encode(frame) in self._recent,
            read=lambda: reads_of(family.read_tags(frame) or (), KNOWN_RSSI.get(family.name)),
        )


class JsonStream:
    """What a JSON reader sends; its texts are kept as they come, so each is exact."""

    def __init__(self, form: Format) -> None:
        self._documents = json_streams.JsonDocuments(form)

    @property
    def bad(self) -> int:
        """See `Stream`."""
        return self._documents.bad

    def feed(self, data: bytes) -> Iterator[Said]:
        """See `Stream`."""
        for text, document in self._documents.feed(data):
            yield self._said(text, document)

    def finish(self) -> Iterator[Said]:
        """See `Stream`: a text that has only begun is none."""
        yield from ()

    def _said(self, text: bytes, document: Document) -> Said:
        return Said(
            describe=lambda: json_streams.described(text),
            exact=True,
            read=lambda: json_streams.reads_of(document),
        )


_R200 = _Family("r200", r200.framer, r200.encode, r200.read_tags, r200.describe)
_UHF288 = _Family("uhf288", uhf288.framer, uhf288.encode, uhf288.read_tags, uhf288.describe)
_CFM = _Family("cfm", cfm.framer, cfm.encode, cfm.read_tags, cfm.describe)

STREAMS: Mapping[str, Callable[[], Stream]] = {
    "llrp": LlrpStream,
    "r200": lambda: SerialStream(_R200),
    "uhf288": lambda: SerialStream(_UHF288),
    "cfm": lambda: SerialStream(_CFM),
    "impinj": lambda: JsonStream("impinj"),
    "zebra": lambda: JsonStream("zebra"),
}
"""How to begin a stream of each kind of reader."""
