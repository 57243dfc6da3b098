"""``notify-test`` and what ``check`` says of notifications."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from controller.cli import app
from tests.notifying.servers import Hook, MailBox, mail_server, receiver


def site_file(folder: Path, port: int, hook: str) -> Path:
    file = folder / "site.toml"
    (folder / "key").write_text("k3y\n")
    file.write_text(
        f"""
[site]
id = "site-1"
name = "Archive"
[database]
url = "sqlite:///{folder}/store.db"
[[rooms]]
id = "room-1"
name = "Room 1"
[notifications]
smtp = {{ host = "localhost", port = {port}, security = "none", sender = "a@example.org" }}
[[notifications.recipients]]
id = "ops"
mail = "ops@example.org"
language = "en"
quiet = {{ begin = 22:00:00, end = 07:00:00 }}
[[notifications.recipients]]
id = "hook"
webhook = "{hook}"
secret_file = "{folder}/key"
"""
    )
    return file


def test_a_test_message_reaches_its_recipient_by_mail_and_by_webhook(tmp_path: Path) -> None:
    with mail_server(MailBox()) as box, receiver(Hook()) as hook:
        file = site_file(tmp_path, box.port, hook.url)
        for name in ("ops", "hook"):
            done = CliRunner().invoke(app, ["notify-test", str(file), name])
            assert done.exit_code == 0, done.output
            assert "taken" in done.output
    assert "Test message" in box.letters[0]
    assert json.loads(hook.got[0][1])["subject"] == "[Archive] 测试消息"


def test_a_test_message_that_is_refused_says_why(tmp_path: Path) -> None:
    with mail_server(MailBox({"RCPT": "550 who?"})) as box, receiver(Hook(403)) as hook:
        file = site_file(tmp_path, box.port, hook.url)
        for name, why in (("ops", "550 who?"), ("hook", "403")):
            done = CliRunner().invoke(app, ["notify-test", str(file), name])
            assert (done.exit_code, why in done.output) == (1, True)


def test_a_recipient_that_is_not_there_is_named_with_those_that_are(tmp_path: Path) -> None:
    file = site_file(tmp_path, 25, "http://localhost/")
    done = CliRunner().invoke(app, ["notify-test", str(file), "nobody"])
    assert done.exit_code == 2
    assert "ops, hook" in done.output


def test_a_webhook_without_its_key_is_told_at_once(tmp_path: Path) -> None:
    file = site_file(tmp_path, 25, "http://localhost/")
    (tmp_path / "key").write_text("\n")
    done = CliRunner().invoke(app, ["notify-test", str(file), "hook"])
    assert (done.exit_code, "webhook-hook" in done.output) == (1, True)


@pytest.mark.parametrize("key_is_there", [True, False])
def test_check_says_who_is_told_what(tmp_path: Path, key_is_there: bool) -> None:
    file = site_file(tmp_path, 25, "http://localhost/")
    if not key_is_there:
        (tmp_path / "key").unlink()
    done = CliRunner().invoke(app, ["check", str(file), "--offline", "--json"])
    findings = {one["what"]: one for one in json.loads(done.stdout)["findings"]}
    assert "quiet 22:00–07:00 but for critical" in findings["recipient ops"]["says"]
    assert findings["secret webhook-hook"]["well"] is key_is_there
