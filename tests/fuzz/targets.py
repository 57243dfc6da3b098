"""Every codec that strangers can reach, and what must hold whatever they send.

A target takes any bytes and returns whether they were understood. ``Garbled`` is an answer;
anything else that comes out of it is a bug, and so is a `Broken` promise.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import TypeVar

from drivers.errors import Garbled
from drivers.json_reader.wire import HttpResponse, Lines, Objects, Splitter
from drivers.json_reader.wire import decode_impinj as impinj
from drivers.json_reader.wire import decode_zebra as zebra
from drivers.llrp.wire import HEADER, MAX_FRAME_BYTES, Framer, TagReports, decode, encode
from drivers.llrp_text import described
from drivers.serial_uhf.wire import Framer as SerialFramer
from drivers.serial_uhf.wire import Tag, cfm, checks, r200, uhf288
from drivers.tag_numbers import IN_STOCK_AFI, SCHEMES, Scheme, identify
from tests.fuzz import corpus

F = TypeVar("F")
T = TypeVar("T")
Take = Callable[[bytes], bool]
REPORT = 61
KIND_BITS = 0x3FF
MAX_WORDS = 31
ISO = 0x100
"""The toggle bit of a PC word: an AFI follows, not an EPC's attributes."""


class Broken(AssertionError):
    """A codec kept no promise; says which."""


@dataclass(frozen=True)
class Target:
    """One codec."""

    seeds: Callable[[], list[bytes]]
    take: Take


def garbled(call: Callable[[], T]) -> T | None:
    """What ``call`` returns; ``None`` when it says that its input is nonsense."""
    try:
        return call()
    except Garbled:
        return None


def with_length(data: bytes) -> bytes:
    """``data`` with a head that says its true length, lest every cut ends at the length."""
    if len(data) < HEADER.size:
        return data
    first, _, id_ = HEADER.unpack_from(data)
    return HEADER.pack(first, len(data), id_) + data[HEADER.size :]


def llrp_message(data: bytes) -> bool:
    """What decodes encodes to the same bytes, and can be described."""
    frame = with_length(data)
    heard = garbled(lambda: decode(frame))
    if heard is None:
        return False
    if encode(heard) != frame:
        raise Broken("an LLRP message does not encode to the bytes it came from")
    described(heard)
    return True


class LlrpReports:
    """The fast way and the safe way read the same reads, report after report."""

    def __init__(self) -> None:
        self._fast, self._safe = TagReports(), TagReports(learn=False)

    def take(self, data: bytes) -> bool:
        """Read ``data`` both ways."""
        frame = with_length(data)
        fast = garbled(lambda: self._fast.read(frame))
        safe = garbled(lambda: self._safe.read(frame))
        if fast != safe:
            raise Broken(f"the learnt layout reads {fast}, the safe walker {safe}")
        return safe is not None


def llrp_stream(data: bytes) -> bool:
    """However a stream is cut, the same frames come out of it."""
    whole, pieces = Framer(), Framer()
    at_once = garbled(lambda: list(whole.feed(data)))
    cut = len(data) // 3
    in_pieces = garbled(lambda: [*pieces.feed(data[:cut]), *pieces.feed(data[cut:])])
    if at_once != in_pieces:
        raise Broken("a cut of the stream changes its frames")
    if len(whole._pending) > MAX_FRAME_BYTES + len(data):
        raise Broken("more is held than a frame")
    return bool(at_once)


def serial(
    framer: Callable[[], SerialFramer[F]],
    code: Callable[[F], bytes],
    tags: Callable[[F], tuple[Tag, ...] | None],
    describe: Callable[[F], object],
) -> Take:
    """However a line is cut, the same frames come out of it, and each encodes to its bytes."""

    def take(data: bytes) -> bool:
        whole, pieces = framer(), framer()
        found = whole.feed(data)
        cut = len(data) // 3
        if found != pieces.feed(data[:cut]) + pieces.feed(data[cut:]):
            raise Broken("a cut of the line changes its frames")
        found += whole.expire()
        if whole.waits:
            raise Broken("something is held of a line that was given up")
        for frame in found:
            if code(frame) not in data:
                raise Broken(f"{frame} does not encode to bytes that came")
            garbled(lambda frame=frame: tags(frame))  # type: ignore[misc]
            describe(frame)
        return bool(found)

    return take


def r200_values(data: bytes) -> bool:
    """What a module says of a tag, in a frame whose checks are right, whatever it says."""
    payload = data + checks.packet_crc(data[1:]).to_bytes(2, "big")
    frame = r200.Frame(r200.NOTICE, r200.INVENTORY, payload)
    r200.describe(frame)
    return garbled(lambda: r200.read_tags(frame)) is not None


