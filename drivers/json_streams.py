"""What a JSON reader's bytes say: the documents of a socket, or in the body of an HTTP answer.

Behind the same shape as the codecs of `drivers.streams`. Nonsense is counted, never raised.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from drivers.errors import Garbled
from drivers.json_reader.wire import DIALECTS, Document, HttpResponse
from drivers.json_reader.wire.dialects import Format
from drivers.observations import TagRead

HTTP = b"HTTP/"


class JsonDocuments:
    """One connection's documents, as they come; what cannot be followed any further ends them."""

    def __init__(self, form: Format) -> None:
        self._splitter = DIALECTS[form].splitter()
        self._decode = DIALECTS[form].decode
        self._response: HttpResponse | None = None
        self._begun = b""
        self._begins = True
        self._broken = False
        self.bad = 0
        """Documents that could not be understood so far, and streams that broke off."""

    def feed(self, data: bytes) -> Iterator[tuple[bytes, Document]]:
        """The documents that ``data`` completes, each with its text."""
        if self._broken:
            return
        try:
            for piece in self._body(data):
                for text in self._splitter.feed(piece):
                    yield from self._document(text)
        except Garbled:
            self._broken = True
            self.bad += 1

    def _body(self, data: bytes) -> Iterator[bytes]:
        """``data`` without what HTTP adds to it, where the stream began as HTTP."""
        if self._begins:
            self._begun += data
            if len(self._begun) < len(HTTP) and HTTP.startswith(self._begun):
                return
            data, self._begun, self._begins = self._begun, b"", False
            self._response = HttpResponse() if data.startswith(HTTP) else None
        yield from (data,) if self._response is None else self._response.feed(data)

    def _document(self, text: bytes) -> Iterator[tuple[bytes, Document]]:
        try:
            document = self._decode(text)
        except Garbled:
            self.bad += 1
            return
        self.bad += document.bad
        yield text, document


def described(text: bytes) -> Mapping[str, Any]:
    """A document for people: as it came; an array under ``events``."""
    found = json.loads(text)
    return found if isinstance(found, dict) else {"events": found}


def reads_of(document: Document) -> tuple[TagRead, ...]:
    """The tags in a document."""
    return tuple(seen.read for seen in document.sightings)
