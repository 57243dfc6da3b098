"""Commissioning: what is this device, and how well does it answer? ``python -m drivers probe …``.

It runs the product's own driver for a few seconds and says what came out. It moves nothing.
"""

import json
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Annotated, Any

import typer

from drivers.climate.driver import SensorLine, SensorPoint
from drivers.decode_cli import decode
from drivers.llrp.driver import PortalReader
from drivers.llrp.profile import load_reader_profile
from drivers.modbus.buses import Buses
from drivers.modbus.line import TcpLine
from drivers.modbus_cli import modbus
from drivers.observations import (
    ClimateReading,
    Clock,
    DeviceBack,
    DeviceLost,
    Observation,
    RackStatus,
    TagReport,
)
from drivers.ports import Device
from drivers.profiles import ProfileError, find_profile, load_profile
from drivers.readers_cli import (
    FAILED,
    JsonKind,
    Kind,
    Profile,
    SerialKind,
    fail,
    line_url,
    monotonic_clock,
    open_reader,
)
from drivers.record_cli import record
from drivers.replay_cli import replay
from drivers.shelving.driver import Machine
from drivers.tag_numbers.cli import epc
from drivers.tune_cli import tune

app = typer.Typer(
    help="Commissioning tools for single devices; only `modbus command` moves anything.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
probe = typer.Typer(help="Say what a device is and how well it answers.", no_args_is_help=True)
app.add_typer(probe, name="probe")
app.add_typer(modbus, name="modbus")
app.command()(decode)
app.command()(epc)
app.command()(record)
app.command()(replay)
app.command()(tune)

Host = Annotated[str, typer.Argument(help="Its address.", show_default=False)]
Seconds = Annotated[float, typer.Option("--for", min=0.5, help="How long to listen.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout.")]


@dataclass
class Findings:
    """What a device said while it was listened to."""

    answered: bool = False
    detail: str = ""
    problem: str = ""
    reads: Counter[int] = field(default_factory=Counter)
    strongest_dbm: dict[int, float] = field(default_factory=dict)
    tags: set[str] = field(default_factory=set)
    last: dict[str, Any] = field(default_factory=dict)

    def take(self, observation: Observation) -> None:
        """Note one observation."""
        match observation:
            case DeviceBack():
                self.answered, self.detail = True, observation.detail
            case DeviceLost():
                self.problem = observation.reason
            case TagReport():
                self._reads(observation)
            case RackStatus():
                self.last = {
                    "mode": observation.mode,
                    "open_aisle": observation.open_aisle,
                    "presence": list(observation.presence),
                    "fault_code": observation.fault_code,
                }
            case ClimateReading():
                self.last = {
                    "temperature_c": observation.temperature_c,
                    "relative_humidity_percent": observation.relative_humidity_percent,
                    "quality": observation.quality,
                    "fault": observation.fault,
                }
            case _:
                pass

    def _reads(self, report: TagReport) -> None:
        for read in report.reads:
            self.reads[read.antenna] += 1
            self.tags.add(read.epc)
            if read.rssi_dbm is not None:
                best = self.strongest_dbm.get(read.antenna, read.rssi_dbm)
                self.strongest_dbm[read.antenna] = max(best, read.rssi_dbm)


@probe.command()
def reader(
    host: Host,
    port: Annotated[int, typer.Option(min=1, max=65535)] = 5084,
    profile: Annotated[str, typer.Option(help="Reader profile.")] = "readers/generic-llrp.toml",
    seconds: Seconds = 5.0,
    as_json: AsJson = False,
) -> None:
    """A portal reader that speaks LLRP: make, firmware, reads per antenna."""

    def build(clock: Clock) -> Device:
        settings = load_reader_profile(find_profile(profile))
        return PortalReader(
            name="reader", host=host, port=port, profile=settings, keepalive_s=5.0, clock=clock
        )

    _tell(*_listen(build, seconds), seconds=seconds, as_json=as_json)


@probe.command()
def serial(
    kind: Annotated[SerialKind, typer.Argument(help="Its family.", show_default=False)],
    url: Annotated[
        str,
        typer.Argument(
            help="/dev/…, socket://HOST:PORT or rfc2217://HOST:PORT.", show_default=False
        ),
    ],
    profile: Profile = "",
    seconds: Seconds = 5.0,
    as_json: AsJson = False,
) -> None:
    """A UHF reader on a serial line or on a socket that carries one."""

    def build(clock: Clock) -> Device:
        return open_reader(Kind(kind), url, profile)(clock)

    _tell(*_listen(build, seconds), seconds=seconds, as_json=as_json)


@probe.command("json")
def json_reader(
    kind: Annotated[JsonKind, typer.Argument(help="Its make.", show_default=False)],
    address: Annotated[
        str, typer.Argument(help="HOST[:PORT] of impinj, HOST:PORT of zebra.", show_default=False)
    ],
    profile: Profile = "",
    seconds: Seconds = 5.0,
    as_json: AsJson = False,
) -> None:
    """A reader that pushes JSON; READER_USERNAME and READER_PASSWORD say who asks."""

    def build(clock: Clock) -> Device:
        named = Kind(kind)
        return open_reader(named, line_url(named, address), profile)(clock)

    _tell(*_listen(build, seconds), seconds=seconds, as_json=as_json)


@probe.command()
def rack(
    host: Host,
    columns: Annotated[int, typer.Option(min=2, max=33, help="Fixed column included.")],
    port: Annotated[int, typer.Option(min=1, max=65535)] = 502,
    unit: Annotated[int, typer.Option(min=0, max=247)] = 1,
    profile: Annotated[str, typer.Option(help="Its map.")] = "shelving/mobile-shelving.toml",
    seconds: Seconds = 5.0,
    as_json: AsJson = False,
) -> None:
    """A bank of mobile shelving on Modbus TCP: what it is, what it is doing."""

    def build(clock: Clock) -> Device:
        known = load_profile(find_profile(profile), columns=columns)
        bus = Buses().at(TcpLine(host=host, port=port, rtu=False), known.link)
        return Machine(name="rack", bus=bus, unit=unit, profile=known, clock=clock)

    _tell(*_listen(build, seconds), seconds=seconds, as_json=as_json)


@probe.command()
def sensor(
    url: Annotated[str, typer.Argument(help="Its line, e.g. serial:///dev/ttyUSB0?baud=9600")],
    unit: Annotated[int, typer.Option(min=1, max=247)] = 1,
    profile: Annotated[str, typer.Option(help="Its map.")] = "climate/xy-md02.toml",
    seconds: Seconds = 5.0,
    as_json: AsJson = False,
) -> None:
    """A temperature and humidity sensor on a Modbus line: what it measures, how far to believe."""

    def build(clock: Clock) -> Device:
        known = load_profile(find_profile(profile))
        point = SensorPoint(name="sensor", unit=unit, profile=known, interval_s=1.0)
        bus = Buses().at(url, known.link)
        return SensorLine(name="line", bus=bus, sensors=[point], clock=clock)

    _tell(*_listen(build, seconds), seconds=seconds, as_json=as_json)


def _listen(build: Callable[[Clock], Device], seconds: float) -> tuple[Findings, dict[str, int]]:
    try:
        device = build(monotonic_clock())
    except (ProfileError, ValueError) as error:
        fail(error)
    findings, stop = Findings(), threading.Event()
    running = threading.Thread(target=device.run, args=(findings.take, stop))
    running.start()
    stop.wait(seconds)
    stop.set()
    running.join()
    return findings, dict(device.counters())


def _tell(findings: Findings, counters: dict[str, int], *, seconds: float, as_json: bool) -> None:
    answers = findings.answered or bool(findings.last)
    document: dict[str, Any] = {
        "answers": answers,
        "detail": findings.detail,
        "problem": findings.problem,
        "last": findings.last,
        "tags": len(findings.tags),
        "antennas": {
            str(port): {
                "reads_per_s": round(count / seconds, 1),
                "strongest_dbm": findings.strongest_dbm.get(port),
            }
            for port, count in sorted(findings.reads.items())
        },
        "counters": counters,
    }
    if as_json:
        typer.echo(json.dumps(document, ensure_ascii=False))
    else:
        for key, value in document.items():
            typer.echo(f"{key:<10} {value}")
    if not answers:
        typer.echo(f"no answer: {findings.problem or 'nothing was heard'}", err=True)
        raise typer.Exit(FAILED)
