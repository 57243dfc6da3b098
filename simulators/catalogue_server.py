"""A catalogue that is not there: the top containers of an ArchivesSpace, over REST, with faults.

Its clock is a number that tests move. It never imports the product: what it says is what the
public API of ArchivesSpace says.
"""

import json
import threading
from collections import deque
from email.utils import formatdate
from enum import StrEnum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

USER, PASSWORD = "harvester", "simulated"
REPOSITORY = "/repositories/2"
_DELETIONS_A_PAGE = 3


class CatalogueFault(StrEnum):
    """What the next answer to a question for data is instead."""

    SERVER_ERROR = "500"
    HTML = "html"
    """A page for people, with status 200."""
    ERROR_IN_200 = "error-in-200"
    HALF = "half"
    """Half of the records asked for, with status 200."""
    SESSION_GONE = "session-gone"
    CUT = "cut"
    """The connection ends in the middle."""


class SimulatedCatalogue:
    """Use it as a context."""

    def __init__(self, boxes: int = 0, *, port: int = 0, fonds: str = "MC1") -> None:
        self.now = 1_700_000_000
        """Its time, in seconds since 1970."""
        self.records: dict[int, dict[str, Any]] = {}
        self.deleted: list[tuple[str, int]] = []
        self.faults: deque[CatalogueFault] = deque()
        self.questions: list[str] = []
        """Path of each question for data, without its query."""
        self._fonds = fonds
        self._next = 1
        self._sessions = 0
        self._valid = ""
        for number in range(1, boxes + 1):
            self.add(str(number))
        catalogue = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                catalogue._answer(self)

            def do_POST(self) -> None:
                self.rfile.read(int(self.headers.get("Content-Length", "0")))
                catalogue._sign_in(self)

            def log_message(self, *args: object) -> None:
                """Say nothing on stderr."""

        self._server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))

    @property
    def url(self) -> str:
        """Where its API is."""
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

    def add(self, indicator: str, **more: Any) -> int:
        """A new box; its id."""
        number, self._next = self._next, self._next + 1
        self.records[number] = {
            "uri": f"{REPOSITORY}/top_containers/{number}",
            "lock_version": 0,
            "type": "box",
            "indicator": indicator,
            "barcode": f"32101{indicator:0>9}",
            "long_display_string": f"Box {indicator}",
            "collection": [{"ref": f"{REPOSITORY}/resources/1", "identifier": self._fonds}],
            "container_locations": [
                {
                    "status": "current",
                    "ref": "/locations/9",
                    "_resolved": {"title": "Store [Bay 1, Shelf 2]"},
                }
            ],
            "mtime": self.now,
        } | more
        return number

    def change(self, number: int, **fields: Any) -> None:
        """Edit a box, as a person at the catalogue would."""
        record = self.records[number]
        record |= fields | {"mtime": self.now, "lock_version": record["lock_version"] + 1}

    def vanish(self, number: int) -> dict[str, Any]:
        """Delete a box; what it was, for restoring it."""
        record = self.records.pop(number)
        self.deleted.append((record["uri"], self.now))
        return record

    def restore(self, record: dict[str, Any]) -> None:
        """Put a deleted box back under its own id, as from a backup."""
        self.records[int(record["uri"].rpartition("/")[2])] = record | {"mtime": self.now}

    def republish(self) -> None:
        """Delete everything and add the same again under new ids."""
        for number in sorted(self.records):
            record = self.vanish(number)
            fields = {k: v for k, v in record.items() if k not in ("uri", "mtime", "indicator")}
            self.add(record["indicator"], **fields)

    def _sign_in(self, request: BaseHTTPRequestHandler) -> None:
        if request.path != f"/users/{USER}/login":
            self._send(request, 403, {"error": "Login failed"})
            return
        self._sessions += 1
        self._valid = f"session-{self._sessions}"
        self._send(request, 200, {"session": self._valid})

    def _answer(self, request: BaseHTTPRequestHandler) -> None:
        asked = urlsplit(request.path)
        query = {name: values[0] for name, values in parse_qs(asked.query).items()}
        self.questions.append(asked.path)
        if request.headers.get("X-ArchivesSpace-Session") != self._valid:
            self._send(request, 412, {"code": "SESSION_GONE", "error": "No session found"})
            return
        fault = self.faults.popleft() if self.faults else None
        status, document = self._data(asked.path, query)
        if fault is CatalogueFault.SERVER_ERROR:
            self._send(request, 500, {"error": "boom"})
        elif fault is CatalogueFault.SESSION_GONE:
            self._valid = ""
            self._send(request, 412, {"code": "SESSION_GONE"})
        elif fault is CatalogueFault.ERROR_IN_200:
            self._send(request, 200, {"error": "db: deadlock", "records_ids_updated": []})
        elif fault is CatalogueFault.HALF:
            self._send(request, 200, self._half(document))
        elif fault is CatalogueFault.CUT:
            request.close_connection = True
        else:
            self._send(request, status, document, html=fault is CatalogueFault.HTML)

    def _half(self, document: Any) -> Any:
        """Every other record; a list of ids is whole, and the fault waits for the next answer."""
        if isinstance(document, list) and document and isinstance(document[0], dict):
            return document[::2]
        self.faults.appendleft(CatalogueFault.HALF)
        return document

    def _data(self, path: str, query: dict[str, str]) -> tuple[int, Any]:
        if path == "/delete-feed":
            return 200, self._delete_feed(query)
        here = f"{REPOSITORY}/top_containers"
        if path == here and "all_ids" in query:
            since = int(query.get("modified_since", "0"))
            return 200, [n for n, r in self.records.items() if r["mtime"] >= since]
        if path == here:
            numbers = [int(each) for each in query.get("id_set", "").split(",") if each]
            return 200, [self.records[n] for n in numbers if n in self.records]
        number = path.removeprefix(f"{here}/")
        if number.isdecimal() and int(number) in self.records:
            return 200, self.records[int(number)]
        return 404, {"error": "TopContainer not found"}

    def _delete_feed(self, query: dict[str, str]) -> dict[str, Any]:
        since, page = int(query.get("modified_since", "0")), int(query.get("page", "1"))
        uris = [uri for uri, at in self.deleted if at >= since]
        first = (page - 1) * _DELETIONS_A_PAGE
        return {
            "first_page": 1,
            "last_page": max(1, -(-len(uris) // _DELETIONS_A_PAGE)),
            "this_page": page,
            "results": uris[first : first + _DELETIONS_A_PAGE],
        }

    def _send(
        self, request: BaseHTTPRequestHandler, status: int, document: Any, *, html: bool = False
    ) -> None:
        body = b"<html>Please sign in</html>" if html else json.dumps(document).encode()
        request.send_response_only(status)
        request.send_header("Date", formatdate(self.now, usegmt=True))
        request.send_header("Content-Type", "text/html" if html else "application/json")
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(body)
