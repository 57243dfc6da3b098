"""Brings one message to its recipient, by whichever way the site file names."""

from collections.abc import Mapping
from datetime import datetime

from controller.config import Site, SiteFileError, read_secret
from controller.notifying import mail, webhook
from controller.notifying.looking import secrets
from controller.notifying.texts import Writer
from controller.notifying.undelivered import Never
from controller.site_notifications import SMTP_SECRET, webhook_secret
from controller.store.notifications.queue import Waiting


def secrets_of(site: Site) -> dict[str, str]:
    """The secrets that the site's notifications need, by credential name.

    Raises:
        SiteFileError: one cannot be read, or a webhook or a login has none.
    """
    found: dict[str, str] = {}
    for name, path in secrets(site):
        secret = read_secret(name, path)
        if not secret:
            raise SiteFileError(f"notifications: {name} is missing or empty; name its file")
        found[name] = secret
    return found


class Post:
    """Brings a message to its recipient, by whichever way the site file names."""

    def __init__(self, site: Site, secrets: Mapping[str, str]) -> None:
        self._site = site
        self._secrets = secrets
        self._recipients = {r.id: r for r in site.notifications.recipients}
        self._writer = Writer(site)

    def deliver(self, message: Waiting, now: datetime) -> None:
        """Returns once the other side has taken it.

        Raises:
            NotNow: it may be taken later.
            Never: it never will be; also where the site file knows the recipient no more.
        """
        recipient = self._recipients.get(message.recipient)
        if recipient is None:
            raise Never("the site file names this recipient no more")
        text = self._writer.text(message)
        if recipient.webhook is not None:
            language = self._writer.language(recipient.id)
            content = webhook.body(message, text, site=self._site.site.id, language=language)
            secret = self._secrets[webhook_secret(recipient.id)]
            webhook.post(recipient, secret, message.id, content, now)
            return
        smtp, to = self._site.notifications.smtp, recipient.mail
        if smtp is None or to is None:
            raise Never("the site file names no way to this recipient")
        letter = mail.mail(smtp, to, message.id, message.made_at, text)
        mail.send(smtp, self._secrets.get(SMTP_SECRET), letter)
