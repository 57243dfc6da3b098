"""What every driver must do, done to serial readers: report, garble, vanish, return."""

from time import monotonic

import pytest

from drivers.commands import OpenAisle, SwitchOutputs
from drivers.observations import TagReport
from drivers.serial_uhf.driver import SerialReader
from simulators.llrp_tags import Seen
from simulators.serial_reader import Brain, SimulatedSerialReader
from tests.drivers.serial_uhf.rig import EPC, OTHER, START, Kind, Rig, clock, driving
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


def test_tags_are_reported_in_the_order_in_which_they_came(rig: Rig, reader: Reader) -> None:
    epcs = [f"{number:024X}" for number in range(200)]
    for epc in epcs:
        reader.show([(1, epc, -50.0)])
    rig.await_reads(*epcs)
    assert rig.driver.counters()["bad_frames"] == 0


def test_frames_that_come_byte_by_byte_are_whole(rig: Rig, reader: Reader) -> None:
    reader.trickle()
    reader.show([(1, EPC, -55.0), (1, OTHER, -60.0)])
    rig.await_reads(EPC, OTHER)
    assert rig.driver.counters()["bad_frames"] == 0


def test_frames_that_come_all_at_once_are_told_apart(rig: Rig, reader: Reader) -> None:
    eventually(lambda: reader.reading, bool)
    reader.hold()
    for number in range(20):
        reader.say(_tag_frame(reader, f"{number:024X}"))
    reader.release()
    rig.await_reads(*[f"{number:024X}" for number in range(20)])


def test_a_wrong_check_costs_one_frame_and_no_more(rig: Rig, reader: Reader) -> None:
    frame = _tag_frame(reader, EPC)
    reader.say(frame[:-2] + bytes((frame[-2] ^ 0x55,)) + frame[-1:])
    reader.say(_tag_frame(reader, OTHER))
    rig.await_reads(OTHER)
    assert rig.driver.counters()["bad_frames"] >= 1
    assert rig.health == ["back"]


def test_noise_between_frames_costs_no_frame(rig: Rig, reader: Reader) -> None:
    reader.babble()
    epcs = [f"{number:024X}" for number in range(30)]
    for epc in epcs:
        reader.say(_tag_frame(reader, epc))
    eventually(lambda: {read.epc for read in rig.reads}, lambda seen: seen == set(epcs))
    rig.await_count("bad_frames", 5)
    assert rig.health == ["back"]


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


def test_silence_is_said_once_and_its_end_once(rig: Rig, reader: Reader) -> None:
    reader.silence()
    rig.await_health("back", "lost")
    assert "no answer" in rig.reasons[0]
    reader.speak()
    rig.await_health("back", "lost", "back")
    eventually(lambda: reader.reading, bool)
    reader.show([(1, EPC, -55.0)])
    rig.await_reads(EPC)
    assert rig.driver.counters()["reconnects"] == 1


def test_a_reader_that_says_only_nonsense_is_lost_for_that_reason(rig: Rig, reader: Reader) -> None:
    reader.spoil(1_000_000)
    stop = monotonic() + 10
    while rig.health == ["back"] and monotonic() < stop:
        reader.say(b"\x30" * 20)
        rig.stop.wait(0.05)
    rig.await_health("back", "lost")
    assert "noise" in rig.reasons[0]


def test_a_reader_that_is_unplugged_is_lost_and_found_again(rig: Rig, reader: Reader) -> None:
    for times in range(1, 4):
        reader.vanish()
        rig.await_health("back", *["lost", "back"] * (times - 1), "lost")
        reader.come_back()
        rig.await_health("back", *["lost", "back"] * times)
    eventually(lambda: reader.reading, bool)
    reader.show([(1, EPC, -55.0)])
    rig.await_reads(EPC)


def test_a_reader_that_is_not_there_at_first_is_lost_and_then_back(
    kind: Kind, reader: Reader
) -> None:
    reader.vanish()
    with driving(reader.url, kind.profile) as rig:
        rig.await_health("lost")
        reader.come_back()
        rig.await_health("lost", "back")


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


def test_it_ends_within_a_second_even_while_nobody_answers(rig: Rig, reader: Reader) -> None:
    reader.silence()
    rig.await_health("back", "lost")
    rig.finish(within_s=1.0)


def test_it_ends_within_a_second_while_it_reads(rig: Rig, reader: Reader) -> None:
    reader.show([(1, EPC, -55.0)])
    rig.await_reads(EPC)
    rig.finish(within_s=1.0)


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
