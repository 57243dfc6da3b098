"""``python -m drivers record KIND ADDRESS``: what a reader and its driver say to each other."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from drivers.openings import LlrpWay, Opening, at_url
from drivers.profiles import ProfileError
from drivers.readers_cli import (
    Address,
    Kind,
    KindOf,
    Profile,
    baud_of,
    fail,
    line_url,
    monotonic_clock,
    open_reader,
)
from drivers.recording import NotRecorded, Recorder
from drivers.relay import Relay

LOOKS_EVERY_S = 0.2


def record(
    kind: KindOf,
    address: Address,
    out: Annotated[Path, typer.Option(help="The recording; must not exist.", show_default=False)],
    seconds: Annotated[
        float | None, typer.Option("--for", min=0.5, help="How long; else until Ctrl-C.")
    ] = None,
    listen: Annotated[
        int | None,
        typer.Option(
            min=1, max=65535, help="Stand between on this port, for a driver that runs already."
        ),
    ] = None,
    tls: Annotated[
        bool, typer.Option("--tls", help="An llrp reader speaks TLS (port 5085).")
    ] = False,
    ca: Annotated[
        Path | None, typer.Option(help="The authority that signed its certificate, or that.")
    ] = None,
    calls: Annotated[
        int | None,
        typer.Option(
            min=1,
            max=65535,
            help="An llrp reader connects to us, at this port; ADDRESS is where it calls from, "
            "or id:HEX, the id it gives.",
        ),
    ] = None,
    cert: Annotated[
        Path | None, typer.Option(help="With --tls --calls: our certificate and key, one file.")
    ] = None,
    profile: Profile = "",
) -> None:
    """Write down every byte between a reader and its driver, with its time.

    Without --listen this runs the driver itself. With it, let the site file name this machine
    and that port instead of the reader: the controller notices nothing.

    TLS ends here: the recording holds what was said, not what was encrypted, and the driver is
    spoken to in the clear. So keep to the controller's own machine with --tls --listen.
    """
    way = LlrpWay(tls=tls, ca=ca, calls=calls, cert=cert)
    try:
        with (
            _opening(kind, address, profile, way) as opening,
            Recorder(out, kind=kind, peer=address) as recorder,
            Relay(
                recorder,
                opening,
                host="127.0.0.1" if listen is None else "",
                port=listen or 0,
            ) as relay,
            _driven(kind, relay.port, profile, quiet=listen is not None),
        ):
            _wait(relay, seconds)
    except (ProfileError, ValueError, NotRecorded, OSError) as error:
        fail(error)
    if relay.failure is not None:
        fail(relay.failure)


@contextmanager
def _opening(kind: Kind, address: str, profile: str, way: LlrpWay) -> Iterator[Opening]:
    if kind is Kind.LLRP:
        with way.opening(address) as opening:
            yield opening
    elif way != LlrpWay():
        raise ValueError("--tls, --ca, --calls and --cert are for llrp")
    else:
        yield at_url(line_url(kind, address), baud_of(kind, profile))


@contextmanager
def _driven(kind: Kind, port: int, profile: str, *, quiet: bool) -> Iterator[None]:
    """The driver, running against the relay; unless somebody else's will."""
    if quiet:
        yield
        return
    device = open_reader(kind, f"socket://127.0.0.1:{port}", profile)(monotonic_clock())
    stop = threading.Event()
    running = threading.Thread(target=device.run, args=(lambda _said: None, stop))
    running.start()
    try:
        yield
    finally:
        stop.set()
        running.join()


def _wait(relay: Relay, seconds: float | None) -> None:
    """Until the time is over, the recording fails, or somebody presses Ctrl-C."""
    pause, left = threading.Event(), seconds
    try:
        while relay.failure is None and (left is None or left > 0):
            pause.wait(LOOKS_EVERY_S if left is None else min(left, LOOKS_EVERY_S))
            left = None if left is None else left - LOOKS_EVERY_S
    except KeyboardInterrupt:
        typer.echo("stopped", err=True)
