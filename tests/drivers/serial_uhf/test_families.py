"""What is particular to one family: how it is set up, what its reads carry, what it switches."""

from dataclasses import replace
from typing import Any

import pytest

from drivers.commands import SwitchOutputs
from drivers.serial_uhf.profile import RssiLine
from drivers.serial_uhf.wire import cfm, r200, uhf288
from simulators.serial_reader import SimulatedSerialReader
from simulators.serial_reader_cfm import CfmBrain
from simulators.serial_reader_r200 import R200Brain
from simulators.serial_reader_uhf288 import Uhf288Brain
from tests.drivers.serial_uhf.rig import EPC, OTHER, connected, driving, fast
from tests.services import eventually


def lamp(*on: int, off: tuple[int, ...] = (), for_s: float | None = None) -> SwitchOutputs:
    return SwitchOutputs(device="door-north", on=on, off=off, for_s=for_s)


def switched(brain: CfmBrain) -> list[tuple[int, bool]]:
    """Every relay a gate was told to close or open, in order."""
    told = [frame for frame in brain.heard if frame.code in cfm.RELAYS]
    return [(cfm.RELAYS.index(frame.code) + 1, frame.data[0] == cfm.CLOSE) for frame in told]


def test_an_r200_is_set_to_power_region_and_session_before_it_reads() -> None:
    profile = fast("r200", transmit_power_dbm=26.0, region="eu", session=2, q=6)
    with SimulatedSerialReader(R200Brain) as reader, connected(reader, profile) as rig:
        brain = reader.brain
        assert (brain.power_dbm, brain.region) == (26.0, 3)
        assert brain.query == 0x1000 | 2 << 8 | 6 << 3
        assert rig.details == ["MagicRF M100 26dBm V1.0 V2.3.5"]
        reader.show([(1, EPC, -42.0)])
        rig.await_reads(EPC)
        assert rig.reads[0].rssi_dbm == -42.0


def test_what_is_not_in_the_profile_is_left_as_the_reader_has_it() -> None:
    with SimulatedSerialReader(R200Brain) as reader, connected(reader, fast("r200")):
        told = {frame.command for frame in reader.brain.heard}
        assert told == {r200.STOP_INVENTORY, r200.MODULE_INFO, r200.MULTIPLE_INVENTORY}


def test_an_r200_that_came_to_the_end_of_its_rounds_is_started_again() -> None:
    with SimulatedSerialReader(R200Brain) as reader, connected(reader, fast("r200")) as rig:
        reader.brain.end_rounds()
        eventually(lambda: reader.reading, bool)
        assert rig.health == ["back"]


def test_an_r200_that_lost_power_is_set_up_again_before_it_reads() -> None:
    profile = fast("r200", transmit_power_dbm=26.0)
    with SimulatedSerialReader(R200Brain) as reader, connected(reader, profile):
        reader.forget()
        assert reader.brain.power_dbm == 20.0
        eventually(lambda: reader.reading, bool)
        assert reader.brain.power_dbm == 26.0


def test_an_r200_that_talks_is_left_alone() -> None:
    with SimulatedSerialReader(R200Brain) as reader, connected(reader, fast("r200")) as rig:
        rig.await_count("frames", 40)  # more than twice as long as it may be silent
        told = [frame.command for frame in reader.brain.heard]
        assert told.count(r200.MULTIPLE_INVENTORY) == 1


def test_that_a_round_was_empty_answers_no_question() -> None:
    empty = r200.encode(r200.Frame(r200.ANSWER, r200.ERROR, bytes((r200.NO_TAG,))))

    class Belated(R200Brain):
        """Still says so when it is asked for the first time."""

        def hear(self, data: bytes, now: float) -> list[bytes]:
            return [empty, *super().hear(data, now)]

    with SimulatedSerialReader(Belated) as reader, connected(reader, fast("r200")) as rig:
        assert rig.health == ["back"]


def test_a_reader_that_declines_its_settings_is_lost_in_its_own_words() -> None:
    profile = fast("r200", transmit_power_dbm=33.0)
    with SimulatedSerialReader(R200Brain) as reader:
        reader.brain.refusals[r200.SET_POWER] = 0x0E
        with driving(reader.url, profile) as rig:
            rig.await_health("lost")
            assert rig.reasons == ["set power: bad parameter"]
            reader.brain.refusals.clear()
            rig.await_health("lost", "back")


