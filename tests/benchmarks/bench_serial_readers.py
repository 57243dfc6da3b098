"""Parsing what serial readers say: bytes to tags, bytes to reads; figure and goal in a row.

One core, CPU time, median of five. The lines themselves carry 480 tags a second (R200 at 115,200
baud) and 262 (UHFReader288 at 57,600), so the parser is never what a door waits for.
"""

from collections.abc import Callable
from functools import partial
from random import Random
from statistics import median
from time import process_time
from typing import Any

from drivers.serial_uhf.family import reads_of
from drivers.serial_uhf.profile import KNOWN_RSSI
from drivers.serial_uhf.wire import cfm, r200, uhf288
from tests.benchmarks.figures import note, show

RUNS = 5
TAGS = 4000
RUN_S = 0.3
CHUNK_BYTES = 4096
GOAL = 400_000


def main() -> None:
    """Measure everything, print as it comes."""
    random = Random(3)
    for name, family, stream in (
        ("R200", r200, _stream(partial(_r200, random))),
        ("UHFReader288", uhf288, _stream(partial(_uhf288, random))),
        ("CF-M", cfm, _stream(partial(_cfm, random))),
    ):
        rate = _rate(partial(_tags, family, stream))
        show(f"{name}: bytes to tags, checked", rate, "tags/s", GOAL, at_most=False)
        rate = _rate(partial(_reads, family, stream, name))
        note(f"{name}: bytes to reads in dBm", rate, "tags/s")
        noisy = _noisy(stream, random)
        note(
            f"{name}: the same with noise between chunks",
            _rate(partial(_tags, family, noisy)),
            "/s",
        )


def _r200(random: Random) -> bytes:
    return r200.encode(r200.tag_notice(random.randbytes(12), 0x3000, -random.randrange(30, 80)))


def _uhf288(random: Random) -> bytes:
    tag = (1, random.randbytes(12), random.randrange(60, 120))
    return uhf288.encode(uhf288.tags_answer(0, [tag], uhf288.MORE))


def _cfm(random: Random) -> bytes:
    return cfm.encode(cfm.tag_answer(0, random.randbytes(12), 1, -random.randrange(300, 800)))


def _stream(make: Callable[[], bytes]) -> list[bytes]:
    """Frames of one tag each, in the chunks in which a socket gives them."""
    data = b"".join(make() for _ in range(TAGS))
    return [data[at : at + CHUNK_BYTES] for at in range(0, len(data), CHUNK_BYTES)]


def _noisy(stream: list[bytes], random: Random) -> list[bytes]:
    return [part for chunk in stream for part in (random.randbytes(8), chunk)]


def _tags(family: Any, stream: list[bytes]) -> None:
    framer = family.framer()
    for chunk in stream:
        for frame in framer.feed(chunk):
            family.read_tags(frame)


def _reads(family: Any, stream: list[bytes], name: str) -> None:
    rssi = KNOWN_RSSI["cfm" if name == "CF-M" else "r200"]
    framer = family.framer()
    for chunk in stream:
        for frame in framer.feed(chunk):
            reads_of(family.read_tags(frame), rssi)


def _rate(work: Callable[[], None]) -> float:
    """Tags a second of CPU time, the median of so many runs."""
    work()
    rates = []
    for _ in range(RUNS):
        begun, rounds = process_time(), 0
        while process_time() - begun < RUN_S:
            work()
            rounds += 1
        rates.append(rounds * TAGS / (process_time() - begun))
    return median(rates)


if __name__ == "__main__":
    main()
