"""One site whose processes die by SIGKILL and are started again, while people walk and ask."""

import json
import sqlite3
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from http.client import HTTPException
from itertools import count
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import quote

from simulators.demo_site import (
    DOOR,
    HOLDINGS,
    SITE_ID,
    Addresses,
    write_catalogue,
    write_site,
    write_tags,
)
from simulators.devices import Devices, started_devices
from simulators.walks import Motion, Walk
from tests.services import eventually, free_port, listens, require_program

ROOT = Path(__file__).resolve().parents[3]
CONSUMER = "hub"
GROUP = 4
GROUP_EVERY_S = 0.8
ASK_EVERY_S = 0.2
PATIENCE_S = 120.0
"""A process that starts on a busy machine may take long; nothing here judges speed."""
BROKER = """\
listener {port} 127.0.0.1
allow_anonymous true
max_inflight_messages 100
max_queued_messages 5000
set_tcp_nodelay true
"""
"""It keeps nothing: after each kill its sessions, queues and retained values are gone."""
PASSAGES = "SELECT count(*) FROM journal WHERE kind = 'PassageDetected'"
JUDGED_IN_THIS_LIFE = """
SELECT count(*) FROM journal WHERE kind = 'PassageDetected'
AND seq > (SELECT max(seq) FROM journal WHERE kind = 'ControllerStarted')
"""


