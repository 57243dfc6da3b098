"""Real servers that tests start for themselves, on free ports, in folders of their own."""

import os
import shutil
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from typing import NoReturn, TypeVar

import pytest

SHARED = Path(__file__).resolve().parents[2] / "shared"
"""Real data beside the checkout; absent on most machines."""

PATIENCE = 4
"""Times a test waits longer than a machine at rest needs: a busy one is slow, not wrong."""

T = TypeVar("T")


def require_program(*names: str) -> str:
    """The path of the first of ``names`` that is installed, else skip, or fail where demanded."""
    for name in names:
        for path in (
            shutil.which(name),
            shutil.which(name, path="/usr/sbin:/usr/lib/postgresql/15/bin"),
        ):
            if path is not None:
                return path
    return _missing(f"{names[0]} is not installed")


def require(available: bool, reason: str) -> None:
    """Skip with that reason unless ``available``, or fail where everything is demanded."""
    if not available:
        _missing(reason)


def _missing(what: str) -> NoReturn:
    """A program is not installed, or the machine cannot do something: skip, or fail in CI."""
    if os.environ.get("SMART_REPOSITORY_REQUIRE_SERVICES") == "1":
        pytest.fail(what)
    pytest.skip(what)


def require_shared(relative: str) -> Path:
    """Real data at that path under ``shared``, else skip."""
    path = SHARED / relative
    if not path.exists():
        pytest.skip(f"shared/{relative} is absent")
    return path


def free_port() -> int:
    """A TCP port nobody listens on now."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def eventually(read: Callable[[], T], ok: Callable[[T], bool], within_s: float = 10.0) -> T:
    """The first value of ``read`` that is ``ok``; fails with the last one after ``within_s``.

    ``within_s`` is for a machine at rest; a busy one gets ``PATIENCE`` times that.
    """
    end = monotonic() + PATIENCE * within_s
    pause = threading.Event()
    while True:
        value = read()
        if ok(value):
            return value
        if monotonic() > end:
            pytest.fail(f"not within {PATIENCE * within_s} s; last value: {value!r}")
        pause.wait(0.02)


def self_signed(folder: Path) -> tuple[Path, Path]:
    """A certificate for localhost that signs itself, and its key, made in ``folder``."""
    cert, key = folder / "cert.pem", folder / "key.pem"
    command = [require_program("openssl"), "req", "-x509", "-newkey", "ec"]
    command += ["-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
    command += ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    command += ["-keyout", str(key), "-out", str(cert)]
    subprocess.run(command, check=True, capture_output=True)
    return cert, key


def listens(port: int) -> bool:
    """Whether something accepts connections there."""
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def mosquitto(folder: Path, port: int, *extra: str) -> Iterator[subprocess.Popen[bytes]]:
    """A broker on ``port`` that forgets everything when it ends, unless ``extra`` says more."""
    program = require_program("mosquitto")
    folder.mkdir(parents=True, exist_ok=True)
    config = folder / "mosquitto.conf"
    lines = [f"listener {port} 127.0.0.1", "allow_anonymous true", "max_queued_messages 0"]
    lines += ["max_inflight_messages 100", "set_tcp_nodelay true", *extra]
    config.write_text("\n".join(lines) + "\n")
    with subprocess.Popen(
        [program, "-c", str(config)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as broker:
        try:
            eventually(lambda: listens(port), bool)
            yield broker
        finally:
            broker.terminate()
            broker.wait(10)
