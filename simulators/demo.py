"""The demo: simulated devices, a broker, and the product's own two daemons as children.

There is no demo mode inside the product: what runs here is what runs on a site, with a site file
this module wrote.
"""

import json
import secrets
import socket
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from time import monotonic
from typing import Any

from simulators.broker import Choice, broker
from simulators.children import ChildFailed, Children, ask, python
from simulators.demo_site import (
    BY_ROLE,
    SITE_ID,
    Addresses,
    write_catalogue,
    write_site,
    write_tags,
)
from simulators.devices import Devices, started_devices
from simulators.listener import Listener
from simulators.people import Person, Staff
from simulators.play import Outcome, Play
from simulators.scenario import Expectation, Step
from simulators.tap import Tap
from simulators.walks import Motion, Walk

READY_WITHIN_S = 30.0
SETTLE_S = 1.0


class DemoFailed(Exception):
    """The demo cannot go on: one line that says what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How the demo was asked to run."""

    folder: Path
    host: str
    port: int | None
    """``None``: 8000, or another when that is taken."""
    language: str
    seconds: float | None
    """``None``: until Ctrl-C."""
    seed: int
    broker: Choice
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What the demo saw, from outside the product."""

    came_true: bool
    steps: list[Outcome]
    passages: int
    alarms: int
    events: int
    mqtt_messages: int
    mqtt_events: int
    mqtt_equals_journal: bool
    """Every event the API streamed arrived at the independent subscriber, once, in order."""
    broker: str
    devices: int
    devices_online: int
    bad_frames: int
    ready_s: float


def run_demo(options: Options, say: Callable[[str], None], stop: threading.Event) -> Summary:
    """Start everything, play the scenario, stop everything.

    Raises:
        DemoFailed: something is missing or taken; says what to do.
    """
    begun = monotonic()
    try:
        (options.folder / "logs").mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DemoFailed(
            f"{options.folder} cannot be written: {error.strerror}; choose another: --data FOLDER"
        ) from error
    with ExitStack() as stack:
        devices = stack.enter_context(started_devices(options.folder, options.seed))
        children = Children(options.folder / "logs")
        stack.callback(children.stop)
        try:
            return _Demo(options, say, stop, devices, children, stack).run(begun)
        except ChildFailed as error:
            raise DemoFailed(f"{error} (logs: {options.folder / 'logs'})") from error


class _Demo:
    """One run, once its devices are there."""

    def __init__(
        self,
        options: Options,
        say: Callable[[str], None],
        stop: threading.Event,
        devices: Devices,
        children: Children,
        stack: ExitStack,
    ) -> None:
        self._options = options
        self._say = say
        self._stop = stop
        self._devices = devices
        self._children = children
        self._stack = stack

    def run(self, begun: float) -> Summary:
        """Start the daemons, play, and count."""
        port = self._api_port()
        mqtt_port = free_port(self._options.host, 1883)
        chosen = broker(self._options.folder.resolve(), mqtt_port, self._options.broker)
        self._say(f"MQTT broker: {chosen.name}, MQTT {chosen.protocol}, port {mqtt_port}")
        self._children.start("broker", chosen.command)
        site = self._write_site(port, mqtt_port, chosen.protocol)
        self._children.start("controller", python("controller", "run", str(site)))
        accounts = self._fill(site)
        self._children.start("api", python("api", "run", str(site)))
        base = f"http://{self._options.host}:{port}"
        self._await_ready(base)
        ready = monotonic() - begun
        self._banner(base, mqtt_port, accounts, ready)
        tap = Tap("127.0.0.1", mqtt_port, chosen.protocol, f"repo/v1/{SITE_ID}/#")
        self._stack.callback(tap.close)
        staff = Staff(Person(base, accounts["clerk"]), Person(base, accounts["approver"]))
        listener = self._listen(base, accounts["clerk"], staff)
        outcomes = self._play(staff, listener, begun)
        return self._summary(outcomes, staff, listener, tap, chosen.name, ready)

    def _api_port(self) -> int:
        wanted = self._options.port
        if wanted is None:
            port = free_port(self._options.host, 8000)
            if port != 8000:
                self._say(f"Port 8000 is taken; using {port} (choose one with --port)")
            return port
        if free_port(self._options.host, wanted) != wanted:
            raise DemoFailed(
                f"Port {wanted} is taken by another program; stop that, or choose another --port"
            )
        return wanted

    def _write_site(self, port: int, mqtt_port: int, protocol: str) -> Path:
        where = Addresses(
            api_host=self._options.host,
            api_port=port,
            mqtt_port=mqtt_port,
            mqtt_protocol=protocol,
            reader_port=self._devices.reader.port,
            rack_port=self._devices.rack.port,
            sensor_url=self._devices.line.url,
        )
        return write_site(self._options.folder, where, self._options.language)

    def _fill(self, site: Path) -> dict[str, str]:
        """Catalogue, tags and accounts, by the commands a site would use; once per folder."""
        folder = self._options.folder
        kept = folder / "accounts.json"
        if kept.exists():
            known: dict[str, str] = json.loads(kept.read_text())
            return known
        there = ("--site", str(site))
        accounts = {"user": "admin", "password": secrets.token_urlsafe(9)}
        with ThreadPoolExecutor() as pool:
            holdings = pool.submit(_add_holdings, folder, there)
            user = pool.submit(_add_user, accounts, there)
            keys = {
                name: pool.submit(_add_key, f"demo-{name}", role, there)
                for name, role in (("clerk", "staff"), ("approver", "administrator"))
            }
            holdings.result()
            user.result()
            accounts |= {name: key.result() for name, key in keys.items()}
        kept.touch(mode=0o600)
        kept.write_text(json.dumps(accounts))
        return accounts

    def _await_ready(self, base: str) -> None:
        end = monotonic() + READY_WITHIN_S
        while not self._stop.is_set():
            self._children.check()
            if _healthy(base):
                return
            if monotonic() > end:
                raise ChildFailed(f"not ready within {READY_WITHIN_S:g} s")
            self._stop.wait(0.05)

    def _banner(self, base: str, mqtt_port: int, accounts: dict[str, str], ready: float) -> None:
        self._say(
            f"""
