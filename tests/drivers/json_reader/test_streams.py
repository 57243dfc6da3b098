"""What only readers on HTTP or a TCP socket do, and what they must not get away with."""

import socket
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from drivers.json_reader.driver import HttpStreamReader, TcpJsonReader
from drivers.json_reader.profile import JsonReaderProfile
from simulators.json_reader import SimulatedR700, SimulatedZebra
from tests.drivers.json_reader.rig import IMPINJ, NAME, ZEBRA
from tests.drivers.rig import Rig, clock, running
from tests.services import eventually, free_port, require_program

EPC = "300833B2DDD9CAFEBABE801E"
OTHER = "2C14257BF42EF800000004D2"
YEAR_2000_US = 946_684_800_001_000


def http_driver(
    url: str, username: str | None = None, password: str | None = None, ca_file: Path | None = None
) -> HttpStreamReader:
    return HttpStreamReader(
        name=NAME,
        url=url,
        profile=IMPINJ,
        clock=clock,
        username=username,
        password=password,
        ca_file=ca_file,
    )


def tcp_driver(port: int, profile: JsonReaderProfile = ZEBRA) -> TcpJsonReader:
    return TcpJsonReader(name=NAME, host="127.0.0.1", port=port, profile=profile, clock=clock)


@contextmanager
def saying(*answers: bytes, after_s: float = 0.0) -> Iterator[int]:
    """A server that sends each client the next answer, so much later, and holds the line."""
    closing_down = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        clients: list[socket.socket] = []

        def serve() -> None:
            for answer in answers:
                try:
                    client, _ = listener.accept()
                except OSError:
                    return
                clients.append(client)
                closing_down.wait(after_s)
                client.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield int(listener.getsockname()[1])
        finally:
            closing_down.set()
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()
            for client in clients:
                client.close()


def test_a_quiet_reader_that_promises_nothing_is_back_all_the_same() -> None:
    with (
        SimulatedZebra() as reader,
        running(tcp_driver(reader.port, JsonReaderProfile(format="zebra"))) as rig,
    ):
        rig.await_health("back")


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (SimulatedR700.drop, "closed by the reader"),
        (SimulatedR700.end_stream, "the reader ended the stream"),
        (SimulatedR700.babble, "no HTTP: "),
    ],
)
def test_a_stream_that_breaks_is_lost_once_and_opened_again(
    r700: SimulatedR700, fault: Callable[[SimulatedR700], None], reason: str
) -> None:
    with running(http_driver(r700.url)) as rig:
        rig.await_health("back")
        r700.show([(1, EPC, -50.0)])
        fault(r700)
        rig.await_health("back", "lost", "back")
        eventually(lambda: r700.connected, bool)
        r700.show([(1, OTHER, -50.0)])
        rig.await_reads(EPC, OTHER)
        assert reason in rig.reasons[0]


def test_a_socket_that_babbles_is_dropped_and_opened_again(zebra: SimulatedZebra) -> None:
    with running(tcp_driver(zebra.port)) as rig:
        rig.await_health("back")
        zebra.show([(1, EPC, -50.0)])
        zebra.babble()
        rig.await_health("back", "lost", "back")
        zebra.show([(1, OTHER, -50.0)])
        rig.await_reads(EPC, OTHER)
        assert "no JSON objects" in rig.reasons[0]


def test_a_peer_that_babbles_at_once_never_counts_as_back() -> None:
    with (
        saying(*[b"SSH-2.0-OpenSSH\r\n"] * 9, after_s=0.1) as port,
        running(tcp_driver(port, JsonReaderProfile(format="zebra"))) as rig,
    ):
        rig.await_health("lost")
        assert "no JSON objects: b'SSH-2.0-OpenSSH" in rig.reasons[0]


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (
            (
                b"HTTP/1.1 503 Busy\r\nContent-Length: 42\r\n\r\n"
                b'{"tagInventoryEvent":{"epcHex":"ABCD"}}\r\n\n'
            ),
            "HTTP status 503",
        ),
        (b"HTTP/1.1 302 Found\r\nLocation: /\r\n\r\n", "HTTP status 302"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "the reader ended the stream"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", "no HTTP"),
        (b"220 mail\r\n", "no HTTP"),
        (b"HTTP/1.1 200 OK\r\nX-Long: " + b"x" * 70_000, "without a body"),
        (b"", "silent for 0.6 s"),
    ],
)
def test_what_is_no_stream_is_said_in_words(answer: bytes, reason: str) -> None:
    with saying(*[answer] * 9) as port, running(http_driver(f"http://127.0.0.1:{port}/")) as rig:
        eventually(lambda: rig.health, lambda health: "lost" in health)
        assert reason in rig.reasons[0]
        assert rig.reads == []


def test_the_password_is_given_and_a_wrong_one_is_said() -> None:
    with SimulatedR700(username="root", password="sesame", sign_of_life_s=0.15) as reader:
        with running(http_driver(reader.url, "root", "sesame")) as rig:
            rig.await_health("back")
        with running(http_driver(reader.url, "root", "simsim")) as rig:
            rig.await_health("lost")
            assert "HTTP status 401" in rig.reasons[0]


def test_a_wrong_path_is_said(r700: SimulatedR700) -> None:
    with running(http_driver(r700.url + "/other")) as rig:
        rig.await_health("lost")
        assert "HTTP status 404" in rig.reasons[0]


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A reader's own certificate, with its key in the same file."""
    folder = tmp_path_factory.mktemp("tls")
    both = folder / "reader.pem"
    command = [require_program("openssl"), "req", "-x509", "-newkey", "rsa:2048", "-nodes"]
    command += ["-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    command += ["-keyout", str(folder / "key"), "-out", str(folder / "certificate")]
    subprocess.run(command, check=True, capture_output=True)
    both.write_text((folder / "key").read_text() + (folder / "certificate").read_text())
    return both


def test_a_reader_is_heard_through_tls_and_only_with_its_own_certificate(
    certificate: Path,
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with SimulatedR700(tls=context, sign_of_life_s=0.15) as reader:
        with running(http_driver(reader.url, ca_file=certificate)) as rig:
            rig.await_health("back")
            reader.show([(1, EPC, -50.0)] * 50)
            rig.await_reads(*[EPC] * 50)
        with running(http_driver(reader.url)) as stranger:
            stranger.await_health("lost")
            assert "certificate verify failed" in stranger.reasons[0]


@pytest.mark.parametrize(
    "url", ["ftp://reader/", "http://", "reader", "http://root:impinj@reader/", "http://r/a b"]
)
def test_a_url_that_is_no_streams_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match=r"URL|%xx"):
        http_driver(url)


def test_a_reader_that_is_not_there_is_lost_until_it_comes() -> None:
    port = free_port()
    with running(tcp_driver(port)) as rig:
        rig.await_health("lost")
        assert rig.reasons == ["Connection refused"]
        with SimulatedZebra(port=port, sign_of_life_s=0.15):
            rig.await_health("lost", "back")


def test_a_name_nobody_knows_is_said() -> None:
    with running(http_driver("http://reader.invalid/")) as rig:
        rig.await_health("lost")
        assert rig.reasons[0].startswith("reader.invalid: ")


def test_stopping_does_not_wait_for_a_connection_that_nobody_accepts() -> None:
    with closing(socket.socket()) as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        port = int(full.getsockname()[1])
        waiting = [socket.create_connection(("127.0.0.1", port)) for _ in range(1)]
        rig = Rig(tcp_driver(port))
        rig.thread.start()
        rig.finish(within_s=2.0)
        assert rig.said == []
        for one in waiting:
            one.close()
