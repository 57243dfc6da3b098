"""``controller import-climate``: a logger's memory becomes part of a sensor's history.

Data goes to stdout, words to stderr. Exit 0: well; 1: failed; 2: usage; 3: values in conflict.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import typer

from controller.climate.commands import DateOrder
from controller.climate.logger_file import (
    LoggerReading,
    UnreadableLoggerFile,
    joined,
    read_logger_file,
)
from controller.clock import system_clock
from controller.config import Site, SiteFileError, load_site
from controller.domain.preservation.record import Sample, usual_interval_s
from controller.publications import TRENDS, Publications
from controller.service import open_site_store
from controller.store.backfill import Backfilled, backfill
from controller.store.database import StoreError
from controller.store.outbox import OutgoingMessage
from drivers.observations import ClimateReading, Moment, Quality

FAILED, FINDINGS = 1, 3
AHEAD: Final = timedelta(minutes=5)
"""A logger's clock may go wrong by so much; what is measured later than that is not believed."""


def import_climate(
    site_file: Annotated[Path, typer.Argument(help="The site file (TOML).", show_default=False)],
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE...", help="CSV, XLSX or XLS, of any make.")
    ],
    sensor: Annotated[str, typer.Option(help="The sensor whose history it becomes.")],
    series: Annotated[
        str, typer.Option(help="Which series, where the files hold more than one.")
    ] = "",
    plan: Annotated[bool, typer.Option("--plan", help="Say what would change; change nothing.")] = (
        False
    ),
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
    zone: Annotated[
        str, typer.Option(help="Time zone of times without one; the site's unless said.")
    ] = "",
    dates: Annotated[
        DateOrder | None, typer.Option(help="Order of day, month and year, where it is unclear.")
    ] = None,
) -> None:
    """Put a logger's file into a sensor's history; the same file again changes nothing.

    It raises and clears no alarm. What is there already stays; other values for the same moment
    are conflicts and are told. Exit 0: well; 1: failed; 3: there were conflicts.
    """
    try:
        site = load_site(site_file)
        found = _read(site, files, sensor, series, zone, dates)
        engine = open_site_store(site)
        now = system_clock().utc
        believed = [one for one in found if one.at <= now + AHEAD]
        done = backfill(
            engine,
            [_reading(sensor, one) for one in believed],
            now=now,
            interval_s=_interval_s(believed),
            tell=_trends_only(Publications(site).readings, site),
            plan=plan,
        )
        engine.dispose()
    except (SiteFileError, StoreError, UnreadableLoggerFile) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(FAILED) from error
    _tell(sensor, done, len(found) - len(believed), plan=plan, as_json=as_json)
    if done.conflicts:
        raise typer.Exit(FINDINGS)


def _read(
    site: Site,
    files: Sequence[Path],
    sensor: str,
    series: str,
    zone: str,
    order: DateOrder | None,
) -> Sequence[LoggerReading]:
    known = [each.id for each in site.sensors]
    if sensor not in known:
        raise UnreadableLoggerFile(
            f"--sensor {sensor}: the site has no such sensor; it has {', '.join(known) or 'none'}"
        )
    try:
        where = ZoneInfo(zone or site.site.timezone)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise UnreadableLoggerFile(f"--zone {zone}: is no time zone") from error
    named = dict(joined([read_logger_file(file, zone=where, order=order) for file in files]))
    if series:
        named = {name: one for name, one in named.items() if name == series}
    elif len(files) > 1 and len(named) == len(files):
        return [reading for one in named.values() for reading in one.readings]
    if len(named) != 1:
        names = ", ".join(repr(name) for name in named) or "no such series"
        raise UnreadableLoggerFile(f"say which series with --series: {names}")
    return next(iter(named.values())).readings


def _reading(sensor: str, one: LoggerReading) -> ClimateReading:
    return ClimateReading(
        at=Moment(utc=one.at.astimezone(UTC), monotonic_s=0.0),
        sensor=sensor,
        temperature_c=one.temperature_c,
        relative_humidity_percent=one.relative_humidity_percent,
        quality=Quality.GOOD,
        fault="",
        hist=True,
    )


def _interval_s(found: Sequence[LoggerReading]) -> float:
    """What one reading stands for; a minute where there is only one."""
    samples = [
        Sample(at_s=at, temperature_c=0.0, relative_humidity_percent=0.0)
        for at in sorted(one.at.timestamp() for one in found)
    ]
    try:
        return usual_interval_s(samples)
    except ValueError:
        return 60.0


def _trends_only(
    compose: Callable[[ClimateReading], Iterable[OutgoingMessage]], site: Site
) -> Callable[[ClimateReading], list[OutgoingMessage]]:
    """Only the trends store hears of it: what is published is of now."""

    def tell(reading: ClimateReading) -> list[OutgoingMessage]:
        if site.trends is None:
            return []
        return [message for message in compose(reading) if message.destination == TRENDS]

    return tell


def _tell(sensor: str, done: Backfilled, ahead: int, *, plan: bool, as_json: bool) -> None:
    if as_json:
        document: dict[str, Any] = {
            "sensor": sensor,
            "written": not plan,
            "from_the_future": ahead,
            **asdict(done),
        }
        typer.echo(json.dumps(document, ensure_ascii=False, indent=2, default=_text))
        return
    verb = "would be new" if plan else "new"
    typer.echo(f"{sensor}: {done.readings} readings, {done.new} {verb}, {done.known} known")
    if done.hours_written or done.hours_kept:
        typer.echo(
            f"  {done.hours_written} hours written whose readings are no longer kept, "
            f"{done.hours_kept} left as they are, as well covered as in the file"
        )
    if ahead:
        typer.echo(f"  {ahead} left out: measured later than now; is the time zone right?")
    for one in done.told:
        typer.echo(
            f"  conflict at {one.at.isoformat()}: kept {_pair(one.kept_temperature_c)} °C "
            f"{_pair(one.kept_relative_humidity_percent)} %, the file says "
            f"{_pair(one.found_temperature_c)} °C {_pair(one.found_relative_humidity_percent)} %"
        )
    if done.conflicts > len(done.told):
        typer.echo(f"  and {done.conflicts - len(done.told)} conflicts more")


def _pair(value: float | None) -> str:
    return "–" if value is None else f"{value:g}"


def _text(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
