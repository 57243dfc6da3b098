"""Follows the API's live events, as a screen would, and waits for what a scenario expects."""

import json
import threading
import urllib.request
from collections import Counter
from collections.abc import Mapping
from typing import Any

from simulators.scenario import Expectation

RENAMED = {"alarm_kind": "kind"}
"""An alarm's kind stands in its body under the name that means the event's kind outside."""


class Listener:
    """One open event stream, read by its own thread; opened again when it breaks."""

    def __init__(self, base: str, key: str) -> None:
        self._url = f"{base}/v1/events"
        self._key = key
        self._news = threading.Condition()
        self._events: list[Mapping[str, Any]] = []
        self._last = ""
        self._connected = threading.Event()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="listener", daemon=True)

    def start(self) -> None:
        """Follow everything from now on; returns once the stream is open."""
        self._thread.start()
        self._connected.wait(10)

    def close(self) -> None:
        """Stop following."""
        self._stop.set()

    @property
    def kinds(self) -> Counter[str]:
        """How many events of each kind so far."""
        with self._news:
            return Counter(str(event["kind"]) for event in self._events)

    @property
    def ids(self) -> list[str]:
        """The ids of all events so far, in their order."""
        with self._news:
            return [str(event["id"]) for event in self._events]

    def mark(self) -> int:
        """Where the list of events ends now."""
        with self._news:
            return len(self._events)

    def await_event(self, wanted: Expectation, since: int) -> bool:
        """Whether an event after ``since`` answers ``wanted`` within its time."""
        with self._news:
            return self._news.wait_for(
                lambda: any(_answers(event, wanted) for event in self._events[since:]),
                wanted.within_s,
            )

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self._follow()
            except (OSError, ValueError):
                self._stop.wait(0.5)

    def _follow(self) -> None:
        headers = {"Authorization": f"Bearer {self._key}"}
        if self._last:
            headers["Last-Event-ID"] = self._last
        request = urllib.request.Request(self._url, headers=headers)  # noqa: S310 -- our own API
        with urllib.request.urlopen(request, timeout=30) as stream:  # noqa: S310
            self._connected.set()
            for line in stream:
                name, _, value = line.decode().rstrip("\n").partition(": ")
                if name == "data":
                    self._take(json.loads(value))

    def _take(self, event: Mapping[str, Any]) -> None:
        self._last = str(event["seq"])
        with self._news:
            self._events.append(event)
            self._news.notify_all()


def _answers(event: Mapping[str, Any], wanted: Expectation) -> bool:
    body = event["data"]
    return event["kind"] == wanted.kind and all(
        str(body.get(RENAMED.get(key, key))) == value for key, value in wanted.body.items()
    )
