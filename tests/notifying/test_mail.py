"""Mail over real conversations: what is sent, and what each refusal means."""

import email
import email.policy
import ssl
from datetime import UTC, datetime
from pathlib import Path

import pytest

from controller.notifying.mail import mail, send
from controller.notifying.texts import Text
from controller.notifying.undelivered import Never, NotNow
from controller.site_notifications import Smtp
from tests.notifying.servers import MailBox, mail_server
from tests.services import free_port, self_signed

NOW = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
TEXT = Text("[档案馆] 高 · 超过上限", "2026-11-20 16:00 · 一号库房\n温度 26.3 °C\n")
LOGIN = "s3cret"


def smtp(port: int, **more: object) -> Smtp:
    given = {"host": "localhost", "port": port, "sender": "archive@example.org", **more}
    return Smtp.model_validate(given)


def letter(settings: Smtp) -> email.message.EmailMessage:
    return mail(settings, "ops@example.org", "id-1", NOW, TEXT)


def deliver(box: MailBox, **more: object) -> None:
    settings = smtp(box.port, **more)
    send(settings, LOGIN, letter(settings))


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, ssl.SSLContext]:
    """An authority's file for the client, and the server's side of it."""
    cert, key = self_signed(tmp_path)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(cert, key)
    return cert, context


@pytest.mark.parametrize("at_once", [False, True])
def test_mail_goes_out_over_tls_after_the_login(
    certificate: tuple[Path, ssl.SSLContext], at_once: bool
) -> None:
    authority, context = certificate
    with mail_server(MailBox(tls=context, at_once=at_once)) as box:
        security = "tls" if at_once else "starttls"
        deliver(box, security=security, ca_file=str(authority), username="archive")
    [raw] = box.letters
    got = email.message_from_string(raw, policy=email.policy.default)
    assert (got["Subject"], got["To"]) == (TEXT.subject, "ops@example.org")
    assert got["Message-ID"] == "<id-1@example.org>"
    assert got["Auto-Submitted"] == "auto-generated"
    assert "一号库房" in got.get_content()
    assert any(line.startswith("AUTH PLAIN") for line in box.commands)
    before_tls = box.commands[: box.commands.index("STARTTLS")] if not at_once else []
    assert not any(line.startswith("AUTH") for line in before_tls)


def test_without_starttls_neither_password_nor_message_goes_out() -> None:
    with mail_server(MailBox()) as box:
        with pytest.raises(NotNow, match="STARTTLS"):
            deliver(box, username="archive")
        assert box.letters == []
        assert not any(line.upper().startswith(("AUTH", "MAIL")) for line in box.commands)


def test_a_certificate_that_nobody_vouches_for_gets_nothing(
    certificate: tuple[Path, ssl.SSLContext],
) -> None:
    _, context = certificate
    with mail_server(MailBox(tls=context)) as box:
        with pytest.raises(NotNow, match="certificate"):
            deliver(box)
        assert box.letters == []


def test_a_refused_login_waits_for_somebody_to_correct_it(
    certificate: tuple[Path, ssl.SSLContext],
) -> None:
    authority, context = certificate
    with (
        mail_server(MailBox({"AUTH": "535 no"}, tls=context)) as box,
        pytest.raises(NotNow, match="login"),
    ):
        deliver(box, username="archive", ca_file=str(authority))


@pytest.mark.parametrize("word", ["MAIL", "RCPT", "DATA", "BODY"])
def test_4xx_means_later_and_5xx_means_never(word: str) -> None:
    for answer, meaning in (("451 busy", NotNow), ("550 no such user", Never)):
        with mail_server(MailBox({word: answer})) as box:
            with pytest.raises(meaning, match=answer[:3]):
                deliver(box, security="none")
            assert box.letters == []


@pytest.mark.parametrize("word", ["EHLO", "MAIL", "BODY"])
def test_a_server_that_hangs_up_is_tried_again(word: str) -> None:
    with mail_server(MailBox({word: "", "HELO": ""})) as box, pytest.raises(NotNow):
        deliver(box, security="none")


def test_a_server_that_hangs_up_instead_of_a_goodbye_has_taken_the_message() -> None:
    with mail_server(MailBox({"QUIT": ""})) as box:
        deliver(box, security="none")
    assert len(box.letters) == 1


def test_a_silent_server_is_given_up_in_time() -> None:
    with mail_server(MailBox(silent=True)) as box, pytest.raises(NotNow, match="timed out"):
        deliver(box, security="none", timeout_s=0.1)


def test_a_refused_connection_is_tried_again() -> None:
    settings = smtp(free_port(), security="none")
    with pytest.raises(NotNow, match="refused"):
        send(settings, None, letter(settings))


def test_a_login_in_the_clear_is_refused_by_the_site_file() -> None:
    with pytest.raises(ValueError, match="starttls"):
        smtp(25, security="none", username="archive")
