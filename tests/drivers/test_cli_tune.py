"""``python -m drivers tune``: what an installer sees while turning an antenna."""

import json
import threading
from datetime import UTC, datetime

from rich.console import Console
from typer.testing import CliRunner

from drivers.cli import app
from drivers.observations import DeviceBack, DeviceLost, Moment, TagRead, TagReport
from drivers.tune_cli import line_of, table_of
from drivers.tuning import AntennaPicture, Tuning
from simulators.llrp_reader import SimulatedReader
from tests.services import eventually, free_port

AT = Moment(utc=datetime(2026, 1, 1, tzinfo=UTC), monotonic_s=0.0)


def report(*reads: tuple[str, int, float | None, int]) -> TagReport:
    tags = tuple(TagRead(epc, antenna, dbm, None, seen) for epc, antenna, dbm, seen in reads)
    return TagReport(at=AT, reader="door", reads=tags)


def answering() -> Tuning:
    tuning = Tuning()
    tuning.take(DeviceBack(at=AT, device="door", detail="a reader"))
    return tuning


def test_each_antenna_has_its_rate_its_tags_and_its_strengths() -> None:
    tuning = answering()
    tuning.take(report(("A", 1, -50.0, 3), ("B", 1, -60.0, 1), ("A", 2, None, 1)))
    tuning.take(report(("A", 1, -52.0, 1)))
    picture = tuning.picture(0.5)
    assert picture.antennas == (
        AntennaPicture(
            antenna=1,
            reads_per_s=10.0,
            tags=2,
            weakest_dbm=-60.0,
            median_dbm=-52.0,
            strongest_dbm=-50.0,
        ),
        AntennaPicture(
            antenna=2,
            reads_per_s=2.0,
            tags=1,
            weakest_dbm=None,
            median_dbm=None,
            strongest_dbm=None,
        ),
    )


def test_an_antenna_that_falls_silent_is_shown_with_nothing() -> None:
    tuning = answering()
    tuning.take(report(("A", 4, -50.0, 1)))
    tuning.picture(1.0)
    silent = tuning.picture(1.0).antennas[0]
    assert (silent.antenna, silent.reads_per_s, silent.tags, silent.median_dbm) == (4, 0, 0, None)


def test_a_reader_that_is_lost_is_shown_with_the_reason() -> None:
    tuning = answering()
    tuning.take(DeviceLost(at=AT, device="door", reason="silent for 10 s"))
    picture = tuning.picture(1.0)
    assert not picture.answers
    assert line_of(picture) == "no answer: silent for 10 s"


def test_a_terminal_gets_a_table_and_a_file_gets_lines() -> None:
    tuning = answering()
    assert line_of(tuning.picture(1.0)) == "no tag heard yet"
    tuning.take(report(("A", 1, -50.5, 1), ("A", 2, None, 1)))
    picture = tuning.picture(1.0)
    assert line_of(picture) == (
        "antenna 1: 1 reads/s, 1 tags, -50.5 dBm | antenna 2: 1 reads/s, 1 tags"
    )
    console = Console(width=100)
    with console.capture() as printed:
        console.print(table_of(picture))
    assert "a reader" in printed.get()
    assert "-50.5 dBm" in printed.get()


def test_the_products_own_driver_is_listened_to() -> None:
    with SimulatedReader() as reader:

        def show() -> None:
            eventually(lambda: reader.reading, bool)
            reader.show([(2, "E28011704000021D35AE4008", -47.0)])

        tag = threading.Thread(target=show)
        tag.start()
        address = f"127.0.0.1:{reader.port}"
        done = CliRunner().invoke(
            app, ["tune", "llrp", address, "--for", "1.5", "--every", "0.5", "--json"]
        )
        tag.join()
    pictures = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.exit_code == 0
    assert pictures[-1]["answers"] is True
    strongest = [one["strongest_dbm"] for said in pictures for one in said["antennas"]]
    assert -47.0 in strongest


def test_a_reader_that_never_answers_fails_and_says_why() -> None:
    done = CliRunner().invoke(app, ["tune", "llrp", f"127.0.0.1:{free_port()}", "--for", "0.5"])
    assert done.exit_code == 1
    assert "refused" in done.stdout.lower()


def test_an_address_that_is_none_is_said_plainly() -> None:
    done = CliRunner().invoke(app, ["tune", "cfm", "nowhere", "--for", "1"])
    assert done.exit_code == 1
    assert "socket://" in done.stderr
