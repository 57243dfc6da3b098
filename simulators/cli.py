"""The simulators' command line: ``python -m simulators VERB``.

Data goes to stdout, words to stderr. Exit 0: well; 1: failed; 2: usage; 3: findings.
"""

import json
import shutil
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from urllib3.exceptions import HTTPError

from simulators.broker import Choice
from simulators.catalogue_server import PASSWORD, USER, CatalogueFault, SimulatedCatalogue
from simulators.demo import (
    DemoFailed,
    Options,
    Summary,
    as_json,
    run_demo,
    say_on_stderr,
)
from simulators.devices import started_devices
from simulators.field_cli import poke, serve, show
from simulators.handheld import SweepRefused, hand_in, parts
from simulators.physics.recording import physics
from simulators.scenario import ScenarioError, load_scenario
from simulators.signals import stop_on_signals

FAILED, FINDINGS = 1, 3
SCENARIOS = Path(__file__).parent / "scenarios"

app = typer.Typer(
    help="Simulated devices on real sockets and serial lines, and the demo made of them.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)

app.command()(serve)
app.command()(poke)
app.command()(show)
app.command()(physics)

Folder = Annotated[Path, typer.Option("--data", help="Where everything is kept.")]
Seed = Annotated[int, typer.Option(help="The same seed gives the same reads.")]


@app.command()
def demo(
    data: Folder = Path("demo-data"),
    seconds: Annotated[
        float | None, typer.Option("--for", help="Stop by itself after so many seconds.")
    ] = None,
    port: Annotated[int | None, typer.Option(help="Where the page and the API listen.")] = None,
    host: Annotated[str, typer.Option(help="The address they listen on.")] = "127.0.0.1",
    language: Annotated[str, typer.Option(help="zh-CN or en.")] = "zh-CN",
    scenario: Annotated[Path, typer.Option(help="What happens, as TOML.")] = SCENARIOS
    / "demo.toml",
    broker: Annotated[
        Choice, typer.Option(help="auto: Mosquitto where it is installed, else a small one.")
    ] = Choice.AUTO,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Forget what an earlier run kept.")
    ] = False,
    seed: Seed = 1,
    as_document: Annotated[
        bool, typer.Option("--json", help="Print the summary as one JSON document on stdout.")
    ] = False,
) -> None:
    """Run everything on simulated devices and play a scenario; exit 0 only if all came true."""
    stop = stop_on_signals()
    try:
        steps = load_scenario(scenario)
        if fresh and data.exists():
            shutil.rmtree(data)
        options = Options(folder=data, host=host, port=port, language=language, seconds=seconds,
                          seed=seed, broker=broker, steps=steps)  # fmt: skip
        summary = run_demo(options, say_on_stderr, stop)
    except (DemoFailed, ScenarioError, OSError) as error:
        say_on_stderr(str(error))
        raise typer.Exit(FAILED) from error
    if as_document:
        typer.echo(json.dumps(as_json(summary), ensure_ascii=False, indent=2))
    else:
        _tell(summary)
    if not summary.came_true and seconds is not None:
        raise typer.Exit(FAILED)


@app.command()
def devices(data: Folder = Path("demo-data"), seed: Seed = 1) -> None:
    """Start the demo site's devices alone, print where they listen, and run until Ctrl-C."""
    stop = stop_on_signals()
    data.mkdir(parents=True, exist_ok=True)
    with started_devices(data, seed) as started:
        where = {
            "reader": f"127.0.0.1:{started.reader.port}",
            "rack": f"127.0.0.1:{started.rack.port}",
            "sensors": started.line.url,
            "control": started.control,
        }
        typer.echo(json.dumps(where, indent=2))
        stop.wait()


@app.command()
def catalogue(
    port: Annotated[int, typer.Option(help="Where it listens; 0: any free port.")] = 0,
    boxes: Annotated[int, typer.Option(help="How many it has.")] = 100,
    fault: Annotated[
        list[CatalogueFault] | None, typer.Option(help="What its next answers are instead.")
    ] = None,
) -> None:
    """Be an ArchivesSpace with boxes, print where and who may ask, and run until Ctrl-C."""
    stop = stop_on_signals()
    with SimulatedCatalogue(boxes, port=port) as started:
        started.faults.extend(fault or ())
        where = {"url": started.url, "repository": 2, "username": USER, "password": PASSWORD}
        typer.echo(json.dumps(where, indent=2))
        stop.wait()


@app.command()
def check(scenario: Annotated[Path, typer.Argument(help="A scenario (TOML).")]) -> None:
    """Say what a scenario does and what is wrong with it, without playing it."""
    try:
        steps = load_scenario(scenario)
    except ScenarioError as error:
        say_on_stderr(str(error))
        raise typer.Exit(FINDINGS) from error
    for step in steps:
        typer.echo(f"{step.at_s:7.1f} s  {step.do:<12} {step.says}")


def _tell(summary: Summary) -> None:
    done = sum(outcome.came_true for outcome in summary.steps)
    say_on_stderr(
        f"{done} of {len(summary.steps)} steps came true; {summary.passages} passages, "
        f"{summary.alarms} alarms, {summary.mqtt_messages} MQTT messages, "
        f"{summary.devices_online} of {summary.devices} devices online, "
        f"{summary.bad_frames} bad frames"
    )


@app.command()
def sweep(
    room: Annotated[str, typer.Argument(help="The room's id in the site file.")],
    epcs: Annotated[list[str], typer.Argument(help="What it hears: EPCs in hexadecimal.")],
    key: Annotated[str, typer.Option(envvar="SMART_REPOSITORY_KEY", help="An API key.")],
    rack: Annotated[str | None, typer.Option(help="The rack it stands at.")] = None,
    bay: Annotated[int | None, typer.Option(help="The bay, from 1.")] = None,
    url: Annotated[str, typer.Option(help="Where the API listens.")] = "http://127.0.0.1:8000",
    name: Annotated[str, typer.Option(help="Of this walk; anew for each.")] = "sweep-1",
) -> None:
    """Walk through a place with a handheld and hand in what it heard."""
    place: dict[str, object] = {"room": room, "rack": rack, "bay": bay}
    at = datetime.fromisoformat("2000-01-01T00:00:00+00:00")  # its clock was never set: no harm
    try:
        taken = hand_in(url, key, name, parts(epcs, handheld="simulated", place=place, at=at))
    except (SweepRefused, HTTPError) as error:
        say_on_stderr(str(error))
        raise typer.Exit(FAILED) from error
    typer.echo(f"{taken} parts taken")
