"""``python -m controller tune-door``: labelled walks, the gate, and the door's own parameters.

Data goes to stdout, words to stderr. Exit 0: the door has passed; 1: failed; 2: usage; 3: it has
not passed, and the words say why.
"""

import json
import socket
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from controller.assemble import door_plan
from controller.clock import system_clock
from controller.commissioned import sides_of
from controller.commissioning.dialogue import lead
from controller.commissioning.gate import judge_door
from controller.commissioning.layout import Layout
from controller.commissioning.live import Ears, NotRecorded
from controller.commissioning.report import as_document, as_table
from controller.commissioning.walks import Walk, judge, load_walks
from controller.config import Site, SiteFileError, load_site
from controller.domain.plans import DoorPlan
from controller.person import who
from controller.recording.door_file import site_door
from controller.recording.table import BadRecordingFile
from controller.service import open_site_store
from controller.store.database import StoreError
from controller.store.recordings import commissionings
from controller.store.recordings.commissionings import Commissioning

FAILED, FINDINGS = 1, 3


def tune_door(
    site_file: Annotated[Path, typer.Argument(help="The site file (TOML).", show_default=False)],
    door: Annotated[str, typer.Argument(help="The door's id in it.", show_default=False)],
    recordings: Annotated[
        Path | None,
        typer.Option(
            "--recordings",
            help="Folder of labelled walks, as in-01.csv, turn-back-1.csv, idle-600s.csv; "
            "without it you are led through them, and they are kept in DOOR-walks.",
        ),
    ] = None,
    offset_m: Annotated[
        float | None, typer.Option(min=0, help="Door plane to the nearest antenna, in metres.")
    ] = None,
    turned_deg: Annotated[
        float | None,
        typer.Option(
            min=-180, max=180, help="Antennas turned to their own side; into the door: negative."
        ),
    ] = None,
    plan: Annotated[
        bool, typer.Option("--plan", help="Say what would be written; write nothing.")
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON document on stdout.")
    ] = False,
) -> None:
    """Put a door into service: judge labelled walks and write what the door may do."""
    try:
        site = load_site(site_file)
        door_of_site = door_plan(site_door(site, site_file, door))
        walks = _led(site, door_of_site) if recordings is None else load_walks(recordings)
        document = _judged(door_of_site, walks, Layout(offset_m=offset_m, turned_deg=turned_deg))
        if not plan:
            _write(site, door_of_site, document)
    except (SiteFileError, BadRecordingFile, NotRecorded, StoreError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(FAILED) from error
    _tell(door_of_site, document, as_json=as_json, written=not plan)
    raise typer.Exit(0 if document["passed"] else FINDINGS)


def _led(site: Site, plan: DoorPlan) -> list[Walk]:
    """The walks of ``DOOR-walks``, after those that were missing have been made."""
    folder = Path(f"{plan.id}-walks")
    walks = load_walks(folder) if any(folder.glob("*.csv")) else []
    with ExitStack() as stack:
        engine = open_site_store(site)
        stack.callback(engine.dispose)
        return lead(
            plan,
            folder,
            walks,
            Ears(engine, plan.id),
            ask=lambda words: str(typer.prompt(words, default="", show_default=False, err=True)),
            say=lambda words: typer.echo(words, err=True),
        )


def _judged(plan: DoorPlan, walks: Sequence[Walk], layout: Layout) -> dict[str, Any]:
    outcomes = judge(plan, walks)
    return as_document(judge_door(plan, outcomes), outcomes, list(layout.warnings()))


def _write(site: Site, plan: DoorPlan, document: dict[str, Any]) -> None:
    """Write the result beside its entry in the audit; both or neither."""
    result = Commissioning(
        door=plan.id,
        at=system_clock().utc,
        by=who(),
        computer=socket.gethostname(),
        passed=document["passed"],
        bias=document["bias"],
        scale=document["scale"],
        antennas=sides_of(plan.antennas),
        report=document,
    )
    with ExitStack() as stack:
        engine = open_site_store(site)
        stack.callback(engine.dispose)
        with engine.begin() as connection:
            commissionings.write(connection, result)


def _tell(plan: DoorPlan, document: dict[str, Any], *, as_json: bool, written: bool) -> None:
    for problem in document["problems"]:
        typer.echo(f"NOT YET  {problem}", err=True)
    for warning in document["warnings"]:
        typer.echo(f"warning  {warning}", err=True)
    if as_json:
        typer.echo(json.dumps({"door": plan.id, "written": written, **document}, indent=2))
    else:
        console = Console()
        console.print(as_table(document["confusion"]))
    if document["passed"]:
        words = f"{plan.id} has passed: sure passages count without a person"
    else:
        words = f"{plan.id} has not passed: every passage waits for a person's confirmation"
    after = "; the controller takes it at its next start" if written else "; nothing was written"
    typer.echo(words + after, err=True)
