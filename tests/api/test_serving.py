"""The daemon as a site starts it, and the command line that keeps its accounts."""

import json
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from api.cli import app
from tests.api.serving import Stream
from tests.services import eventually, free_port, listens

SITE = """
[site]
id = "site-1"
name = "Test"
[database]
url = "sqlite:///{folder}/store.db"
[[rooms]]
id = "room-1"
name = "Room 1"
"""


@pytest.fixture
def site(tmp_path: Path) -> Path:
    file = tmp_path / "site.toml"
    file.write_text(SITE.format(folder=tmp_path))
    return file


def cli(*words: str, told: str | None = None) -> Result:
    return CliRunner().invoke(app, list(words), input=told)


def add_key(site: Path) -> str:
    made = cli("keys", "add", "archive", "--role", "reader", "--site", str(site), "--json")
    assert made.exit_code == 0, made.output
    return str(json.loads(made.stdout)["key"])


@contextmanager
def daemon(site: Path, *more: str) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """``python -m api run``, answering."""
    port = free_port()
    command = [sys.executable, "-m", "api", "run", str(site), "--port", str(port), *more]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        try:
            eventually(lambda: listens(port) or process.poll() is not None, bool, 30)
            yield process, port
        finally:
            process.kill()


def status(port: int, path: str, key: str) -> int:
    caller = HTTPConnection("127.0.0.1", port, timeout=30)
    caller.request("GET", path, headers={"Authorization": f"Bearer {key}"})
    try:
        return caller.getresponse().status
    finally:
        caller.close()


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_stop_ends_open_streams_in_order_and_without_waiting_for_its_grace(
    site: Path, workers: str
) -> None:
    key = add_key(site)
    with daemon(site, "--workers", workers) as (process, port):
        assert status(port, "/v1/racks", key) == 200
        headers = {"Authorization": f"Bearer {key}"}
        with Stream(port, "/v1/events", headers) as live:
            assert live.answer.status == 200
            process.send_signal(signal.SIGTERM)
            assert live.event() is None
        said = process.communicate(timeout=20)[1]
    assert "Traceback" not in said
    assert "grace" not in said


def test_a_port_that_is_taken_is_one_line_that_says_what_to_do(site: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        command = [sys.executable, "-m", "api", "run", str(site), "--port", str(port)]
        ran = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert ran.returncode == 1
    (line,) = ran.stderr.splitlines()
    assert str(port) in line
    assert "--port" in line


def test_a_site_file_that_is_missing_is_one_line(tmp_path: Path) -> None:
    ran = cli("users", "list", "--site", str(tmp_path / "none.toml"))
    assert ran.exit_code == 1
    assert len(ran.stderr.splitlines()) == 1
    assert ran.stdout == ""


def test_a_user_is_added_with_a_password_from_stdin_or_one_that_is_shown_once(
    site: Path,
) -> None:
    where = ["--site", str(site), "--role", "staff"]
    given = cli("users", "add", "li", *where, "--password-stdin", told="correct horse battery\n")
    assert (given.exit_code, given.stdout) == (0, "")
    made = cli("users", "add", "wang", *where, "--json")
    password = json.loads(made.stdout)["password"]
    assert len(password) >= 12
    listed = json.loads(cli("users", "list", "--site", str(site), "--json").stdout)["users"]
    assert [(user["name"], user["role"]) for user in listed] == [("li", "staff"), ("wang", "staff")]
    assert password not in str(listed)


def test_what_cannot_be_done_with_an_account_is_one_line_on_stderr(site: Path) -> None:
    where = ["--site", str(site)]
    short = cli("users", "add", "li", *where, "--role", "staff", "--password-stdin", told="x\n")
    assert (short.exit_code, short.stdout) == (1, "")
    assert "12 to 128" in short.stderr
    assert cli("users", "disable", "nobody", *where).exit_code == 1
    assert cli("keys", "revoke", "nothing", *where).exit_code == 1
    assert cli("users", "add", "li", *where, "--role", "king").exit_code == 2


def test_a_key_is_shown_once_and_listed_without_its_secret(site: Path) -> None:
    key = add_key(site)
    assert cli("keys", "revoke", "archive", "--site", str(site)).exit_code == 0
    listed = cli("keys", "list", "--site", str(site), "--json").stdout
    assert key.partition(".")[2] not in listed
    assert json.loads(listed)["keys"][0]["revoked_at"].endswith("Z")
