"""Strangers' implementations at the other end: a libmodbus server in C, and mbpoll as a client."""

import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from controller.clock import system_clock
from drivers.commands import OpenAisle
from drivers.errors import Declined
from drivers.modbus.bus import Bus, Priority
from drivers.modbus.buses import Buses
from drivers.modbus.exchange import NotSent, Read, Write
from drivers.modbus.line import parse_line
from drivers.observations import CommandOutcome, DeviceBack, Observation, Outcome
from drivers.profiles import find_profile, load_profile
from drivers.registers import Kind
from drivers.shelving.driver import Machine
from simulators.serial_line import SerialLine
from simulators.simulated import device_of
from tests.services import eventually, free_port, require, require_program

SHELVING = "shelving/mobile-shelving.toml"
SERVER = r"""
#include <errno.h>
#include <modbus.h>
#include <stdlib.h>
#include <unistd.h>
int main(int argc, char **argv) {
    uint8_t query[MODBUS_TCP_MAX_ADU_LENGTH];
    modbus_t *ctx = modbus_new_tcp("127.0.0.1", atoi(argv[1]));
    modbus_mapping_t *map = modbus_mapping_new(64, 64, 200, 200);
    for (int i = 0; i < 200; i++) map->tab_registers[i] = map->tab_input_registers[i] = 1000 + i;
    for (int i = 0; i < 64; i++) map->tab_input_bits[i] = i % 3 == 0;
    uint16_t *in = map->tab_input_registers, *out = map->tab_registers;
    int bank = argc > 2;
    if (bank) {
        uint16_t identity[] = {0x5253, 0x0100, 1, 8, 1, 0x37f};
        for (int i = 0; i < 70; i++) in[i] = i < 6 ? identity[i] : 0, out[i] = 0;
        in[17] = 2, in[18] = 3, in[19] = 3, in[20] = 1;
    }
    int listener = modbus_tcp_listen(ctx, 1);
    for (;;) {
        modbus_tcp_accept(ctx, &listener);
        for (int n; (n = modbus_receive(ctx, query)) != -1;)
            if (n > 0) {
                modbus_reply(ctx, query, n, map);
                if (!bank) continue;
                in[16]++;
                if (out[6] == 0 || out[6] == in[22]) continue;
                int sound = (out[1] ^ out[2] ^ out[3] ^ out[4] ^ out[6] ^ 0x5A5A) == out[5];
                in[22] = out[6], in[23] = sound ? 1 : 8, in[36] = out[1];
                if (sound) in[24] = out[6], in[25] = 1, in[20] = out[3], in[38]++;
            }
    }
}
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A server made of libmodbus, compiled here; with a second argument it is a bank."""
    include = Path("/usr/include/modbus")
    require((include / "modbus.h").is_file(), "libmodbus-dev is not installed")
    folder = tmp_path_factory.mktemp("libmodbus")
    (folder / "server.c").write_text(SERVER)
    build = [require_program("gcc"), "server.c", "-o", "server", f"-I{include}", "-lmodbus"]
    subprocess.run(build, cwd=folder, check=True)
    return folder / "server"


@contextmanager
def served(server: Path, *options: str) -> Iterator[str]:
    """It runs; where."""
    port = free_port()
    with subprocess.Popen([server, str(port), *options]) as process:
        try:
            yield f"tcp://127.0.0.1:{port}"
        finally:
            process.terminate()


@pytest.fixture(scope="module")
def libmodbus(server: Path) -> Iterator[Bus]:
    """A bus whose other end is that server."""
    with served(server) as url:
        bus = Bus(parse_line(url), timeout_s=1.0)
        with bus.running():
            eventually(lambda: _connected(bus), bool)
            yield bus


def _connected(bus: Bus) -> int:
    try:
        return bus.connect()
    except NotSent:
        return 0


@pytest.mark.parametrize("kind", ["input", "holding"])
@pytest.mark.parametrize("count", [1, 2, 125])
def test_registers_are_read_from_libmodbus(libmodbus: Bus, kind: Kind, count: int) -> None:
    read = Read(unit=1, kind=kind, address=70, count=count)
    assert libmodbus.perform(read, Priority.POLL) == tuple(range(1070, 1070 + count))


