"""Commissioning any device a profile describes: ``python -m drivers modbus …``."""

import json
import threading
from contextlib import suppress
from time import monotonic
from typing import Annotated

import typer

from drivers.errors import DeviceError
from drivers.modbus.bus import Priority
from drivers.modbus.exchange import Read, Request, Write
from drivers.modbus.plan import GroupReader, break_even, plan, values
from drivers.modbus_command_cli import command
from drivers.modbus_options import (
    DENIED,
    EXIT_CODES,
    MISUSED,
    Address,
    AsJson,
    DryRun,
    Params,
    ProfileFile,
    Unit,
    bus_at,
    end,
    end_with,
    loaded,
    plain,
    show_frames,
    tell,
)
from drivers.profiles import Group, Profile
from drivers.registers import Point, Unrepresentable, encode, encode_text

modbus = typer.Typer(
    help="Read, watch, write and command any Modbus device that has a profile.",
    epilog=EXIT_CODES,
    no_args_is_help=True,
)
modbus.command(epilog=EXIT_CODES)(command)

Names = Annotated[
    list[str] | None,
    typer.Argument(metavar="[GROUP|POINT]…", help="Only these.", show_default=False),
]


@modbus.command(epilog=EXIT_CODES)
def identify(
    profile: ProfileFile,
    url: Address,
    unit: Unit = 1,
    params: Params = None,
    as_json: AsJson = False,
    dry_run: DryRun = False,
) -> None:
    """Say whether this is the device the profile describes."""
    known = loaded(profile, params)
    if not known.identify:
        end(MISUSED, f"{profile}: has no [[identify]]; nothing tells this model from another")
    points = {point.name: point for point, _ in known.identify}
    if known.groups.get("identity"):
        points |= {point.name: point for point in known.groups["identity"].points}
    found = _read(known, url, unit, list(points.values()), dry_run=dry_run)
    if found is None:
        return
    wrong = [
        f"{point.name} is {found[point.name][0]}, expected {expected}"
        for point, expected in known.identify
        if found[point.name][0] != expected
    ]
    said = {name: plain(values(points[name], words)[0]) for name, words in found.items()}
    tell({"profile": known.id, "is_it": not wrong, **said}, as_json=as_json)
    if wrong:
        end(DENIED, "; ".join(wrong))


@modbus.command(epilog=EXIT_CODES)
def read(
    profile: ProfileFile,
    url: Address,
    names: Names = None,
    unit: Unit = 1,
    params: Params = None,
    as_json: AsJson = False,
    dry_run: DryRun = False,
) -> None:
    """Read points once: all that belong to a group, or those named."""
    known = loaded(profile, params)
    points = _chosen(known, names or list(known.groups))
    found = _read(known, url, unit, points, dry_run=dry_run)
    if found is not None:
        tell({p.name: _shown(p, found[p.name]) for p in points}, as_json=as_json)


@modbus.command(epilog=EXIT_CODES)
def watch(
    profile: ProfileFile,
    url: Address,
    names: Names = None,
    unit: Unit = 1,
    params: Params = None,
    every_s: Annotated[float, typer.Option("--every", min=0.01, help="Seconds between.")] = 0.5,
    for_s: Annotated[float | None, typer.Option("--for", min=0.1, help="Then end.")] = None,
    as_json: AsJson = False,
) -> None:
    """Read again and again until Ctrl-C; print what changes, one line a time."""
    known = loaded(profile, params)
    points = _chosen(known, names or list(known.groups))
    bus, reading = bus_at(url, known), _group(points)
    reader = GroupReader(bus, unit, known.link)
    before: dict[str, object] = {}
    began, pause = monotonic(), threading.Event()
    with bus.running(), suppress(KeyboardInterrupt):
        while for_s is None or monotonic() - began < for_s:
            try:
                found = reader.read(reading, Priority.ACTIVE)
            except DeviceError as error:
                end_with(error)
            now = {point.name: _shown(point, found[point.name]) for point in points}
            changed = {name: value for name, value in now.items() if before.get(name) != value}
            if changed:
                at_s = round(monotonic() - began, 3)
                _say_change(at_s, changed, as_json=as_json)
            before = now
            pause.wait(every_s)


