"""The field's figures: how soon a stop is out, what a site costs, and when a shelf stands."""

import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from time import monotonic, process_time

from controller.clock import system_clock
from drivers.climate.driver import SensorLine, SensorPoint
from drivers.modbus.bus import Bus, Priority
from drivers.modbus.buses import Buses
from drivers.modbus.exchange import NotSent, Read, Write
from drivers.modbus.line import parse_line
from drivers.observations import Observation
from drivers.ports import Device
from drivers.profiles import find_profile, load_profile
from drivers.shelving.driver import Machine
from simulators.modbus_pdu import Table
from simulators.modbus_server import ModbusServer
from simulators.simulated import device_of
from tests.benchmarks.figures import note, percentile, show
from tests.services import eventually, free_port

SHELVING, SENSOR = "shelving/mobile-shelving.toml", "climate/xy-md02.toml"
RACKS, SENSORS_A_LINE, LINES = 12, 20, 2
STOPS, POLLS = 40, 300
SITE_S = 20.0
KILLS = 5
READS = 3_000
CLIENT = r"""
#include <modbus.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
int main(int argc, char **argv) {
    uint16_t words[125];
    struct timespec from, to;
    modbus_t *ctx = modbus_new_tcp("127.0.0.1", atoi(argv[1]));
    if (modbus_connect(ctx)) return 1;
    clock_gettime(CLOCK_MONOTONIC, &from);
    for (int i = 0; i < atoi(argv[2]); i++)
        if (modbus_read_registers(ctx, 0, atoi(argv[3]), words) < 0) return 2;
    clock_gettime(CLOCK_MONOTONIC, &to);
    printf("%f\n", (to.tv_sec - from.tv_sec) + (to.tv_nsec - from.tv_nsec) / 1e9);
}
"""
SERVER = r"""
#include <modbus.h>
#include <stdlib.h>
int main(int argc, char **argv) {
    uint8_t query[MODBUS_TCP_MAX_ADU_LENGTH];
    modbus_t *ctx = modbus_new_tcp("127.0.0.1", atoi(argv[1]));
    modbus_mapping_t *map = modbus_mapping_new(0, 0, 200, 0);
    int listener = modbus_tcp_listen(ctx, 1);
    for (;;) {
        modbus_tcp_accept(ctx, &listener);
        for (int n; (n = modbus_receive(ctx, query)) != -1;)
            if (n > 0) modbus_reply(ctx, query, n, map);
    }
}
"""


class Noting:
    """A unit that notes when it was written to."""

    silent = False

    def __init__(self) -> None:
        self.written_s: list[float] = []

    def read(self, table: Table, address: int, count: int) -> Sequence[int]:
        """Zeros."""
        return [0] * count

    def write(self, table: Table, address: int, values: Sequence[int]) -> None:
        """Note the moment."""
        self.written_s.append(monotonic())


def main() -> None:
    """Measure everything, print as it comes."""
    note("load average", os.getloadavg()[0], "")
    _stops()
    _site()
    _killed()
    _throughput()


def _stops() -> None:
    unit, late_ms = Noting(), []
    with ModbusServer({1: unit}) as server:
        bus = Bus(parse_line(server.url), timeout_s=1.0)
        with bus.running():
            connection = bus.connect()
            for nth in range(STOPS):
                polls = [
                    bus.ask(Read(unit=1, kind="input", address=0, count=20), Priority.POLL)
                    for _ in range(POLLS)
                ]
                asked_s = monotonic()
                stop = Write(unit=1, address=8, values=(1,))
                bus.ask(stop, Priority.STOP, connection=connection).result()
                late_ms.append((unit.written_s[nth] - asked_s) * 1000)
                for poll in polls:
                    poll.result()
    note(f"stop at the device with {POLLS} polls queued, p50", percentile(late_ms, 50), "ms")
    show("the same, p95", percentile(late_ms, 95), "ms", 5, at_most=True)


def _site() -> None:
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        port = free_port()
        stack.enter_context(_serving([SHELVING] * RACKS, "--tcp", str(port)))
        links = [Path(folder) / f"line-{i}" for i in range(LINES)]
        for link in links:
            where = ["--pty", str(link), "--baud", "9600"]
            stack.enter_context(_serving([SENSOR] * SENSORS_A_LINE, *where))
        devices = _drivers(f"tcp://127.0.0.1:{port}", links)
        stop = threading.Event()
        seen: list[Observation] = []
        threads = [threading.Thread(target=d.run, args=(seen.append, stop)) for d in devices]
        eventually(lambda: [link.exists() for link in links], all)
        for thread in threads:
            thread.start()
        stop.wait(3.0)
        before, bad = process_time(), _bad(devices)
        stop.wait(SITE_S)
        spent, bad = process_time() - before, _bad(devices) - bad
        stop.set()
        for thread in threads:
            thread.join()
    frames = sum(device.counters().get("frames", 0) for device in devices)
    show("12 racks at 500 ms, 40 sensors on two lines", spent / SITE_S * 100, "% core", 4,
         at_most=True)  # fmt: skip
    show("the same: errors", bad, "frames", 0, at_most=True)
    note("the same: requests answered", frames / (SITE_S + 3), "/s")