@pytest.mark.parametrize("count", [1, 7, 8, 9, 20])
def test_bits_are_read_from_libmodbus_and_no_more_than_were_asked(
    libmodbus: Bus, count: int
) -> None:
    read = Read(unit=1, kind="discrete", address=0, count=count)
    expected = tuple(int(i % 3 == 0) for i in range(count))
    assert libmodbus.perform(read, Priority.POLL) == expected


@pytest.mark.parametrize("values", [(1,), (1, 0, 1), (1,) * 11])
def test_coils_written_to_libmodbus_are_read_back(libmodbus: Bus, values: tuple[int, ...]) -> None:
    libmodbus.perform(Write(unit=1, kind="coil", address=3, values=values), Priority.COMMAND)
    read = Read(unit=1, kind="coil", address=3, count=len(values))
    assert libmodbus.perform(read, Priority.POLL) == values


@pytest.mark.parametrize("values", [(7,), (7, 8, 9, 10, 11, 12)])
def test_registers_written_to_libmodbus_are_read_back(
    libmodbus: Bus, values: tuple[int, ...]
) -> None:
    libmodbus.perform(Write(unit=1, address=1, values=values), Priority.COMMAND)
    read = Read(unit=1, kind="holding", address=1, count=len(values))
    assert libmodbus.perform(read, Priority.POLL) == values


def test_what_libmodbus_does_not_have_is_declined(libmodbus: Bus) -> None:
    with pytest.raises(Declined, match="illegal address"):
        libmodbus.perform(Read(unit=1, kind="holding", address=199, count=2), Priority.POLL)


def test_a_bank_made_by_strangers_is_opened_by_our_protocol(server: Path) -> None:
    profile = load_profile(find_profile(SHELVING))
    seen: list[Observation] = []
    stop = threading.Event()
    with served(server, "bank") as url:
        bus = Buses().at(url, profile.link)
        driver = Machine(name="r", bus=bus, profile=profile, clock=system_clock)
        thread = threading.Thread(target=driver.run, args=(seen.append, stop))
        thread.start()
        try:
            eventually(lambda: [o for o in list(seen) if isinstance(o, DeviceBack)], bool)
            driver.submit(OpenAisle(device="r", command_id="open", aisle=4))
            words = eventually(
                lambda: [o.outcome for o in list(seen) if isinstance(o, CommandOutcome)],
                lambda found: len(found) == 2,
            )
            motions = bus.perform(Read(unit=1, kind="input", address=38, count=1), Priority.POLL)
        finally:
            stop.set()
            thread.join()
    assert words == [Outcome.ACCEPTED, Outcome.DONE]
    assert motions == (1,)
    assert driver.counters()["blocks_sent"] == 1


def test_the_same_bank_is_opened_by_mbpoll_with_the_words_of_the_map(server: Path) -> None:
    """Session 7, open, aisle 4, check word 23129, number 1; a repeat moves nothing."""
    poll = [require_program("mbpoll"), "-m", "tcp", "-a", "1", "-0", "-1", "-q", "-t", "4"]
    with served(server, "bank") as url:
        bus = Bus(parse_line(url), timeout_s=1.0)
        with bus.running():
            eventually(lambda: _connected(bus), bool)
            bus.disconnect(bus.connect())  # it serves one client at a time
        port = url.rpartition(":")[2]
        block = ["7", "1", "4", "0", "23129", "1"]
        for _ in range(2):
            wrote = [*poll, "-p", port, "-r", "1", "127.0.0.1", "--", *block]
            result = subprocess.run(wrote, capture_output=True, text=True, check=False)
            assert result.returncode == 0, result.stdout + result.stderr
        with bus.running():
            said = bus.perform(Read(unit=1, kind="input", address=20, count=19), Priority.POLL)
    assert (said[0], said[2], said[3], said[18]) == (4, 1, 1, 1)


def test_mbpoll_reads_what_we_serve_on_a_serial_line(tmp_path: Path) -> None:
    program = require_program("mbpoll")
    device = device_of(load_profile(find_profile("climate/xy-md02.toml")))
    with SerialLine({1: device}, link=tmp_path / "line", baud=9600) as line:
        poll = [program, "-m", "rtu", "-b", "9600", "-P", "none", "-a", "1", "-0", "-r", "1"]
        result = subprocess.run(
            [*poll, "-c", "2", "-t", "3", "-1", "-q", str(tmp_path / "line")],
            capture_output=True,
            text=True,
            check=False,
        )
        assert line.faults.requests >= 1
    assert result.returncode == 0, result.stdout + result.stderr
