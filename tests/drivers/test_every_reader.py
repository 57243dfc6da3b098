"""What every driver promises, whatever reader and fault: one contract, every family alike.

Loss is said once and return once, no read is lost, repeated or reordered that the link carried,
and what cannot be understood is counted and costs nothing else.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import pytest

from drivers.commands import OpenAisle
from drivers.observations import TagReport
from tests.drivers.families import FAMILIES, NAME, Family, Pair, Place
from tests.drivers.rig import START, Rig, running
from tests.services import eventually, free_port, mosquitto, self_signed

EPC = "E28011704000021D35AE4008"
OTHER = "30751FEB705C5904E3D50D70"

Make = Callable[..., Pair]


@pytest.fixture(scope="module")
def broker_port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    port = free_port()
    with mosquitto(tmp_path_factory.mktemp("broker"), port):
        yield port


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return self_signed(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    return Place(
        certificate=cache(lambda: request.getfixturevalue("certificate")),
        broker_port=cache(lambda: request.getfixturevalue("broker_port")),
        topic=tmp_path.name,
        in_2000=False,
    )


@pytest.fixture(params=FAMILIES, ids=lambda family: family.name)
def family(request: pytest.FixtureRequest) -> Family:
    found = request.param
    assert isinstance(found, Family)
    return found


@contextmanager
def connected(family: Family, place: Place) -> Iterator[tuple[Pair, Rig]]:
    """A driver that has just said that its reader is back."""
    with family.make(place) as pair, running(pair.driver) as rig:
        rig.await_health("back")
        eventually(lambda: family.heard(pair.simulator), bool)
        yield pair, rig


def cases(of: Callable[[Family], dict[str, object]]) -> list[object]:
    return [
        pytest.param(family, name, id=f"{family.name}-{name}")
        for family in FAMILIES
        for name in of(family)
    ]


def numbers(first: int, count: int) -> list[str]:
    return [f"{number:024X}" for number in range(first, first + count)]


def test_a_read_is_reported_once_with_its_reader_and_moment(family: Family, place: Place) -> None:
    with connected(family, place) as (pair, rig):
        pair.simulator.show([(1, EPC, -55.0)])
        rig.await_reads(EPC)
        report = next(said for said in rig.said if isinstance(said, TagReport))
        assert (report.reader, report.at.utc, report.late) == (NAME, START, False)
        assert (report.reads[0].antenna, report.reads[0].seen_count) == (1, 1)
        counters = pair.driver.counters()
        assert (counters["reads"], counters["bad_frames"], counters["reconnects"]) == (1, 0, 0)


def test_no_read_of_a_burst_is_lost_or_reordered(family: Family, place: Place) -> None:
    with connected(family, place) as (pair, rig):
        pair.simulator.show((1, epc, -50.0) for epc in numbers(1, family.burst))
        rig.await_reads(*numbers(1, family.burst))


@pytest.mark.parametrize(("family", "fault"), cases(lambda family: dict(family.faults)))
def test_a_fault_between_reads_is_counted_and_costs_no_read(
    family: Family, fault: str, place: Place
) -> None:
    happens = family.faults[fault]
    with connected(family, place) as (pair, rig):
        pair.simulator.show([(1, EPC, -50.0), (1, OTHER, -50.0)])
        happens.happen(pair.simulator)
        pair.simulator.show([(1, OTHER, -50.0), (1, EPC, -60.0), (1, EPC, -60.0)])
        rig.await_reads(EPC, OTHER, OTHER, EPC, EPC)
        assert {read.antenna for read in rig.reads} == {1}
        strong, *alike, weak, too = [read.rssi_dbm for read in rig.reads]
        assert (alike, too) == ([strong] * 2, weak)
        if happens.counter:
            rig.await_count(happens.counter, 1)
        if not happens.noise:
            assert pair.driver.counters()["bad_frames"] == (happens.counter == "bad_frames")
        assert rig.health == ["back"]


@pytest.mark.parametrize(("family", "loss"), cases(lambda family: dict(family.losses)))
def test_a_reader_is_lost_once_and_back_once_and_a_burst_then_arrives_whole(
    family: Family, loss: str, place: Place
) -> None:
    fail, said, heal = family.losses[loss]
    with connected(family, place) as (pair, rig):
        pair.simulator.show([(1, EPC, -50.0)])
        rig.await_reads(EPC)
        fail(pair.simulator)
        eventually(lambda: rig.health, lambda health: "lost" in health)
        heal(pair.simulator)
        rig.await_health("back", "lost", "back")
        eventually(lambda: family.heard(pair.simulator), bool)
        pair.simulator.show((1, epc, -50.0) for epc in numbers(1, 100))
        rig.await_reads(EPC, *numbers(1, 100))
        assert re.search(said, rig.reasons[0])
        assert pair.driver.counters()["reconnects"] == 1
        assert rig.health == ["back", "lost", "back"]


def test_a_reader_that_goes_again_and_again_loses_and_repeats_nothing_it_said(
    family: Family, place: Place
) -> None:
    with connected(family, place) as (pair, rig):
        said: list[str] = []
        for times in range(1, 4):
            said += numbers(100 * times, 20)
            pair.simulator.show((1, epc, -50.0) for epc in said[-20:])
            rig.await_reads(*said)
            pair.simulator.vanish()
            rig.await_health(*["back", "lost"] * times)
            pair.simulator.come_back()
            rig.await_health(*["back", "lost"] * times, "back")
            eventually(lambda: family.heard(pair.simulator), bool)
        rig.await_reads(*said)


@pytest.mark.parametrize("family", [f for f in FAMILIES if f.holds], ids=lambda f: str(f.name))
def test_what_was_read_while_nobody_was_connected_arrives_as_late(
    family: Family, place: Place
) -> None:
    with connected(family, place) as (pair, rig):
        pair.simulator.drop()
        pair.simulator.show((1, epc, -50.0) for epc in numbers(1, 50))
        rig.await_reads(*numbers(1, 50))
        assert {said.late for said in rig.said if isinstance(said, TagReport)} == {True}
        pair.simulator.show([(1, EPC, -50.0)])
        rig.await_reads(*numbers(1, 50), EPC)
        assert rig.health == ["back", "lost", "back"]


def test_a_reader_that_is_not_there_at_first_is_lost_until_it_comes(
    family: Family, place: Place
) -> None:
    with family.make(place) as pair:
        pair.simulator.vanish()
        with running(pair.driver) as rig:
            eventually(lambda: rig.health, lambda health: health == ["lost"], within_s=15.0)
            pair.simulator.come_back()
            rig.await_health("lost", "back")
            assert pair.driver.counters()["reconnects"] == 1


@pytest.mark.parametrize("family", [f for f in FAMILIES if f.has_clock], ids=lambda f: str(f.name))
def test_a_reader_in_the_year_2000_is_read_all_the_same(family: Family, place: Place) -> None:
    with connected(family, place._replace(in_2000=True)) as (pair, rig):
        pair.simulator.show([(1, EPC, -50.0)])
        rig.await_reads(EPC)
        said = rig.reads[0].reader_time_us
        assert said is not None
        assert said // 10**12 == 946  # seconds by the thousand since 1970


def test_what_a_reader_cannot_do_harms_nothing(family: Family, place: Place) -> None:
    with connected(family, place) as (pair, rig):
        pair.driver.submit(OpenAisle(device=NAME, command_id="1", aisle=2))
        pair.simulator.show([(1, EPC, -50.0)])
        rig.await_reads(EPC)


@pytest.mark.parametrize("how", ["well", "silent", "absent"])
def test_stopping_does_not_wait_for_the_reader(family: Family, how: str, place: Place) -> None:
    with connected(family, place) as (pair, rig):
        if how == "silent":
            pair.simulator.silence()
        elif how == "absent":
            pair.simulator.vanish()
            rig.await_health("back", "lost")
        rig.finish(within_s=2.0)
