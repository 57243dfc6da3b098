"""A disk so small that a test can fill it."""

import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.services import require, require_program


@contextmanager
def small_disk(size_bytes: int) -> Iterator[Path]:
    """A disk of ``size_bytes`` with nothing on it, outside pytest's own folders.

    Another run that tidies those up must not meet a mount in them.
    """
    mount, unmount = require_program("mount"), require_program("umount")
    require(os.geteuid() == 0, "only root can mount a small disk")
    with tempfile.TemporaryDirectory(prefix="small-disk-") as folder:
        made = subprocess.run(
            [mount, "-t", "tmpfs", "-o", f"size={size_bytes}", "tmpfs", folder],
            check=False,
            capture_output=True,
        )
        require(made.returncode == 0, "this machine mounts no small disk")
        try:
            yield Path(folder)
        finally:
            subprocess.run([unmount, folder], check=True)
