"""Webhooks over a real receiver: the signature, and what each answer means."""

import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta

import pytest

from controller.notifying.texts import Text
from controller.notifying.undelivered import Never, NotNow
from controller.notifying.webhook import body, post
from controller.site_notifications import Recipient
from controller.store.notifications.queue import Notice, Waiting
from tests.notifying.servers import Hook, receiver
from tests.services import free_port

NOW = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
KEY = "k3y"
MESSAGE = Waiting(
    id="id-1",
    recipient="hook",
    made_at=NOW,
    attempts=0,
    notices=[
        Notice(
            event_id="event-1",
            recipient="hook",
            about="raised",
            priority="high",
            facts={"kind": "climate_high", "source": "th-1"},
            due_at=NOW,
        )
    ],
)


def content() -> bytes:
    return body(MESSAGE, Text("超限", "…"), site="site-1", language="zh-CN")


def deliver(url: str, at: datetime = NOW, *, timeout_s: float = 10.0) -> None:
    recipient = Recipient.model_validate({"id": "hook", "webhook": url})
    post(recipient, KEY, MESSAGE.id, content(), at, timeout_s=timeout_s)


def test_what_is_posted_is_signed_with_its_time() -> None:
    with receiver(Hook()) as hook:
        deliver(hook.url)
        deliver(hook.url, NOW + timedelta(minutes=1))
    (first, got), (second, again) = hook.got
    assert got == again == content()
    timestamp = first["X-Repository-Timestamp"]
    assert timestamp == str(int(NOW.timestamp()))
    proof = hmac.new(KEY.encode(), timestamp.encode() + b"." + got, hashlib.sha256).hexdigest()
    assert first["X-Repository-Signature"] == f"sha256={proof}"
    assert second["X-Repository-Signature"] != first["X-Repository-Signature"]
    assert first["X-Repository-Id"] == second["X-Repository-Id"] == json.loads(got)["id"]


def test_the_body_tells_in_words_and_in_facts() -> None:
    told = json.loads(content())
    assert (told["site"], told["language"], told["subject"]) == ("site-1", "zh-CN", "超限")
    assert told["notices"][0]["facts"]["source"] == "th-1"


@pytest.mark.parametrize("status", [401, 403, 404, 408, 429, 500, 503, 302])
def test_what_a_set_up_may_explain_is_tried_again(status: int) -> None:
    with (
        receiver(Hook(status, {"Location": "/elsewhere"})) as hook,
        pytest.raises(NotNow, match=str(status)),
    ):
        deliver(hook.url)
    assert len(hook.got) == 1


@pytest.mark.parametrize("status", [400, 410, 413, 422])
def test_what_the_receiver_judged_is_not_repeated(status: int) -> None:
    with receiver(Hook(status)) as hook, pytest.raises(Never, match=str(status)):
        deliver(hook.url)


def test_a_receiver_says_when_it_wants_to_be_asked_again() -> None:
    for asked, after in (("120", 120), ("999999", 3600)):
        with receiver(Hook(429, {"Retry-After": asked})) as hook, pytest.raises(NotNow) as said:
            deliver(hook.url)
        assert said.value.after == timedelta(seconds=after)


def test_a_silent_receiver_is_given_up_in_time() -> None:
    with receiver(Hook(silent=True)) as hook, pytest.raises(NotNow, match="timed out"):
        deliver(hook.url, timeout_s=0.2)


def test_nobody_there_is_tried_again() -> None:
    with pytest.raises(NotNow, match="refused"):
        deliver(f"http://127.0.0.1:{free_port()}/")


@pytest.mark.parametrize("url", ["ftp://example.org/", "example.org", "https://me:pw@example.org/"])
def test_what_is_no_plain_web_address_is_refused_by_the_site_file(url: str) -> None:
    with pytest.raises(ValueError, match="webhook"):
        Recipient.model_validate({"id": "hook", "webhook": url})
