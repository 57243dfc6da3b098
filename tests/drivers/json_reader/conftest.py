"""Each kind of reader with its driver, for the tests that hold for all of them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from drivers.json_reader.driver import HttpStreamReader, MqttJsonReader, TcpJsonReader
from simulators.json_publisher import SimulatedPublisher
from simulators.json_reader import SimulatedR700, SimulatedZebra
from tests.drivers.json_reader.rig import IMPINJ, NAME, SIGN_OF_LIFE_S, ZEBRA, Driver
from tests.drivers.rig import Rig, clock, running
from tests.services import eventually, free_port, mosquitto

TOPIC = "site/door-north"

Simulator = SimulatedR700 | SimulatedZebra | SimulatedPublisher


@pytest.fixture(scope="package")
def broker_port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """A real broker."""
    port = free_port()
    with mosquitto(tmp_path_factory.mktemp("broker"), port):
        yield port


@pytest.fixture
def r700() -> Iterator[SimulatedR700]:
    with SimulatedR700(sign_of_life_s=SIGN_OF_LIFE_S) as reader:
        yield reader


@pytest.fixture
def zebra() -> Iterator[SimulatedZebra]:
    with SimulatedZebra(sign_of_life_s=SIGN_OF_LIFE_S) as reader:
        yield reader


@pytest.fixture(params=["r700 http", "zebra tcp", "r700 mqtt", "zebra mqtt"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def simulator(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Simulator]:
    """One simulated reader of that kind."""
    if not kind.endswith("mqtt"):
        yield request.getfixturevalue(kind.split()[0])
        return
    with SimulatedPublisher(
        "impinj" if kind.startswith("r700") else "zebra",
        port=request.getfixturevalue("broker_port"),
        topic=f"{TOPIC}/{tmp_path.name}",
        sign_of_life_s=SIGN_OF_LIFE_S,
    ) as publisher:
        yield publisher


@pytest.fixture
def driver(
    kind: str, simulator: Simulator, request: pytest.FixtureRequest, tmp_path: Path
) -> Driver:
    """The driver for it."""
    if isinstance(simulator, SimulatedR700):
        return HttpStreamReader(name=NAME, url=simulator.url, profile=IMPINJ, clock=clock)
    if isinstance(simulator, SimulatedZebra):
        return TcpJsonReader(
            name=NAME, host="127.0.0.1", port=simulator.port, profile=ZEBRA, clock=clock
        )
    return MqttJsonReader(
        name=NAME,
        host="127.0.0.1",
        port=request.getfixturevalue("broker_port"),
        topic=f"{TOPIC}/{tmp_path.name}",
        profile=IMPINJ if kind.startswith("r700") else ZEBRA,
        clock=clock,
        protocol="5" if kind.startswith("r700") else "3.1.1",
    )


@pytest.fixture
def rig(simulator: Simulator, driver: Driver) -> Iterator[Rig]:
    """Both, connected, and the driver has just said so."""
    with running(driver) as connected:
        connected.await_health("back")
        eventually(lambda: isinstance(simulator, SimulatedPublisher) or simulator.connected, bool)
        yield connected
