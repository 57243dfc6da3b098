"""The driver against a simulated reader: connect, report, garble, fall silent, vanish, return."""

from collections.abc import Callable, Iterator

import pytest

from drivers.llrp.profile import ReaderProfile, TransmitPower
from drivers.observations import DeviceBack, TagRead, TagReport
from simulators.llrp_abilities import Abilities
from simulators.llrp_reader import YEAR_2000_US, SimulatedReader
from simulators.llrp_tags import Seen
from tests.drivers.llrp.rig import KEEPALIVE_S, connected, driving
from tests.services import eventually, free_port

EPC = "300833B2DDD9CAFEBABE801E"
OTHER = "2C14257BF42EF800000004D2"
NEXT = "E2801160600002054A3D1122"


@pytest.fixture
def reader() -> Iterator[SimulatedReader]:
    with SimulatedReader() as simulated:
        yield simulated


def names(reader: SimulatedReader) -> list[str]:
    return [heard.name for heard in list(reader.heard)]


def test_a_reader_is_made_to_read_and_says_what_it_is(reader: SimulatedReader) -> None:
    with connected(reader) as rig:
        back = rig.said[0]
        assert isinstance(back, DeviceBack)
        assert back.detail == "LLRP reader, firmware simulated 1.0"
        assert reader.reading
    assert names(reader)[-1] == "CLOSE_CONNECTION"


@pytest.mark.parametrize("speaks_1_1", [True, False])
def test_the_highest_version_both_speak_is_spoken(*, speaks_1_1: bool) -> None:
    with SimulatedReader(abilities=Abilities(speaks_1_1=speaks_1_1)) as reader:
        with connected(reader) as rig:
            reader.show([(1, EPC, -50)])
            rig.await_reads(EPC)
        assert reader.heard[-1].version == (2 if speaks_1_1 else 1)


def test_reads_arrive_with_antenna_rssi_and_the_readers_own_time(reader: SimulatedReader) -> None:
    with connected(reader) as rig:
        reader.show([Seen(1, EPC, -42.0, 1000, 3), Seen(2, "ABCD", -71.0, 1001, 1)])
        rig.await_reads(EPC, "ABCD")
        assert rig.reads == [TagRead(EPC, 1, -42.0, 1000, 3), TagRead("ABCD", 2, -71.0, 1001, 1)]
        assert rig.driver.counters()["reads"] == 2


def test_the_profile_decides_antennas_and_how_many_tags_a_report_carries(
    reader: SimulatedReader,
) -> None:
    profile = ReaderProfile(antennas=(1, 3), report_every_tags=2)
    with connected(reader, profile) as rig:
        reader.show([(1, "01", -50), (2, "02", -50), (3, "03", -50), (1, "04", -50)])
        rig.await_reads("01", "03")
        reader.show([(3, "05", -50)])
        rig.await_reads("01", "03", "04", "05")


def test_keepalives_are_acknowledged_and_keep_a_quiet_reader_alive(reader: SimulatedReader) -> None:
    with connected(reader) as rig:
        eventually(lambda: reader.acknowledged, lambda count: count >= 4)
        assert rig.health == ["back"]