@dataclass
class CrashSite:
    """Devices, files and processes of one site under fire."""

    folder: Path
    devices: Devices
    api_port: int
    mqtt_port: int
    chance: Random
    children: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    life_began: dict[str, int] = field(default_factory=dict)
    """Where in its log the present life of a process begins."""
    acknowledged: set[str] = field(default_factory=set)
    """Alarms somebody was told are acknowledged."""
    key: str = ""
    quiet: threading.Event = field(default_factory=threading.Event)
    """Set when nobody walks or asks any more."""

    @property
    def site_file(self) -> Path:
        """Where the site file lies."""
        return self.folder / "site.toml"

    @property
    def database(self) -> Path:
        """The site's own store."""
        return self.folder / "repository.db"

    @property
    def consumed(self) -> Path:
        """The consumer's store."""
        return self.folder / "consumer.db"

    def prepare(self) -> None:
        """Site file, catalogue, tags, an API key and the broker's file."""
        where = Addresses(
            api_host="127.0.0.1", api_port=self.api_port, mqtt_port=self.mqtt_port,
            mqtt_protocol="5", reader_port=self.devices.reader.port,
            rack_port=self.devices.rack.port, sensor_url=self.devices.line.url,
        )  # fmt: skip
        site = write_site(self.folder, where, "en")
        text = site.read_text(encoding="utf-8")
        five = 'protocol = "5"\n'
        assert five in text
        text = text.replace(five, f'{five}watermark_consumers = ["{CONSUMER}"]\n')
        site.write_text(text, encoding="utf-8")
        (self.folder / "mosquitto.conf").write_text(BROKER.format(port=self.mqtt_port))
        on = ["--site", str(site)]
        catalogue, tags = write_catalogue(self.folder), write_tags(self.folder)
        self.command("controller", "import", str(catalogue), *on, "--source", "demo", "--json")
        self.command("controller", "bind", str(tags), *on, "--json")
        made = self.command("api", "keys", "add", "crash", *on, "--role", "administrator", "--json")
        self.key = made["key"]

    def command(self, *words: str) -> Any:
        """Run one short command; returns the JSON it printed."""
        done = subprocess.run(
            [sys.executable, "-m", *words], capture_output=True, text=True, check=False, cwd=ROOT
        )
        assert done.returncode in (0, 3), done.stderr
        return json.loads(done.stdout)

    def start(self, name: str) -> None:
        """Start one process; it is given no time to get ready."""
        with self.log_of(name).open("ab") as out:
            self.life_began[name] = out.tell()
            self.children[name] = subprocess.Popen(
                self._command_of(name), stdout=out, stderr=out, cwd=ROOT
            )

    def kill(self, name: str) -> None:
        """SIGKILL, and wait until it is gone; it must have been alive."""
        child = self.children[name]
        assert child.poll() is None, (
            f"{name} died by itself: {self.log_of(name).read_text()[-3000:]}"
        )
        child.kill()
        child.wait()

    def stop(self, name: str) -> int:
        """SIGTERM; returns the exit code."""
        child = self.children.pop(name)
        child.terminate()
        return child.wait(10)

    def ready(self) -> bool:
        """Whether the controller that runs now has come up."""
        said = self.log_of("controller").read_bytes()
        return b"ready:" in said[self.life_began["controller"] :]

    def log_of(self, name: str) -> Path:
        """Where a process's words go."""
        return self.folder / f"{name}.log"

    def _command_of(self, name: str) -> Sequence[str]:
        consumer = (str(self.consumed), str(self.mqtt_port), SITE_ID, CONSUMER)
        return {
            "broker": (require_program("mosquitto"), "-c", str(self.folder / "mosquitto.conf")),
            "controller": (sys.executable, "-m", "controller", "run", str(self.site_file)),
            "api": (sys.executable, "-m", "api", "run", str(self.site_file)),
            "consumer": (sys.executable, "-m", "tests.end_to_end.crash.consumer", *consumer),
        }[name]

    def walk(self) -> None:
        """Groups go out and come back, one behind the other, without a pause."""
        groups = [HOLDINGS[n : n + GROUP] for n in range(0, len(HOLDINGS), GROUP)]
        for number in count():
            if self.quiet.wait(GROUP_EVERY_S):
                return
            group = groups[number % len(groups)]
            motion = Motion.OUT if number // len(groups) % 2 == 0 else Motion.IN
            epcs = [tagged.epc for tagged in group]
            self.devices.world.walk(DOOR, Walk(epcs, motion, speed_m_per_s=1.6))

    def acknowledge(self) -> None:
        """Somebody acknowledges what they see, and remembers what they were told."""
        while not self.quiet.wait(ASK_EVERY_S):
            with suppress(OSError, HTTPException):  # the API is away
                _, page = self.ask("GET", "/v1/alarms?state=unacknowledged")
                for alarm in page["alarms"]:
                    self._acknowledge_one(alarm["id"])

    def _acknowledge_one(self, alarm_id: str) -> None:
        path = f"/v1/alarms/{quote(alarm_id, safe='')}/acknowledge"
        status, _ = self.ask("POST", path, {"note": ""})
        if status == 200:  # 202 promises an answer, no more
            self.acknowledged.add(alarm_id)

    def ask(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """One request to the API: status and answer; ``OSError`` when it is away or says no."""
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.api_port}{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return answer.status, json.loads(answer.read())
        except urllib.error.HTTPError as error:
            error.close()
            raise

    def look(self, database: Path, query: str) -> list[tuple[Any, ...]]:
        """Rows of one of the stores, as they are now."""
        connection = sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True, timeout=10)
        try:
            return connection.execute(query).fetchall()
        finally:
            connection.close()

    def storm(self, kills: Mapping[str, int]) -> None:
        """Kill each process so often, at random moments, and start it again.

        Every other time that the consumer is away, the broker dies with what it had confirmed
        and not delivered: whoever believes a broker's confirmation loses that.
        """
        victims = [name for name, times in kills.items() for _ in range(times)]
        self.chance.shuffle(victims)
        absences = count()
        for victim in victims:
            eventually(partial(self._at_work, victim), bool, within_s=PATIENCE_S)
            self.pause(0.02, 1.5)
            self.kill(victim)
            self.pause(0.02, 0.4)
            if victim == "consumer" and next(absences) % 2 == 0:
                self._lose_the_queue()
            self.start(victim)

    def pause(self, least_s: float, most_s: float) -> None:
        """Let a random while pass."""
        threading.Event().wait(self.chance.uniform(least_s, most_s))

    def _lose_the_queue(self) -> None:
        """Kill the broker once something was published to it that nobody took."""
        before = self.look(self.database, PASSAGES)
        eventually(lambda: self.look(self.database, PASSAGES) != before, bool, PATIENCE_S)
        self.pause(0.2, 0.6)
        self.kill("broker")
        self.start("broker")

    def _at_work(self, name: str) -> bool:
        """Whether killing it now hurts: the controller must have judged a passage of this life."""
        if name == "controller":
            ((judged,),) = self.look(self.database, JUDGED_IN_THIS_LIFE)
            return self.ready() and judged > 0
        ports = {"api": self.api_port, "broker": self.mqtt_port}
        return name not in ports or listens(ports[name])


@contextmanager
def crash_site(folder: Path, seed: int) -> Iterator[CrashSite]:
    """A prepared site with every process running, people walking and somebody acknowledging."""
    folder.mkdir(parents=True, exist_ok=True)
    with started_devices(folder, seed) as devices:
        site = CrashSite(folder, devices, free_port(), free_port(), Random(seed))
        site.prepare()
        people = [threading.Thread(target=work) for work in (site.walk, site.acknowledge)]
        try:
            for name in ("broker", "consumer", "controller", "api"):
                site.start(name)
            eventually(lambda: site.ready() and listens(site.api_port), bool, within_s=PATIENCE_S)
            for person in people:
                person.start()
            yield site
        finally:
            site.quiet.set()
            for person in people:
                if person.ident is not None:
                    person.join()
            for child in site.children.values():
                child.kill()
                child.wait()
