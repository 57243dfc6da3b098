"""The controller's command line: ``python -m controller VERB``.

Data goes to stdout, words to stderr. Exit 0: well; 1: failed; 2: usage; 3: findings.
"""

import json
import logging
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from controller.catalogue import harvest_commands, run_commands
from controller.catalogue.commands import register
from controller.checking import check_site
from controller.climate.commands import climate_metrics
from controller.climate.importing import import_climate
from controller.commissioning.commands import tune_door
from controller.config import SiteFileError, load_site
from controller.notifying.commands import notify_test
from controller.reconcile_command import reconcile
from controller.recording.commands import passages
from controller.report_commands import climate_report
from controller.service import open_site_store, run_site
from controller.store.audit import verify
from controller.store.database import StoreError
from controller.store.rebuild import rebuild
from drivers.profiles import ProfileError

log = logging.getLogger(__name__)

FAILED, FINDINGS = 1, 3

app = typer.Typer(
    help="Decide what observations mean, write it down, and say so.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
register(app)
run_commands.register(app)
harvest_commands.register(app)
app.command()(climate_metrics)
app.command()(import_climate)
app.command()(climate_report)
app.command()(notify_test)
app.command()(passages)
app.command()(tune_door)
app.command()(reconcile)

SiteFile = Annotated[Path, typer.Argument(help="The site file (TOML).", show_default=False)]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout.")]


@contextmanager
def failing_plainly() -> Iterator[None]:
    """What a person can mend is one message on stderr, not a traceback."""
    try:
        yield
    except (SiteFileError, ProfileError, StoreError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(FAILED) from error


@app.command()
def run(site_file: SiteFile) -> None:
    """Run the controller of one site until SIGTERM or Ctrl-C."""
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(levelname)s %(message)s")
    for chatty in ("apscheduler", "pymodbus", "alembic"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    log.info("starting: %s", site_file)
    with failing_plainly():
        ended_well = run_site(load_site(site_file), beside=site_file.resolve().parent, stop=stop)
    raise typer.Exit(0 if ended_well else FAILED)


@app.command()
def check(
    site_file: SiteFile,
    offline: Annotated[
        bool, typer.Option("--offline", help="Judge the files only; connect to nothing.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Say what a site file means and what is wrong with it, without starting anything."""
    findings = check_site(site_file, offline=offline)
    if as_json:
        rows = [{"what": f.what, "well": f.well, "says": f.says} for f in findings]
        typer.echo(json.dumps({"findings": rows}, ensure_ascii=False, indent=2))
    else:
        for finding in findings:
            typer.echo(f"{'ok  ' if finding.well else 'BAD '} {finding.what}: {finding.says}")
    if not all(finding.well for finding in findings):
        raise typer.Exit(FINDINGS)


@app.command()
def upgrade(site_file: SiteFile) -> None:
    """Bring the store's tables up to this version; ``run`` does so by itself."""
    with failing_plainly():
        open_site_store(load_site(site_file)).dispose()
    typer.echo("the store is up to date", err=True)


@app.command("rebuild")
def rebuild_tables(
    site_file: SiteFile,
    write: Annotated[
        bool, typer.Option("--write", help="Replace the derived tables by what the journal says.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Prove that the derived tables equal what the journal says."""
    with failing_plainly():
        engine = open_site_store(load_site(site_file))
        differences = rebuild(engine, write=write)
        engine.dispose()
    if as_json:
        typer.echo(json.dumps({"differences": differences, "written": write}, ensure_ascii=False))
    else:
        for difference in differences:
            typer.echo(difference)
        typer.echo(f"{len(differences)} differences", err=True)
    if differences and not write:
        raise typer.Exit(FINDINGS)


@app.command()
def audit(site_file: SiteFile, as_json: AsJson = False) -> None:
    """Verify the chain of audit entries from the first to the last."""
    with failing_plainly():
        engine = open_site_store(load_site(site_file))
        with engine.connect() as connection:
            broken = verify(connection)
        engine.dispose()
    if as_json:
        typer.echo(json.dumps({"intact": broken is None, "broken_at": broken}))
    else:
        words = (
            "the chain is intact" if broken is None else f"the chain is broken at entry {broken}"
        )
        typer.echo(words)
    if broken is not None:
        raise typer.Exit(FINDINGS)
