"""What ``check`` says of notifications: who is told what, and whether the way there is open."""

from collections.abc import Iterator
from pathlib import Path

from controller.config import Site
from controller.site_notifications import SMTP_SECRET, Recipient, webhook_secret


def described(site: Site) -> Iterator[tuple[str, str]]:
    """Each recipient, and in words what it is told."""
    for recipient in site.notifications.recipients:
        yield f"recipient {recipient.id}", _told(recipient)


def secrets(site: Site) -> Iterator[tuple[str, Path | None]]:
    """Every secret that notifications need, by credential name and file."""
    smtp = site.notifications.smtp
    if smtp is not None and smtp.username is not None:
        yield SMTP_SECRET, smtp.password_file
    for recipient in site.notifications.recipients:
        if recipient.webhook is not None:
            yield webhook_secret(recipient.id), recipient.secret_file


def _told(recipient: Recipient) -> str:
    way = f"mail to {recipient.mail}" if recipient.mail else f"webhook {recipient.webhook}"
    what = f"alarms of {', '.join(recipient.roles)} from {recipient.least_priority} on"
    where = f" in {', '.join(recipient.rooms)}" if recipient.rooms else ""
    when = f", from escalation {recipient.level} on" if recipient.level else ""
    loans = ", reminders of loans" if recipient.reminders else ""
    quiet = recipient.quiet
    rest = f", quiet {quiet.begin:%H:%M}–{quiet.end:%H:%M} but for critical" if quiet else ""
    return f"{way}: {what}{where}{when}{loans}{rest}"
