"""The API as a daemon: a socket taken before anything else, one or more uvicorn workers.

Workers are processes of their own that find the site file by the environment variable below.
"""

import logging
import os
import socket
import threading
from pathlib import Path
from typing import Final

import uvicorn
from sqlalchemy import Engine
from uvicorn.supervisors import Multiprocess

from api.app import Application, create_app
from controller.config import Site, load_site, read_secret
from controller.store.database import open_engine, upgrade
from controller.systemd import notify

logger = logging.getLogger(__name__)

SITE_FILE: Final = "SMART_REPOSITORY_API_SITE_FILE"
GRACE_S: Final = 2
"""How long answers under way may take at shutdown; streams are ended at the signal itself."""
WATCHDOG_S: Final = 10.0
BACKLOG: Final = 2048
MOST_CONNECTIONS: Final = 1000


class CannotListen(Exception):
    """The port is taken, or the address is not ours: one line that says what to do."""


def open_store(site: Site) -> Engine:
    """The site's store, open for writing, its tables brought up to date.

    Raises:
        SiteFileError, StoreError: it cannot be opened, and why.
    """
    engine = _open(site, read_only=False)
    upgrade(engine)
    return engine


def application() -> Application:
    """The application of one worker."""
    path = Path(os.environ[SITE_FILE])
    site = load_site(path)
    engine, reader = _open(site, read_only=False), _open(site, read_only=True)
    return create_app(site, engine, reader, beside=path.resolve().parent)


def serve(site_file: Path, *, host: str | None, port: int | None, workers: int) -> None:
    """Serve until SIGTERM or Ctrl-C.

    Raises:
        CannotListen: the port is taken.
        SiteFileError, StoreError: it cannot start, and why.
    """
    site = load_site(site_file)
    open_store(site).dispose()
    listener = _listen(host or site.api.host, site.api.port if port is None else port)
    os.environ[SITE_FILE] = str(site_file.resolve())
    config = uvicorn.Config(
        "api.serving:application",
        factory=True,
        workers=workers,
        access_log=False,
        log_config=None,  # the daemon's own, one line a state change
        lifespan="on",
        loop="uvloop",
        http="httptools",
        proxy_headers=False,  # X-Forwarded-For is nobody's word (ASVS 5.0 4.1.3)
        server_header=False,
        backlog=BACKLOG,
        limit_concurrency=MOST_CONNECTIONS,
        timeout_graceful_shutdown=GRACE_S,
    )
    logger.info("listening on http://%s:%d", *listener.getsockname()[:2])
    stop = threading.Event()
    threading.Thread(target=_tell_systemd, args=(stop,), daemon=True).start()
    try:
        if workers > 1:
            Multiprocess(config, sockets=[listener]).run()
        else:
            uvicorn.Server(config).run(sockets=[listener])
    except KeyboardInterrupt:
        pass  # uvicorn has shut down in order and then passes the signal on
    finally:
        stop.set()
        notify("STOPPING=1")
        listener.close()


def _open(site: Site, *, read_only: bool) -> Engine:
    password = read_secret("database-password", site.database.password_file)
    return open_engine(site.database.url, password=password, read_only=read_only)


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise CannotListen(
            f"cannot listen on {host}:{port}: {error.strerror}; stop the program that has the"
            " port, or choose another with --port or in the site file's [api]"
        ) from error
    listener.listen(BACKLOG)
    listener.set_inheritable(True)
    return listener


def _tell_systemd(stop: threading.Event) -> None:
    """Ready as soon as the socket queues connections; then a sign of life."""
    notify("READY=1")
    while not stop.wait(WATCHDOG_S):
        notify("WATCHDOG=1")
