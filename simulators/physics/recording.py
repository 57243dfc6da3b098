"""``python -m simulators physics``: play one scene and write its reads as a recording."""

import csv
import json
import sys
from pathlib import Path
from typing import Annotated, TextIO

import typer

from simulators.physics.radio import LAYOUTS
from simulators.physics.scenes import Played, Scene, play


def physics(
    scene: Annotated[Scene, typer.Argument(help="What happens at the door.")],
    seed: Annotated[int, typer.Option(help="The same seed gives the same reads.")] = 1,
    layout: Annotated[str, typer.Option(help="Antenna layout: " + ", ".join(LAYOUTS))] = "A",
    to: Annotated[
        Path | None, typer.Option(help="File for the reads; else standard output.")
    ] = None,
    truth: Annotated[Path | None, typer.Option(help="File for what is true, as JSON.")] = None,
) -> None:
    """Simulated physics at one door: reads as CSV (time_s, epc, antenna, rssi_dbm, phase_rad).

    Ports 1 … of a layout look outside first, then inside. Exit code 2: no such layout.
    """
    if layout not in LAYOUTS:
        raise typer.BadParameter(f"no layout {layout!r}; there are: {', '.join(LAYOUTS)}")
    played = play(scene, seed, LAYOUTS[layout])
    if to is None:
        _write(played, sys.stdout)
    else:
        with to.open("w", encoding="utf-8", newline="") as file:
            _write(played, file)
    if truth is not None:
        sides = {str(port): each.side for port, each in played.plan.antennas.items()}
        facts = {"went": played.went, "crossed_s": played.crossed_s, "sides": sides}
        truth.write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")


def _write(played: Played, file: TextIO) -> None:
    rows = csv.writer(file, lineterminator="\n")
    rows.writerow(("time_s", "epc", "antenna", "rssi_dbm", "phase_rad"))
    for read in sorted(played.reads):
        time_s, phase = f"{read.t_s:.6f}", f"{read.phase_rad:.4f}"
        rows.writerow((time_s, read.epc, read.antenna, read.rssi_dbm, phase))
