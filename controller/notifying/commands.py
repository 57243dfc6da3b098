"""``controller notify-test``: one message to one recipient, at once and past the queue."""

from pathlib import Path
from typing import Annotated

import typer

from controller.clock import system_clock
from controller.config import SiteFileError, load_site
from controller.notifying.post import Post, secrets_of
from controller.notifying.undelivered import Never, NotNow
from controller.store.ids import new_id
from controller.store.notifications.queue import Notice, Waiting

FAILED = 1


def notify_test(
    site_file: Annotated[Path, typer.Argument(help="The site file (TOML).", show_default=False)],
    recipient: Annotated[str, typer.Argument(help="Its id in the site file.", show_default=False)],
) -> None:
    """Send one test message to a recipient of the site file, and say what the other side said.

    Exit 0: the other side has taken it; 1: it has not, and why; 2: no such recipient.
    """
    try:
        site = load_site(site_file)
        known = [one.id for one in site.notifications.recipients]
        if recipient not in known:
            said = ", ".join(known) or "none"
            raise typer.BadParameter(f"no recipient {recipient!r}; the site has {said}")
        Post(site, secrets_of(site)).deliver(_message(recipient), system_clock().utc)
    except (SiteFileError, Never, NotNow) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(FAILED) from error
    typer.echo(f"{recipient}: the other side has taken the message", err=True)


def _message(recipient: str) -> Waiting:
    now = system_clock().utc
    notice = Notice(
        event_id=new_id(), recipient=recipient, about="test", priority="low", facts={}, due_at=now
    )
    return Waiting(id=new_id(), recipient=recipient, made_at=now, attempts=0, notices=[notice])
