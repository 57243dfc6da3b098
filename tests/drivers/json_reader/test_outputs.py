"""Outputs of JSON readers, switched over their makers' REST interfaces; no tag is touched."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from drivers.commands import MemoryBank, ReadTagMemory, SwitchOutputs
from drivers.json_reader.control import Control, ImpinjControl, ZebraControl
from drivers.json_reader.driver import TcpJsonReader
from drivers.json_reader.endpoint import Endpoint
from drivers.json_reader.profile import JsonReaderProfile
from drivers.observations import Outcome, TagAccessed
from simulators.json_events import Make
from simulators.json_reader import SimulatedZebra
from simulators.json_rest import SimulatedRest
from tests.drivers.json_reader.rig import NAME, SIGN_OF_LIFE_S, ZEBRA
from tests.drivers.rig import Rig, clock, running
from tests.services import eventually

EPC = "E28011704000021D35AE4008"


def lamp(*on: int, off: tuple[int, ...] = (), for_s: float | None = None) -> SwitchOutputs:
    return SwitchOutputs(device=NAME, on=on, off=off, for_s=for_s)


@pytest.fixture(params=["impinj", "zebra"])
def make(request: pytest.FixtureRequest) -> Make:
    return "impinj" if request.param == "impinj" else "zebra"


@pytest.fixture
def stream(make: Make) -> Iterator[SimulatedZebra]:
    with SimulatedZebra(sign_of_life_s=SIGN_OF_LIFE_S) as reader:
        yield reader


@pytest.fixture
def rest(make: Make) -> Iterator[SimulatedRest]:
    with SimulatedRest(make) as served:
        yield served


def control(make: Make, url: str, user: str = "root") -> Control:
    endpoint = Endpoint.of(url, username=user, password="impinj")
    return ImpinjControl(endpoint) if make == "impinj" else ZebraControl(endpoint)


def driver(
    stream: SimulatedZebra, switch: Control | None, profile: JsonReaderProfile = ZEBRA
) -> TcpJsonReader:
    return TcpJsonReader(
        name=NAME, host="127.0.0.1", port=stream.port, profile=profile, clock=clock, control=switch
    )


def connected(rig: Rig, stream: SimulatedZebra) -> Rig:
    rig.await_health("back")
    eventually(lambda: stream.connected, bool)
    return rig


def test_outputs_are_switched_and_reads_go_on(
    make: Make, stream: SimulatedZebra, rest: SimulatedRest
) -> None:
    with running(driver(stream, control(make, rest.url))) as rig:
        connected(rig, stream).driver.submit(lamp(1, 3, off=(2,)))
        eventually(lambda: dict(rest.outputs), lambda now: now == {1: True, 2: False, 3: True})
        stream.show([(1, EPC, -50.0)])
        rig.await_reads(EPC)


def test_a_pulse_ends_by_itself(make: Make, stream: SimulatedZebra, rest: SimulatedRest) -> None:
    with running(driver(stream, control(make, rest.url))) as rig:
        connected(rig, stream).driver.submit(lamp(2, for_s=0.1))
        told = eventually(lambda: list(rest.requests), lambda all_told: len(_puts(all_told)) == 2)
        assert all("gpo" in one or "Login" in one for one in told)
        assert rest.outputs == {2: False}


def test_a_lamp_lit_by_a_low_output_is_lit(
    make: Make, stream: SimulatedZebra, rest: SimulatedRest
) -> None:
    profile = replace(ZEBRA, inverted_outputs=frozenset({1}))
    with running(driver(stream, control(make, rest.url), profile)) as rig:
        connected(rig, stream).driver.submit(lamp(1, 2))
        eventually(lambda: dict(rest.outputs), lambda now: now == {1: False, 2: True})


def test_what_was_wished_while_the_reader_was_away_is_done_when_it_is_back(
    make: Make, stream: SimulatedZebra, rest: SimulatedRest
) -> None:
    stream.vanish()
    with running(driver(stream, control(make, rest.url))) as rig:
        rig.await_health("lost")
        rig.driver.submit(lamp(1))
        stream.come_back()
        eventually(lambda: dict(rest.outputs), lambda now: now == {1: True})


def test_an_interface_that_does_not_answer_is_asked_again(
    make: Make, stream: SimulatedZebra
) -> None:
    rest = SimulatedRest(make)
    with running(driver(stream, control(make, rest.url))) as rig:
        connected(rig, stream).driver.submit(lamp(1))
        with rest:
            eventually(lambda: dict(rest.outputs), lambda now: now == {1: True})
        assert rig.health == ["back"]


def test_a_refusal_is_counted_and_reads_go_on(
    make: Make, stream: SimulatedZebra, rest: SimulatedRest
) -> None:
    with running(driver(stream, control(make, rest.url, "nobody"))) as rig:
        connected(rig, stream).driver.submit(lamp(1))
        rig.await_count("declined", 1)
        rig.driver.submit(lamp(9))
        rig.await_count("declined", 2)
        stream.show([(1, EPC, -50.0)])
        rig.await_reads(EPC)
        assert rest.outputs == {}


def test_a_token_that_is_none_is_refused(stream: SimulatedZebra) -> None:
    with SimulatedRest("zebra") as rest, running(driver(stream, control("zebra", rest.url))) as rig:
        rest.failures.append(200)
        connected(rig, stream).driver.submit(lamp(1))
        rig.await_count("declined", 1)


@pytest.mark.parametrize("url", ["ftp://x/", "http://user@x/", "https://x/ä", "/dev/null"])
def test_what_is_no_address_of_a_reader_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match=r"must be written|no URL"):
        Endpoint.of(url)


def test_a_command_to_a_tag_is_refused_once_and_said_why(stream: SimulatedZebra) -> None:
    wish = ReadTagMemory(
        device=NAME, command_id="1", epc=EPC, bank=MemoryBank.TID, word_pointer=0, words=6
    )
    with running(driver(stream, None)) as rig:
        connected(rig, stream).driver.submit(wish)
        told = eventually(
            lambda: [said for said in list(rig.said) if isinstance(said, TagAccessed)], bool
        )
    assert [(one.command_id, one.outcome, one.detail) for one in told] == [
        ("1", Outcome.REFUSED, "reader_cannot_access_tags")
    ]


def _puts(requests: list[str]) -> list[str]:
    return [one for one in requests if one.startswith("PUT")]
