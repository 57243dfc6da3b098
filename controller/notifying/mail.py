"""Sends a message by SMTP (RFC 5321), over TLS unless the server is this very machine.

A server that does not offer STARTTLS (RFC 3207) where the site file wants it gets nothing: neither
the password nor the message goes out in the clear. Every try carries the same Message-ID.
"""

import smtplib
import ssl
from contextlib import suppress
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime

from controller.notifying.texts import Text
from controller.notifying.undelivered import Never, NotNow
from controller.site_notifications import Smtp

SUBMISSION_REFUSED = range(500, 600)


def mail(smtp: Smtp, to: str, message_id: str, at: datetime, text: Text) -> EmailMessage:
    """The message as it goes out; ``at`` is when it was made."""
    message = EmailMessage()
    message["From"] = smtp.sender
    message["To"] = to
    message["Subject"] = text.subject
    message["Date"] = format_datetime(at)
    message["Message-ID"] = f"<{message_id}@{smtp.sender.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: nobody's holiday answers it
    message.set_content(text.body, cte="base64")  # any server carries it
    return message


def send(smtp: Smtp, password: str | None, message: EmailMessage) -> None:
    """Hand ``message`` to the server; returns once the server has taken it.

    Raises:
        NotNow: away, slow, without TLS, refuses the login, or says 4xx.
        Never: the server refuses the sender, the recipient or the content for good (5xx).
    """
    try:
        server = _connected(smtp)
        try:
            if smtp.username is not None:
                server.login(smtp.username, password or "")
            server.send_message(message)
            with suppress(smtplib.SMTPException, OSError):
                server.quit()  # it has the message: a rude goodbye is no reason to send it again
        finally:
            server.close()
    except smtplib.SMTPAuthenticationError as error:
        raise NotNow(f"the server refuses the login: {_words(error)}") from error
    except smtplib.SMTPRecipientsRefused as error:
        [(code, words)] = error.recipients.values()
        _refused(code, words)
    except (smtplib.SMTPSenderRefused, smtplib.SMTPDataError) as error:
        _refused(error.smtp_code, error.smtp_error)
    except (smtplib.SMTPException, ssl.SSLError, OSError) as error:
        raise NotNow(f"{smtp.host}:{smtp.port}: {error}") from error


def _connected(smtp: Smtp) -> smtplib.SMTP:
    if smtp.security == "tls":
        context = ssl.create_default_context(cafile=smtp.ca_file)
        return smtplib.SMTP_SSL(smtp.host, smtp.port, timeout=smtp.timeout_s, context=context)
    server = smtplib.SMTP(smtp.host, smtp.port, timeout=smtp.timeout_s)
    if smtp.security == "none":
        return server
    try:
        server.starttls(context=ssl.create_default_context(cafile=smtp.ca_file))
    except BaseException:
        server.close()
        raise
    return server


def _refused(code: int, words: bytes | str) -> None:
    said = f"the mail server says {code} {_text(words)}"
    if code in SUBMISSION_REFUSED:
        raise Never(said)
    raise NotNow(said)


def _words(error: smtplib.SMTPResponseException) -> str:
    return f"{error.smtp_code} {_text(error.smtp_error)}"


def _text(words: bytes | str) -> str:
    return words.decode("utf-8", "replace") if isinstance(words, bytes) else words
