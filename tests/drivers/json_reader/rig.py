"""One driver in its own thread against one simulated reader, and what the driver said."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from time import monotonic

from drivers.json_reader.driver import HttpStreamReader, MqttJsonReader, TcpJsonReader
from drivers.json_reader.profile import JsonReaderProfile
from drivers.observations import (
    DeviceBack,
    DeviceLost,
    Moment,
    Observation,
    TagRead,
    TagReport,
)
from tests.services import eventually

Driver = HttpStreamReader | MqttJsonReader | TcpJsonReader

START = datetime(2026, 3, 2, tzinfo=UTC)
NAME = "door-north"
SILENCE_S = 0.6
SIGN_OF_LIFE_S = 0.15

IMPINJ = JsonReaderProfile(format="impinj", stream_silence_s=SILENCE_S, topic_silence_s=SILENCE_S)
ZEBRA = JsonReaderProfile(format="zebra", stream_silence_s=SILENCE_S, topic_silence_s=SILENCE_S)


def clock() -> Moment:
    return Moment(utc=START, monotonic_s=monotonic())


class Rig:
    """What a test needs in its hands."""

    def __init__(self, driver: Driver) -> None:
        self.driver = driver
        self.stop = threading.Event()
        self.said: list[Observation] = []
        self.thread = threading.Thread(target=driver.run, args=(self.said.append, self.stop))

    @property
    def reads(self) -> list[TagRead]:
        return [read for said in self.said if isinstance(said, TagReport) for read in said.reads]

    @property
    def health(self) -> list[str]:
        """``back`` and ``lost``, in order."""
        told = [said for said in list(self.said) if isinstance(said, DeviceBack | DeviceLost)]
        return ["back" if isinstance(said, DeviceBack) else "lost" for said in told]

    @property
    def reasons(self) -> list[str]:
        return [said.reason for said in self.said if isinstance(said, DeviceLost)]

    def await_health(self, *words: str) -> None:
        eventually(lambda: self.health, lambda health: health == list(words))

    def await_reads(self, *epcs: str) -> None:
        eventually(lambda: [read.epc for read in self.reads], lambda seen: seen == list(epcs))

    def await_count(self, **counts: int) -> None:
        eventually(
            lambda: {name: self.driver.counters()[name] for name in counts},
            lambda found: found == counts,
        )

    def finish(self, within_s: float = 10.0) -> None:
        self.stop.set()
        self.thread.join(within_s)
        assert not self.thread.is_alive()


@contextmanager
def driving(driver: Driver) -> Iterator[Rig]:
    rig = Rig(driver)
    rig.thread.start()
    try:
        yield rig
    finally:
        rig.finish()