def _drivers(gateway: str, links: list[Path]) -> list[Device]:
    buses, rack = Buses(), load_profile(find_profile(SHELVING))
    sensor = load_profile(find_profile(SENSOR))
    racks: list[Device] = [
        Machine(
            name=f"r{unit}",
            bus=buses.at(gateway, rack.link),
            unit=unit,
            profile=rack,
            clock=system_clock,
        )
        for unit in range(1, RACKS + 1)
    ]
    lines = [
        SensorLine(
            name=link.name,
            bus=buses.at(f"serial://{link}?baud=9600", sensor.link),
            sensors=[
                SensorPoint(name=f"{link.name}-{unit}", unit=unit, profile=sensor, interval_s=10)
                for unit in range(1, SENSORS_A_LINE + 1)
            ],
            clock=system_clock,
        )
        for link in links
    ]
    return [*racks, *lines]


def _bad(devices: list[Device]) -> int:
    return sum(device.counters().get("bad_frames", 0) for device in devices)


@contextmanager
def _serving(profiles: list[str], *where: str) -> Iterator[None]:
    command = [sys.executable, "-m", "simulators", "serve", *profiles, *where, "--control", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        process.stdout.readline()
        try:
            yield
        finally:
            process.send_signal(signal.SIGTERM)
            process.stdout.close()


def _killed() -> None:
    """The last beat may be a beat's period old when the controller dies: it never gets longer."""
    profile, worst_ms = load_profile(find_profile(SHELVING)), 0.0
    for _ in range(KILLS):
        device, ended = device_of(profile), threading.Event()
        with ModbusServer({1: device}) as server:
            world = threading.Thread(target=_let_time_run, args=(device.advance, ended))
            world.start()
            wish = [sys.executable, "-m", "drivers", "modbus", "command", SHELVING, server.url,
                    "open", "7"]  # fmt: skip
            with subprocess.Popen(wish) as process:
                eventually(lambda d=device: "moving" in str(d.values()["status"]), bool)  # type: ignore[misc]
                ended.wait(1.5)
                process.kill()
                killed_s = monotonic()
                process.wait()
            eventually(lambda d=device: d.watchdog_tripped, bool)  # type: ignore[misc]
            worst_ms = max(worst_ms, (monotonic() - killed_s) * 1000)
            ended.set()
            world.join()
    assert profile.watchdog is not None
    goal_ms = profile.watchdog.timeout_s * 1000 + 100
    show("shelf stands after SIGKILL, worst of 5", worst_ms, "ms", goal_ms, at_most=True)


def _let_time_run(advance: object, ended: threading.Event) -> None:
    assert callable(advance)
    last = monotonic()
    while not ended.wait(0.005):
        now = monotonic()
        advance(now - last)
        last = now


def _throughput() -> None:
    """Our bus and libmodbus's own client against one server made of libmodbus."""
    with tempfile.TemporaryDirectory() as folder:
        for name, source in (("client", CLIENT), ("server", SERVER)):
            (Path(folder) / f"{name}.c").write_text(source)
            build = ["gcc", f"{name}.c", "-o", name, "-I/usr/include/modbus", "-lmodbus"]
            subprocess.run(build, cwd=folder, check=True)
        port = free_port()
        with subprocess.Popen([f"{folder}/server", str(port)]) as server:
            for count in (1, 20, 125):
                ours = READS * count / _ours_s(port, count)
                client = [f"{folder}/client", str(port), str(READS), str(count)]
                took = subprocess.run(client, capture_output=True, text=True, check=True)
                theirs = READS * count / float(took.stdout)
                poll = ["mbpoll", "-m", "tcp", "-p", str(port), "-a", "1", "-0", "-r", "0"]
                began = monotonic()
                subprocess.run(
                    [*poll, "-c", str(count), "-t", "4", "-1", "-q", "127.0.0.1"],
                    capture_output=True,
                    check=True,
                )
                one = count / (monotonic() - began)
                print(
                    f"{count:>4} registers a read: bus {ours:>12,.0f}/s   libmodbus (C) "
                    f"{theirs:>12,.0f}/s   mbpoll, one process a read {one:>9,.0f}/s",
                    flush=True,
                )
            server.terminate()


def _ours_s(port: int, count: int) -> float:
    bus = Bus(parse_line(f"tcp://127.0.0.1:{port}"), timeout_s=1.0)
    with bus.running():
        eventually(lambda: _connected(bus), bool)
        read, began = Read(unit=1, kind="holding", address=0, count=count), monotonic()
        for _ in range(READS):
            bus.perform(read, Priority.POLL)
        return monotonic() - began


def _connected(bus: Bus) -> int:
    try:
        return bus.connect()
    except NotSent:
        return 0


if __name__ == "__main__":
    main()
