"""A connected reader of every family, on every sort of line."""

from collections.abc import Iterator

import pytest

from simulators.serial_reader import Brain, SimulatedSerialReader
from tests.drivers.rig import Rig
from tests.drivers.serial_uhf.rig import KINDS, Kind, connected


@pytest.fixture(params=KINDS, ids=lambda kind: kind.name)
def kind(request: pytest.FixtureRequest) -> Kind:
    found = request.param
    assert isinstance(found, Kind)
    return found


@pytest.fixture
def reader(kind: Kind) -> Iterator[SimulatedSerialReader[Brain]]:
    with SimulatedSerialReader(kind.make_brain, tcp=kind.tcp) as simulated:
        yield simulated


@pytest.fixture
def rig(kind: Kind, reader: SimulatedSerialReader[Brain]) -> Iterator[Rig]:
    with connected(reader, kind.profile) as made:
        yield made
