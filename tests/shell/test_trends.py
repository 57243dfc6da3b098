"""Points reach the time-series store once it takes them, and wait in the outbox until then."""

import json
import logging
import threading
import urllib.request
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from subprocess import DEVNULL, Popen
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import text

from controller.config import Trends
from controller.store import outbox
from controller.trends import TrendsWriter
from tests.services import eventually, free_port, listens, require_program
from tests.shell.outlets import Store, reading, running, site

Answer = tuple[int, dict[str, str]]
TAKEN: Answer = (204, {})


class Server:
    """The write path of InfluxDB v2, answering as it is told."""

    def __init__(self, port: int) -> None:
        self.answer: Callable[[list[str]], Answer] = lambda lines: TAKEN
        self.lines: list[str] = []
        self.requests: list[tuple[int, str]] = []
        """Status given and query asked, in order."""
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers["Content-Length"])
                lines = self.rfile.read(length).decode().splitlines()
                status, headers = server.answer(lines)
                server.requests.append((status, self.path))
                if status == 204:
                    server.lines += lines
                body = json.dumps({"code": "x", "message": f"because {status}"}).encode()
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(0 if status == 204 else len(body)))
                self.end_headers()
                if status != 204:
                    self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                """Quiet."""

        self._http = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.02,))

    def __enter__(self) -> "Server":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._http.shutdown()
        self._thread.join()
        self._http.server_close()


def trends(port: int) -> Trends:
    return Trends(url=f"http://127.0.0.1:{port}", org="archive", bucket="climate")


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def store(tmp_path: Path, port: int) -> Iterator[Store]:
    with Store(tmp_path, site(trends=trends(port).model_dump())) as opened:
        yield opened


@pytest.fixture
def server(port: int) -> Iterator[Server]:
    with Server(port) as started:
        yield started


def writer(store: Store, port: int) -> TrendsWriter:
    return TrendsWriter(engine=store.engine, trends=trends(port), token="secret", poll_s=0.02)


def depth(store: Store) -> int:
    with store.engine.connect() as connection:
        return outbox.depth(connection, "trends")


def emptied(store: Store) -> None:
    eventually(lambda: depth(store), lambda waiting: waiting == 0)


def statuses(server: Server) -> list[int]:
    return [status for status, _ in server.requests]


def test_points_are_written_in_batches_and_leave_the_outbox(
    store: Store, port: int, server: Server
) -> None:
    store.commit(readings=[reading(n) for n in range(2500)])
    service = writer(store, port)
    with running(service.run):
        emptied(store)
    assert len(server.lines) == 2500
    assert len(server.requests) == 3
    query = parse_qs(urlsplit(server.requests[0][1]).query)
    assert query == {"org": ["archive"], "bucket": ["climate"], "precision": ["ms"]}
    assert service.counters() == {"written": 2500, "failures": 0, "dead_letters": 0}


def test_with_the_server_away_points_wait_and_arrive_when_it_is_back(
    store: Store, port: int, caplog: pytest.LogCaptureFixture
) -> None:
    store.commit(readings=[reading(n) for n in range(100)])
    service = writer(store, port)
    with running(service.run):
        eventually(lambda: service.counters()["failures"], lambda times: times >= 3)
        assert depth(store) == 100
        with Server(port) as server:
            emptied(store)
    assert len(server.lines) == 100
    assert [r.levelno for r in caplog.records] == [logging.WARNING]  # once, not on every retry


def test_a_line_the_server_never_takes_is_moved_aside_and_its_neighbours_are_written(
    store: Store, port: int, server: Server
) -> None:
    server.answer = lambda lines: (400, {}) if any("=-13.5" in li for li in lines) else TAKEN
    store.commit(readings=[reading(n, -13.5 if n in (3, 70) else 20.0) for n in range(100)])
    service = writer(store, port)
    with running(service.run):
        emptied(store)
    assert len(set(server.lines)) == 98
    assert service.counters()["dead_letters"] == 2
    with store.engine.connect() as connection:
        aside = connection.execute(text("SELECT payload, reason FROM dead_letters")).all()
    assert all(b"=-13.5" in row.payload and row.reason == "400 because 400" for row in aside)


def test_a_server_that_refuses_every_line_is_not_believed(
    store: Store, port: int, server: Server
) -> None:
    server.answer = lambda lines: (400, {})
    store.commit(readings=[reading(n) for n in range(4)])
    service = writer(store, port)
    with running(service.run):
        eventually(lambda: service.counters()["failures"], lambda times: times >= 2)
    assert depth(store) == 4
    assert service.counters()["dead_letters"] == 0


@pytest.mark.parametrize("status", [401, 403, 404])
def test_a_wrong_token_or_bucket_keeps_everything_and_says_what_to_correct(
    store: Store, port: int, server: Server, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    server.answer = lambda lines: (status, {})
    store.commit(readings=[reading(n) for n in range(10)])
    service = writer(store, port)
    with running(service.run):
        eventually(lambda: service.counters()["failures"], lambda times: times >= 3)
        assert depth(store) == 10
        server.answer = lambda lines: TAKEN
        emptied(store)
    assert len(server.lines) == 10
    assert "trends." in caplog.records[0].message or "bucket" in caplog.records[0].message
    assert service.counters()["dead_letters"] == 0


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_busy_server_is_asked_again_later(
    store: Store, port: int, server: Server, status: int
) -> None:
    answers = iter([(status, {"Retry-After": "0"}), (status, {}), TAKEN])
    server.answer = lambda lines: next(answers)
    store.commit(readings=[reading(n) for n in range(10)])
    with running(writer(store, port).run):
        emptied(store)
    assert statuses(server) == [status, status, 204]


def test_a_server_that_says_when_is_not_asked_before(
    store: Store, port: int, server: Server
) -> None:
    """Stopping does not wait for it, either."""
    server.answer = lambda lines: (429, {"Retry-After": "3600"})
    store.commit(readings=[reading(1)])
    service = writer(store, port)
    with running(service.run):
        eventually(lambda: service.counters()["failures"], bool)
    assert statuses(server) == [429]
    assert depth(store) == 1


def test_a_batch_that_is_too_large_is_split(store: Store, port: int, server: Server) -> None:
    server.answer = lambda lines: (413, {}) if len(lines) > 100 else TAKEN
    store.commit(readings=[reading(n) for n in range(1000)])
    with running(writer(store, port).run):
        emptied(store)
    assert len(server.lines) == len(set(server.lines)) == 1000


def test_a_real_server_can_be_asked_for_the_points(tmp_path: Path, store: Store, port: int) -> None:
    program = require_program("victoria-metrics")
    options = [f"-httpListenAddr=127.0.0.1:{port}", f"-storageDataPath={tmp_path / 'vm'}",
               "-retentionPeriod=100y", "-memory.allowedPercent=5"]  # fmt: skip
    store.commit(readings=[reading(n) for n in range(50)])
    with Popen([program, *options], stdout=DEVNULL, stderr=DEVNULL) as vm:
        try:
            eventually(lambda: listens(port), bool)
            with running(writer(store, port).run):
                emptied(store)
            eventually(lambda: exported(port), lambda found: found == 50)
        finally:
            vm.terminate()


def exported(port: int) -> int:
    """How many temperatures VictoriaMetrics has."""
    root = f"http://127.0.0.1:{port}"
    with urllib.request.urlopen(f"{root}/internal/force_flush", timeout=5):
        pass
    query = "/api/v1/export?match[]=climate_temperature_c&end=2030-01-01T00:00:00Z"
    with urllib.request.urlopen(root + query, timeout=5) as answer:
        return sum(len(json.loads(line)["values"]) for line in answer)
