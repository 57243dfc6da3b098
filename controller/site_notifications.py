"""Who is told of alarms and reminders, how and when: data of the site file.

It names no secret: the mail server's password and each webhook's key lie in files, or are the
systemd credentials ``smtp-password`` and ``webhook-ID``.
"""

from datetime import time
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, model_validator

from controller.domain.model import Priority
from controller.site_parts import Id, Part, Port

Role = Literal["staff", "facilities", "administrator"]
ALL_ROLES: tuple[Role, ...] = ("staff", "facilities", "administrator")


def _web_address(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("is no web address; write https://HOST/PATH")
    if parts.username or parts.password:
        raise ValueError("holds a name or password; the signature says who we are")
    return url


MailAddress = Annotated[str, Field(pattern=r"^[^@\s<>,;:\"]+@[^@\s<>,;:\"]+$", max_length=254)]
WebAddress = Annotated[str, AfterValidator(_web_address)]


class Smtp(Part):
    """The mail server that takes our mail."""

    host: str
    port: Port = 587
    security: Literal["starttls", "tls", "none"] = "starttls"
    """``none`` is for a server on this very machine: nothing is encrypted, no password is sent."""
    username: str | None = None
    password_file: Path | None = None
    ca_file: Path | None = None
    """Given: the server's certificate is verified against this authority."""
    sender: MailAddress
    timeout_s: Annotated[float, Field(gt=0, le=120)] = 20.0

    @model_validator(mode="after")
    def _no_password_in_the_clear(self) -> Self:
        if self.security == "none" and self.username is not None:
            raise ValueError("a username needs security = 'starttls' or 'tls'")
        return self


class QuietHours(Part):
    """From one time of the day to another, over midnight where the second is earlier."""

    begin: time
    end: time

    @model_validator(mode="after")
    def _not_all_day(self) -> Self:
        if self.begin == self.end:
            raise ValueError("quiet hours that begin when they end would be none, or all day")
        return self


class Recipient(Part):
    """Somebody, or something, that is told."""

    id: Id
    mail: MailAddress | None = None
    webhook: WebAddress | None = None
    secret_file: Path | None = None
    """The key that signs what goes to the webhook."""
    ca_file: Path | None = None
    """Of the webhook: its certificate is verified against this authority."""
    language: Literal["zh-CN", "en"] | None = None
    """Absent: the site's own."""
    roles: Annotated[tuple[Role, ...], Field(min_length=1)] = ALL_ROLES
    """Whose alarms: doors and files (staff), climate and plant (facilities), all."""
    rooms: tuple[Id, ...] = ()
    """Only of devices in these; empty: of all, and what belongs to no room."""
    least_priority: Priority = Priority.MEDIUM
    level: Annotated[int, Field(ge=0, le=9)] = 0
    """0: told when an alarm is raised; n: only once nobody has answered it to escalation n."""
    reminders: bool = False
    """Whether overdue loans are told, gathered once a day."""
    quiet: QuietHours | None = None
    """Nothing is told in them but what is critical."""

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if (self.mail is None) == (self.webhook is None):
            raise ValueError(f"recipient {self.id!r} needs either mail or webhook")
        if self.webhook is None and (self.secret_file or self.ca_file):
            raise ValueError(f"recipient {self.id!r}: secret_file and ca_file are for a webhook")
        return self


class Notifications(Part):
    """Who is told; nobody unless recipients are named."""

    smtp: Smtp | None = None
    digest_at: time = time(8, 30)
    """When reminders are told, on the site's clocks."""
    give_up_after_days: Annotated[int, Field(ge=1, le=30)] = 3
    recipients: tuple[Recipient, ...] = ()

    @model_validator(mode="after")
    def _reachable(self) -> Self:
        ids = [recipient.id for recipient in self.recipients]
        twice = sorted({i for i in ids if ids.count(i) > 1})
        if twice:
            raise ValueError(f"recipient id {twice[0]!r} is used twice")
        mailed = [recipient.id for recipient in self.recipients if recipient.mail]
        if mailed and self.smtp is None:
            raise ValueError(f"recipient {mailed[0]!r} gets mail, and no smtp is named")
        return self

    def check_rooms(self, rooms: set[str]) -> None:
        """Raise ``ValueError`` where a recipient wants a room that is not listed."""
        for recipient in self.recipients:
            for room in recipient.rooms:
                if room not in rooms:
                    raise ValueError(
                        f"recipient {recipient.id!r} wants room {room!r}, which is not listed"
                    )


def webhook_secret(recipient: str) -> str:
    """The name of the systemd credential that signs what goes to ``recipient``."""
    return f"webhook-{recipient}"


SMTP_SECRET = "smtp-password"  # noqa: S105 -- the name of a credential
