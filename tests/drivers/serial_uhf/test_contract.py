"""What every driver must do, done to serial readers: report, garble, vanish, return."""

from time import monotonic

import pytest

from drivers.commands import OpenAisle, SwitchOutputs
from drivers.observations import TagReport
from drivers.serial_uhf.driver import SerialReader
from simulators.llrp_tags import Seen
from simulators.serial_reader import Brain, SimulatedSerialReader
from tests.drivers.rig import START, Rig, clock
from tests.drivers.serial_uhf.rig import EPC, OTHER, Kind, driving
from tests.services import eventually

Reader = SimulatedSerialReader[Brain]


def test_it_says_what_answers(rig: Rig, kind: Kind) -> None:
    wanted = {"r200": "MagicRF", "uhf28": "UHFReader", "uhf18": "UHFReader", "cfm": "UHF Gate"}
    made_by = next(word for start, word in wanted.items() if kind.name.startswith(start))
    assert made_by in rig.details[0]


def test_a_tag_that_is_seen_is_reported_with_its_moment(rig: Rig, reader: Reader) -> None:
    reader.show([(1, EPC, -55.0)])
    rig.await_reads(EPC)
    read = rig.reads[0]
    assert (read.antenna, read.seen_count, read.reader_time_us) == (1, 1, None)
    report = next(said for said in rig.said if isinstance(said, TagReport))
    assert (report.reader, report.at.utc) == ("door-north", START)
    assert rig.driver.counters()["reads"] == 1


def test_frames_that_come_all_at_once_are_told_apart(rig: Rig, reader: Reader) -> None:
    eventually(lambda: reader.reading, bool)
    reader.hold()
    for number in range(20):
        reader.say(_tag_frame(reader, f"{number:024X}"))
    reader.release()
    rig.await_reads(*[f"{number:024X}" for number in range(20)])


def test_a_frame_that_stops_half_way_does_not_hold_up_the_next(rig: Rig, reader: Reader) -> None:
    reader.say(_tag_frame(reader, EPC)[:9])
    rig.await_count("bad_frames", 1)
    reader.say(_tag_frame(reader, OTHER))
    rig.await_reads(OTHER)


def test_answers_that_noise_spoils_are_asked_for_again(kind: Kind, reader: Reader) -> None:
    reader.spoil()
    with driving(reader.url, kind.profile) as rig:
        rig.await_health("back")
        rig.await_count("bad_frames", 1)


def test_a_reader_that_says_only_nonsense_is_lost_for_that_reason(rig: Rig, reader: Reader) -> None:
    reader.spoil(1_000_000)
    stop = monotonic() + 10
    while rig.health == ["back"] and monotonic() < stop:
        reader.say(b"\x30" * 20)
        rig.stop.wait(0.05)
    rig.await_health("back", "lost")
    assert "noise" in rig.reasons[0]


def test_a_reader_that_lost_power_for_a_moment_reads_again(rig: Rig, reader: Reader) -> None:
    reader.forget()
    eventually(lambda: reader.reading, bool)
    reader.show([(1, EPC, -55.0)])
    rig.await_reads(EPC)


def test_a_reader_that_was_reading_for_somebody_else_is_taken_over(
    kind: Kind, reader: Reader
) -> None:
    with driving(reader.url, kind.profile) as before:
        before.await_health("back")
        eventually(lambda: reader.reading, bool)
    with driving(reader.url, kind.profile) as rig:
        rig.await_health("back")
        eventually(lambda: reader.reading, bool)
        reader.show([(1, EPC, -55.0)])
        rig.await_reads(EPC)


def test_what_a_reader_cannot_do_is_counted_or_said_and_harms_nothing(
    rig: Rig, reader: Reader
) -> None:
    rig.driver.submit(OpenAisle(device="door-north", command_id="1", aisle=2))
    rig.driver.submit(SwitchOutputs(device="door-north", on=(7,), off=(), for_s=None))
    rig.await_count("declined", 1)
    reader.show([(1, EPC, -55.0)])
    rig.await_reads(EPC)


@pytest.mark.parametrize("url", ["", "COM3", "tcp://host:1", "socket://host", "rfc2217:///x"])
def test_what_names_no_line_is_refused(kind: Kind, url: str) -> None:
    with pytest.raises(ValueError, match="must"):
        SerialReader(name="door", url=url, profile=kind.profile, clock=clock)


def _tag_frame(reader: Reader, epc: str) -> bytes:
    """What the reader would say of a tag now; the tag is not shown."""
    return reader.brain.frame_of(Seen(1, epc))
