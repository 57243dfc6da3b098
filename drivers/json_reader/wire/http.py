"""An HTTP/1.1 response that never ends, as bytes in and pieces of its body out (RFC 9112)."""

from collections.abc import Iterator

import httptools

from drivers.errors import Garbled

MAX_BODILESS_BYTES = 1 << 16
"""Headers, trailers and chunk sizes together, between two pieces of the body."""


class HttpResponse:
    """The answer to one request."""

    def __init__(self) -> None:
        self._parser = httptools.HttpResponseParser(self)
        self._pieces: list[bytes] = []
        self._bodiless = 0
        self.status: int | None = None
        """The status code, once the headers are complete."""
        self.ended = False

    def feed(self, data: bytes) -> Iterator[bytes]:
        """The pieces of the body in ``data``; iterate to the end before feeding more.

        Raises:
            Garbled: it is no HTTP; what came before was yielded.
        """
        self._bodiless += len(data)
        broken: Exception | None = None
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as error:
            broken = error
        pieces, self._pieces = self._pieces, []
        yield from pieces
        if broken is not None:
            raise Garbled(f"no HTTP: {broken}") from broken
        if self._bodiless > MAX_BODILESS_BYTES:
            raise Garbled(f"{MAX_BODILESS_BYTES} bytes without a body")

    # Called by the parser inside `feed`.

    def on_headers_complete(self) -> None:
        """The status is known."""
        self.status = self._parser.get_status_code()

    def on_body(self, piece: bytes) -> None:
        """A piece of the body, free of chunk sizes."""
        self._bodiless = 0
        self._pieces.append(piece)

    def on_message_complete(self) -> None:
        """The reader ended what should never end."""
        self.ended = True
