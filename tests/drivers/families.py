"""Every family of readers: how to play it, how to drive it, and what can go wrong with it."""

import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from drivers.json_reader.driver import HttpStreamReader, MqttJsonReader, TcpJsonReader
from drivers.llrp.driver import PortalReader
from drivers.llrp.listener import Listener
from drivers.llrp.profile import ReaderProfile
from drivers.ports import Actuator
from drivers.serial_uhf.driver import SerialReader
from drivers.serial_uhf.wire import cfm, r200, uhf288
from simulators.json_events import Make
from simulators.json_publisher import SimulatedPublisher
from simulators.json_reader import START as JSON_START
from simulators.json_reader import SimulatedR700, SimulatedZebra
from simulators.llrp_reader import CLOCK_START_US, YEAR_2000_US, SimulatedReader
from simulators.serial_reader import SimulatedSerialReader
from tests.drivers.json_reader.rig import IMPINJ, SIGN_OF_LIFE_S, ZEBRA
from tests.drivers.rig import clock
from tests.drivers.serial_uhf.rig import KINDS, Kind
from tests.services import free_port

NAME = "door-north"
KEEPALIVE_S = 0.3
YEAR_2000 = datetime(2000, 1, 1, tzinfo=UTC)

Do = Callable[[Any], object]
"""What happens to a simulated reader; each family has its own class of them."""


class Place(NamedTuple):
    """What a family may need around it."""

    certificate: Callable[[], tuple[Path, Path]]
    """One for localhost, and its key."""
    broker_port: Callable[[], int]
    topic: str
    in_2000: bool
    """Whether the reader was never told the time."""


class Pair(NamedTuple):
    """A reader and its driver, not yet at work."""

    simulator: Any
    driver: Actuator


class Loss(NamedTuple):
    """A way to lose a reader, and to get it back."""

    fail: Do
    said: str = ""
    """What the reason must say, as a regular expression."""
    heal: Do = lambda _: None


class Fault(NamedTuple):
    """What may come between two reads, and the counter that it raises by how much at least."""

    happen: Do
    counter: str = ""
    noise: bool = False
    """Whether what follows is spoiled, too, so that more frames than one may be bad."""


@dataclass(frozen=True, kw_only=True)
class Family:
    """One kind of reader on one kind of link."""

    name: str
    make: Callable[[Place], AbstractContextManager[Pair]]
    heard: Callable[[Any], bool]
    """Whether what it says now is heard by somebody."""
    faults: Mapping[str, Fault]
    losses: Mapping[str, Loss]
    holds: bool = False
    """Whether it keeps what it reads while nobody is connected."""
    has_clock: bool = True
    burst: int = 300


OFF_AND_ON = {
    "half-open": Loss(
        lambda reader: reader.silence(), "silent for|no answer", lambda reader: reader.speak()
    ),
    "switched off": Loss(lambda reader: reader.vanish(), heal=lambda reader: reader.come_back()),
}
DROPPED = OFF_AND_ON | {"dropped": Loss(lambda reader: reader.drop(), "closed by the reader")}
BABBLING = DROPPED | {"babbling": Loss(lambda reader: reader.babble(), "cannot be|no HTTP|no JSON")}
GARBLED = {"garbled": Fault(lambda reader: reader.garble(), "bad_frames")}
TRICKLED = {"byte by byte": Fault(lambda reader: reader.trickle())}


def llrp(name: str, *, tls: bool = False, calls: bool = False, tells_id: bool = False) -> Family:
    """LLRP over TCP or TLS, whoever connects to whom."""

    @contextmanager
    def make(place: Place) -> Iterator[Pair]:
        theirs, ours = _contexts(*place.certificate(), calls=calls) if tls else (None, None)
        port = free_port() if calls else 0
        listener = Listener("127.0.0.1", port, tls=ours) if calls else None
        with SimulatedReader(
            clock_start_us=YEAR_2000_US if place.in_2000 else CLOCK_START_US,
            tls=theirs,
            calls=("localhost", port) if calls else None,
        ) as reader:
            yield Pair(
                reader,
                PortalReader(
                    name=NAME,
                    host="localhost",
                    port=reader.port,
                    profile=ReaderProfile(),
                    keepalive_s=KEEPALIVE_S,
                    clock=clock,
                    tls=None if calls else ours,
                    listener=listener,
                    reader_id="020000000001" if tells_id else "",
                ),
            )
        if listener is not None:
            listener.close()

    return Family(
        name=name,
        make=make,
        heard=lambda reader: bool(reader.reading),
        faults=GARBLED
        | TRICKLED
        | {
            "unknown message": Fault(lambda reader: reader.say_unknown(), "unknown_frames"),
            "late": Fault(lambda reader: reader.delay(0.2)),
            "repeats left out": Fault(lambda reader: reader.omit_repeats()),
        },
        losses=BABBLING
        | {"stopped reading": Loss(lambda reader: reader.stop_reading(), "stopped reading")},
        holds=True,
        burst=2000,
    )


