"""Lamps and buzzer: what was wished for last reaches the reader, whatever happened between."""

from collections.abc import Iterator, Mapping

import pytest

from drivers.commands import OpenAisle, SwitchOutputs
from drivers.llrp.profile import ReaderProfile
from drivers.outputs import Outputs
from simulators.llrp_reader import SimulatedReader
from tests.drivers.llrp.rig import connected, driving
from tests.services import eventually

EPC = "300833B2DDD9CAFEBABE801E"


def switch(
    *, on: tuple[int, ...] = (), off: tuple[int, ...] = (), for_s: float | None = None
) -> SwitchOutputs:
    return SwitchOutputs(device="door-north", on=on, off=off, for_s=for_s)


def lit(reader: SimulatedReader) -> set[int]:
    return {port for port, on in reader.outputs.items() if on}


@pytest.fixture
def reader() -> Iterator[SimulatedReader]:
    with SimulatedReader() as simulated:
        yield simulated


def test_a_lamp_goes_on_and_off_as_told(reader: SimulatedReader) -> None:
    with connected(reader, keepalive_s=60.0) as rig:  # nothing but the wish itself wakes it
        rig.driver.submit(switch(on=(1, 3)))
        eventually(lambda: lit(reader), lambda ports: ports == {1, 3})
        rig.driver.submit(switch(on=(2,), off=(1,)))
        eventually(lambda: lit(reader), lambda ports: ports == {2, 3})


def test_a_pulse_ends_by_itself_and_reading_goes_on_meanwhile(reader: SimulatedReader) -> None:
    with connected(reader) as rig:
        rig.driver.submit(switch(on=(4,), for_s=0.4))
        eventually(lambda: lit(reader), lambda ports: ports == {4})
        reader.show([(1, EPC, -50)])
        rig.await_reads(EPC)
        eventually(lambda: lit(reader), lambda ports: ports == set())


def test_a_wish_from_before_the_connection_is_carried_out_after_it(
    reader: SimulatedReader,
) -> None:
    reader.vanish()
    with driving(reader.port) as rig:
        rig.await_health("lost")
        rig.driver.submit(switch(on=(1, 2)))
        rig.driver.submit(switch(off=(2,)))
        reader.come_back()
        eventually(lambda: lit(reader), lambda ports: ports == {1})


def test_a_reader_that_lost_its_power_gets_its_lamps_back(reader: SimulatedReader) -> None:
    with connected(reader) as rig:
        rig.driver.submit(switch(on=(3,)))
        eventually(lambda: lit(reader), lambda ports: ports == {3})
        reader.vanish()
        assert lit(reader) == set()
        reader.come_back()
        eventually(lambda: lit(reader), lambda ports: ports == {3})


def test_a_lamp_wired_the_other_way_round_is_lit_by_an_open_contact(
    reader: SimulatedReader,
) -> None:
    with connected(reader, ReaderProfile(inverted_outputs=frozenset({2}))) as rig:
        rig.driver.submit(switch(on=(1,), off=(2,)))
        eventually(lambda: lit(reader), lambda ports: ports == {1, 2})


def test_an_output_the_reader_lacks_or_refuses_does_not_stop_the_reading(
    reader: SimulatedReader,
) -> None:
    with connected(reader) as rig:
        rig.driver.submit(switch(on=(1, 9)))
        eventually(lambda: lit(reader), lambda ports: ports == {1})
        reader.refuse("SET_READER_CONFIG", "relay stuck")
        rig.driver.submit(switch(on=(2,)))
        eventually(lambda: rig.driver.counters()["declined"], lambda count: count == 2)
        reader.show([(1, EPC, -50)])
        rig.await_reads(EPC)
        assert rig.health == ["back"]


def test_what_a_reader_cannot_do_is_left_undone(reader: SimulatedReader) -> None:
    with connected(reader) as rig:
        rig.driver.submit(OpenAisle(device="door-north", command_id="c-1", aisle=1))
        reader.show([(1, EPC, -50)])
        rig.await_reads(EPC)
        assert lit(reader) == set()


def taken(outputs: Outputs, now: float) -> Mapping[int, bool]:
    return dict(outputs.take(now))


def test_a_pulse_counts_from_when_it_was_asked_for() -> None:
    outputs = Outputs()
    outputs.wish(switch(on=(1,), for_s=5.0), now=100.0)
    assert outputs.next_due() == 105.0
    assert taken(outputs, 200.0) == {1: False}
    assert outputs.next_due() is None


def test_a_later_wish_replaces_the_end_of_a_pulse() -> None:
    outputs = Outputs()
    outputs.wish(switch(on=(1,), for_s=5.0), now=100.0)
    outputs.wish(switch(on=(1,)), now=101.0)
    assert taken(outputs, 101.0) == {1: True}
    assert taken(outputs, 200.0) == {}


def test_what_was_sent_is_sent_again_only_after_a_reconnect() -> None:
    outputs = Outputs()
    outputs.wish(switch(on=(1,), off=(2,)), now=0.0)
    assert taken(outputs, 0.0) == {1: True, 2: False}
    assert taken(outputs, 0.0) == {}
    outputs.forget_sent()
    assert taken(outputs, 0.0) == {1: True, 2: False}
