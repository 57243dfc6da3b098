"""Every profile served on every transport, under every fault, read by the product's own bus."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from drivers.errors import Declined, Garbled, Unreachable
from drivers.modbus.bus import Bus, Priority
from drivers.modbus.exchange import Read, Write
from drivers.modbus.line import parse_line
from drivers.profiles import Profile
from drivers.registers import decode
from simulators.bench import Bench
from simulators.line_faults import Mishap
from simulators.serving import Place, served
from tests.simulators.orders import MOVING, PROFILES, profile

TIMEOUT_S = 0.25


@pytest.fixture(params=["tcp", "rtu+tcp", "pty"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """Each transport; the serial line fast, lest the tests take as long as lines do."""
    return {
        "tcp": Place(tcp=0),
        "rtu+tcp": Place(rtu_tcp=0),
        "pty": Place(pty=tmp_path / "line", baud=115200),
    }[request.param]


@contextmanager
def line(place: Place, *names: str) -> Iterator[tuple[Bench, Bus]]:
    """Devices of these profiles on one line, and a bus that reads them."""
    with served([profile(name) for name in names], place) as bench:
        url = next(iter(bench.subjects.values())).line.url
        bus = Bus(parse_line(url), timeout_s=TIMEOUT_S)
        with bus.running():
            yield bench, bus


def constant(kind: Profile) -> tuple[Read, dict[str, object]]:
    """A read whose answer does not change, and what it must say."""
    group = next(g for g in kind.groups.values() if g.name in ("identity", "reading"))
    said: dict[str, object] = {"temperature": 20.0, "humidity": 50.0}
    said |= {point.name: expected for point, expected in kind.identify}
    request = Read(unit=1, kind=group.kind, address=group.address, count=group.count)
    return request, {p.name: said[p.name] for p in group.points if p.name in said and not p.enum}


def decoded(kind: Profile, request: Read, registers: tuple[int, ...]) -> dict[str, object]:
    """What these registers say, by point."""
    said: dict[str, object] = {}
    for point in kind.points.values():
        at = point.address - request.address
        if point.kind == request.kind and at >= 0 and point.end - request.address <= request.count:
            said[point.name] = decode(point, registers[at : at + point.width]).value
    return said


@pytest.mark.parametrize("name", PROFILES)
def test_every_group_of_every_profile_is_read_on_every_transport(place: Place, name: str) -> None:
    with line(place, name) as (_, bus):
        for group in profile(name).groups.values():
            for point in group.points:
                count = point.end - point.address
                request = Read(unit=1, kind=point.kind, address=point.address, count=count)
                registers = bus.perform(request, Priority.POLL)
                faults = {decode(point, registers, i).fault for i in range(point.count)}
                assert not faults & {"unknown_enum", "out_of_range"}, point.name


@pytest.mark.parametrize("name", PROFILES)
def test_no_fault_on_the_wire_makes_a_wrong_value(place: Place, name: str) -> None:
    request, expected = constant(profile(name))
    assert expected
    with line(place, name) as (bench, bus):
        for mishap in Mishap:
            bench.poke({"do": str(mishap)})
            try:
                said = decoded(profile(name), request, bus.perform(request, Priority.POLL))
            except (Unreachable, Garbled, Declined):
                pass
            else:
                assert expected.items() <= said.items()
            assert expected.items() <= answered(bus, name, request).items()


def answered(bus: Bus, name: str, request: Read) -> dict[str, object]:
    """The next answer there is; what a broken frame left behind may spoil one more."""
    for _ in range(2):
        try:
            return decoded(profile(name), request, bus.perform(request, Priority.POLL))
        except (Unreachable, Garbled):
            continue
    return decoded(profile(name), request, bus.perform(request, Priority.POLL))


@pytest.mark.parametrize(
    ("mishap", "error"),
    [
        ("lose_request", Unreachable),
        ("lose_reply", Unreachable),
        ("mismatch_reply", Garbled),
        ("answer_busy", Unreachable),
    ],
)
@pytest.mark.parametrize("name", MOVING)
def test_a_write_that_went_wrong_is_never_taken_for_done(
    place: Place, name: str, mishap: str, error: type[Exception]
) -> None:
    command = profile(name).command
    assert command is not None
    stop = command.stop
    with line(place, name) as (bench, bus):
        bench.poke({"do": mishap})
        with pytest.raises(error):
            bus.perform(
                Write(unit=1, address=stop.address, values=(1,), kind=stop.kind), Priority.STOP
            )
        assert bench.subject().line.faults.requests == 1


def test_a_late_reply_is_no_answer_to_the_next_request(place: Place) -> None:
    with line(place, PROFILES[0]) as (bench, bus):
        bench.poke({"do": "delay_reply", "by_s": TIMEOUT_S * 1.3})
        with pytest.raises(Unreachable):
            bus.perform(Read(unit=1, kind="input", address=1, count=1), Priority.POLL)
        assert answered(bus, PROFILES[0], Read(unit=1, kind="input", address=0, count=1)) == {
            "map_magic": 0x5253
        }


def test_a_silent_neighbour_takes_no_answer_from_the_others(place: Place) -> None:
    with line(place, PROFILES[4], PROFILES[0]) as (bench, bus):
        bench.poke({"do": "silence", "device": "xy-md02"})
        with pytest.raises(Unreachable, match="unit 1"):
            bus.perform(Read(unit=1, kind="input", address=1, count=2), Priority.POLL)
        neighbour = Read(unit=2, kind="input", address=0, count=1)
        assert bus.perform(neighbour, Priority.POLL) == (0x5253,)
        bench.poke({"do": "speak", "device": "xy-md02"})
        assert bus.perform(
            Read(unit=1, kind="input", address=1, count=2), Priority.COMMAND
        ) == (200, 500)  # fmt: skip


@pytest.mark.parametrize(
    ("name", "request_", "code"),
    [
        (PROFILES[0], Read(unit=1, kind="input", address=500, count=1), 2),
        (PROFILES[0], Read(unit=1, kind="coil", address=0, count=1), 1),
        (PROFILES[0], Write(unit=1, address=7, values=(1,)), 2),
        (PROFILES[0], Write(unit=1, address=9, values=(100,)), 3),
        (PROFILES[0], Write(unit=1, address=1, values=(1,) * 17), 3),
        (PROFILES[3], Read(unit=1, kind="holding", address=8, count=4), 2),
        (PROFILES[3], Write(unit=1, address=10, values=(1,)), 2),
        (PROFILES[3], Write(unit=1, address=20, values=(99, 1)), 3),
        (PROFILES[4], Read(unit=1, kind="holding", address=1, count=2), 1),
        (PROFILES[4], Write(unit=1, address=1, values=(1,)), 1),
    ],
)
def test_what_the_real_device_refuses_is_refused(
    name: str, request_: Read | Write, code: int
) -> None:
    with (
        line(Place(tcp=0), name) as (_, bus),
        pytest.raises(Declined, match=f"exception {code}"),
    ):
        bus.perform(request_, Priority.COMMAND)


def test_devices_are_served_in_one_place(tmp_path: Path) -> None:
    for place in (Place(), Place(tcp=0, pty=tmp_path / "line")):
        with pytest.raises(ValueError, match="exactly one"), served([], place):
            pass


def test_units_have_numbers_that_lines_know() -> None:
    two = [profile(PROFILES[4])] * 2
    with pytest.raises(ValueError, match="1 to 247"), served(two, Place(tcp=0), first_unit=247):
        pass
    with served(two, Place(tcp=0), first_unit=246) as bench:
        assert list(bench.subjects) == ["xy-md02-1", "xy-md02-2"]
