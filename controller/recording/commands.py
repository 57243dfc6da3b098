"""``python -m controller passages``: what a door would have said of a recording."""

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from controller.config import SiteFileError
from controller.domain.model import Side
from controller.domain.plans import DoorPlan
from controller.domain.trolleys import SAME_S
from controller.recording.door_file import load_door
from controller.recording.replay import Told, replay
from controller.recording.table import BadRecordingFile, read_recording
from controller.recording.values import Heard

FAILED = 1


def passages(
    recording: Annotated[
        Path,
        typer.Argument(
            help="CSV: time_s, epc, antenna, rssi_dbm, phase_rad (the last two may be empty).",
            show_default=False,
        ),
    ],
    door: Annotated[
        Path, typer.Option("--door", help="One door as in the site file, or a whole site file.")
    ],
    door_id: Annotated[
        str | None, typer.Option("--id", help="Which door of a site file that has several.")
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON document on stdout.")
    ] = False,
) -> None:
    """Play a recording through the door's own logic: every passage with its evidence."""
    try:
        plan = load_door(door, door_id)
        reads = read_recording(recording)
    except (SiteFileError, BadRecordingFile) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(FAILED) from error
    unheard = Counter(read.antenna for read in reads if read.antenna not in plan.antennas)
    for antenna, count in sorted(unheard.items()):
        typer.echo(
            f"antenna {antenna}: {count} reads are left out, the door does not name it", err=True
        )
    told = replay(plan, reads)
    if as_json:
        typer.echo(json.dumps(_document(plan, reads, told), ensure_ascii=False, indent=2))
    else:
        _print(told)
        typer.echo(_summary(reads, told), err=True)


def _document(plan: DoorPlan, reads: Sequence[Heard], told: Sequence[Told]) -> dict[str, Any]:
    return {
        "door": plan.id,
        "reads": len(reads),
        "tags": len({read.epc for read in reads}),
        "passages": [as_row(one) for one in told],
        "groups": _groups(told),
        "stayed": _stayed(plan, reads, told),
    }


def _groups(told: Sequence[Told]) -> list[dict[str, Any]]:
    """The trolleys, each with the tags that went with it; told apart by time and direction."""
    groups: list[dict[str, Any]] = []
    for one in told:
        company = one.verdict.company
        if company is None:
            continue
        way = company.direction.value
        known = (g for g in groups if g["direction"] == way)
        group = next((g for g in known if abs(g["nearest_s"] - company.nearest_s) <= SAME_S), None)
        if group is None:
            group = {"direction": way, "nearest_s": company.nearest_s, "members": []}
            groups.append(group)
        group["confidence"] = round(company.confidence, 4)
        if one.verdict.epc not in group["members"]:
            group["members"].append(one.verdict.epc)
    return [group for group in groups if len(group["members"]) > 1]


def _stayed(plan: DoorPlan, reads: Sequence[Heard], told: Sequence[Told]) -> list[dict[str, Any]]:
    """The tags of which nothing was said: parked near the door, or strays beyond the wall."""
    moved = {one.verdict.epc for one in told}
    counts: dict[str, Counter[Side]] = {}
    for read in reads:
        if read.epc not in moved and read.antenna in plan.antennas:
            counts.setdefault(read.epc, Counter())[plan.antennas[read.antenna]] += 1
    return [
        {
            "epc": epc,
            "what": "parked" if len(sides) == 2 else "stray",
            "reads_inside": sides[Side.INSIDE],
            "reads_outside": sides[Side.OUTSIDE],
        }
        for epc, sides in sorted(counts.items())
    ]


def as_row(told: Told) -> dict[str, Any]:
    """One verdict in plain JSON values."""
    verdict = told.verdict
    return {
        "time_s": round(told.at_s, 3),
        "epc": verdict.epc,
        "direction": verdict.direction.value,
        "side": None if verdict.side is None else verdict.side.value,
        "confidence": round(verdict.confidence, 4),
        "evidence": verdict.evidence,
    }


def _print(told: Sequence[Told]) -> None:
    table = Table(box=None, pad_edge=False)
    for name in ("time s", "tag", "what", "now", "sure", "evidence"):
        table.add_column(name, justify="right" if name in {"time s", "sure"} else "left")
    for one in told:
        row = as_row(one)
        evidence = ", ".join(f"{name} {value}" for name, value in row["evidence"].items())
        table.add_row(
            f"{row['time_s']:.1f}",
            row["epc"],
            row["direction"].replace("_", " "),
            row["side"] or "?",
            f"{row['confidence']:.3f}",
            evidence,
        )
    Console(width=None if Console().is_terminal else 200).print(table)


def _summary(reads: Sequence[Heard], told: Sequence[Told]) -> str:
    tags = {read.epc for read in reads}
    silent = len(tags - {one.verdict.epc for one in told})
    counts = Counter(one.verdict.direction.value.replace("_", " ") for one in told)
    said = ", ".join(f"{count} {name}" for name, count in sorted(counts.items())) or "no passage"
    return f"{len(reads)} reads of {len(tags)} tags: {said}; {silent} tags did nothing"
