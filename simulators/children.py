"""The demo's child processes: the product's own daemons and commands, as a site would run them."""

import json
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

STOP_WITHIN_S = 2.0


class ChildFailed(Exception):
    """A child ended badly: which, and its last words."""


class Children:
    """Long-running children, stopped together."""

    def __init__(self, logs: Path) -> None:
        self._logs = logs
        self._running: list[tuple[str, subprocess.Popen[bytes]]] = []

    def start(self, name: str, command: Sequence[str]) -> None:
        """Start one, its words in ``NAME.log``; Ctrl-C reaches it through us only."""
        with (self._logs / f"{name}.log").open("ab") as log:
            child = subprocess.Popen(  # noqa: S603 -- our own commands
                command, stdout=log, stderr=log, start_new_session=True
            )
        self._running.append((name, child))

    def check(self) -> None:
        """Raise for the first child that has ended, with the end of its log."""
        for name, child in self._running:
            if child.poll() is not None:
                words = (self._logs / f"{name}.log").read_text(errors="replace").strip()
                raise ChildFailed(
                    f"{name} ended: {words.splitlines()[-1] if words else 'silently'}"
                )

    def stop(self) -> None:
        """Ask all at once, wait a little, then insist."""
        for _, child in self._running:
            child.terminate()
        patience = threading.Timer(STOP_WITHIN_S, self._insist)
        patience.start()
        for _, child in self._running:
            child.wait()
        patience.cancel()
        self._running.clear()

    def _insist(self) -> None:
        for _, child in self._running:
            child.kill()


def python(*arguments: str) -> list[str]:
    """The command that runs one of the product's packages with this Python."""
    return [sys.executable, "-m", *arguments]


def ask(*arguments: str, told: str = "") -> Any:
    """Run one short command of the product with ``--json`` and return what it printed.

    Raises:
        ChildFailed: it ended badly.
    """
    done = subprocess.run(  # noqa: S603 -- our own commands
        python(*arguments, "--json"), input=told, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        last = (done.stderr.strip() or done.stdout.strip()).splitlines()[-3:]
        raise ChildFailed(f"{' '.join(arguments[:3])}: {' / '.join(last)}")
    return json.loads(done.stdout) if done.stdout.strip() else None
