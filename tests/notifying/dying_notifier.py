"""A notifier in a process of its own, to be killed."""

import sys
import threading

from controller.notifying.notifier import Notifier
from controller.store.database import open_engine
from tests.notifying.sites import site


def main() -> None:
    """Run until killed; the store's URL and the mail server's port are the arguments."""
    url, port = sys.argv[1], int(sys.argv[2])
    smtp = {"port": port, "security": "none"}
    where = site({"id": "ops", "mail": "ops@example.org"}, smtp=smtp)
    notifier = Notifier(engine=open_engine(url), site=where, secrets={})
    notifier.begin()
    notifier.run(threading.Event())


if __name__ == "__main__":
    main()
