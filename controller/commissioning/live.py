"""Recordings made through the running controller: its doors stay in service meanwhile.

The request is one like any other, so the audit says who recorded which door and when.
"""

import socket
import threading
from collections.abc import Sequence
from datetime import timedelta
from time import monotonic
from typing import Final

from sqlalchemy import Engine

from controller.clock import system_clock
from controller.person import who
from controller.recording.values import Heard
from controller.store.recordings import keeping
from controller.store.recordings.keeping import Recording
from controller.store.requests import FiledRequest, answer_of, file_request

TAKEN_UP: Final = timedelta(seconds=5)
WRITTEN_WITHIN_S: Final = 15.0
POLL_S: Final = 0.2


class NotRecorded(Exception):
    """The controller made no recording; says why and what to do."""


class Ears:
    """What one door hears, for as long as somebody asks."""

    def __init__(self, engine: Engine, door: str) -> None:
        self._engine = engine
        self._door = door
        self._pause = threading.Event()

    def record(self, for_s: float) -> tuple[Sequence[Heard], float]:
        """Everything the door hears in the next ``for_s`` seconds, and how long that was.

        Raises:
            NotRecorded: the controller does not run, or does not know the door.
            StoreError: the store cannot be asked.
        """
        with self._engine.begin() as connection:
            request_id = file_request(
                connection,
                "RecordDoor",
                {"door": self._door, "for_s": for_s},
                by=who(),
                computer=socket.gethostname(),
                now=system_clock().utc,
                lifetime=TAKEN_UP,
            )
        self._accepted(request_id)
        found = self._written(request_id, monotonic() + for_s + WRITTEN_WITHIN_S)
        return found.reads, (found.ended_at - found.began_at).total_seconds()

    def _accepted(self, request_id: str) -> None:
        end = monotonic() + TAKEN_UP.total_seconds() + 1.0
        filed: FiledRequest | None = None
        while monotonic() < end and (filed is None or filed.answered_at is None):
            self._pause.wait(POLL_S)
            with self._engine.connect() as connection:
                filed = answer_of(connection, request_id)
        if filed is None or filed.state in ("filed", "expired"):
            raise NotRecorded(
                "the controller does not answer: start it (systemctl start "
                "smart-repository-controller) and try again; it listens to the reader for us"
            )
        if filed.state != "accepted":
            raise NotRecorded(
                f"the running controller refuses ({filed.code}): was the door added to the site "
                "file after it started? Restart it and try again"
            )

    def _written(self, request_id: str, end: float) -> Recording:
        while monotonic() < end:
            self._pause.wait(POLL_S)
            with self._engine.connect() as connection:
                found = keeping.recording(connection, request_id)
            if found is not None:
                return found
        raise NotRecorded(
            "the controller took it up, but wrote no recording: its log says why (a full disk?)"
        )
