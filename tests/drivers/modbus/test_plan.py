"""Which requests read a group, and what a device that faints at holes costs."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.errors import Declined
from drivers.modbus.bus import Bus, Priority
from drivers.modbus.line import parse_line
from drivers.modbus.plan import GroupReader, break_even, plan
from drivers.profiles import Group, Span, find_profile, load_profile
from drivers.registers import BIT_KINDS, Kind, Point
from simulators.modbus_pdu import ILLEGAL_ADDRESS, Refused, Table
from simulators.serial_line import SerialLine

LINK = load_profile(find_profile("climate/xy-md02.toml")).link
ROOMY = replace(LINK, max_read_registers=125, max_read_bits=2000, max_gap=None)
NAMED: tuple[Kind, ...] = ("coil", "discrete", "input", "holding")


def point(address: int, kind: Kind = "holding", count: int = 1) -> Point:
    dtype = "bool" if kind in BIT_KINDS else "u16"
    return Point(name=f"{kind}{address}", kind=kind, address=address, dtype=dtype, count=count)  # type: ignore[arg-type]


def span(address: int, count: int, kind: Kind = "holding") -> Span:
    return Span(kind=kind, address=address, count=count)


@pytest.mark.parametrize(
    ("url", "registers"),
    [
        ("serial:///dev/x?baud=4800", 12),
        ("serial:///dev/x?baud=9600", 14),
        ("serial:///dev/x?baud=19200", 19),
        ("serial:///dev/x?baud=115200", 67),
        ("tcp://h", 125),
        ("rtu+tcp://h", 125),
    ],
)
def test_a_hole_is_worth_reading_up_to_the_break_even(url: str, registers: int) -> None:
    assert break_even(parse_line(url), ROOMY) == registers


def test_a_profile_may_say_how_large_a_hole_may_be() -> None:
    assert break_even(parse_line("tcp://h"), replace(ROOMY, max_gap=3)) == 3


def test_near_points_are_read_together_and_far_ones_apart() -> None:
    points = [point(0), point(5, count=2), point(40)]
    assert plan(points, ROOMY, 10) == (span(0, 7), span(40, 1))
    assert plan(points, ROOMY, 3) == (span(0, 1), span(5, 2), span(40, 1))


def test_what_is_forbidden_is_never_read_along() -> None:
    link = replace(ROOMY, forbid_read=(span(3, 1),))
    assert plan([point(0), point(5)], link, 100) == (span(0, 1), span(5, 1))


@given(
    places=st.sets(st.tuples(st.sampled_from(NAMED), st.integers(0, 400)), min_size=1),
    gap=st.integers(0, 60),
    most=st.integers(1, 125),
)
def test_every_point_is_read_once_within_the_limits(
    places: set[tuple[Kind, int]], gap: int, most: int
) -> None:
    link = replace(ROOMY, max_read_registers=most, max_read_bits=most)
    spans = plan([point(address, kind) for kind, address in places], link, gap)
    read = [(s.kind, a) for s in spans for a in range(s.address, s.end)]
    assert places <= set(read)
    assert len(read) == len(set(read))
    assert all(s.count <= most for s in spans)
    assert len(spans) <= len(places)


class Fainting:
    """A unit with registers at 0 and 4 and nothing between."""

    silent = False

    def read(self, table: Table, address: int, count: int) -> Sequence[int]:
        """Its address as value; exception 2 for any other."""
        wanted = range(address, address + count)
        if not set(wanted) <= {0, 4}:
            raise Refused(ILLEGAL_ADDRESS)
        return list(wanted)

    def write(self, table: Table, address: int, values: Sequence[int]) -> None:
        """Whatever is written is gone."""


@pytest.fixture
def line() -> Iterator[SerialLine]:
    with SerialLine({1: Fainting()}, baud=115200) as line:
        yield line


@pytest.fixture
def reader(line: SerialLine) -> Iterator[GroupReader]:
    bus = Bus(parse_line(line.url), timeout_s=0.2)
    with bus.running():
        yield GroupReader(bus, 1, ROOMY)


def group(*points: Point, coherent: bool = False) -> Group:
    return Group(
        name="g",
        points=points,
        period_s=1,
        active_period_s=1,
        stale_after_s=3,
        coherent=coherent,
        once=False,
    )


def test_a_device_that_faints_at_a_hole_is_read_in_pieces_ever_after(
    line: SerialLine, reader: GroupReader
) -> None:
    both = group(point(0), point(4))
    assert reader.read(both, Priority.POLL) == {"holding0": (0,), "holding4": (4,)}
    assert line.faults.requests == 3
    assert reader.read(both, Priority.POLL) == {"holding0": (0,), "holding4": (4,)}
    assert line.faults.requests == 5
    assert reader.spans(both) == (span(0, 1), span(4, 1))


def test_what_belongs_to_one_instant_is_never_split(reader: GroupReader) -> None:
    with pytest.raises(Declined, match="illegal address"):
        reader.read(group(point(0), point(4), coherent=True), Priority.POLL)


def test_a_register_that_is_not_there_is_declined_even_alone(reader: GroupReader) -> None:
    with pytest.raises(Declined):
        reader.read(group(point(0), point(9)), Priority.POLL)
