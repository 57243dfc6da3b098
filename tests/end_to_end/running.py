"""A whole site for a test: simulated devices, a site file, and the product's own daemons."""

import json
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, text

from controller.store.database import open_engine
from simulators.demo_site import ANTENNAS, BY_ROLE, DOOR, SITE_ID, Addresses, write_site
from simulators.devices import Devices, started_devices
from tests.services import eventually, free_port, listens

__all__ = ["ANTENNAS", "BY_ROLE", "DOOR", "SITE_ID", "Running", "running_site"]


@dataclass
class Running:
    """Devices and files of one site, and the daemons that were started on it."""

    folder: Path
    devices: Devices
    site: Path
    api_port: int
    mqtt_port: int
    database_url: str
    keys: dict[str, str] = field(default_factory=dict)
    children: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def base(self) -> str:
        """Where the API listens."""
        return f"http://127.0.0.1:{self.api_port}"

    def start(self, package: str) -> None:
        """Start ``controller`` or ``api`` and wait until it is ready."""
        with (self.folder / f"{package}.log").open("ab") as log:
            self.children[package] = subprocess.Popen(
                [sys.executable, "-m", package, "run", str(self.site)], stdout=log, stderr=log
            )
        ready = self._controller_beats if package == "controller" else self._api_answers
        try:
            eventually(ready, bool, within_s=20)
        except BaseException:
            sys.stderr.write((self.folder / f"{package}.log").read_text()[-3000:])
            raise

    def stop(self, package: str, with_signal: int = signal.SIGTERM) -> int:
        """End it; returns its exit code."""
        child = self.children.pop(package)
        child.send_signal(with_signal)
        return child.wait(10)

    def command(self, *words: str, told: str = "") -> Any:
        """Run one short command with ``--json``; returns what it printed, decoded."""
        done = subprocess.run(
            [sys.executable, "-m", *words, "--json"],
            input=told,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def key(self, role: str) -> str:
        """An API key of that role, made once."""
        if role not in self.keys:
            words = ("keys", "add", f"test-{role}", "--site", str(self.site), "--role", role)
            self.keys[role] = self.command("api", *words)["key"]
        return self.keys[role]

    def get(self, path: str, role: str = "administrator") -> Any:
        """One GET; returns the decoded JSON, of an error too."""
        return self._ask("GET", path, role, None)[1]

    def post(self, path: str, body: Any = None, role: str = "administrator") -> tuple[int, Any]:
        """One POST; returns status and decoded JSON."""
        return self._ask("POST", path, role, json.dumps(body or {}).encode())

    def engine(self) -> Engine:
        """The site's store, to look into."""
        return open_engine(self.database_url)

    def events(self, kind: str) -> list[dict[str, Any]]:
        """The bodies of all journalled events of that kind, oldest first."""
        engine = self.engine()
        try:
            with engine.connect() as connection:
                rows = connection.execute(
                    text("SELECT body FROM journal WHERE kind = :kind ORDER BY seq"), {"kind": kind}
                )
                return [_decoded(row.body) for row in rows]
        finally:
            engine.dispose()

    def wait_for(self, kind: str, count: int = 1, within_s: float = 20.0) -> list[dict[str, Any]]:
        """The events of that kind once there are ``count``."""
        return eventually(lambda: self.events(kind), lambda e: len(e) >= count, within_s)

    def differences(self) -> list[str]:
        """What the rebuild command says."""
        done = subprocess.run(
            [sys.executable, "-m", "controller", "rebuild", str(self.site), "--json"],
            capture_output=True,
            text=True,
            check=False,
        )
        found: list[str] = json.loads(done.stdout)["differences"]
        return found

    def _controller_beats(self) -> bool:
        child = self.children["controller"]
        assert child.poll() is None, (self.folder / "controller.log").read_text()[-2000:]
        log = (self.folder / "controller.log").read_text()
        return log.count("ready:") == log.count("starting:") > 0

    def _api_answers(self) -> bool:
        child = self.children["api"]
        assert child.poll() is None, (self.folder / "api.log").read_text()[-2000:]
        return listens(self.api_port)

    def _ask(self, method: str, path: str, role: str, body: bytes | None) -> tuple[int, Any]:
        request = urllib.request.Request(
            self.base + path,
            method=method,
            data=body,
            headers={
                "Authorization": f"Bearer {self.key(role)}",
                "Content-Type": "application/json",
            },
        )
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return answer.status, json.loads(answer.read())
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.loads(error.read())


def _decoded(body: str | dict[str, Any]) -> dict[str, Any]:
    """A JSON column as SQLite and as PostgreSQL give it to plain SQL."""
    found: dict[str, Any] = json.loads(body) if isinstance(body, str) else body
    return found


@contextmanager
def running_site(
    folder: Path, *, start: Sequence[str] = ("controller",), database_url: str | None = None
) -> Iterator[Running]:
    """A site in ``folder`` with its devices; ``start`` names the daemons to begin with."""
    folder.mkdir(parents=True, exist_ok=True)
    with started_devices(folder, seed=7) as devices:
        where = Addresses(
            api_host="127.0.0.1",
            api_port=free_port(),
            mqtt_port=free_port(),
            mqtt_protocol="5",
            reader_port=devices.reader.port,
            rack_port=devices.rack.port,
            sensor_url=devices.line.url,
        )
        site = write_site(folder, where, "en")
        sqlite_url = f"sqlite:///{(folder / 'repository.db').resolve()}"
        if database_url is not None:
            site.write_text(site.read_text().replace(sqlite_url, database_url))
        url = database_url or sqlite_url
        running = Running(folder, devices, site, where.api_port, where.mqtt_port, url)
        try:
            for package in start:
                running.start(package)
            yield running
        finally:
            for child in running.children.values():
                child.terminate()
            for child in running.children.values():
                try:
                    child.wait(10)
                except subprocess.TimeoutExpired:
                    child.kill()
                    child.wait()
