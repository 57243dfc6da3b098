"""The units verify, are sandboxed, and the daemons speak sd_notify."""

import shutil
import socket
import subprocess
from pathlib import Path

import pytest

from controller.systemd import notify
from tests.services import require_program

UNITS = Path(__file__).resolve().parents[2] / "systemd"
SERVICES = ("smart-repository-controller.service", "smart-repository-api.service")


@pytest.mark.parametrize("unit", SERVICES)
def test_a_unit_is_exposed_by_two_points_at_most(unit: str) -> None:
    program = require_program("systemd-analyze")
    command = [program, "security", "--offline=yes", "--threshold=20", str(UNITS / unit)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-200:] + done.stderr


def test_the_units_verify_once_the_program_is_installed(tmp_path: Path) -> None:
    program = require_program("systemd-analyze")
    installed = tmp_path / "smart-repository"
    installed.write_text("#!/bin/sh\n")
    installed.chmod(0o755)
    for unit in UNITS.iterdir():
        text = unit.read_text().replace(
            "/opt/smart-repository/bin/smart-repository", str(installed)
        )
        (tmp_path / unit.name).write_text(text)
    units = [str(tmp_path / name) for name in (*SERVICES, "smart-repository.target")]
    command = [program, "verify", "--man=no", *units]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    complaints = [line for line in done.stderr.splitlines() if "smart-repository" in line]
    assert done.returncode == 0, done.stderr
    assert complaints == []


def test_sysusers_and_tmpfiles_are_well_formed(tmp_path: Path) -> None:
    for tool, name in (("systemd-sysusers", "sysusers"), ("systemd-tmpfiles", "tmpfiles")):
        program = shutil.which(tool)
        if program is None:
            pytest.skip(f"{tool} is not installed")
        action = ["--dry-run"] if name == "sysusers" else ["--create", "--root", str(tmp_path)]
        if name == "tmpfiles":
            (tmp_path / "etc").mkdir()
            (tmp_path / "etc/passwd").write_text(
                "root:x:0:0::/:/bin/sh\nsmart-repository:x:999:999::/:\n"
            )
            (tmp_path / "etc/group").write_text("root:x:0:\nsmart-repository:x:999:\n")
        command = [program, *action, str(UNITS / f"smart-repository.{name}")]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr


def test_notify_reaches_the_socket_systemd_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(tmp_path / "notify"))
        systemd.settimeout(5)
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        notify("READY=1")
        assert systemd.recv(100) == b"READY=1"


def test_notify_says_nothing_where_systemd_did_not_start_us(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    notify("READY=1")