def uhf288_values(data: bytes) -> bool:
    """What a reader answers, in a frame whose check is right, whatever it answers."""
    understood = False
    for code in (uhf288.INVENTORY, uhf288.REALTIME):
        frame = uhf288.Frame(0, code, data)
        uhf288.describe(frame)
        for layout in (None, uhf288.TYPE_288, uhf288.TYPE_18):
            understood |= bool(garbled(lambda: uhf288.read_tags(frame, layout)))  # noqa: B023
    garbled(lambda: uhf288.read_info(uhf288.Frame(0, uhf288.READER_INFO, data)))
    return understood


def cfm_values(data: bytes) -> bool:
    """What a gate reader answers, in a frame whose check is right, whatever it answers."""
    understood = False
    for code in (cfm.INVENTORY, cfm.OLD_INVENTORY, cfm.GATE_STATUS):
        frame = cfm.Frame(0, code, data)
        cfm.describe(frame)
        understood |= bool(garbled(lambda: cfm.read_tags(frame)))  # noqa: B023
    event = cfm.Frame(0, cfm.GATE_STATUS, data)
    understood |= cfm.read_gate_event(event) is not None
    garbled(lambda: cfm.read_info(event))
    return garbled(lambda: cfm.read_parameters(data)) is not None or understood


def split(make: Callable[[], Splitter]) -> Take:
    """However a stream of JSON is cut, the same texts come out of it."""

    def take(data: bytes) -> bool:
        found: list[bytes] = []
        splitter = make()

        def feed() -> bool:
            found.extend(splitter.feed(data))
            return True

        understood = garbled(feed)
        again: list[bytes] = []
        other = make()

        def feed_pieces() -> bool:
            again.extend(chain(other.feed(data[:7]), other.feed(data[7:])))
            return True

        garbled(feed_pieces)
        if found != again:
            raise Broken("a cut of the stream changes its texts")
        return bool(understood and found)

    return take


def text(decode_text: Callable[[bytes], object]) -> Take:
    """Any text is understood or garbled."""
    return lambda data: garbled(lambda: decode_text(data)) is not None


def http(data: bytes) -> bool:
    """Any answer is HTTP or garbled."""
    return garbled(lambda: b"".join(HttpResponse().feed(data))) is not None


def number(data: bytes) -> bool:
    """Any number a tag can hold is told or said to be unknown, by any PC word and without one."""
    words = len(data) // 2
    if len(data) % 2 or not 1 <= words <= MAX_WORDS:
        return False
    digits, control = data.hex(), words << 11
    pcs = (None, control, control | ISO | IN_STOCK_AFI, int.from_bytes(data[:2]))
    found = [identify(digits, pc, schemes).scheme for pc in pcs for schemes in (None, SCHEMES)]
    return any(scheme is not Scheme.UNKNOWN for scheme in found)


def targets() -> Mapping[str, Target]:
    """All of them, fresh."""
    r200_line = serial(r200.framer, r200.encode, r200.read_tags, r200.describe)
    uhf288_line = serial(uhf288.framer, uhf288.encode, uhf288.read_tags, uhf288.describe)
    cfm_line = serial(cfm.framer, cfm.encode, cfm.read_tags, cfm.describe)
    return {
        "llrp message": Target(corpus.llrp, llrp_message),
        "llrp tag reports": Target(lambda: reports(corpus.llrp()), LlrpReports().take),
        "llrp stream": Target(corpus.llrp, llrp_stream),
        "r200 line": Target(corpus.serial_r200, r200_line),
        "uhf288 line": Target(corpus.serial_uhf288, uhf288_line),
        "cfm line": Target(corpus.serial_cfm, cfm_line),
        "r200 values": Target(lambda: bodies(corpus.serial_r200(), 5, 4), r200_values),
        "uhf288 values": Target(lambda: bodies(corpus.serial_uhf288(), 3, 2), uhf288_values),
        "cfm values": Target(lambda: bodies(corpus.serial_cfm(), 5, 2), cfm_values),
        "impinj text": Target(corpus.impinj, text(impinj)),
        "impinj stream": Target(corpus.impinj, split(Lines)),
        "zebra text": Target(corpus.zebra, text(zebra)),
        "zebra stream": Target(corpus.zebra, split(Objects)),
        "http answer": Target(corpus.http, http),
        "tag number": Target(corpus.numbers, number),
    }


def reports(frames: Sequence[bytes]) -> list[bytes]:
    """Those that carry tags."""
    return [frame for frame in frames if int.from_bytes(frame[:2]) & KIND_BITS == REPORT]


def bodies(frames: Sequence[bytes], head: int, tail: int) -> list[bytes]:
    """What stands between so many bytes at the beginning and at the end of each."""
    return [frame[head:-tail] for frame in frames]
