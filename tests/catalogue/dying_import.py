"""An import that stops in the middle and waits to be killed: ``URL FILE staging|applying``."""

import sys
import threading
from collections.abc import Iterable
from pathlib import Path

from controller.catalogue.importing import import_file
from controller.store.catalogue import sole_turn
from controller.store.database import open_engine
from controller.store.journal import Recorded
from controller.store.ledger import OutgoingMessage, Unpublished
from tests.catalogue.plain import importer, staged


def wait_for_death() -> None:
    sys.stdout.write("here\n")
    sys.stdout.flush()
    threading.Event().wait()


class Dying(Unpublished):
    """Asked what to publish, that is inside the transaction, after the mirror was written."""

    def events(self, recorded: Recorded) -> Iterable[OutgoingMessage]:
        wait_for_death()
        return ()


def main(url: str, file: str, where: str) -> None:
    engine = open_engine(url)

    def progress(_: int) -> None:
        if where == "staging" and staged(engine):
            wait_for_death()

    with sole_turn(engine):
        import_file(importer(engine, compose=Dying()), Path(file), progress=progress)


if __name__ == "__main__":
    main(*sys.argv[1:])
