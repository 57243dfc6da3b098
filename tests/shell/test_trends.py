"""Points reach the time-series store once it takes them, and wait in the outbox until then."""

import json
import logging
import threading
import urllib.request
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from subprocess import DEVNULL, Popen
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import text

from controller.clock import system_clock
from controller.config import Trends
from controller.store import outbox
from controller.store.outbox import OutgoingMessage
from controller.trends import BATCH, QUEUE, SERVER, TrendsWriter
from drivers.observations import DeviceLost, Moment
from tests.services import eventually, free_port, listens, require_program
from tests.shell.outlets import BEGAN, Store, reading, running, site

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
    store.commit(readings=[reading(n) for n in range(2 * BATCH + 500)])
    service = writer(store, port)
    with running(service.run):
        emptied(store)
    assert len(server.lines) == 2 * BATCH + 500
    assert len(server.requests) == 3
    query = parse_qs(urlsplit(server.requests[0][1]).query)
    assert query == {"org": ["archive"], "bucket": ["climate"], "precision": ["ms"]}
    assert service.counters() == {
        "written": 2 * BATCH + 500, "failures": 0, "dead_letters": 0, "let_go": 0,
    }  # fmt: skip


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


def test_a_server_that_takes_few_lines_is_not_asked_to_take_many_again_at_once(
    store: Store, port: int, server: Server
) -> None:
    server.answer = lambda lines: (413, {}) if len(lines) > 1000 else TAKEN
    store.commit(readings=[reading(n) for n in range(2 * BATCH)])
    with running(writer(store, port).run):
        emptied(store)
    assert len(server.lines) == len(set(server.lines)) == 2 * BATCH
    assert statuses(server).count(413) < 10


def stamped(*times: datetime) -> list[OutgoingMessage]:
    """Points of these times."""
    return [
        OutgoingMessage(
            "trends", "climate", f"climate,s=a t=1 {int(at.timestamp() * 1000)}".encode()
        )
        for at in times
    ]


def test_what_a_server_would_drop_in_silence_is_moved_aside_before_it_is_sent(
    store: Store, port: int, server: Server
) -> None:
    """VictoriaMetrics says 204 to all of these."""
    now = system_clock().utc
    lost = [now + timedelta(days=3), datetime(1969, 1, 1, tzinfo=UTC)]
    odd = [OutgoingMessage("trends", "climate", b"climate,s=a t=NaN 1772000000000")]
    with store.engine.begin() as connection:
        outbox.put(connection, [(None, one) for one in (*stamped(now, *lost), *odd)])
    service = writer(store, port)
    with running(service.run):
        emptied(store)
    assert len(server.lines) == 1
    assert service.counters()["dead_letters"] == 3
    with store.engine.connect() as connection:
        reasons = set(connection.scalars(text("SELECT reason FROM dead_letters")))
    assert reasons == {
        "measured later than now: check the clock",
        "measured before 1970: check the clock",
        "no finite number",
    }


def told_by(store: Store, port: int, **more: Any) -> tuple[TrendsWriter, list[tuple[str, bool]]]:
    """A writer, and the devices it says are lost (true) or back."""
    told: list[tuple[str, bool]] = []
    service = TrendsWriter(
        engine=store.engine,
        trends=trends(port).model_copy(update=more),
        token="secret",
        poll_s=0.02,
        tell=lambda message: told.append((message.device, isinstance(message, DeviceLost))),
        clock=Hurried(),
    )
    return service, told


class Hurried:
    """A clock on which a minute passes whenever it is looked at."""

    def __init__(self) -> None:
        self._seconds = 0.0

    def __call__(self) -> Moment:
        self._seconds += 61
        return Moment(utc=system_clock().utc, monotonic_s=self._seconds)


@pytest.mark.parametrize("status", [401, 403, 404])
def test_a_server_set_up_wrongly_is_an_alarm_until_it_takes_points(
    store: Store, port: int, server: Server, status: int
) -> None:
    server.answer = lambda lines: (status, {})
    store.commit(readings=[reading(n) for n in range(10)])
    service, told = told_by(store, port)
    with running(service.run):
        eventually(lambda: service.counters()["failures"], lambda times: times >= 3)
        assert [each for each in told if each[0] == SERVER] == [(SERVER, True)]
        server.answer = lambda lines: TAKEN
        emptied(store)
        eventually(lambda: told[-1], lambda last: last == (SERVER, False))


def test_a_server_that_is_merely_away_is_no_alarm(store: Store, port: int) -> None:
    store.commit(readings=[reading(n) for n in range(10)])
    service, told = told_by(store, port)
    with running(service.run):
        eventually(lambda: service.counters()["failures"], lambda times: times >= 3)
    assert [each for each in told if each[0] == SERVER] == []


def test_the_oldest_points_are_let_go_only_at_the_limit_and_only_after_an_alarm(
    store: Store, port: int
) -> None:
    """Nobody listens on the port."""
    store.commit(readings=[reading(n) for n in range(1200)])
    service, told = told_by(store, port, most_rows=1000)
    with running(service.run):
        eventually(lambda: service.counters()["let_go"], bool)
        eventually(lambda: service.counters()["failures"], lambda times: times >= 4)
    assert told == [(QUEUE, True)]
    assert service.counters()["let_go"] == 250
    with store.engine.connect() as connection:
        left = outbox.peek(connection, "trends", 0, 10_000)
    assert len(left) == 950
    assert left[-1].payload.endswith(str(int((BEGAN.timestamp() + 1199) * 1000)).encode())


def test_below_the_limit_no_point_is_let_go(store: Store, port: int) -> None:
    store.commit(readings=[reading(n) for n in range(900)])
    service, told = told_by(store, port, most_rows=1000)
    with running(service.run):
        eventually(lambda: service.counters()["failures"], lambda times: times >= 4)
        assert told == [(QUEUE, True)]
        with Server(port):
            emptied(store)
            eventually(lambda: told, lambda each: (QUEUE, False) in each)
    assert service.counters()["let_go"] == 0


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
