"""The lines: a port server that speaks RFC 2217, a port in use, and waits that end early."""

import select
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic

import pytest
import serial
from serial.rfc2217 import PortManager

from drivers.errors import Unreachable
from drivers.link import Stopped, Waker
from drivers.serial_uhf.line import check_url, open_line
from simulators.serial_reader import SimulatedSerialReader
from simulators.serial_reader_r200 import R200Brain
from tests.drivers.serial_uhf.rig import EPC, connected, driving, fast
from tests.services import eventually, free_port

OLD_HABITS = (
    pytest.mark.filterwarnings("ignore:set(Daemon|Name):DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning"),
)
"""The library's client for port servers names its thread the old way, and leaves a socket whose
peer has gone to the garbage collector."""


class Terminal(serial.Serial):
    """A pseudo-terminal as a serial port: it has no modem lines."""

    cts = dsr = ri = cd = False

    def _update_rts_state(self) -> None:
        pass

    def _update_dtr_state(self) -> None:
        pass


class PortServer:
    """Serves one serial port by RFC 2217, to one client at a time."""

    def __init__(self, device: str) -> None:
        self._port = Terminal(device, timeout=0)
        self._port_fd = self._port.fileno()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._client: socket.socket | None = None
        self._leave = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"rfc2217://127.0.0.1:{self._listener.getsockname()[1]}"

    def write(self, data: bytes) -> None:
        if self._client is not None:
            self._client.sendall(data)

    def close(self) -> None:
        self._leave.set()
        self._thread.join()
        self._listener.close()
        self._port.close()

    def _run(self) -> None:
        while not self._leave.is_set():
            if select.select([self._listener], [], [], 0.02)[0]:
                self._client, _ = self._listener.accept()
                with self._client:
                    self._serve(self._client, PortManager(self._port, self))  # type: ignore[arg-type]

    def _serve(self, client: socket.socket, manager: PortManager) -> None:
        while not self._leave.is_set():
            ready, _, _ = select.select([client.fileno(), self._port_fd], [], [], 0.02)
            if client.fileno() in ready:
                data = client.recv(1024)
                if not data:
                    return
                self._port.write(b"".join(manager.filter(data)))
            if self._port_fd in ready:
                client.sendall(b"".join(manager.escape(self._port.read(1024))))


@contextmanager
def served(device: str) -> Iterator[PortServer]:
    server = PortServer(device)
    try:
        yield server
    finally:
        server.close()


@OLD_HABITS[0]
@OLD_HABITS[1]
def test_a_reader_behind_a_port_server_reads_and_is_lost_with_it() -> None:
    with (
        SimulatedSerialReader(R200Brain) as reader,
        served(reader.url) as server,
        driving(server.url, fast("r200")) as rig,
    ):
        rig.await_health("back")
        eventually(lambda: reader.reading, bool)
        reader.show([(1, EPC, -55.0)])
        rig.await_reads(EPC)
        server.close()
        rig.await_health("back", "lost")
        rig.finish(within_s=1.0)


def test_a_port_that_somebody_else_has_is_lost_in_plain_words() -> None:
    with (
        SimulatedSerialReader(R200Brain) as reader,
        connected(reader, fast("r200")),
        driving(reader.url, fast("r200")) as second,
    ):
        second.await_health("lost")
        assert "lock" in second.reasons[0]


def test_a_device_that_is_not_there_is_unreachable(tmp_path: Path) -> None:
    waker = Waker()
    with pytest.raises(Unreachable, match="ttyUSB9"):
        open_line(str(tmp_path / "ttyUSB9"), 9600, stop=threading.Event(), waker=waker)
    waker.close()


@pytest.mark.parametrize("scheme", ["socket", "rfc2217"])
def test_a_port_server_that_is_not_there_is_unreachable(scheme: str) -> None:
    waker = Waker()
    url = f"{scheme}://127.0.0.1:{free_port()}"
    with pytest.raises(Unreachable):
        open_line(url, 9600, stop=threading.Event(), waker=waker)
    waker.close()


@OLD_HABITS[0]
@OLD_HABITS[1]
def test_opening_a_port_server_that_says_nothing_ends_when_told_to_stop() -> None:
    waker, stop = Waker(), threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        threading.Timer(0.3, stop.set).start()
        with pytest.raises(Stopped):  # not Unreachable, which takes its time
            open_line(f"rfc2217://127.0.0.1:{deaf.getsockname()[1]}", 9600, stop=stop, waker=waker)
        eventually(_opening, lambda names: not names)
    waker.close()


def test_a_wait_for_bytes_ends_when_woken_and_the_next_one_does_not() -> None:
    waker = Waker()
    with SimulatedSerialReader(R200Brain) as reader:
        line = open_line(reader.url, 115200, stop=threading.Event(), waker=waker)
        waker.wake()
        begun = monotonic()
        assert line.receive(begun + 60) == b""
        later = monotonic() + 0.05
        assert line.receive(later) == b""
        assert monotonic() >= later
        line.close()
    waker.close()


def _opening() -> list[str]:
    """Threads that still try to open a port."""
    named = [thread.name for thread in threading.enumerate()]
    return [name for name in named if name.startswith("opening")]


def test_urls_name_what_pyserial_can_open() -> None:
    for url in ("/dev/ttyUSB0", "socket://10.0.0.7:2022", "rfc2217://ports:4001"):
        assert check_url(url) == url
