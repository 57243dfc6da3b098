"""How the installer's commands name a reader: its protocol, then its address."""

from collections.abc import Callable
from datetime import UTC, datetime
from enum import StrEnum
from time import monotonic
from typing import Annotated, NoReturn
from urllib.parse import urlsplit

import typer

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
ANY_BAUD = 115_200
KEEPALIVE_S = 5.0


class Kind(StrEnum):
    """The protocols there are."""

    LLRP = "llrp"
    R200 = "r200"
    UHF288 = "uhf288"
    CFM = "cfm"


class SerialKind(StrEnum):
    """Those on a serial line."""

    R200 = "r200"
    UHF288 = "uhf288"
    CFM = "cfm"


KindOf = Annotated[Kind, typer.Argument(help="Its protocol.", show_default=False)]
Address = Annotated[
    str,
    typer.Argument(
        help="HOST[:PORT] for llrp; else /dev/…, socket://HOST:PORT or rfc2217://HOST:PORT.",
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
    if kind is not Kind.LLRP:
        return check_url(address)
    host, port = host_and_port(address, LLRP_PORT)
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
    serial = _serial_profile(kind, profile)
    return lambda clock: SerialReader(name="reader", url=url, profile=serial, clock=clock)


def baud_of(kind: Kind, profile: str) -> int:
    """How fast a serial line to such a reader is; of no meaning on a socket.

    Raises:
        ProfileError: as of `open_reader`.
    """
    return ANY_BAUD if kind is Kind.LLRP else _serial_profile(kind, profile).baud


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
