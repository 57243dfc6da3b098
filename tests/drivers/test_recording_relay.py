"""A relay between driver and reader: every byte passes, and every byte is written down."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic

import pytest

from drivers.llrp.driver import PortalReader
from drivers.llrp.profile import ReaderProfile
from drivers.observations import DeviceBack, DeviceLost, Moment, Observation, TagReport
from drivers.openings import at_url
from drivers.ports import Device
from drivers.recording import Closed, Opened, Piece, Recorder, Recording
from drivers.relay import Relay
from drivers.replay_cli import Replayed
from drivers.serial_uhf.driver import SerialReader
from simulators.llrp_reader import SimulatedReader
from simulators.serial_reader import SimulatedSerialReader
from simulators.serial_reader_r200 import R200Brain
from tests.drivers.serial_uhf.rig import fast
from tests.services import eventually, free_port

EPC = "E28011704000021D35AE4008"
BAUD = 115_200


def clock() -> Moment:
    return Moment(utc=datetime(2026, 1, 1, tzinfo=UTC), monotonic_s=monotonic())


def portal(port: int) -> PortalReader:
    return PortalReader(
        name="door",
        host="127.0.0.1",
        port=port,
        profile=ReaderProfile(),
        keepalive_s=5.0,
        clock=clock,
    )


@contextmanager
def running(device: Device) -> Iterator[list[Observation]]:
    said: list[Observation] = []
    stop = threading.Event()
    thread = threading.Thread(target=device.run, args=(said.append, stop))
    thread.start()
    try:
        yield said
    finally:
        stop.set()
        thread.join()


def of(said: list[Observation], kind: type[Observation]) -> list[Observation]:
    return [one for one in list(said) if isinstance(one, kind)]


def epcs(said: list[Observation]) -> list[str]:
    reports = [one for one in list(said) if isinstance(one, TagReport)]
    return [read.epc for report in reports for read in report.reads]


def replayed(path: Path) -> tuple[list[str], dict[str, int]]:
    recording = Recording(path)
    again = Replayed(recording.header.kind)
    told = [document for entry in recording.entries() for document in again.take(entry)]
    told += again.end()
    return [document["epc"] for document in told if "epc" in document], dict(again.counts)


def test_the_driver_hears_an_llrp_reader_as_if_nobody_stood_between(tmp_path: Path) -> None:
    path = tmp_path / "door.jsonl"
    with (
        SimulatedReader() as reader,
        Recorder(path, kind="llrp", peer="simulated") as recorder,
        Relay(recorder, at_url(f"socket://127.0.0.1:{reader.port}", BAUD)) as relay,
        running(portal(relay.port)) as said,
    ):
        eventually(lambda: of(said, DeviceBack), bool)
        reader.show([(1, EPC, -50.0), (2, EPC, -60.0)])
        eventually(lambda: epcs(said), lambda seen: len(seen) == 2)
        heard = epcs(said)
    entries = list(Recording(path).entries())
    assert isinstance(entries[0], Opened)
    assert isinstance(entries[-1], Closed)
    assert {entry.side for entry in entries if isinstance(entry, Piece)} == {"reader", "driver"}
    again, counts = replayed(path)
    assert again == heard
    assert (counts["connections"], counts["bad"]) == (1, 0)


def test_a_serial_reader_is_spoken_to_over_the_relays_port(tmp_path: Path) -> None:
    path = tmp_path / "desk.jsonl"
    with (
        SimulatedSerialReader(R200Brain) as reader,
        Recorder(path, kind="r200", peer=reader.url) as recorder,
        Relay(recorder, at_url(reader.url, BAUD)) as relay,
        running(
            SerialReader(
                name="desk",
                url=f"socket://127.0.0.1:{relay.port}",
                profile=fast("r200"),
                clock=clock,
            )
        ) as said,
    ):
        eventually(lambda: of(said, DeviceBack), bool)
        eventually(lambda: reader.reading, bool)
        reader.show([(1, EPC, -50.0)])
        eventually(lambda: epcs(said), bool)
    assert replayed(path)[0] == [EPC]


def test_each_connection_is_replayed_by_itself_after_a_lost_one(tmp_path: Path) -> None:
    path = tmp_path / "door.jsonl"
    with (
        SimulatedReader() as reader,
        Recorder(path, kind="llrp", peer="simulated") as recorder,
        Relay(recorder, at_url(f"socket://127.0.0.1:{reader.port}", BAUD)) as relay,
        running(portal(relay.port)) as said,
    ):
        eventually(lambda: of(said, DeviceBack), bool)
        reader.drop()
        eventually(lambda: of(said, DeviceLost), bool)
        eventually(lambda: of(said, DeviceBack), lambda back: len(back) == 2)
        reader.show([(1, EPC, -50.0)])
        eventually(lambda: epcs(said), bool)
    again, counts = replayed(path)
    assert again == [EPC]
    assert counts["connections"] == 2


def test_what_is_bad_in_a_recording_is_counted_as_the_driver_counted_it(tmp_path: Path) -> None:
    path = tmp_path / "door.jsonl"
    with (
        SimulatedReader() as reader,
        Recorder(path, kind="llrp", peer="simulated") as recorder,
        Relay(recorder, at_url(f"socket://127.0.0.1:{reader.port}", BAUD)) as relay,
    ):
        device = portal(relay.port)
        with running(device) as said:
            eventually(lambda: of(said, DeviceBack), bool)
            reader.garble()
            reader.show([(1, EPC, -50.0)])
            eventually(lambda: epcs(said), bool)
            bad = device.counters()["bad_frames"]
    again, counts = replayed(path)
    assert (again, counts["bad"]) == ([EPC], bad)


def test_a_reader_that_is_not_there_is_recorded_as_that(tmp_path: Path) -> None:
    path = tmp_path / "door.jsonl"
    with (
        Recorder(path, kind="llrp", peer="nobody") as recorder,
        Relay(recorder, at_url(f"socket://127.0.0.1:{free_port()}", BAUD)) as relay,
        running(portal(relay.port)) as said,
    ):
        eventually(lambda: of(said, DeviceLost), bool)
    entries = list(Recording(path).entries())
    assert entries
    assert all(isinstance(entry, Closed) for entry in entries)


def test_a_recording_that_cannot_go_on_ends_the_relay(tmp_path: Path) -> None:
    path = tmp_path / "door.jsonl"
    with (
        SimulatedReader() as reader,
        Recorder(path, kind="llrp", peer="simulated") as recorder,
        Relay(recorder, at_url(f"socket://127.0.0.1:{reader.port}", BAUD)) as relay,
        running(portal(relay.port)) as said,
    ):
        eventually(lambda: of(said, DeviceBack), bool)
        with Path("/dev/full").open("wb") as full:
            os.dup2(full.fileno(), recorder._file.fileno())
        reader.drop()
        failure = eventually(lambda: relay.failure, lambda failure: failure is not None)
    assert "space" in str(failure)


def test_a_port_that_is_taken_is_refused(tmp_path: Path) -> None:
    nowhere = "socket://127.0.0.1:1"
    with (
        Recorder(tmp_path / "door.jsonl", kind="llrp", peer="") as recorder,
        Relay(recorder, at_url(nowhere, BAUD)) as first,
        pytest.raises(OSError, match="in use"),
    ):
        Relay(recorder, at_url(nowhere, BAUD), port=first.port)
