"""``python -m simulators serve | poke | show``: any profile as a device, and what befalls it."""

import json
import threading
import urllib.error
import urllib.request
from pathlib import Path
from time import monotonic
from typing import Annotated, Any

import typer

from drivers.profiles import ProfileError
from simulators.bench import Bench
from simulators.control_port import ControlPort
from simulators.demo import say_on_stderr
from simulators.machines.pokes import NotAPoke
from simulators.scenario import POKES, ScenarioError, Step, load_scenario
from simulators.serving import Place, served, shipped_or_own
from simulators.signals import stop_on_signals

FAILED, FINDINGS = 1, 3
CONTROL = "http://127.0.0.1:8502"

Control = Annotated[
    str, typer.Option("--control", help="The control port of the devices, as `serve` prints it.")
]


def serve(
    profiles: Annotated[
        list[Path],
        typer.Argument(
            metavar="PROFILE.toml …",
            help="Device profiles, files or shipped ones (shelving/vertical-lift.toml); several "
            "share one line, as on RS-485.",
        ),
    ],
    tcp: Annotated[int | None, typer.Option(help="Modbus TCP on this port; 0: any free.")] = None,
    rtu_tcp: Annotated[
        int | None, typer.Option(help="RTU frames in TCP, as serial gateways speak.")
    ] = None,
    pty: Annotated[
        Path | None, typer.Option(help="Modbus RTU on a pseudo-terminal, linked from here.")
    ] = None,
    baud: Annotated[
        int, typer.Option(min=300, help="With --pty: replies take as long as at this speed.")
    ] = 9600,
    unit: Annotated[int, typer.Option(min=1, max=247, help="The first one's unit number.")] = 1,
    params: Annotated[
        list[str] | None, typer.Option("--set", help="A parameter of the profile: columns=12.")
    ] = None,
    seed: Annotated[int, typer.Option(help="The same seed gives the same device.")] = 1,
    control: Annotated[
        int, typer.Option(help="Port for `poke` and scripts, on this machine; 0: any free.")
    ] = 8502,
    scenario: Annotated[
        Path | None, typer.Option(help="What happens to the devices, and when (TOML).")
    ] = None,
) -> None:
    """Serve profiles as devices with physics until Ctrl-C; prints where, as JSON."""
    stop = stop_on_signals()
    place = Place(tcp, rtu_tcp, pty, baud)
    try:
        steps = () if scenario is None else _pokes_only(scenario)
        given = _numbers(params or [])
        loaded = [shipped_or_own(path, given) for path in profiles]
        with (
            served(loaded, place, first_unit=unit, seed=seed) as bench,
            ControlPort(bench, control) as port,
        ):
            _say_where(bench, port.url)
            _play(bench, steps, stop)
            stop.wait()
    except (ProfileError, ScenarioError, ValueError, OSError) as error:
        say_on_stderr(str(error))
        raise typer.Exit(FAILED) from error


def poke(
    do: Annotated[
        str | None, typer.Argument(help="What to do; none: say what can be done.")
    ] = None,
    arguments: Annotated[
        list[str] | None, typer.Argument(help="Its arguments: aisle=3 nth=2 by_s=0.5")
    ] = None,
    device: Annotated[str | None, typer.Option(help="Whom, if there are several.")] = None,
    control: Control = CONTROL,
) -> None:
    """Do something to a served device: enter_aisle aisle=3, lose_power, lose_reply nth=2."""
    try:
        if do is None:
            _list(_ask(control, None)["devices"])
            return
        order: dict[str, Any] = {"do": do, **_words(arguments or [])}
        _ask(control, order if device is None else {**order, "device": device})
    except NotAPoke as error:
        say_on_stderr(str(error))
        raise typer.Exit(FINDINGS) from error
    except OSError as error:
        say_on_stderr(f"{control}: {error}; is `serve` running, with that control port?")
        raise typer.Exit(FAILED) from error


def show(control: Control = CONTROL) -> None:
    """Print as JSON what every served device would say now."""
    try:
        devices = _ask(control, None)["devices"]
    except OSError as error:
        say_on_stderr(f"{control}: {error}; is `serve` running, with that control port?")
        raise typer.Exit(FAILED) from error
    for one in devices.values():
        del one["pokes"]
    typer.echo(json.dumps(devices, ensure_ascii=False, indent=2))


def _pokes_only(scenario: Path) -> tuple[Step, ...]:
    steps = load_scenario(scenario)
    for step in steps:
        if step.do not in POKES or step.expect:
            raise ScenarioError(
                f"{scenario}: {step.do} at {step.at_s:g} s: nobody but devices is here; people, "
                "doors and what is expected of the controller are for `demo --scenario`"
            )
    return steps


def _play(bench: Bench, steps: tuple[Step, ...], stop: threading.Event) -> None:
    begun = monotonic()
    for step in steps:
        if stop.wait(max(0.0, begun + step.at_s - monotonic())):
            return
        say_on_stderr(step.says)
        bench.poke({"do": step.do, **step.arguments})


def _say_where(bench: Bench, control: str) -> None:
    devices = {
        name: {"url": subject.line.url, "unit": subject.unit, "profile": subject.device.profile.id}
        for name, subject in bench.subjects.items()
    }
    typer.echo(json.dumps({"devices": devices, "control": control}, indent=2))


def _numbers(params: list[str]) -> dict[str, int]:
    numbers: dict[str, int] = {}
    for param in params:
        name, equals, value = param.partition("=")
        if not equals or not value.isdecimal():
            raise ValueError(f"--set {param}: must read like columns=12")
        numbers[name] = int(value)
    return numbers


def _words(arguments: list[str]) -> dict[str, str]:
    words: dict[str, str] = {}
    for argument in arguments:
        name, equals, value = argument.partition("=")
        if not equals:
            raise NotAPoke(f"{argument}: must read like aisle=3")
        words[name] = value
    return words


def _ask(control: str, order: dict[str, Any] | None) -> Any:
    """The control port's answer; raises ``NotAPoke`` for its refusal, ``OSError`` without one."""
    request = urllib.request.Request(  # noqa: S310 -- the address the tester gave
        control if order is None else f"{control}/pokes",
        data=None if order is None else json.dumps(order).encode(),
        headers={"Content-Type": "application/json"},
    )
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
            return json.loads(answer.read())
    except urllib.error.HTTPError as error:
        with error:
            raise NotAPoke(json.loads(error.read())["error"]) from error


def _list(devices: dict[str, Any]) -> None:
    for name, device in devices.items():
        typer.echo(f"{name}: {device['title']}, unit {device['unit']} at {device['url']}")
        for do, one in sorted(device["pokes"].items()):
            words = [f"{key}=" for key in one["needs"]] + [f"[{key}=]" for key in one["takes"]]
            typer.echo(f"  {' '.join([do, *words])}\n      {one['says']}")