@pytest.mark.parametrize(
    ("kind", "brain", "code", "status", "reason"),
    [
        ("r200", R200Brain, r200.MULTIPLE_INVENTORY, 0x17, "multiple inventory: bad command"),
        ("uhf288", Uhf288Brain, uhf288.INVENTORY, 0xFE, "inventory: unknown command"),
        ("cfm", CfmBrain, cfm.INVENTORY, 0x01, "inventory: bad parameter"),
    ],
)
def test_a_reader_that_refuses_to_read_is_lost_and_not_taken_for_an_empty_door(
    kind: str,
    brain: Any,
    code: int,
    status: int,
    reason: str,
) -> None:
    with SimulatedSerialReader(brain) as reader:
        reader.brain.refusals[code] = status
        with driving(reader.url, fast(kind)) as rig:
            rig.await_health("back", "lost")
            assert rig.reasons == [reason]
            assert rig.driver.counters()["reader_errors"] >= 1


def test_a_gate_that_says_yes_and_keeps_its_power_is_lost_and_says_so() -> None:
    with SimulatedSerialReader(CfmBrain, tcp=True) as reader:
        reader.brain.max_power_dbm = 26
        with driving(reader.url, fast("cfm", transmit_power_dbm=30.0)) as rig:
            rig.await_health("lost")
            assert rig.reasons == ["set parameters: it keeps power_dbm 26"]


def test_a_uhf288_is_set_to_what_it_is_not_and_only_to_that() -> None:
    profile = fast("uhf288", transmit_power_dbm=30.0, region="us", scan_time_s=1.0)
    with SimulatedSerialReader(Uhf288Brain) as reader, connected(reader, profile):
        assert reader.brain.power_dbm == 30
        assert reader.brain.channels == (49, 0b10 << 6)
        assert uhf288.SET_SCAN_TIME not in {frame.code for frame in reader.brain.heard}


def test_the_published_band_of_a_uhf288_is_the_european_one() -> None:
    profile = fast("uhf288", region="eu")
    with SimulatedSerialReader(Uhf288Brain) as reader, connected(reader, profile):
        assert reader.brain.channels == (0x4E, 0x00)
        assert uhf288.SET_REGION not in {frame.code for frame in reader.brain.heard}


def test_a_uhf288_reads_with_each_antenna_in_turn() -> None:
    profile = fast("uhf288", antennas=(2, 4))
    with SimulatedSerialReader(Uhf288Brain) as reader, connected(reader, profile) as rig:
        reader.show([(4, EPC, -50.0), (2, OTHER, -50.0), (1, "00", -50.0)])
        eventually(lambda: len(rig.reads), lambda count: count == 2)
        assert {(read.epc, read.antenna) for read in rig.reads} == {(EPC, 4), (OTHER, 2)}


def test_a_raw_rssi_is_in_dbm_only_where_the_profile_says_how() -> None:
    line = RssiLine(dbm_per_unit=1.0, dbm_at_zero=-130.0)
    with SimulatedSerialReader(Uhf288Brain) as reader:
        for rssi, wanted in ((None, None), (line, -61.0)):
            profile = replace(fast("uhf288"), rssi=rssi)
            with connected(reader, profile) as rig:
                reader.show([(1, EPC, -61.0)])
                rig.await_reads(EPC)
                assert rig.reads[0].rssi_dbm == wanted


def test_a_tag_that_two_antennas_saw_is_two_reads() -> None:
    with SimulatedSerialReader(Uhf288Brain) as reader, connected(reader, fast("uhf288")) as rig:
        answer = uhf288.tags_answer(0, [(1, bytes.fromhex(EPC), 90)], uhf288.MORE)
        both = answer._replace(data=answer.data[:1] + b"\x05" + answer.data[2:])
        reader.say(uhf288.encode(both))
        rig.await_reads(EPC, EPC)
        assert [read.antenna for read in rig.reads] == [1, 3]


def test_counts_that_do_not_fit_are_a_bad_frame_and_nothing_worse() -> None:
    with SimulatedSerialReader(Uhf288Brain) as reader, connected(reader, fast("uhf288")) as rig:
        reader.say(uhf288.encode(uhf288.Frame(0, uhf288.INVENTORY, bytes((3, 1, 200, 12)))))
        rig.await_count("bad_frames", 1)
        reader.show([(1, EPC, -61.0)])
        rig.await_reads(EPC)
        assert rig.health == ["back"]


