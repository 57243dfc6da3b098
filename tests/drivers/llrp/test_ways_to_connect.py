"""TLS, and readers that connect to us."""

import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from drivers.errors import Unreachable
from drivers.link import Stopped
from drivers.llrp.driver import PortalReader
from drivers.llrp.listener import Listener
from drivers.llrp.profile import ReaderProfile
from simulators.llrp_reader import SimulatedReader
from tests.drivers.rig import clock, running
from tests.services import eventually, require_program

EPC = "300833B2DDD9CAFEBABE801E"
OTHER = "2C14257BF42EF800000004D2"


def secure(port: int, context: ssl.SSLContext, host: str = "localhost") -> PortalReader:
    return PortalReader(
        name="door-north",
        host=host,
        port=port,
        profile=ReaderProfile(),
        keepalive_s=0.3,
        clock=clock,
        tls=context,
    )


def called(listener: Listener, host: str = "127.0.0.1") -> PortalReader:
    return PortalReader(
        name="door-north",
        host=host,
        port=0,
        profile=ReaderProfile(),
        keepalive_s=0.3,
        clock=clock,
        listener=listener,
    )


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate for localhost that signs itself, and its key."""
    folder = tmp_path_factory.mktemp("tls")
    cert, key = folder / "cert.pem", folder / "key.pem"
    command = [require_program("openssl"), "req", "-x509", "-newkey", "ec"]
    command += ["-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
    command += ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    command += ["-keyout", str(key), "-out", str(cert)]
    subprocess.run(command, check=True, capture_output=True)
    return cert, key


@pytest.fixture
def guarded(certificate: tuple[Path, Path]) -> Iterator[SimulatedReader]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    with SimulatedReader(tls=context) as reader:
        yield reader


def test_a_reader_nobody_vouches_for_is_not_trusted(guarded: SimulatedReader) -> None:
    with running(secure(guarded.port, ssl.create_default_context())) as rig:
        rig.await_health("lost")
        assert "certificate" in rig.reasons[0].lower()


def test_a_certificate_for_another_name_is_not_trusted(
    guarded: SimulatedReader, certificate: tuple[Path, Path]
) -> None:
    trusting = ssl.create_default_context(cafile=certificate[0])
    with running(secure(guarded.port, trusting, host="127.0.0.1")) as rig:
        rig.await_health("lost")


@pytest.fixture
def listener() -> Iterator[Listener]:
    made = Listener("127.0.0.1", 0)
    yield made
    made.close()


def test_a_stranger_who_calls_is_sent_away(listener: Listener) -> None:
    with running(called(listener, host="127.0.0.9")) as rig:
        eventually(lambda: listener.port, bool)
        with socket.create_connection(("127.0.0.1", listener.port)) as stranger:
            assert stranger.recv(1) == b""
        eventually(lambda: listener.strangers, lambda count: count == 1)
        assert rig.health == []


def test_two_readers_share_a_port_and_are_told_by_where_they_call_from(listener: Listener) -> None:
    stop = threading.Event()
    for host in ("127.0.0.2", "127.0.0.3"):
        listener.expect(host)
    stop.set()
    with pytest.raises(Stopped):
        listener.take("127.0.0.2", stop)
    stop.clear()
    taken: dict[str, socket.socket] = {}

    def wait(host: str) -> None:
        taken[host] = listener.take(host, stop)

    waiting = [threading.Thread(target=wait, args=(h,)) for h in ("127.0.0.2", "127.0.0.3")]
    for thread in waiting:
        thread.start()
    eventually(lambda: listener.port, bool)
    for host in ("127.0.0.3", "127.0.0.2"):
        with socket.create_connection(("127.0.0.1", listener.port), source_address=(host, 0)):
            eventually(lambda h=host: taken.get(h), lambda got: got is not None)  # type: ignore[misc]
    for thread in waiting:
        thread.join(5)
    for host, caller in taken.items():
        with caller:
            assert caller.getpeername()[0] == host


def test_two_readers_at_one_address_cannot_be_told_apart(listener: Listener) -> None:
    called(listener)
    with pytest.raises(ValueError, match="two readers"):
        called(listener)


def test_a_port_that_is_taken_is_said_plainly() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        listener = Listener("127.0.0.1", other.getsockname()[1])
        with pytest.raises(Unreachable, match="cannot listen"):
            listener.take("127.0.0.1", threading.Event())
