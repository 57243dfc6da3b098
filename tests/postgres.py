"""A throw-away PostgreSQL cluster: own folder, Unix socket only, no fsync, gone afterwards."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.services import require_program

_UNPRIVILEGED = "nobody"
"""PostgreSQL refuses to run as root; then it runs as this account."""
_SETTINGS = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "listen_addresses=''")


@contextmanager
def postgres() -> Iterator[str]:
    """The URL of a fresh server's maintenance database; skips where PostgreSQL is missing."""
    server = Path(require_program("postgres", "initdb")).parent
    initdb, pg_ctl = str(server / "initdb"), str(server / "pg_ctl")
    # a short path: the name of a Unix socket may have 107 bytes
    with tempfile.TemporaryDirectory(prefix="pg", dir="/tmp") as folder:
        home = Path(folder)
        data = str(home / "data")
        as_user = _drop_root(home)
        _run([*as_user, initdb, "-D", data, "-U", "test", "-A", "trust", "--no-sync",
              "-E", "UTF8", "--locale=C.UTF-8"], home)  # fmt: skip
        options = " ".join(f"-c {each}" for each in (*_SETTINGS, f"unix_socket_directories={home}"))
        _run([*as_user, pg_ctl, "-D", data, "-w", "-s", "-l", str(home / "log"), "-o", options,
              "start"], home)  # fmt: skip
        try:
            yield f"postgresql+psycopg://test@/postgres?host={home}"
        finally:
            _run([*as_user, pg_ctl, "-D", data, "-m", "immediate", "-s", "stop"], home)


def _drop_root(home: Path) -> Sequence[str]:
    if os.geteuid() != 0:
        return ()
    account = pwd.getpwnam(_UNPRIVILEGED)
    shutil.chown(home, account.pw_uid, account.pw_gid)
    return (
        "setpriv",
        f"--reuid={account.pw_uid}",
        f"--regid={account.pw_gid}",
        "--clear-groups",
    )


def _run(command: Sequence[str], home: Path) -> None:
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(home), "LC_ALL": "C.UTF-8"}
    subprocess.run(
        command,
        check=True,
        cwd=home,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
