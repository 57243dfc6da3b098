"""The driver against a simulated reader: connect, report, garble, fall silent, vanish, return."""

from collections.abc import Iterator

import pytest

from drivers.llrp.profile import ReaderProfile, TransmitPower
from drivers.observations import DeviceBack, TagRead, TagReport
from simulators.llrp_abilities import Abilities
from simulators.llrp_reader import SimulatedReader
from simulators.llrp_tags import Seen
from tests.drivers.llrp.rig import KEEPALIVE_S, connected, driving
from tests.services import eventually

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


def test_many_failed_attempts_are_one_loss(reader: SimulatedReader) -> None:
    with driving(reader.port, ReaderProfile(antennas=(9,))) as rig:
        eventually(lambda: names(reader).count("GET_READER_CAPABILITIES"), lambda n: n >= 3)
        assert rig.health == ["lost"]


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


def test_reads_from_before_a_reader_counts_as_back_are_told_after_it() -> None:
    forgetful = Abilities(holds_reports=False)
    with SimulatedReader(abilities=forgetful) as reader, connected(reader) as rig:
        reader.drop()
        reader.delay(0.1)
        eventually(lambda: reader.connected, bool)
        reader.show([(1, EPC, -50)])  # by the ROSpec of the connection before
        rig.await_reads(EPC)
        assert [type(said) for said in rig.told[-2:]] == [DeviceBack, TagReport]


def test_stopping_does_not_wait_for_a_reader_that_trickles() -> None:
    with SimulatedReader() as reader, driving(reader.port, keepalive_s=60.0) as rig:
        rig.await_health("back")
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
