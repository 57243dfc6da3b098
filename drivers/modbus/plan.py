"""Which requests read a group of points: near ones together, holes too where that is cheaper.

A request more costs the bytes of its frames, the silence between them and the time the device
takes to begin; a register more costs two characters. A device that faints at a hole is believed
the first time: that stretch is read in pieces ever after.
"""

from collections.abc import Iterable, Mapping, Sequence

from drivers.errors import Declined
from drivers.modbus.bus import Bus, Priority
from drivers.modbus.exchange import Read, Refused
from drivers.modbus.line import Line, SerialLine
from drivers.profiles import Group, Link, Span
from drivers.registers import BIT_KINDS, Measured, Point, decode

FRAME_OCTETS = 13
"""Of a request and its reply beside the registers: 8 + 5 (Modbus over serial line 2.3)."""
SILENT_CHARACTERS = 7
"""3.5 before each of both frames (Modbus over serial line 2.5.1.1)."""
BITS_A_CHARACTER = 10
ILLEGAL_ADDRESS, ILLEGAL_VALUE = 2, 3
"""What devices answer to a hole (Modbus application protocol 7)."""


def break_even(line: Line, link: Link) -> int:
    """How many registers of hole cost as much as one more request.

    Through a socket bytes are free and only the limit of one request counts.
    """
    if link.max_gap is not None:
        return link.max_gap
    if not isinstance(line, SerialLine):
        return link.max_read_registers
    character_s = BITS_A_CHARACTER / line.baud
    request_s = (FRAME_OCTETS + SILENT_CHARACTERS) * character_s + link.turnaround_s
    return int(request_s / (2 * character_s))


def plan(points: Iterable[Point], link: Link, gap: int) -> tuple[Span, ...]:
    """The requests that read ``points``, holes of up to ``gap`` registers along with them.

    A hole between bits is sixteen times as cheap; nothing forbidden is ever read along.
    """
    spans: list[Span] = []
    for point in sorted(points, key=lambda p: (p.kind, p.address)):
        here = Span(kind=point.kind, address=point.address, count=point.end - point.address)
        joined = _joined(spans[-1], here) if spans and spans[-1].kind == here.kind else None
        if joined is not None and _worth_it(spans[-1], here, joined, link, gap):
            spans[-1] = joined
        else:
            spans.append(here)
    return tuple(spans)


def _joined(one: Span, other: Span) -> Span:
    end = max(one.end, other.end)
    return Span(kind=one.kind, address=one.address, count=end - one.address)


def _worth_it(one: Span, other: Span, joined: Span, link: Link, gap: int) -> bool:
    bits = joined.kind in BIT_KINDS
    most = link.max_read_bits if bits else link.max_read_registers
    near = other.address - one.end <= (16 * gap if bits else gap)
    spoilt = any(
        f.kind == joined.kind and f.address < joined.end and joined.address < f.end
        for f in link.forbid_read
    )
    return near and joined.count <= most and not spoilt


class GroupReader:
    """Reads groups of one unit; remembers what could not be read in one piece."""

    def __init__(self, bus: Bus, unit: int, link: Link) -> None:
        self._bus = bus
        self._unit = unit
        self._link = link
        self._plans: dict[str, tuple[Span, ...]] = {}

    def spans(self, group: Group) -> tuple[Span, ...]:
        """The requests that read ``group`` now."""
        if group.name not in self._plans:
            gap = break_even(self._bus.line, self._link)
            whole = (group.span,) if group.coherent else plan(group.points, self._link, gap)
            self._plans[group.name] = whole
        return self._plans[group.name]

    def read(
        self, group: Group, priority: Priority, *, connection: int | None = None
    ) -> dict[str, tuple[int, ...]]:
        """The registers of each point of ``group``, by name.

        Raises:
            DeviceError: as ``Bus.perform``; a refusal, when even without holes.
        """
        try:
            blocks = self._blocks(self.spans(group), priority, connection)
        except Refused as refused:
            pieces = plan(group.points, self._link, 0)
            hole = refused.code in (ILLEGAL_ADDRESS, ILLEGAL_VALUE)
            if group.coherent or not hole or pieces == self.spans(group):
                raise
            self._plans[group.name] = pieces
            blocks = self._blocks(pieces, priority, connection)
        return {point.name: _cut(point, blocks) for point in group.points}

    def _blocks(
        self, spans: Sequence[Span], priority: Priority, connection: int | None
    ) -> dict[Span, tuple[int, ...]]:
        return {
            span: self._bus.perform(
                Read(unit=self._unit, kind=span.kind, address=span.address, count=span.count),
                priority,
                connection=connection,
            )
            for span in spans
        }


def values(point: Point, registers: Sequence[int]) -> list[Measured]:
    """All values of ``point``, of which ``registers`` are those of all of it."""
    return [decode(point, registers, index) for index in range(point.count)]


def _cut(point: Point, blocks: Mapping[Span, tuple[int, ...]]) -> tuple[int, ...]:
    for span, registers in blocks.items():
        if span.kind == point.kind and span.address <= point.address and point.end <= span.end:
            return registers[point.address - span.address : point.end - span.address]
    raise Declined(f"{point.name}: was not read")
