"""Killed between the server's taking a message and our note of it: nothing lost, one identity."""

import email
import signal
import subprocess
import sys
from pathlib import Path

from sqlalchemy import Engine

from controller.domain.model import Priority
from controller.notifying.notifier import Notifier
from controller.store.notifications import queue
from tests.notifying.servers import MailBox, mail_server
from tests.notifying.sites import raised, record, site
from tests.services import eventually


def test_a_message_in_doubt_is_sent_again_as_the_same_message(sqlite_engine: Engine) -> None:
    first: list[subprocess.Popen[bytes]] = []

    def kill() -> None:
        if first:
            first.pop().send_signal(signal.SIGKILL)

    url = str(sqlite_engine.url)
    with mail_server(MailBox(taken=kill)) as box:
        smtp = {"port": box.port, "security": "none"}
        where = site({"id": "ops", "mail": "ops@example.org"}, smtp=smtp)
        Notifier(engine=sqlite_engine, site=where, secrets={}).begin()
        record(sqlite_engine, [raised(priority=Priority.CRITICAL)])
        command = [sys.executable, "-m", "tests.notifying.dying_notifier", url, str(box.port)]
        root = Path(__file__).parents[2]
        with subprocess.Popen(command, cwd=root) as victim:
            first.append(victim)
            assert victim.wait(120) == -signal.SIGKILL
        assert len(box.letters) == 1
        with subprocess.Popen(command, cwd=root) as second:
            try:
                eventually(lambda: _states(sqlite_engine), lambda states: states == ["sent"], 30)
            finally:
                second.kill()
    ids = [email.message_from_string(raw)["Message-ID"] for raw in box.letters]
    assert len(ids) == 2
    assert len(set(ids)) == 1


def _states(engine: Engine) -> list[str]:
    with engine.connect() as connection:
        return [one.state for one in queue.newest(connection, limit=10)]
