"""The application on a real socket, and a listener to its streams."""

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from types import TracebackType
from typing import Any, Self

import uvicorn

from controller.store.accounts import Role
from tests.api.world import World
from tests.services import eventually, listens


@contextmanager
def served(world: World) -> Iterator[int]:
    """The world's application on a port of its own."""
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(world.app, log_config=None, timeout_graceful_shutdown=30)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    port = int(listener.getsockname()[1])
    try:
        eventually(lambda: listens(port), bool)
        yield port
    finally:
        world.context.feed.stop()
        server.should_exit = True
        thread.join(10)
        listener.close()


class Stream:
    """One open stream of events."""

    def __init__(self, port: int, path: str, headers: dict[str, str]) -> None:
        self._connection = HTTPConnection("127.0.0.1", port, timeout=10)
        self._connection.request("GET", path, headers=headers)
        self.answer = self._connection.getresponse()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.answer.close()
        self._connection.close()

    def event(self) -> dict[str, Any] | None:
        """The next event's fields with its data decoded; ``None`` at the end of the stream."""
        fields: dict[str, Any] = {}
        while line := self.answer.readline():
            text = line.decode().rstrip("\n")
            if not text and "data" in fields:
                return {**fields, "data": json.loads(fields["data"])}
            name, _, value = text.partition(": ")
            if name:
                fields[name] = value
        return None

    def events(self, count: int) -> list[dict[str, Any]]:
        """The next ``count`` events."""
        return [event for _ in range(count) if (event := self.event()) is not None]


def stream(
    world: World, port: int, query: str = "", role: Role | None = Role.READER, **headers: str
) -> Stream:
    """An open stream, as that role."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Stream(port, f"/v1/events{query}", {**world.as_(role), **named})
