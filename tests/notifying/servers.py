"""A mail server and a webhook receiver that do what a test wants of them."""

import socketserver
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class MailBox:
    """What a mail server took, and what it answers instead."""

    answers: dict[str, str] = field(default_factory=dict)
    """By the command's first word, or ``BODY``: the reply instead of 250; empty hangs up."""
    tls: ssl.SSLContext | None = None
    at_once: bool = False
    """TLS from the first byte instead of STARTTLS."""
    silent: bool = False
    """Takes connections and says nothing."""
    letters: list[str] = field(default_factory=list)
    taken: Callable[[], None] | None = None
    """Called once a letter is here, before the client hears of it."""
    commands: list[str] = field(default_factory=list)
    port: int = 0
    closed: threading.Event = field(default_factory=threading.Event)


class _Session(socketserver.StreamRequestHandler):
    """One SMTP conversation (RFC 5321), no more of it than a client needs."""

    box: MailBox

    def handle(self) -> None:
        if self.box.silent:
            self.box.closed.wait(60)
            return
        self._secured = False
        if self.box.at_once:
            self._secure()
        self._say("220 test")
        going = True
        while going and (line := self.rfile.readline().decode().strip()):
            self.box.commands.append(line)
            going = self._obey(line.split()[0].upper())

    def _obey(self, word: str) -> bool:
        """Answer one command; false to hang up."""
        answer = self.box.answers.get(word)
        if answer is not None:
            if answer:
                self._say(answer)
            return bool(answer)
        if word == "EHLO":
            offered = self.box.tls is not None and not self._secured
            self._say("250-test", *(["250-STARTTLS"] if offered else []), "250 AUTH PLAIN")
        elif word == "STARTTLS":
            self._say("220 go on")
            self._secure()
        elif word == "DATA":
            self._data()
        else:
            self._say({"AUTH": "235 welcome", "QUIT": "221 bye"}.get(word, "250 ok"))
        return word != "QUIT"

    def _secure(self) -> None:
        assert self.box.tls is not None
        self._secured = True
        self.request = self.connection = self.box.tls.wrap_socket(self.connection, server_side=True)
        self.rfile = self.connection.makefile("rb")
        self.wfile = self.connection.makefile("wb", buffering=0)

    def _data(self) -> None:
        self._say("354 go on")
        lines: list[str] = []
        while (line := self.rfile.readline().decode()) not in (".\r\n", ""):
            lines.append(line)
        answer = self.box.answers.get("BODY", "250 taken")
        if answer.startswith("250"):
            self.box.letters.append("".join(lines))
            if self.box.taken is not None:
                self.box.taken()
        if answer:
            self._say(answer)

    def _say(self, *lines: str) -> None:
        self.wfile.write("".join(f"{line}\r\n" for line in lines).encode())

    def finish(self) -> None:
        self.rfile.close()
        self.wfile.close()
        self.connection.close()


class _Quiet(socketserver.ThreadingTCPServer):
    daemon_threads = False
    allow_reuse_address = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is no failure of the test."""


@contextmanager
def mail_server(box: MailBox) -> Iterator[MailBox]:
    """Serve ``box`` until the end of the block."""
    handler = type("Session", (_Session,), {"box": box})
    with _Quiet(("127.0.0.1", 0), handler) as server:
        box.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield box
        finally:
            box.closed.set()
            server.shutdown()
            thread.join(10)


@dataclass
class Hook:
    """What a receiver was sent, and what it answers."""

    status: int = 204
    headers: dict[str, str] = field(default_factory=dict)
    silent: bool = False
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    url: str = ""
    closed: threading.Event = field(default_factory=threading.Event)


@contextmanager
def receiver(hook: Hook) -> Iterator[Hook]:
    """Serve ``hook`` until the end of the block."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            hook.got.append((dict(self.headers.items()), body))
            if hook.silent:
                hook.closed.wait(60)
                return
            self.send_response(hook.status)
            for name, value in {"Content-Length": "0", **hook.headers}.items():
                self.send_header(name, value)
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 -- as it is named there
            """Nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = False
        hook.url = f"http://127.0.0.1:{server.server_address[1]}/hook"
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield hook
        finally:
            hook.closed.set()
            server.shutdown()
            thread.join(10)
