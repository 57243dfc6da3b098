"""What all commands under ``python -m drivers modbus`` take, and how they end."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from drivers.errors import Declined, DeviceError
from drivers.modbus.bus import Bus
from drivers.modbus.buses import Buses
from drivers.modbus.exchange import Request
from drivers.modbus.frames import frame
from drivers.modbus.line import parse_line
from drivers.profiles import Profile, ProfileError, find_profile, load_profile
from drivers.registers import Measured

FAILED, MISUSED, DENIED = 1, 2, 3
EXIT_CODES = (
    "Exit code: 0 done; 1 no answer, or it did not work; 2 profile, address or arguments are "
    "wrong; 3 the device is another one, or refused; 4 nobody knows what became of it: look."
)

ProfileFile = Annotated[
    str,
    typer.Argument(
        metavar="PROFILE.toml",
        help="A file, or one that is shipped: shelving/vertical-lift.toml.",
        show_default=False,
    ),
]
Address = Annotated[
    str,
    typer.Argument(
        metavar="URL",
        help="tcp://HOST:PORT, rtu+tcp://HOST:PORT or rtu:///dev/ttyUSB0?baud=9600&parity=N.",
        show_default=False,
    ),
]
Unit = Annotated[int, typer.Option(min=0, max=247, help="Its unit number on the line.")]
Params = Annotated[
    list[str] | None, typer.Option("--set", help="A parameter of the profile: columns=12.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON on stdout.")]
DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Open nothing; print the frames that would be sent.")
]


def loaded(name: str, params: list[str] | None) -> Profile:
    """The profile of that name with its parameters; ends with 2 if it cannot be used."""
    try:
        path = Path(name) if Path(name).is_file() else find_profile(name)
        return load_profile(path, **dict(map(_number, params or [])))
    except (ProfileError, ValueError) as error:
        end(MISUSED, error)


def bus_at(url: str, profile: Profile) -> Bus:
    """The bus at ``url``; ends with 2 if that is none."""
    try:
        return Buses().at(url, profile.link)
    except ValueError as error:
        end(MISUSED, error)


def end(code: int, why: object) -> NoReturn:
    """Say why on stderr and end."""
    typer.echo(str(why), err=True)
    raise typer.Exit(code)


def end_with(error: DeviceError) -> NoReturn:
    """End as that error of the device deserves."""
    end(DENIED if isinstance(error, Declined) else FAILED, error)


def tell(document: Mapping[str, Any], *, as_json: bool) -> None:
    """One document, as JSON or as lines."""
    if as_json:
        typer.echo(json.dumps(document, ensure_ascii=False))
        return
    width = max(map(len, document), default=0)
    for key, value in document.items():
        shown = json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else value
        typer.echo(f"{key:<{width}}  {shown}")


def show_frames(requests: list[Request], url: str) -> None:
    """What a dry run prints: one frame a line."""
    try:
        line = parse_line(url)
    except ValueError as error:
        end(MISUSED, error)
    for request in requests:
        typer.echo(frame(request, line).hex(" ").upper())


def plain(measured: Measured) -> object:
    """A value as JSON has it; of one that is none, why."""
    if measured.value is None:
        return f"({measured.fault})"
    if isinstance(measured.value, frozenset):
        return sorted(measured.value, key=str)
    return measured.value


def _number(text: str) -> tuple[str, int]:
    name, equals, value = text.partition("=")
    if not equals or not value.isdecimal():
        raise ValueError(f"--set {text}: must read NAME=NUMBER")
    return name, int(value)