Ready in {ready:.1f} s
  Open            {base}/
  Sign in         {accounts["user"]} / {accounts["password"]}
  API             {base}/v1/openapi.json   (key: {accounts["clerk"]})
  MQTT            127.0.0.1:{mqtt_port}   topics repo/v1/{SITE_ID}/#
  Portal reader   127.0.0.1:{self._devices.reader.port} (LLRP)
  Mobile shelving 127.0.0.1:{self._devices.rack.port} (Modbus TCP)
  Sensors         {self._devices.line.url} (Modbus RTU)
  Control         {self._devices.control}   (python -m simulators poke --control …)
  Data            {self._options.folder.resolve()}
  Ctrl-C stops everything; the next start goes on with the same data.
"""
        )

    def _listen(self, base: str, key: str, staff: Staff) -> Listener:
        """Follow the events from now on, and clear away what an interrupted run left."""
        listener = Listener(base, key)
        self._stack.callback(listener.close)
        listener.start()
        staff.tidy(tuple(tagged.reference_code for tagged in BY_ROLE.values()))
        if staff.acknowledge("unauthorised_exit", "the demo starts again"):
            since = listener.mark()
            door = next(iter(self._devices.world.doors))
            self._devices.world.walk(door, Walk([BY_ROLE["second"].epc], Motion.IN))
            back = Expectation(kind="AlarmReturnedToNormal", body={}, within_s=15.0)
            listener.await_event(back, since)
        return listener

    def _play(self, staff: Staff, listener: Listener, begun: float) -> list[Outcome]:
        play = Play(
            steps=self._options.steps,
            world=self._devices.world,
            bench=self._devices.bench,
            staff=staff,
            listener=listener,
            faults=self._devices.faults,
            say=self._say,
        )
        play.run(self._stop)
        self._say("The scenario is over; the devices keep running.")
        while not self._stop.wait(0.2):
            self._children.check()
            if self._options.seconds is not None and monotonic() - begun > self._options.seconds:
                break
        return play.outcomes

    def _summary(
        self,
        outcomes: list[Outcome],
        staff: Staff,
        listener: Listener,
        tap: Tap,
        broker_name: str,
        ready: float,
    ) -> Summary:
        threading.Event().wait(SETTLE_S)
        kinds = listener.kinds
        known = set(listener.ids)
        told = [event_id for event_id in tap.event_ids if event_id in known]
        devices = staff.clerk.get("/v1/devices")["devices"]
        complete = len(outcomes) == len(self._options.steps)
        equal = told == listener.ids
        return Summary(
            came_true=complete and equal and all(outcome.came_true for outcome in outcomes),
            steps=outcomes,
            passages=kinds["PassageDetected"],
            alarms=kinds["AlarmRaised"],
            events=kinds.total(),
            mqtt_messages=tap.received,
            mqtt_events=len(told),
            mqtt_equals_journal=equal,
            broker=broker_name,
            devices=len(devices),
            devices_online=sum(device["state"] == "online" for device in devices),
            bad_frames=_bad_frames(staff.clerk.text("/metrics")),
            ready_s=round(ready, 2),
        )


def free_port(host: str, wanted: int) -> int:
    """``wanted`` when nobody listens there, else any free port."""
    for port in (wanted, 0):
        try:
            with socket.create_server((host, port)) as probe:
                return int(probe.getsockname()[1])
        except OSError:
            continue
    raise DemoFailed(f"no TCP port can be opened on {host}")


def _add_holdings(folder: Path, there: tuple[str, ...]) -> None:
    ask("controller", "import", str(write_catalogue(folder)), *there, "--source", "demo")
    ask("controller", "bind", str(write_tags(folder)), *there)


def _add_user(account: Mapping[str, str], there: tuple[str, ...]) -> None:
    words = ("users", "add", account["user"], *there, "--role", "administrator")
    ask("api", *words, "--password-stdin", told=account["password"] + "\n")


def _add_key(name: str, role: str, there: tuple[str, ...]) -> str:
    made = ask("api", "keys", "add", name, *there, "--role", role)
    return str(made["key"])


def _healthy(base: str) -> bool:
    try:
        with urllib.request.urlopen(f"{base}/health", timeout=2) as answer:  # noqa: S310
            return bool(answer.status == 200)
    except (OSError, urllib.error.HTTPError):
        return False


def _bad_frames(metrics: str) -> int:
    lines = [line for line in metrics.splitlines() if "bad_frames" in line and line[:1] != "#"]
    return sum(int(float(line.rsplit(" ", 1)[1])) for line in lines)


def as_json(summary: Summary) -> dict[str, Any]:
    """The summary as plain data."""
    return asdict(summary)


def say_on_stderr(words: str) -> None:
    """One line for whoever watches."""
    sys.stderr.write(words + "\n")
    sys.stderr.flush()
