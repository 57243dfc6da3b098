"""An LLRP driver against one simulated reader."""

from collections.abc import Iterator
from contextlib import contextmanager

from drivers.llrp.driver import PortalReader
from drivers.llrp.profile import ReaderProfile
from simulators.llrp_reader import SimulatedReader
from tests.drivers.rig import Rig, clock, running

KEEPALIVE_S = 0.3


@contextmanager
def driving(
    port: int,
    profile: ReaderProfile | None = None,
    keepalive_s: float = KEEPALIVE_S,
    *,
    allow_kill: bool = False,
) -> Iterator[Rig]:
    driver = PortalReader(
        name="door-north",
        host="127.0.0.1",
        port=port,
        profile=profile or ReaderProfile(),
        keepalive_s=keepalive_s,
        clock=clock,
        allow_kill=allow_kill,
    )
    with running(driver) as rig:
        yield rig


@contextmanager
def connected(
    reader: SimulatedReader,
    profile: ReaderProfile | None = None,
    keepalive_s: float = KEEPALIVE_S,
    *,
    allow_kill: bool = False,
) -> Iterator[Rig]:
    """A driver that has just said that the reader is back."""
    with driving(reader.port, profile, keepalive_s, allow_kill=allow_kill) as rig:
        rig.await_health("back")
        yield rig
