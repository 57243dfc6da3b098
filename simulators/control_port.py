"""The control port of simulated devices: HTTP with JSON, for testers and their scripts.

``GET /`` shows every device; ``POST /pokes`` with ``{"do": "enter_aisle", "aisle": 3}`` does
something to one. It listens on this machine only and takes orders as JSON only, so that no web
page somebody has open can give any.
"""

import json
import threading
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self, cast

from simulators.bench import Bench
from simulators.machines.pokes import NotAPoke

LONGEST = 10_000
"""Bytes of an order."""


class ControlPort:
    """Listens from construction until closed."""

    def __init__(self, bench: Bench, port: int = 0) -> None:
        """Listen on ``port`` of this machine, or on a free one; raises ``OSError``."""
        self._server = _Server(("127.0.0.1", port), _Handler)
        self._server.bench = bench
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.05,), name="control port"
        )
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = False  # so that closing waits for the orders under way
    bench: Bench


class _Handler(BaseHTTPRequestHandler):
    timeout = 5

    def do_GET(self) -> None:
        if self.path == "/":
            self._answer(HTTPStatus.OK, {"devices": self._bench.picture()})
        else:
            self._answer(HTTPStatus.NOT_FOUND, {"error": "there is / to look at and /pokes to do"})

    def do_POST(self) -> None:
        try:
            self._bench.poke(self._order())
        except NotAPoke as error:
            self._answer(HTTPStatus.BAD_REQUEST, {"error": str(error)})
        else:
            self._answer(HTTPStatus.OK, {"done": True})

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 -- the base class's name
        """Orders are the tester's own; nobody needs to be told of them."""

    @property
    def _bench(self) -> Bench:
        return cast(_Server, self.server).bench

    def _order(self) -> dict[str, Any]:
        length = int(self.headers.get("Content-Length") or 0)
        kind = self.headers.get("Content-Type", "").split(";")[0]
        host = self.headers.get("Host", "").rsplit(":", 1)[0]
        if host not in ("127.0.0.1", "localhost"):
            raise NotAPoke("this port is for 127.0.0.1 only")
        if self.path != "/pokes" or kind != "application/json" or not 0 < length <= LONGEST:
            raise NotAPoke("POST /pokes takes a short JSON object, sent as application/json")
        try:
            order = json.loads(self.rfile.read(length))
        except ValueError as error:
            raise NotAPoke(f"not JSON: {error}") from error
        if not isinstance(order, dict):
            raise NotAPoke('an order is an object, like {"do": "lose_power"}')
        return order

    def _answer(self, status: HTTPStatus, said: dict[str, Any]) -> None:
        body = json.dumps(said, ensure_ascii=False).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
