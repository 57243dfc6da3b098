"""``catalogue-runs``: what the guard has held, and what an administrator decides about it."""

import json
import socket
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from sqlalchemy import Engine

from controller.catalogue.commands import FAILED, AsJson, SiteFile, writing
from controller.catalogue.runs import DIFFERENCES_TOLD, Importer, accept_held, held, refuse_held
from controller.clock import system_clock
from controller.store.accounts import Accounts, Role
from controller.store.catalogue_applying import HeldRun, held_runs
from controller.store.catalogue_judging import first_differences
from controller.store.ledger import Ledger


def register(app: typer.Typer) -> None:
    """Give ``app`` the verb."""
    app.command("catalogue-runs")(catalogue_runs)


def catalogue_runs(
    site_file: SiteFile,
    accept: Annotated[str, typer.Option(help="Carry out the held run of this id.")] = "",
    refuse: Annotated[str, typer.Option(help="Throw the held run of this id away.")] = "",
    name: Annotated[str, typer.Option("--as", help="The administrator who decides.")] = "",
    password_file: Annotated[
        Path | None, typer.Option(help="Holds the password; without it, it is asked for.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """List the runs that would change too much and are held, or decide about one of them."""
    if accept and refuse:
        raise typer.BadParameter("give --accept or --refuse, not both")
    with writing(site_file, "import") as (_, engine, ledger):
        if accept or refuse:
            waiting = held(engine, accept or refuse)
            if waiting is None:
                _fail(f"no run {accept or refuse!r} is held; catalogue-runs lists those that are")
            _require_administrator(engine, name, password_file)
            importer = _importer(engine, ledger, waiting, name)
            (accept_held if accept else refuse_held)(importer, waiting)
        left = [
            (run, first_differences(engine, run.run.id, limit=DIFFERENCES_TOLD))
            for run in held_runs(engine)
        ]
    if as_json:
        found = [asdict(run) | {"differences": told} for run, told in left]
        typer.echo(json.dumps(found, ensure_ascii=False, indent=2, default=str))
        return
    for run, told in left:
        typer.echo(f"{run.run.id} {run.run.source}: {run.run.file}: {run.reason}")
        for line in told:
            typer.echo(f"  {line}")


def _importer(engine: Engine, ledger: Ledger, waiting: HeldRun, name: str) -> Importer:
    return Importer(
        engine=engine,
        ledger=ledger,
        source=waiting.run.source,
        by=name,
        computer=socket.gethostname(),
        clock=system_clock,
    )


def _require_administrator(engine: Engine, name: str, password_file: Path | None) -> None:
    if password_file is None:
        password = str(typer.prompt(f"Password of {name}", hide_input=True, err=True))
    else:
        try:
            password = password_file.read_text(encoding="utf-8").strip()
        except OSError as error:
            _fail(f"{password_file}: cannot be read: {error.strerror}")
    accounts, at = Accounts(engine), system_clock().utc
    computer = socket.gethostname()
    token = accounts.sign_in(name, password, computer=computer, at=at)
    who = None if token is None else accounts.session(token, at)
    if token is not None:
        accounts.sign_out(token, computer=computer, at=at)
    if who is None or who.role is not Role.ADMINISTRATOR:
        _fail(f"{name!r} is no administrator with this password; nothing was decided")


def _fail(text: str) -> NoReturn:
    typer.echo(text, err=True)
    raise typer.Exit(FAILED)
