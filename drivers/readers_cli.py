"""How the installer's commands name a reader: its protocol, then its address."""

import os
from collections.abc import Callable
from datetime import UTC, datetime
from enum import StrEnum
from time import monotonic
from typing import Annotated, NoReturn
from urllib.parse import urlsplit

import typer

from drivers.json_reader.driver import HttpStreamReader, TcpJsonReader
from drivers.json_reader.profile import load_json_reader_profile
from drivers.llrp.driver import PortalReader
from drivers.llrp.profile import load_reader_profile
from drivers.observations import Clock, Moment
from drivers.openings import LLRP_PORT, host_and_port
from drivers.ports import Device
from drivers.profiles import ProfileError, find_profile
from drivers.serial_uhf.driver import SerialReader
from drivers.serial_uhf.line import check_url
from drivers.serial_uhf.profile import SerialProfile, load_serial_profile

FAILED = 1
HTTP_PORT = 80
ANY_BAUD = 115_200
KEEPALIVE_S = 5.0
IMPINJ_STREAM = "/api/v1/data/stream"
USERNAME, PASSWORD = "READER_USERNAME", "READER_PASSWORD"
"""Environment variables that say who reads, where an Impinj reader asks for that."""


class Kind(StrEnum):
    """The protocols there are."""

    LLRP = "llrp"
    R200 = "r200"
    UHF288 = "uhf288"
    CFM = "cfm"
    IMPINJ = "impinj"
    ZEBRA = "zebra"


USUAL_PORTS = {Kind.LLRP: LLRP_PORT, Kind.IMPINJ: HTTP_PORT, Kind.ZEBRA: None}
"""Of those that are reached by host and port; Zebra's is as the reader is set."""


class SerialKind(StrEnum):
    """Those on a serial line."""

    R200 = "r200"
    UHF288 = "uhf288"
    CFM = "cfm"


class JsonKind(StrEnum):
    """Those that push JSON."""

    IMPINJ = "impinj"
    ZEBRA = "zebra"


KindOf = Annotated[Kind, typer.Argument(help="Its protocol.", show_default=False)]
Address = Annotated[
    str,
    typer.Argument(
        help="HOST[:PORT] for llrp and impinj, HOST:PORT for zebra;"
        " else /dev/…, socket://HOST:PORT or rfc2217://HOST:PORT.",
        show_default=False,
    ),
]
Profile = Annotated[
    str, typer.Option(help="Reader profile.", show_default="readers/ of its protocol")
]
Build = Callable[[Clock], Device]


def line_url(kind: Kind, address: str) -> str:
    """The URL of the bytes at ``address``.

    Raises:
        ValueError: it is no address for that protocol; the message says why.
    """
    if kind not in USUAL_PORTS:
        return check_url(address)
    usual = USUAL_PORTS[kind]
    if usual is None and not address.rpartition(":")[2].isdecimal():
        raise ValueError(f"{address}: must read HOST:PORT")
    host, port = host_and_port(address, usual or 0)
    return check_url(f"socket://{f'[{host}]' if ':' in host else host}:{port}")


def open_reader(kind: Kind, url: str, profile: str) -> Build:
    """What makes the product's own driver for the reader at ``url``.

    Raises:
        ProfileError: the profile is missing, cannot be used, or is of another protocol.
    """
    if kind is Kind.LLRP:
        settings = load_reader_profile(find_profile(profile or "readers/generic-llrp.toml"))
        parts = urlsplit(url)
        return lambda clock: PortalReader(
            name="reader",
            host=parts.hostname or "",
            port=parts.port or LLRP_PORT,
            profile=settings,
            keepalive_s=KEEPALIVE_S,
            clock=clock,
        )
    if kind in (Kind.IMPINJ, Kind.ZEBRA):
        return _json_reader(kind, url, profile)
    serial = _serial_profile(kind, profile)
    return lambda clock: SerialReader(name="reader", url=url, profile=serial, clock=clock)


def baud_of(kind: Kind, profile: str) -> int:
    """How fast a serial line to such a reader is; of no meaning on a socket.

    Raises:
        ProfileError: as of `open_reader`.
    """
    return ANY_BAUD if kind in USUAL_PORTS else _serial_profile(kind, profile).baud


def _json_reader(kind: Kind, url: str, profile: str) -> Build:
    usual = "readers/impinj-r700.toml" if kind is Kind.IMPINJ else "readers/zebra-iotc.toml"
    settings = load_json_reader_profile(find_profile(profile or usual))
    if settings.format != kind:
        raise ProfileError(f"{profile}: is for {settings.format}, not {kind}")
    place = urlsplit(url)
    if kind is Kind.ZEBRA:
        host, port = place.hostname or "", place.port or 0
        return lambda clock: TcpJsonReader(
            name="reader", host=host, port=port, profile=settings, clock=clock
        )
    return lambda clock: HttpStreamReader(
        name="reader",
        url=f"http://{place.netloc}{IMPINJ_STREAM}",
        profile=settings,
        clock=clock,
        username=os.environ.get(USERNAME),
        password=os.environ.get(PASSWORD),
    )


def _serial_profile(kind: Kind, profile: str) -> SerialProfile:
    found = load_serial_profile(find_profile(profile or f"readers/{kind}.toml"))
    if found.kind != kind:
        raise ProfileError(f"{profile}: is for {found.kind}, not {kind}")
    return found


def monotonic_clock() -> Clock:
    """Only the monotonic clock: these commands write no times of day down."""
    epoch = datetime.fromtimestamp(0, UTC)
    return lambda: Moment(utc=epoch, monotonic_s=monotonic())


def fail(reason: object) -> NoReturn:
    """Say on stderr why nothing came of it, and exit.

    Raises:
        Exit: always.
    """
    typer.echo(str(reason), err=True)
    raise typer.Exit(FAILED)
