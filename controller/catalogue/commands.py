"""``import`` and ``bind`` on the controller's command line.

Data goes to stdout, words to stderr. Exit 0: well; 1: failed; 2: usage; 3: rows were refused,
or a run is held for a person.
"""

import json
import re
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn
from sqlalchemy import Engine

from controller.catalogue.binding import Binder, BindOutcome, BindReport, bind_file
from controller.catalogue.importing import Format, import_file
from controller.catalogue.runs import Importer, Outcome, Report
from controller.clock import system_clock
from controller.config import Site, SiteFileError, load_site, read_secret
from controller.domain.numbers.key_fields import seal
from controller.person import who
from controller.publications import Publications
from controller.service import open_site_store
from controller.store.catalogue import Seal, sole_turn
from controller.store.catalogue_judging import Complete
from controller.store.database import StoreError
from controller.store.ledger import Ledger

FAILED, FINDINGS = 1, 3
_SHORTEST_SECRET = 32

_SOURCE = re.compile(r"[\w.-]{1,64}")

SiteFile = Annotated[Path, typer.Option("--site", help="The site file (TOML).")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout.")]
Plan = Annotated[bool, typer.Option("--plan", help="Say what would change; change nothing.")]
Files = Annotated[list[Path], typer.Argument(help="Catalogue files.", show_default=False)]


def register(app: typer.Typer) -> None:
    """Give ``app`` the two verbs."""
    app.command("import")(import_catalogue)
    app.command("bind")(bind_tags)


def _source(name: str) -> str:
    if not _SOURCE.fullmatch(name):
        raise typer.BadParameter("1 to 64 letters, digits, dots, hyphens or underscores")
    return name


def import_catalogue(
    files: Files,
    site_file: SiteFile,
    source: Annotated[
        str,
        typer.Option(callback=_source, help="The catalogue's name; keep it the same for ever."),
    ],
    form: Annotated[
        Format, typer.Option("--format", help="auto looks into each file.")
    ] = Format.AUTO,
    complete: Annotated[
        bool,
        typer.Option(
            "--complete",
            help="Each file lists all there is of every fonds in it: what it lacks has vanished.",
        ),
    ] = False,
    as_json: AsJson = False,
    plan: Plan = False,
) -> None:
    """Bring the registry up to date with catalogue files, each wholly or not at all."""
    reports: list[Report] = []
    with writing(site_file, "import") as (site, engine, ledger):
        importer = Importer(
            engine=engine,
            ledger=ledger,
            source=source,
            by=who(),
            computer=socket.gethostname(),
            clock=system_clock,
            complete=Complete.FONDS if complete else Complete.NOTHING,
            seal=sealer(site),
            plan=plan,
        )
        with _bar() as bar:
            for path in files:
                progress = _watch(bar, path)
                reports.append(import_file(importer, path, form=form, progress=progress))
    for report in reports:
        tell([*report.notes, *report.differences], report.faults, report.faults_left_out)
    if as_json:
        _print({"source": source, "files": [asdict(report) for report in reports]})
    else:
        for report in reports:
            typer.echo(
                f"{report.file}: {report.outcome}: {report.created} created, "
                f"{report.changed} changed, {report.unchanged} unchanged{_moved(report)}"
            )
    leave([report.outcome for report in reports])


def bind_tags(
    file: Annotated[Path, typer.Argument(help="CSV: epc, and reference_code or barcode.")],
    site_file: SiteFile,
    rebind: Annotated[
        bool, typer.Option("--rebind", help="Replace tags and take them off other holdings.")
    ] = False,
    as_json: AsJson = False,
    plan: Plan = False,
) -> None:
    """Say which tag is on which holding: the whole list or nothing of it."""
    with writing(site_file, "bind") as (_, engine, ledger):
        binder = Binder(
            engine=engine,
            ledger=ledger,
            by=who(),
            computer=socket.gethostname(),
            clock=system_clock,
        )
        report: BindReport = bind_file(binder, file, rebind=rebind, plan=plan)
    tell(report.notes, report.faults, report.faults_left_out)
    if as_json:
        _print(asdict(report))
    else:
        typer.echo(
            f"{report.file}: {report.outcome}: {report.bound} bound, "
            f"{report.unbound} unbound, {report.unchanged} unchanged"
        )
    leave([report.outcome])


def sealer(site: Site) -> Seal | None:
    """What seals personal numbers with the site's secret; ``None``: none are kept.

    Raises:
        SiteFileError: the secret cannot be read or is too short to be one.
    """
    secret = read_secret("key-fields", site.key_fields.secret_file)
    if secret is None:
        return None
    if len(secret) < _SHORTEST_SECRET:
        raise SiteFileError(f"key_fields.secret_file: has fewer than {_SHORTEST_SECRET} characters")
    return partial(seal, secret=secret.encode())


@contextmanager
def writing(site_file: Path, writer: str) -> Iterator[tuple[Site, Engine, Ledger]]:
    """The site, its store and a pen of its own; what a person can mend is one message, exit 1."""
    try:
        site = load_site(site_file)
        with ExitStack() as stack:
            engine = open_site_store(site)
            stack.callback(engine.dispose)
            writer = f"{site.site.id}/{writer}"
            ledger = Ledger(engine, source=writer, compose=Publications(site))
            stack.callback(ledger.close)
            stack.enter_context(sole_turn(engine))
            yield site, engine, ledger
    except (SiteFileError, StoreError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(FAILED) from error


def _moved(report: Report) -> str:
    told = f", {report.withdrawn} vanished, {report.restored} back"
    return told if report.withdrawn or report.restored else ""


def _bar() -> Progress:
    console = Console(stderr=True)
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )


def _watch(bar: Progress, path: Path) -> Callable[[int], None]:
    size = path.stat().st_size if path.is_file() else None
    task = bar.add_task(path.name, total=size)
    return lambda read: bar.update(task, completed=read)


def tell(notes: Sequence[str], faults: Sequence[str], left_out: int) -> None:
    """Notes and faults on stderr."""
    for line in (*notes, *faults):
        typer.echo(line, err=True)
    if left_out:
        typer.echo(f"… and {left_out} more", err=True)


def _print(document: object) -> None:
    typer.echo(json.dumps(document, ensure_ascii=False, indent=2))


def leave(outcomes: Sequence[Outcome | BindOutcome]) -> None:
    """Exit as the worst outcome demands."""
    if "unreadable" in outcomes:
        raise typer.Exit(FAILED)
    if "refused" in outcomes or "held" in outcomes:
        raise typer.Exit(FINDINGS)