@modbus.command(epilog=EXIT_CODES)
def write(
    profile: ProfileFile,
    url: Address,
    point: Annotated[str, typer.Argument(help="A writable point.", show_default=False)],
    value: Annotated[str, typer.Argument(help="A number in its unit, or a text.")],
    unit: Unit = 1,
    params: Params = None,
    dry_run: DryRun = False,
) -> None:
    """Write one point and read it back where it can be read. What moves has ``command``."""
    known = loaded(profile, params)
    target = known.points.get(point)
    if target is None or not target.writable:
        writable = [p.name for p in known.points.values() if p.writable]
        end(MISUSED, f"{point}: not a writable point; there are: {', '.join(writable) or 'none'}")
    if point in _of_the_protocol(known):
        end(MISUSED, f"{point}: belongs to the command protocol; use `modbus command`")
    try:
        registers = _encoded(target, value)
    except (Unrepresentable, ValueError) as error:
        end(MISUSED, error)
    request = Write(unit=unit, kind=target.kind, address=target.address, values=registers)
    if dry_run:
        show_frames([request], url)
        return
    bus = bus_at(url, known)
    with bus.running():
        try:
            bus.perform(request, Priority.COMMAND)
        except DeviceError as error:
            end_with(error)
    typer.echo(f"{point}  {value}")


def _read(
    known: Profile, url: str, unit: int, points: list[Point], *, dry_run: bool
) -> dict[str, tuple[int, ...]] | None:
    """The registers of ``points``; ``None`` after a dry run."""
    if dry_run:
        bus = bus_at(url, known)
        spans = plan(points, known.link, break_even(bus.line, known.link))
        requests: list[Request] = [
            Read(unit=unit, kind=s.kind, address=s.address, count=s.count) for s in spans
        ]
        show_frames(requests, url)
        return None
    bus = bus_at(url, known)
    with bus.running():
        try:
            return GroupReader(bus, unit, known.link).read(_group(points), Priority.ACTIVE)
        except DeviceError as error:
            end_with(error)


def _group(points: list[Point]) -> Group:
    return Group(
        name="chosen",
        points=tuple(sorted(points, key=lambda p: (p.kind, p.address))),
        period_s=1.0,
        active_period_s=1.0,
        stale_after_s=1.0,
        coherent=False,
        once=False,
    )


def _chosen(known: Profile, names: list[str]) -> list[Point]:
    points: dict[str, Point] = {}
    for name in names:
        if name in known.groups:
            points |= {point.name: point for point in known.groups[name].points}
        elif name in known.points:
            points[name] = known.points[name]
        else:
            there = ", ".join([*known.groups, *known.points])
            end(MISUSED, f"{name}: neither a group nor a point; there are: {there}")
    return list(points.values())


def _of_the_protocol(known: Profile) -> set[str]:
    """Points with one writer: the command protocol. The stop is anybody's."""
    names = {known.watchdog.point.name} if known.watchdog else set()
    if known.command is not None:
        names |= {point.name for point in known.command.block}
        names |= {p.name for verb in known.command.verbs.values() for p, _ in verb.write}
    return names


def _encoded(point: Point, text: str) -> tuple[int, ...]:
    return encode_text(point, text) if point.dtype == "string" else encode(point, float(text))


def _shown(point: Point, registers: tuple[int, ...]) -> object:
    shown = [plain(measured) for measured in values(point, registers)]
    if point.count > 1:
        return shown
    return f"{shown[0]} {point.unit}" if point.unit else shown[0]


def _say_change(at_s: float, changed: dict[str, object], *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps({"at_s": at_s, **changed}, ensure_ascii=False))
    else:
        said = ", ".join(f"{name} = {value}" for name, value in changed.items())
        typer.echo(f"{at_s:>9.3f} s  {said}")
