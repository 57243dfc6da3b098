"""``harvest``: ask the catalogues of the site file for what has changed."""

import json
import socket
from contextlib import closing
from dataclasses import asdict
from typing import Annotated

import typer

from controller.catalogue.archivesspace import ArchivesSpace
from controller.catalogue.commands import (
    FAILED,
    AsJson,
    Plan,
    SiteFile,
    leave,
    sealer,
    tell,
    writing,
)
from controller.catalogue.harvesting import harvest
from controller.catalogue.runs import Guard, Importer, Report
from controller.clock import system_clock
from controller.config import SiteFileError, read_secret
from controller.person import who
from controller.site_catalogues import Catalogue


def register(app: typer.Typer) -> None:
    """Give ``app`` the verb."""
    app.command("harvest")(harvest_catalogues)


def harvest_catalogues(
    site_file: SiteFile,
    source: Annotated[str, typer.Option(help="Only this catalogue; without it, all.")] = "",
    full: Annotated[
        bool, typer.Option("--full", help="Ask for everything, and find what vanished unsaid.")
    ] = False,
    as_json: AsJson = False,
    plan: Plan = False,
) -> None:
    """Ask the catalogues of the site file for what has changed; one that fails stops no other."""
    reports: list[Report] = []
    with writing(site_file, "import") as (site, engine, ledger):
        chosen = [each for each in site.catalogues if source in ("", each.id)]
        if not chosen:
            typer.echo(f"{site_file}: names no catalogue {source}".rstrip(), err=True)
            raise typer.Exit(FAILED)
        for catalogue in chosen:
            guard = Guard(share=catalogue.guard.share, free=catalogue.guard.free)
            importer = Importer(
                engine=engine,
                ledger=ledger,
                source=catalogue.id,
                by=who(),
                computer=socket.gethostname(),
                clock=system_clock,
                guard=guard,
                seal=sealer(site),
                plan=plan,
            )
            with closing(_connector(catalogue)) as connector:
                reports.append(harvest(importer, connector, full=full))
    for report in reports:
        tell([*report.notes, *report.differences], report.faults, report.faults_left_out)
        if not as_json:
            typer.echo(
                f"{report.file}: {report.outcome}: {report.created} created, "
                f"{report.changed} changed, {report.unchanged} unchanged, "
                f"{report.withdrawn} vanished, {report.restored} back"
            )
    if as_json:
        document = {"catalogues": [asdict(report) for report in reports]}
        typer.echo(json.dumps(document, ensure_ascii=False, indent=2))
    leave([report.outcome for report in reports])


def _connector(catalogue: Catalogue) -> ArchivesSpace:
    link = catalogue.link
    password = read_secret(f"catalogue-{catalogue.id}", link.password_file)
    if password is None:
        raise SiteFileError(f"catalogues {catalogue.id!r}: link.password_file is not given")
    return ArchivesSpace(link.url, link.repository, username=link.username, password=password)
