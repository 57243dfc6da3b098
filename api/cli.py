"""The API's command line: ``python -m api VERB``.

Data goes to stdout, words to stderr. Exit 0: well; 1: failed; 2: usage. A password or key that
was made here is printed once and kept nowhere.
"""

import getpass
import json
import logging
import secrets
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from api.openapi import document
from api.serving import CannotListen, open_store, serve
from controller.clock import system_clock
from controller.config import SiteFileError, load_site
from controller.store.accounts import AccountError, Accounts, By, Role
from controller.store.database import StoreError
from controller.store.keys import Keys

FAILED = 1

app = typer.Typer(
    help="REST, live events and screens; accounts and keys.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
users = typer.Typer(help="People who may sign in.", no_args_is_help=True)
keys = typer.Typer(help="Keys for programs.", no_args_is_help=True)
app.add_typer(users, name="users")
app.add_typer(keys, name="keys")

SiteFile = Annotated[Path, typer.Option("--site", help="The site file (TOML).")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout.")]
RoleOption = Annotated[Role, typer.Option("--role", help="What it may do.")]


@contextmanager
def failing_plainly() -> Iterator[None]:
    """What a person can mend is one message on stderr, not a traceback."""
    try:
        yield
    except (SiteFileError, StoreError, AccountError, CannotListen) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(FAILED) from error


@app.command()
def run(
    site_file: Annotated[Path, typer.Argument(help="The site file (TOML).", show_default=False)],
    host: Annotated[str | None, typer.Option(help="Instead of the site file's.")] = None,
    port: Annotated[int | None, typer.Option(min=1, max=65535)] = None,
    workers: Annotated[int, typer.Option(min=1, max=8, help="Processes.")] = 1,
) -> None:
    """Serve the API and the screens of one site until SIGTERM or Ctrl-C."""
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(levelname)s %(message)s")
    for chatty in ("alembic", "uvicorn"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    with failing_plainly():
        serve(site_file, host=host, port=port, workers=workers)


@app.command()
def openapi() -> None:
    """Print the OpenAPI document."""
    typer.echo(document(), nl=False)


@users.command("add")
def add_user(
    name: str,
    role: RoleOption,
    site_file: SiteFile,
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read the password's one line from stdin.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Add a person. Without --password-stdin a password is made up and printed once."""
    given = sys.stdin.readline().rstrip("\r\n") if password_stdin else None
    password = secrets.token_urlsafe(12) if given is None else given
    with _accounts(site_file) as (accounts, _, by):
        accounts.add_user(name, role, password, by)
    told: dict[str, Any] = {"user": name, "role": role}
    if given is None:
        told["password"] = password
        typer.echo("The password is shown this once.", err=True)
    _print(told, as_json, "" if given is not None else password)


@users.command("list")
def list_users(site_file: SiteFile, as_json: AsJson = False) -> None:
    """Everyone, the disabled too."""
    with _accounts(site_file) as (accounts, _, _by):
        found = accounts.list_users()
    lines = [f"{u.name}  {u.role}{'  disabled' if u.disabled_at else ''}" for u in found]
    _print({"users": [asdict(user) for user in found]}, as_json, "\n".join(lines))


@users.command("disable")
def disable_user(name: str, site_file: SiteFile, as_json: AsJson = False) -> None:
    """End an account and all its sessions; the name stays taken."""
    with _accounts(site_file) as (accounts, _, by):
        accounts.disable_user(name, by)
    _print({"user": name, "disabled": True}, as_json, "")


@keys.command("add")
def add_key(name: str, role: RoleOption, site_file: SiteFile, as_json: AsJson = False) -> None:
    """Make a key and print it, this once."""
    with _accounts(site_file) as (_, key_store, by):
        key = key_store.add(name, role, by)
    typer.echo("Send it as 'Authorization: Bearer KEY'. It is shown this once.", err=True)
    _print({"name": name, "role": role, "key": key}, as_json, key)


@keys.command("list")
def list_keys(site_file: SiteFile, as_json: AsJson = False) -> None:
    """Every key, the revoked too."""
    with _accounts(site_file) as (_, key_store, _by):
        found = key_store.list_all()
    lines = [f"{k.name}  {k.id}  {k.role}{'  revoked' if k.revoked_at else ''}" for k in found]
    _print({"keys": [asdict(key) for key in found]}, as_json, "\n".join(lines))


@keys.command("revoke")
def revoke_key(name: str, site_file: SiteFile, as_json: AsJson = False) -> None:
    """From now on that key opens nothing."""
    with _accounts(site_file) as (_, key_store, by):
        key_store.revoke(name, by)
    _print({"name": name, "revoked": True}, as_json, "")


@contextmanager
def _accounts(site_file: Path) -> Iterator[tuple[Accounts, Keys, By]]:
    """The accounts of that site, and who stands at this console."""
    with failing_plainly():
        engine = open_store(load_site(site_file))
        by = By(
            name=f"console:{getpass.getuser()}"[:64],
            computer=socket.gethostname()[:64],
            at=system_clock().utc,
        )
        try:
            yield Accounts(engine), Keys(engine), by
        finally:
            engine.dispose()


def _print(data: dict[str, Any], as_json: bool, plain: str) -> None:
    if as_json:
        typer.echo(json.dumps(data, ensure_ascii=False, default=_time))
    elif plain:
        typer.echo(plain)


def _time(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    raise TypeError(type(value).__name__)
