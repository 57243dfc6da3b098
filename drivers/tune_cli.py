"""``python -m drivers tune KIND ADDRESS``: read rate and strength of each antenna, live."""

import json
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from time import monotonic
from typing import Annotated

import typer
from rich.live import Live
from rich.table import Table

from drivers.profiles import ProfileError
from drivers.readers_cli import (
    FAILED,
    Address,
    KindOf,
    Profile,
    fail,
    line_url,
    monotonic_clock,
    open_reader,
)
from drivers.tuning import Picture, Tuning

Show = Callable[[Picture], None]


def tune(
    kind: KindOf,
    address: Address,
    profile: Profile = "",
    seconds: Annotated[
        float | None, typer.Option("--for", min=0.5, help="How long; else until Ctrl-C.")
    ] = None,
    every_s: Annotated[float, typer.Option("--every", min=0.2, help="Seconds a picture.")] = 1.0,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object a line.")] = False,
) -> None:
    """Read rate and RSSI of each antenna, live; exits with 1 when the reader never answers."""
    try:
        device = open_reader(kind, line_url(kind, address), profile)(monotonic_clock())
    except (ProfileError, ValueError) as error:
        fail(error)
    tuning, stop = Tuning(), threading.Event()
    running = threading.Thread(target=device.run, args=(tuning.take, stop))
    running.start()
    try:
        with _display(as_json=as_json) as show:
            answered = _watch(tuning, show, seconds=seconds, every_s=every_s)
    finally:
        stop.set()
        running.join()
    if not answered:
        raise typer.Exit(FAILED)


def _watch(tuning: Tuning, show: Show, *, seconds: float | None, every_s: float) -> bool:
    """Show a picture every so often; whether the reader ever answered."""
    pause, answered = threading.Event(), False
    began = before = monotonic()
    try:
        while seconds is None or before - began < seconds:
            pause.wait(every_s if seconds is None else min(every_s, began + seconds - before))
            now = monotonic()
            picture = tuning.picture(now - before)
            before, answered = now, answered or picture.answers
            show(picture)
    except KeyboardInterrupt:
        typer.echo("stopped", err=True)
    return answered


@contextmanager
def _display(*, as_json: bool) -> Iterator[Show]:
    """A live table on a terminal; elsewhere lines."""
    if as_json:
        yield lambda picture: typer.echo(json.dumps(asdict(picture), ensure_ascii=False))
    elif not sys.stdout.isatty():
        yield lambda picture: typer.echo(line_of(picture))
    else:
        with Live(auto_refresh=False) as live:
            yield lambda picture: live.update(table_of(picture), refresh=True)


def line_of(picture: Picture) -> str:
    """``picture`` on one line."""
    if not picture.answers:
        return f"no answer: {picture.reader}"
    parts = [
        f"antenna {one.antenna}: {one.reads_per_s:g} reads/s, {one.tags} tags"
        f"{'' if one.median_dbm is None else f', {one.median_dbm:g} dBm'}"
        for one in picture.antennas
    ]
    return " | ".join(parts) or "no tag heard yet"


def table_of(picture: Picture) -> Table:
    """``picture`` for a terminal."""
    title = picture.reader if picture.answers else f"no answer: {picture.reader}"
    table = Table("antenna", "reads/s", "tags", "weakest", "median", "strongest", title=title)
    for column in table.columns:
        column.justify = "right"
    for one in picture.antennas:
        dbm = (one.weakest_dbm, one.median_dbm, one.strongest_dbm)
        strengths = ["" if value is None else f"{value:.1f} dBm" for value in dbm]
        table.add_row(str(one.antenna), f"{one.reads_per_s:.1f}", str(one.tags), *strengths)
    return table