FAULTS: dict[str, Callable[[SimulatedReader], None]] = {
    "garbled body": SimulatedReader.garble,
    "unknown message": SimulatedReader.say_unknown,
    "byte by byte": SimulatedReader.trickle,
    "late": lambda reader: reader.delay(0.2),
    "repeats left out": SimulatedReader.omit_repeats,
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_in_between_costs_no_good_read(reader: SimulatedReader, fault: str) -> None:
    with connected(reader) as rig:
        reader.show([(1, EPC, -50), (1, OTHER, -50)])
        FAULTS[fault](reader)
        reader.show([(1, OTHER, -50), (2, EPC, -60)])
        rig.await_reads(EPC, OTHER, OTHER, EPC)
        assert [read.antenna for read in rig.reads] == [1, 1, 1, 2]
        assert [read.rssi_dbm for read in rig.reads] == [-50.0, -50.0, -50.0, -60.0]
        assert rig.health == ["back"]
        assert rig.driver.counters()["bad_frames"] == (fault == "garbled body")
        assert rig.driver.counters()["unknown_frames"] == (fault == "unknown message")


LOSSES: dict[str, tuple[Callable[[SimulatedReader], None], Callable[[SimulatedReader], None], str]]
LOSSES = {
    "closed": (SimulatedReader.drop, lambda _: None, "closed by the reader"),
    "half-open": (SimulatedReader.silence, SimulatedReader.speak, "silent for 0.6 s"),
    "babbling": (SimulatedReader.babble, lambda _: None, "cannot be"),
    "switched off": (SimulatedReader.vanish, SimulatedReader.come_back, "closed by the reader"),
    "stopped reading": (SimulatedReader.stop_reading, lambda _: None, "stopped reading"),
}


@pytest.mark.parametrize("loss", LOSSES)
def test_a_lost_reader_is_lost_once_and_back_once_and_reads_again(
    reader: SimulatedReader, loss: str
) -> None:
    fail, heal, reason = LOSSES[loss]
    with connected(reader) as rig:
        reader.show([(1, EPC, -50)])
        rig.await_reads(EPC)
        fail(reader)
        eventually(lambda: rig.health, lambda health: "lost" in health)
        heal(reader)
        rig.await_health("back", "lost", "back")
        reader.show([(2, OTHER, -50)])
        rig.await_reads(EPC, OTHER)
        assert reason in rig.reasons[0]
        assert rig.driver.counters()["reconnects"] == 1


def test_many_failed_attempts_are_one_loss(reader: SimulatedReader) -> None:
    with driving(reader.port, ReaderProfile(antennas=(9,))) as rig:
        eventually(lambda: names(reader).count("GET_READER_CAPABILITIES"), lambda n: n >= 3)
        assert rig.health == ["lost"]


def test_a_reader_that_is_not_there_at_first_is_lost_until_it_comes() -> None:
    port = free_port()
    with driving(port) as rig:
        rig.await_health("lost")
        assert rig.reasons == ["Connection refused"]
        with SimulatedReader(port=port):
            rig.await_health("lost", "back")


def test_a_reader_that_serves_somebody_else_says_so(reader: SimulatedReader) -> None:
    with connected(reader), driving(reader.port) as second:
        second.await_health("lost")
        assert second.reasons == ["refused: a client initiated connection already exists"]


@pytest.mark.parametrize(
    ("profile", "reason"),
    [
        (ReaderProfile(antennas=(1, 9)), "antenna 9 is asked for, the reader has 4"),
        (ReaderProfile(mode_index=7), "RF mode 7 is asked for, the reader has 0, 1, 2, 3, 1000"),
        (ReaderProfile(power=TransmitPower(dbm=5.0)), "the weakest the reader has is 10.0"),
        (ReaderProfile(power=TransmitPower(index=99)), "power index 99 is asked for"),
    ],
)
def test_a_profile_that_asks_for_what_is_not_there_is_refused_in_words(
    reader: SimulatedReader, profile: ReaderProfile, reason: str
) -> None:
    with driving(reader.port, profile) as rig:
        rig.await_health("lost")
        assert reason in rig.reasons[0]


def test_a_reader_that_declines_is_quoted_and_tried_again(reader: SimulatedReader) -> None:
    reader.refuse("ADD_ROSPEC", "out of memory")
    with driving(reader.port) as rig:
        rig.await_health("lost", "back")
        assert rig.reasons == ["ADD_ROSPEC declined: R_DeviceError out of memory"]


def test_reads_kept_while_the_link_was_down_arrive_after_it_is_back(
    reader: SimulatedReader,
) -> None:
    with connected(reader) as rig:
        reader.drop()
        reader.show([(1, EPC, -50), (1, OTHER, -50)])
        rig.await_reads(EPC, OTHER)
        assert rig.health == ["back", "lost", "back"]
        assert isinstance(rig.told[2], DeviceBack)
        assert [said.late for said in rig.told if isinstance(said, TagReport)] == [True]
        reader.show([(1, NEXT, -50)])
        rig.await_reads(EPC, OTHER, NEXT)
        assert [said.late for said in rig.told if isinstance(said, TagReport)] == [True, False]


def test_reads_from_before_a_reader_counts_as_back_are_told_after_it() -> None:
    forgetful = Abilities(holds_reports=False)
    with SimulatedReader(abilities=forgetful) as reader, connected(reader) as rig:
        reader.drop()
        reader.delay(0.1)
        eventually(lambda: reader.connected, bool)
        reader.show([(1, EPC, -50)])  # by the ROSpec of the connection before
        rig.await_reads(EPC)
        assert [type(said) for said in rig.told[-2:]] == [DeviceBack, TagReport]


def test_a_reader_in_the_year_2000_is_read_all_the_same() -> None:
    with SimulatedReader(clock_start_us=YEAR_2000_US) as reader, connected(reader) as rig:
        reader.show([(1, EPC, -50)])
        rig.await_reads(EPC)
        assert (rig.reads[0].reader_time_us or 0) // 10**9 == YEAR_2000_US // 10**9


def test_no_read_is_lost_or_reordered_in_a_burst(reader: SimulatedReader) -> None:
    epcs = [f"{number:024X}" for number in range(2000)]
    with connected(reader, keepalive_s=5.0) as rig:
        reader.show((1, epc, -50) for epc in epcs)
        rig.await_reads(*epcs)


@pytest.mark.parametrize("how", ["well", "silent", "absent", "trickling"])
def test_stopping_does_not_wait_for_the_reader(how: str) -> None:
    with SimulatedReader() as reader, driving(reader.port, keepalive_s=60.0) as rig:
        rig.await_health("back")
        if how == "silent":
            reader.silence()
        elif how == "absent":
            reader.vanish()
            rig.await_health("back", "lost")
        elif how == "trickling":
            reader.trickle()
        rig.finish(within_s=2.0)


def test_stopping_does_not_wait_for_a_greeting_that_never_comes(reader: SimulatedReader) -> None:
    reader.silence()
    with driving(reader.port) as rig:
        eventually(lambda: reader.connected, bool)
        rig.finish(within_s=2.0)
        assert rig.said == []


def test_silence_is_no_loss_before_two_keepalive_periods(reader: SimulatedReader) -> None:
    with connected(reader) as rig:
        reader.silence()
        rig.await_health("back", "lost")
        silent_s = rig.said[-1].at.monotonic_s - rig.said[0].at.monotonic_s
        assert silent_s >= 2 * KEEPALIVE_S * 0.9
