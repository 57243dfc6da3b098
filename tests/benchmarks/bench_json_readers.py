"""Readers that push JSON: decoding, cutting, and the driver's cost a read; and tag numbers.

One core, CPU time, median of five.
"""

import threading
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from functools import partial
from statistics import median
from time import monotonic, process_time, thread_time

from drivers.json_reader.driver import HttpStreamReader, TcpJsonReader
from drivers.json_reader.profile import JsonReaderProfile
from drivers.json_reader.wire import DIALECTS
from drivers.json_reader.wire.dialects import Format
from drivers.observations import DeviceBack, Moment, Observation, TagReport
from drivers.tag_numbers import identify
from simulators.json_events import Events, Seen
from simulators.json_reader import START, SimulatedR700, SimulatedZebra
from tests.benchmarks.figures import note, show

RUNS = 5
RUN_S = 0.3
EVENTS = 1000
PIECES = (1 << 16, 1460, 1)
"""Bytes at once: all there is, a packet of Ethernet, the worst."""
READS, READS_A_STEP, STEP_S = 3000, 50, 0.05
GOAL_US_A_READ = 15.0
"""Ten readers at 1,000 reads/s in 15 % of a core; the tracker must come out of it, too."""
NUMBERS = (
    ("a GDTI-96", "2C14257BF42EF800000004D2", 0x3000),
    ("a GDTI-174", "3E14257BF42EF92983062BD8B970DD6B300000000000", 0x5800),
    ("a library number", "141CC04FC70BADB5C6E2DA1DED4DD319", 0x45C2),
)


def main() -> None:
    """Measure everything, print as it comes."""
    for form in DIALECTS:
        events = Events(form, START)
        texts = [events.tag(Seen(1, f"{n:024X}", -50.0)) for n in range(EVENTS)]
        note(f"decode {form}", _rate(partial(_each, DIALECTS[form].decode, texts)), "tags/s")
        stream = b"".join(text + b"\r\n" * (form == "impinj") for text in texts)
        for size in PIECES:
            rate = _rate(partial(_through, form, stream, size))
            note(f"cut and decode {form}, {size} bytes at once", rate, "tags/s")
    for what, epc, pc in NUMBERS:
        rate = _rate(partial(_each, lambda _, e=epc, p=pc: identify(e, p), range(EVENTS)))
        note(f"identify {what}", rate, "tags/s")
    for form in DIALECTS:
        cost = median(_through_sockets(form) for _ in range(RUNS))
        what = f"driver, {form}, 1,000 reads/s, one a packet"
        show(what, cost, "us/read", GOAL_US_A_READ, at_most=True)


def _each(work: Callable[..., object], items: Iterable[object]) -> None:
    for item in items:
        work(item)


def _through(form: Format, stream: bytes, size: int) -> None:
    splitter, decode = DIALECTS[form].splitter(), DIALECTS[form].decode
    for start in range(0, len(stream), size):
        for text in splitter.feed(stream[start : start + size]):
            decode(text)


def _rate(run: Callable[[], None]) -> float:
    """How many a second, where one run does `EVENTS`."""
    run()
    rates = []
    for _ in range(RUNS):
        began, done = process_time(), 0
        while process_time() - began < RUN_S:
            run()
            done += EVENTS
        rates.append(done / (process_time() - began))
    return median(rates)


def _through_sockets(form: Format) -> float:
    """CPU time of the driver's thread a read, at the pace of a busy door."""
    arrived: list[int] = []
    back = threading.Event()
    spent: list[float] = []

    def emit(said: Observation) -> None:
        if isinstance(said, TagReport):
            arrived.append(len(said.reads))
        if isinstance(said, DeviceBack):
            back.set()

    with SimulatedR700() if form == "impinj" else SimulatedZebra() as reader:
        driver = _driver(reader)
        stop = threading.Event()

        def run() -> None:
            driver.run(emit, stop)
            spent.append(thread_time())

        thread = threading.Thread(target=run)
        thread.start()
        back.wait(10)
        for step in range(READS // READS_A_STEP):
            reader.show((1, f"{step:012X}{n:012X}", -50.0) for n in range(READS_A_STEP))
            stop.wait(STEP_S)
        stop.wait(STEP_S)
        stop.set()
        thread.join()
    lost = READS - sum(arrived)
    if lost:
        print(f"{lost} reads were lost")
    return 1e6 * spent[0] / READS


def _driver(reader: SimulatedZebra) -> HttpStreamReader | TcpJsonReader:
    if isinstance(reader, SimulatedR700):
        profile = JsonReaderProfile(format="impinj")
        return HttpStreamReader(name="door", url=reader.url, profile=profile, clock=_clock)
    profile = JsonReaderProfile(format="zebra")
    return TcpJsonReader(
        name="door", host="127.0.0.1", port=reader.port, profile=profile, clock=_clock
    )


def _clock() -> Moment:
    return Moment(utc=datetime(2026, 1, 1, tzinfo=UTC), monotonic_s=monotonic())


if __name__ == "__main__":
    main()
