"""Simulated walks as recordings."""

from collections.abc import Iterable
from pathlib import Path

from controller.recording.table import write
from controller.recording.values import Heard
from tests.domain.physics import Read

DOOR = """
id = "door-north"
antennas = [{ port = 1, side = "inside" }, { port = 2, side = "outside" }]
"""


def as_heard(reads: Iterable[Read]) -> list[Heard]:
    """The simulated reads, in the order of time."""
    return [Heard(r.t_s, r.epc, r.antenna, r.dbm, None) for r in sorted(reads)]


def save(path: Path, reads: Iterable[Read]) -> Path:
    """The reads as a recording at ``path``."""
    path.write_text(write(as_heard(reads)), encoding="utf-8")
    return path
