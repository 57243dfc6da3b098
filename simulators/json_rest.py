"""The REST side of a JSON reader that is not there: it switches outputs for who may."""

import base64
import json
import threading
from collections import deque
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self

from simulators.json_events import Make

TOKEN = "eyJhbGciOiJIUzI1NiJ9.eyJ1c2VyIjoiYWRtaW4ifQ.sig"  # noqa: S105 -- of a simulated reader
WORDS = {"high": True, "low": False}


class SimulatedRest:
    """Use it as a context."""

    def __init__(self, make: Make) -> None:
        word = base64.b64encode(b"root:impinj").decode()
        self._basic = f"Basic {word}"
        self._make = make
        self.outputs: dict[int, bool] = {}
        self.requests: list[str] = []
        """Method and path of each that was answered."""
        self.failures: deque[int] = deque()
        """HTTP statuses that the next requests are answered with instead."""
        rest = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                rest.answer(self, b"")

            def do_PUT(self) -> None:
                length = int(self.headers.get("Content-Length", "0"))
                rest.answer(self, self.rfile.read(length))

            def log_message(self, *args: object) -> None:
                """Say nothing on stderr."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))

    @property
    def url(self) -> str:
        """Of the reader."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def answer(self, request: BaseHTTPRequestHandler, body: bytes) -> None:
        """Answer one request."""
        status, content = self._judged(request, body)
        self.requests.append(f"{request.command} {request.path}")
        request.send_response(status)
        request.send_header("Content-Length", str(len(content)))
        request.send_header("Connection", "close")
        request.end_headers()
        request.wfile.write(content)
        request.close_connection = True

    def _judged(self, request: BaseHTTPRequestHandler, body: bytes) -> tuple[int, bytes]:
        if self.failures:
            return self.failures.popleft(), b"{}"
        proof = request.headers.get("Authorization", "")
        what = f"{request.command} {request.path}"
        if self._make == "impinj":
            if proof != self._basic:
                return 401, b""
            return self._impinj(what, body)
        if what == "GET /cloud/localRestLogin":
            token = json.dumps({"code": 0, "message": TOKEN}).encode()
            return (200, token) if proof == self._basic else (401, b"")
        return self._zebra(what, body) if proof == f"Bearer {TOKEN}" else (401, b"{}")

    def _impinj(self, what: str, body: bytes) -> tuple[int, bytes]:
        if what != "PUT /api/v1/device/gpos":
            return 404, b""
        for one in json.loads(body)["gpoConfigurations"]:
            self.outputs[one["gpo"]] = WORDS[one["state"]]
        return 204, b""

    def _zebra(self, what: str, body: bytes) -> tuple[int, bytes]:
        if what != "PUT /cloud/gpo":
            return 404, b""
        told = json.loads(body)
        self.outputs[told["port"]] = told["state"]
        return 200, b"{}"
