"""A comparison that stops in the middle and waits to be killed: ``URL PARTS``."""

import sys
import threading
from collections.abc import Iterable

from controller.store.database import open_engine
from controller.store.journal import Recorded
from controller.store.ledger import OutgoingMessage, Unpublished
from tests.store.reconciling.archive import HOUR, Archive


class Dying(Unpublished):
    """Asked what to publish, that is inside a transaction, for the so-and-so-manieth event."""

    def __init__(self, events: int) -> None:
        self._left = events

    def events(self, recorded: Recorded) -> Iterable[OutgoingMessage]:
        self._left -= 1
        if not self._left:
            sys.stdout.write("here\n")
            sys.stdout.flush()
            threading.Event().wait()
        return ()


def main(url: str, events: str) -> None:
    archive = Archive(open_engine(url))
    archive.now += 48 * HOUR
    archive.begin(compose=Dying(int(events))).of_changes()


if __name__ == "__main__":
    main(*sys.argv[1:])
