"""``reconcile`` on the controller's command line.

Data goes to stdout, words to stderr. Exit 0: compared; 1: failed; 2: usage.
"""

import json
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer

from controller.config import SiteFileError, load_site
from controller.domain.model_reconciling import DiscrepancyClass
from controller.publications import Publications
from controller.reconciling.assembling import comparison
from controller.reconciling.comparing import Tally
from controller.service import open_site_store
from controller.store.database import StoreError

FAILED = 1


def reconcile(
    site_file: Annotated[Path, typer.Argument(help="The site file (TOML).", show_default=False)],
    full: Annotated[
        bool, typer.Option("--full", help="Judge every holding, not only what has changed.")
    ] = False,
    plan: Annotated[
        bool, typer.Option("--plan", help="Say what would be found; change nothing.")
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON document on stdout.")
    ] = False,
) -> None:
    """Compare catalogue, registry and observation, and bring the register up to date."""
    try:
        tally = _compare(site_file, full=full, plan=plan)
    except (SiteFileError, StoreError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(FAILED) from error
    if as_json:
        document = {
            "full": full,
            "plan": plan,
            "judged": tally.judged,
            "found": dict(sorted(tally.found.items())),
            "closed": tally.closed,
            "standing": tally.standing,
            "figures": tally.figures,
            "examples": tally.examples,
        }
        typer.echo(json.dumps(document, ensure_ascii=False, indent=2))
    else:
        _tell(tally, plan=plan)


def _compare(site_file: Path, *, full: bool, plan: bool) -> Tally:
    site = load_site(site_file)
    with ExitStack() as stack:
        engine = open_site_store(site)
        stack.callback(engine.dispose)
        one = comparison(site, engine, writer="reconcile", compose=Publications(site), plan=plan)
        stack.callback(one.close)
        if full:
            one.of_everything()
        else:
            one.of_changes()
        return one.finish(full=full)


def _tell(tally: Tally, *, plan: bool) -> None:
    for code, count in sorted(tally.found.items()):
        name = DiscrepancyClass(code).name.lower().replace("_", " ")
        typer.echo(f"{code} {name}: {count}")
    would = "would be " if plan else ""
    opened = sum(tally.found.values())
    typer.echo(
        f"{tally.judged} judged, {opened} {would}opened, {tally.closed} {would}closed, "
        f"{tally.standing} stand",
        err=True,
    )
