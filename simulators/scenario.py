"""Scenarios: what happens to the simulated devices, and when, from a TOML file.

A step does one thing at one time. Unknown keys and verbs are refused with their place, because
a scenario that silently does less than it says proves nothing.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from simulators.line_faults import LineFaults
from simulators.machines.air import Air
from simulators.machines.carousel import Carousel
from simulators.machines.crane import Crane
from simulators.machines.lift import Lift
from simulators.machines.pokes import vocabulary
from simulators.machines.shelving import Shelving
from simulators.modbus_server import ModbusServer
from simulators.profiled_device import ProfiledDevice
from simulators.serial_line import SerialLine

VERBS: Mapping[str, frozenset[str]] = {
    # on the devices
    "walk": frozenset({"door", "holding", "motion"}),
    "set_climate": frozenset({"sensor", "temperature_c", "relative_humidity_percent", "over_s"}),
    "fault": frozenset({"device", "fault", "for_s"}),
    # by people, through the API
    "lend": frozenset({"holding", "borrower", "purpose"}),
    "take_back": frozenset({"holding"}),
    "open_aisle": frozenset({"rack", "aisle"}),
    "stop_rack": frozenset({"rack"}),
    "acknowledge": frozenset({"kind", "note"}),
}
POKES = vocabulary(
    Shelving, Lift, Crane, Carousel, Air, ProfiledDevice, LineFaults, ModbusServer, SerialLine
)
"""What else may be done to a simulated Modbus ``device``, as by ``python -m simulators poke``."""
OPTIONAL = frozenset({"temperature_c", "relative_humidity_percent", "for_s", "over_s"})
COMMON = frozenset({"at_s", "do", "says", "expect"})


FAULTS = ("drop", "delay", "garble", "silence", "vanish")


class ScenarioError(Exception):
    """A scenario file that cannot be played: which file, which step, which key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """An event that must be concluded after the step, and what its body must say."""

    kind: str
    body: Mapping[str, str]
    within_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing that happens."""

    at_s: float
    do: str
    says: str
    """One sentence for whoever watches."""
    arguments: Mapping[str, Any]
    expect: tuple[Expectation, ...]


def load_scenario(path: Path) -> tuple[Step, ...]:
    """The steps of the scenario at ``path``, by time.

    Raises:
        ScenarioError: unreadable, or a step that is not one.
    """
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ScenarioError(f"{path}: {error}") from error
    unknown = set(document) - {"step"}
    if unknown:
        raise ScenarioError(f"{path}: {unknown.pop()}: only [[step]] tables are known")
    steps = [_step(path, n, table) for n, table in enumerate(document.get("step", []), start=1)]
    return tuple(sorted(steps, key=lambda step: step.at_s))


def _step(path: Path, number: int, table: Mapping[str, Any]) -> Step:
    where = f"{path}: step {number}"
    verb = str(table.get("do", ""))
    if verb not in VERBS and verb not in POKES:
        known = ", ".join(sorted({*VERBS, *POKES}))
        raise ScenarioError(f"{where}: do = {verb!r} is none of {known}")
    needed, allowed = _arguments(verb)
    arguments = {key: value for key, value in table.items() if key not in COMMON}
    unknown = sorted(set(arguments) - allowed)
    missing = sorted(({"at_s", "says"} - set(table)) | (needed - set(arguments)))
    if verb == "fault" and arguments.get("fault") not in FAULTS:
        raise ScenarioError(f"{where}: fault: one of {', '.join(FAULTS)}")
    if unknown:
        raise ScenarioError(f"{where}: {unknown[0]}: {verb} knows {', '.join(sorted(allowed))}")
    if missing:
        raise ScenarioError(f"{where}: {missing[0]} is missing")
    return Step(
        at_s=float(table["at_s"]),
        do=verb,
        says=str(table["says"]),
        arguments=arguments,
        expect=tuple(_expectation(where, entry) for entry in table.get("expect", [])),
    )


def _arguments(verb: str) -> tuple[frozenset[str], frozenset[str]]:
    """What a step of that verb must say, and all it may say."""
    if verb in VERBS:
        return VERBS[verb] - OPTIONAL, VERBS[verb]
    needs, takes = POKES[verb]
    return needs | {"device"}, takes | {"device"}


def _expectation(where: str, entry: Mapping[str, Any]) -> Expectation:
    body = {key: str(value) for key, value in entry.items() if key not in {"kind", "within_s"}}
    if "kind" not in entry:
        raise ScenarioError(f"{where}: expect: kind is missing")
    return Expectation(
        kind=str(entry["kind"]), body=body, within_s=float(entry.get("within_s", 10.0))
    )
