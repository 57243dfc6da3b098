"""Posts a message to a web address, signed, so that the receiver knows who sent it and when.

    X-Repository-Id: the message's id, the same on every try
    X-Repository-Timestamp: Unix seconds of this try
    X-Repository-Signature: sha256=HEX, HMAC-SHA256 over TIMESTAMP "." BODY

The receiver refuses what is older than some minutes and an id that it has seen. Redirects are not
followed: a signature is for one address only.
"""

import hashlib
import hmac
import ssl
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import msgspec
import urllib3
from urllib3.exceptions import HTTPError

from controller.notifying.texts import Text
from controller.notifying.undelivered import Never, NotNow
from controller.site_notifications import Recipient
from controller.store.notifications.queue import Waiting

TIMEOUT_S = 10.0
TAKEN = range(200, 300)
NEVER = frozenset({400, 410, 413, 415, 422})
"""The receiver judged this very message. Everything else may be a matter of its set-up."""
RETRY_AFTER_MOST = timedelta(hours=1)


def body(message: Waiting, text: Text, *, site: str, language: str) -> bytes:
    """The message as JSON; the same bytes on every try."""
    document: dict[str, Any] = {
        "id": message.id,
        "site": site,
        "recipient": message.recipient,
        "made_at": message.made_at,
        "language": language,
        "subject": text.subject,
        "text": text.body,
        "notices": [
            {
                "event_id": notice.event_id,
                "about": notice.about,
                "priority": notice.priority,
                "facts": notice.facts,
            }
            for notice in message.notices
        ],
    }
    return msgspec.json.encode(document)


def signature(secret: str, timestamp: str, content: bytes) -> str:
    """What proves who sent ``content`` and when."""
    signed = timestamp.encode() + b"." + content
    return "sha256=" + hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()


def post(
    recipient: Recipient,
    secret: str,
    message_id: str,
    content: bytes,
    now: datetime,
    *,
    timeout_s: float = TIMEOUT_S,
) -> None:
    """Post ``content``; returns once the receiver has taken it.

    Raises:
        NotNow: away, slow, a wrong certificate, or an answer that a set-up may explain.
        Never: the receiver refuses this very message for good.
    """
    timestamp = str(int(now.timestamp()))
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "smart-repository",
        "X-Repository-Id": message_id,
        "X-Repository-Timestamp": timestamp,
        "X-Repository-Signature": signature(secret, timestamp, content),
    }
    try:
        context = ssl.create_default_context(cafile=recipient.ca_file)
        with urllib3.PoolManager(ssl_context=context) as pool:
            answer = pool.request(
                "POST",
                str(recipient.webhook),
                body=content,
                headers=headers,
                timeout=urllib3.Timeout(total=timeout_s),
                retries=False,
                redirect=False,
            )
    except (HTTPError, OSError) as error:
        raise NotNow(f"{recipient.webhook}: {error}") from error
    _judge(answer.status, answer.headers)


def _judge(status: int, headers: Mapping[str, str]) -> None:
    if status in TAKEN:
        return
    if status in NEVER:
        raise Never(f"the receiver says {status}")
    asked = headers.get("Retry-After", "")
    after = min(timedelta(seconds=int(asked)), RETRY_AFTER_MOST) if asked.isdecimal() else None
    raise NotNow(f"the receiver says {status}", after=after)