def test_a_gate_is_taken_out_of_its_active_mode_and_set_up_at_once() -> None:
    profile = fast("cfm", transmit_power_dbm=30.0, region="china-920", session=1, antennas=(1, 2))
    with SimulatedSerialReader(CfmBrain, tcp=True) as reader, connected(reader, profile) as rig:
        parameters = reader.brain.parameters
        assert (parameters.work_mode, parameters.power_dbm, parameters.session) == (0, 30, 1)
        assert (parameters.antennas, parameters.band) == (0b11, (8, 920, 125, 250, 19))
        assert parameters.interface == 0x80
        reader.show([(2, EPC, -55.5), (3, OTHER, -50.0)])
        rig.await_reads(EPC)
        assert (rig.reads[0].antenna, rig.reads[0].rssi_dbm) == (2, -55.5)


def test_a_gate_counts_who_passed_and_its_counts_are_no_reads() -> None:
    with SimulatedSerialReader(CfmBrain, tcp=True) as reader, connected(reader, fast("cfm")) as rig:
        for direction in (cfm.GATE_IN, cfm.GATE_IN, cfm.GATE_OUT, cfm.EAS_ALARM, cfm.EAS_QUIET):
            reader.say(reader.brain.pass_gate(direction))
        rig.await_count("gate_eas", 1)
        counters = rig.driver.counters()
        assert (counters["gate_in"], counters["gate_out"]) == (2, 1)
        assert rig.reads == []


def test_a_gate_that_says_its_rounds_are_over_is_started_again_at_once() -> None:
    profile = replace(fast("cfm"), silence_s=60.0)
    with SimulatedSerialReader(CfmBrain, tcp=True) as reader, connected(reader, profile) as rig:
        for frame in reader.brain.end_rounds():
            reader.say(frame)
        eventually(lambda: reader.reading, bool)
        assert rig.health == ["back"]


def test_a_gate_that_lost_its_settings_is_lost_and_set_up_again() -> None:
    profile = fast("cfm", transmit_power_dbm=30.0)
    with SimulatedSerialReader(CfmBrain, tcp=True) as reader, connected(reader, profile) as rig:
        reader.forget()
        rig.await_health("back", "lost", "back")
        assert rig.reasons == ["it has lost its settings"]
        assert reader.brain.parameters.power_dbm == 30


def test_an_empty_gate_that_is_quiet_is_not_lost() -> None:
    with SimulatedSerialReader(CfmBrain, tcp=True) as reader, connected(reader, fast("cfm")) as rig:
        asked = len(reader.brain.heard)
        eventually(lambda: len(reader.brain.heard), lambda count: count > asked + 4)
        assert rig.health == ["back"]


def test_relays_close_and_open_as_told_and_a_pulse_ends_by_itself() -> None:
    with SimulatedSerialReader(CfmBrain, tcp=True) as reader, connected(reader, fast("cfm")) as rig:
        rig.driver.submit(lamp(1, for_s=0.2))
        rig.driver.submit(lamp(2))
        eventually(
            lambda: switched(reader.brain), lambda told: {(1, False), (2, True)} <= set(told)
        )
        assert (2, False) not in switched(reader.brain)
        rig.driver.submit(lamp(off=(2,)))
        eventually(lambda: switched(reader.brain), lambda told: (2, False) in told)
        assert (1, True) in switched(reader.brain)


def test_relays_are_as_wished_again_after_the_reader_was_away() -> None:
    profile = fast("cfm", inverted_outputs=frozenset({2}))
    with SimulatedSerialReader(CfmBrain, tcp=True) as reader, connected(reader, profile) as rig:
        rig.driver.submit(lamp(1, off=(2,)))
        eventually(lambda: reader.brain.relays, lambda relays: relays == {1: True, 2: True})
        reader.vanish()
        rig.await_health("back", "lost")
        reader.come_back()
        eventually(lambda: reader.brain.relays, lambda relays: relays == {1: True, 2: True})


def test_a_relay_that_cannot_be_switched_is_no_reason_to_stop_reading() -> None:
    with SimulatedSerialReader(CfmBrain, tcp=True) as reader, connected(reader, fast("cfm")) as rig:
        reader.brain.refusals[cfm.RELAYS[0]] = 0x02
        rig.driver.submit(lamp(1))
        rig.await_count("declined", 1)
        reader.show([(1, EPC, -55.0)])
        rig.await_reads(EPC)
        assert rig.health == ["back"]


@pytest.mark.parametrize("kind", ["r200", "uhf288"])
def test_only_a_gate_has_counts_of_its_own(kind: str) -> None:
    with driving("/dev/null", fast(kind)) as rig:
        assert "gate_in" not in rig.driver.counters()
