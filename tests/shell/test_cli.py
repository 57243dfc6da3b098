"""``python -m controller``: what an administrator types, and what comes back."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from controller.cli import app
from controller.clock import system_clock
from controller.domain.decision import Decision
from controller.domain.events import ControllerStarted
from controller.store.database import open_engine
from controller.store.ledger import Ledger, Unpublished
from tests.services import free_port

EXAMPLE = Path(__file__).resolve().parents[2] / "firmware-config" / "site.example.toml"


@pytest.fixture
def site_file(tmp_path: Path) -> Path:
    """The example with its store in a folder of the test's own."""
    text = EXAMPLE.read_text(encoding="utf-8")
    text = text.replace("sqlite:////var/lib/smart-repository/", f"sqlite:///{tmp_path}/")
    text = text.replace("192.0.2.10", "127.0.0.1").replace("192.0.2.20", "127.0.0.1")
    path = tmp_path / "site.toml"
    path.write_text(text, encoding="utf-8")
    return path


def run(*words: str) -> tuple[int, str, str]:
    done = CliRunner().invoke(app, list(words))
    return done.exit_code, done.stdout, done.stderr


def test_check_explains_a_good_file_without_touching_anything(site_file: Path) -> None:
    code, out, _ = run("check", str(site_file), "--offline")
    assert code == 0
    assert "door door-north: 北门 of room-1: antenna 1 looks inside, antenna 2 looks outside" in out
    assert "rack rack-a: A 区密集架 in room-1: 8 columns, 7 aisles" in out
    assert list(site_file.parent.iterdir()) == [site_file]


def test_check_names_every_device_it_cannot_reach_and_the_cure(site_file: Path) -> None:
    port = free_port()
    text = site_file.read_text(encoding="utf-8").replace(
        'host = "127.0.0.1", profile = "readers',
        f'host = "127.0.0.1", port = {port}, profile = "readers',
    )
    site_file.write_text(text, encoding="utf-8")
    code, out, _ = run("check", str(site_file), "--json")
    assert code == 3
    findings = {f["what"]: f for f in json.loads(out)["findings"]}
    assert not findings["reader of door-north"]["well"]
    assert f"127.0.0.1:{port}" in findings["reader of door-north"]["says"]
    assert "is it switched on" in findings["reader of door-north"]["says"]
    assert "by-id" in findings["line of th-01"]["says"]


def test_check_names_a_missing_profile_and_a_missing_secret(site_file: Path) -> None:
    text = site_file.read_text(encoding="utf-8")
    text = text.replace("climate/xy-md02.toml", "climate/none.toml")
    text = text.replace("[mqtt]\n", '[mqtt]\npassword_file = "/nowhere/secret"\n')
    site_file.write_text(text, encoding="utf-8")
    code, out, _ = run("check", str(site_file), "--offline")
    assert code == 3
    assert "BAD  profile of th-01" in out
    assert "BAD  secret mqtt-password: /nowhere/secret: the secret cannot be read" in out


@pytest.mark.parametrize("verb", ["run", "upgrade", "rebuild", "audit"])
def test_a_corrupted_site_file_ends_every_verb_with_its_place_and_no_traceback(
    site_file: Path, verb: str
) -> None:
    site_file.write_bytes(site_file.read_bytes()[:700] + b"\x00\xff" + b"[[")
    code, out, err = run(verb, str(site_file))
    assert code == 1
    assert out == ""
    assert str(site_file) in err
    assert "Traceback" not in err


def test_rebuild_says_what_differs_and_write_mends_it(site_file: Path, tmp_path: Path) -> None:
    assert run("upgrade", str(site_file))[0] == 0
    engine = open_engine(f"sqlite:///{tmp_path}/repository.db")
    ledger = Ledger(engine, source="hrss-01/controller", compose=Unpublished())
    ledger.add(Decision(events=(ControllerStarted(at=system_clock().utc, version="1"),)))
    ledger.commit()
    ledger.close()
    with engine.begin() as connection:
        connection.exec_driver_sql(
            "INSERT INTO devices (id, state, since, detail, seq)"
            " VALUES ('ghost', 'online', '2026-01-01 00:00:00', '', 1)"
        )
    engine.dispose()
    code, out, _ = run("rebuild", str(site_file), "--json")
    assert code == 3
    assert any("ghost" in difference for difference in json.loads(out)["differences"])
    assert run("rebuild", str(site_file), "--write")[0] == 0
    assert run("rebuild", str(site_file))[0] == 0


def test_audit_says_whether_the_chain_holds(site_file: Path) -> None:
    code, out, _ = run("audit", str(site_file), "--json")
    assert (code, json.loads(out)) == (0, {"intact": True, "broken_at": None})


def test_a_store_in_a_folder_that_does_not_exist_is_said_plainly(site_file: Path) -> None:
    text = site_file.read_text(encoding="utf-8")
    site_file.write_text(text.replace("/repository.db", "/none/repository.db"), encoding="utf-8")
    code, _, err = run("upgrade", str(site_file))
    assert code == 1
    assert "no such folder; create it or correct the database URL" in err
