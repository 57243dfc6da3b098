"""Every driver against its simulated reader: report, garble, fall silent, vanish, return."""

from collections.abc import Callable

import pytest

from drivers.commands import SwitchOutputs
from drivers.observations import DeviceBack, TagReport
from tests.drivers.json_reader.conftest import Simulator
from tests.drivers.json_reader.rig import NAME
from tests.drivers.rig import Rig
from tests.services import eventually

EPC = "300833B2DDD9CAFEBABE801E"
OTHER = "2C14257BF42EF800000004D2"


def test_reads_arrive_with_antenna_rssi_and_the_readers_own_time(
    simulator: Simulator, rig: Rig
) -> None:
    simulator.show([(1, EPC, -42.5), (2, "ABCD", -71.0)])
    rig.await_reads(EPC, "ABCD")
    first, second = rig.reads
    assert (first.antenna, first.rssi_dbm, first.seen_count) == (1, -42.5, 1)
    assert (second.antenna, second.rssi_dbm) == (2, -71.0)
    assert (first.reader_time_us, second.reader_time_us) == (
        1_767_225_600_001_000,
        1_767_225_600_002_000,
    )
    assert [type(said) for said in rig.said] == [DeviceBack, TagReport, TagReport]
    assert {said.reader for said in rig.said if isinstance(said, TagReport)} == {NAME}
    assert rig.driver.counters()["reads"] == 2


def test_a_sign_of_life_keeps_a_quiet_reader_alive(simulator: Simulator, rig: Rig) -> None:
    heard = rig.driver.counters()["bytes"]
    eventually(lambda: rig.driver.counters()["bytes"], lambda now: now > heard + 8)
    assert rig.health == ["back"]
    assert rig.reads == []


FAULTS: dict[str, Callable[[Simulator], None]] = {
    "repeated": lambda simulator: simulator.repeat(),
    "missing": lambda simulator: simulator.skip(3),
    "numbers anew": lambda simulator: simulator.restart_numbers(),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_in_between_costs_no_good_read(
    simulator: Simulator, rig: Rig, kind: str, fault: str
) -> None:
    simulator.show([(1, EPC, -50.0), (1, OTHER, -50.0)])
    FAULTS[fault](simulator)
    simulator.show([(1, OTHER, -50.0), (2, EPC, -60.0)])
    twice = [OTHER] if fault == "repeated" and kind.startswith("r700") else []
    rig.await_reads(EPC, OTHER, *twice, OTHER, EPC)  # only a Zebra numbers its events
    assert rig.health == ["back"]
    counters, numbered = rig.driver.counters(), kind.startswith("zebra")
    assert counters["bad_frames"] == 0
    assert counters["repeated_events"] == (fault == "repeated" and numbered)
    assert counters["gaps"] == (fault == "missing" and numbered)
    assert counters["missed_events"] == 3 * counters["gaps"]


def test_what_a_zebra_reads_while_nobody_listens_is_counted_as_missed(
    simulator: Simulator, rig: Rig, kind: str
) -> None:
    simulator.show([(1, EPC, -50.0)])
    rig.await_reads(EPC)
    simulator.silence()
    simulator.show([(1, OTHER, -50.0)] * 5)
    eventually(lambda: rig.health[-1], lambda word: word == "lost")
    simulator.speak()
    eventually(lambda: rig.health[-1], lambda word: word == "back")
    simulator.show([(2, EPC, -50.0)])
    rig.await_reads(EPC, EPC)
    assert rig.driver.counters()["missed_events"] == (5 if kind.startswith("zebra") else 0)


def test_a_command_is_declined_and_harms_nothing(simulator: Simulator, rig: Rig) -> None:
    rig.driver.submit(SwitchOutputs(device=NAME, on=(1,), off=(), for_s=None))
    simulator.show([(1, EPC, -50.0)])
    rig.await_reads(EPC)
    assert rig.driver.counters()["declined"] == 1
