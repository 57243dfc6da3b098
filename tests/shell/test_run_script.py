"""``./run``: what a new user meets when something is missing."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

RUN = Path(__file__).resolve().parents[2] / "run"


def say(command: list[str], **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, capture_output=True, text=True, check=False, env={**os.environ, **environment}
    )


def pretending(tmp_path: Path, prelude: str) -> list[str]:
    """The start script under a Python that lacks something."""
    program = tmp_path / "pretend.py"
    program.write_text(
        f"import sys, runpy\n{prelude}\nsys.argv = ['run', 'demo']\n"
        f"runpy.run_path({str(RUN)!r}, run_name='__main__')\n"
    )
    return [sys.executable, str(program)]


def test_an_old_python_is_told_which_one_is_needed(tmp_path: Path) -> None:
    prelude = "sys.version_info = (3, 9, 2); sys.version = '3.9.2 (main)'"
    done = say(pretending(tmp_path, prelude))
    assert done.returncode == 1
    assert done.stderr.strip() == (
        "Python 3.11 or newer is needed; this is 3.9.2. On Debian 12: python3.11 run demo"
    )


def test_without_venv_and_pip_the_cure_is_named(tmp_path: Path) -> None:
    prelude = (
        "import subprocess; sys.modules['ensurepip'] = None\n"
        "subprocess.run = lambda *a, **k: subprocess.CompletedProcess(a, 1)"
    )
    done = say(pretending(tmp_path, prelude), SMART_REPOSITORY_VENV=str(tmp_path / "venv"))
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == (
        "This Python has neither venv nor pip. On Debian: sudo apt install python3-venv"
    )


def test_a_folder_that_cannot_be_written_is_named_with_its_cure(tmp_path: Path) -> None:
    blocked = tmp_path / "a file, not a folder"
    blocked.write_text("")
    done = say(pretending(tmp_path, ""), SMART_REPOSITORY_VENV=str(blocked / "venv"))
    assert done.returncode == 1
    last = done.stderr.splitlines()[-1]
    assert "cannot be made: Not a directory" in last
    assert "SMART_REPOSITORY_VENV=" in last


def test_without_a_verb_the_usage_is_printed() -> None:
    done = say([str(RUN)])
    assert done.returncode == 2
    assert done.stdout.startswith("usage: ./run demo")


@pytest.mark.parametrize("words", [["frobnicate"], []])
def test_the_program_says_which_verbs_there_are(words: list[str]) -> None:
    done = say([sys.executable, "-m", "controller.program", *words])
    assert done.returncode == 2
    assert "packages:" in done.stdout + done.stderr
