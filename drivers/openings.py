"""How to come to the bytes of a reader: at a URL, over TLS, or by waiting for it to call."""

import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias
from urllib.parse import urlsplit

from drivers.link import Link, Waker
from drivers.llrp.listener import Expected, Listener
from drivers.serial_uhf.line import Line, open_line

LLRP_PORT, LLRP_TLS_PORT = 5084, 5085

Opening: TypeAlias = Callable[[threading.Event, Waker], Line]
"""Opens the line, given what ends its waits for good and what ends one of them.

Raises `Unreachable` and `Stopped` as a `Link` does.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class LlrpWay:
    """How an LLRP reader is reached."""

    tls: bool = False
    ca: Path | None = None
    """Whom to trust that the reader is who it says; ``None``: whom the system trusts."""
    calls: int | None = None
    """The port at which the reader connects to us."""
    cert: Path | None = None
    """Our own certificate and its key, for a reader that connects to us over TLS."""

    @contextmanager
    def opening(self, address: str) -> Iterator[Opening]:
        """The reader at ``HOST[:PORT]``; one that calls is told by ``HOST`` or ``id:HEX``.

        Raises:
            ValueError: the address, or what belongs to TLS, makes no sense.
            OSError: a certificate cannot be read.
        """
        if self.ca is not None and not self.tls:
            raise ValueError("whom to trust matters only with TLS")
        if (self.cert is not None) != (self.tls and self.calls is not None):
            raise ValueError("our own certificate goes with TLS and a reader that calls, only")
        if self.calls is None:
            host, port = host_and_port(address, LLRP_TLS_PORT if self.tls else LLRP_PORT)
            tls = ssl.create_default_context(cafile=self.ca) if self.tls else None
            yield lambda stop, waker: Link(host, port, stop=stop, waker=waker, tls=tls)
            return
        expected = _expected(address)
        listener = Listener("::", self.calls, tls=self._ours())
        listener.expect(expected)
        try:
            yield lambda stop, waker: Link(
                "", 0, stop=stop, waker=waker, caller=listener.take(expected, stop, waker)
            )
        finally:
            listener.close()

    def _ours(self) -> ssl.SSLContext | None:
        if self.cert is None:
            return None
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=self.ca)
        context.load_cert_chain(self.cert)
        context.verify_mode = ssl.CERT_REQUIRED if self.ca else ssl.CERT_NONE
        return context


def at_url(url: str, baud: int) -> Opening:
    """A serial line, or a socket that carries one."""
    return lambda stop, waker: open_line(url, baud, stop=stop, waker=waker)


def host_and_port(address: str, default: int) -> tuple[str, int]:
    """What ``HOST``, ``HOST:PORT`` or ``[IPV6]:PORT`` says.

    Raises:
        ValueError: it is none of these.
    """
    try:
        parts = urlsplit(f"//{address}")
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise ValueError(f"{address}: must read HOST or HOST:PORT") from error
    if not host or parts.netloc != address:
        raise ValueError(f"{address}: must read HOST or HOST:PORT")
    return host, port or default


def _expected(address: str) -> Expected:
    kind, _, reader_id = address.partition(":")
    if kind != "id":
        return Expected(address)
    try:
        return Expected(reader_id=bytes.fromhex(reader_id.replace(":", " ")).hex().upper())
    except ValueError as error:
        raise ValueError(f"{address}: must read id: and hexadecimal") from error