def _contexts(
    certificate: Path, key: Path, *, calls: bool
) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """The reader's and ours; whoever calls is the TLS client."""
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(certificate, key)
    client = ssl.create_default_context(cafile=certificate)
    return (client, server) if calls else (server, client)


UNKNOWN = {
    "r200": r200.encode(r200.Frame(2, 0x99, b"?")),
    "uhf288": uhf288.encode(uhf288.Frame(0, 0x99, b"?")),
    "cfm": cfm.encode(cfm.Frame(0, 0x9999, b"?")),
}


def serial(kind: Kind) -> Family:
    """A family of serial readers on a line or a socket."""

    @contextmanager
    def make(place: Place) -> Iterator[Pair]:
        assert not place.in_2000
        with SimulatedSerialReader(kind.make_brain, tcp=kind.tcp) as reader:
            driver = SerialReader(name=NAME, url=reader.url, profile=kind.profile, clock=clock)
            yield Pair(reader, driver)

    faults = {
        "wrong sum": Fault(lambda reader: reader.garble(), "bad_frames", noise=True),
        "noise": Fault(lambda reader: reader.babble(), "bad_frames", noise=True),
    }
    if kind.profile.variant in ("", "BB"):
        unknown = UNKNOWN[kind.profile.kind]
        faults["unknown message"] = Fault(lambda reader: reader.say(unknown), "unknown_frames")
    return Family(
        name=kind.name,
        make=make,
        heard=lambda reader: bool(reader.reading),
        faults=faults | TRICKLED,
        losses=OFF_AND_ON,
        has_clock=False,
    )


def stream(name: str, make_of: Make) -> Family:
    """JSON as a stream, over HTTP or a plain socket."""

    @contextmanager
    def make(place: Place) -> Iterator[Pair]:
        start = YEAR_2000 if place.in_2000 else JSON_START
        kind = SimulatedR700 if make_of == "impinj" else SimulatedZebra
        with kind(clock_start=start, sign_of_life_s=SIGN_OF_LIFE_S) as reader:
            driver: Actuator
            if isinstance(reader, SimulatedR700):
                driver = HttpStreamReader(name=NAME, url=reader.url, profile=IMPINJ, clock=clock)
            else:
                driver = TcpJsonReader(
                    name=NAME, host="127.0.0.1", port=reader.port, profile=ZEBRA, clock=clock
                )
            yield Pair(reader, driver)

    return Family(
        name=name,
        make=make,
        heard=lambda reader: bool(reader.connected),
        faults=GARBLED | TRICKLED | SAID_OTHERWISE,
        losses=BABBLING,
        burst=1000,
    )


SAID_OTHERWISE = {
    "something else": Fault(lambda reader: reader.say_other()),
    "all at once": Fault(lambda reader: reader.merge()),
}


def topic(name: str, make_of: Make) -> Family:
    """JSON through a broker."""

    @contextmanager
    def make(place: Place) -> Iterator[Pair]:
        port, said_on = place.broker_port(), f"site/{place.topic}"
        with SimulatedPublisher(
            make_of,
            port=port,
            topic=said_on,
            clock_start=YEAR_2000 if place.in_2000 else JSON_START,
            sign_of_life_s=SIGN_OF_LIFE_S,
        ) as publisher:
            driver = MqttJsonReader(
                name=NAME,
                host="127.0.0.1",
                port=port,
                topic=said_on,
                profile=IMPINJ if make_of == "impinj" else ZEBRA,
                clock=clock,
                protocol="5" if make_of == "impinj" else "3.1.1",
            )
            yield Pair(publisher, driver)

    return Family(
        name=name,
        make=make,
        heard=lambda _: True,
        faults=GARBLED | SAID_OTHERWISE,
        losses=OFF_AND_ON,
        burst=1000,
    )


FAMILIES = (
    llrp("llrp"),
    llrp("llrp over tls", tls=True),
    llrp("llrp that calls", calls=True),
    llrp("llrp that calls over tls", calls=True, tls=True, tells_id=True),
    *map(serial, KINDS),
    stream("r700 over http", "impinj"),
    stream("zebra over tcp", "zebra"),
    topic("r700 over mqtt", "impinj"),
    topic("zebra over mqtt", "zebra"),
)
