"""Takes filed requests out of the store and puts them into the inbox, each once."""

import threading
from collections.abc import Callable
from contextlib import suppress

from sqlalchemy.engine import Engine

from controller.domain.requests import Request
from controller.store.database import StoreError
from controller.store.requests import take_filed
from drivers.observations import Clock

POLL_S = 0.02
"""How long a request waits at most before the deciding thread sees it."""
AT_ONCE = 200


class Intake:
    """The poller between the API's requests and the deciding thread."""

    def __init__(self, engine: Engine, clock: Clock, post: Callable[[Request], None]) -> None:
        self._engine = engine
        self._clock = clock
        self._post = post

    def run(self, stop: threading.Event) -> None:
        """Poll until ``stop``; what expired unanswered is marked so and never carried out."""
        with self._engine.connect() as connection:
            while not stop.wait(POLL_S):
                with suppress(StoreError):  # full or busy: they stay filed until it is not
                    for request in take_filed(connection, self._clock(), limit=AT_ONCE):
                        self._post(request)
