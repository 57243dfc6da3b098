"""``import`` and ``bind`` as typed: exit codes, data on stdout, words on stderr."""

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from controller.catalogue import harvest_commands, run_commands
from controller.catalogue.commands import register
from controller.clock import system_clock
from controller.store.accounts import Accounts, By, Role
from controller.store.catalogue import sole_turn
from controller.store.database import open_engine
from simulators.catalogue_server import PASSWORD, USER, SimulatedCatalogue
from tests.catalogue.plain import bound, codes, write

app = typer.Typer()
register(app)
run_commands.register(app)
harvest_commands.register(app)


@pytest.fixture
def site(tmp_path: Path) -> Path:
    return write(
        tmp_path / "site.toml",
        '[site]\nid = "t-01"\nname = "test"',
        f'[database]\nurl = "sqlite:///{tmp_path}/store.db"',
        '[[rooms]]\nid = "room-1"\nname = "one"',
    )


def run(*words: object) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, [str(word) for word in words])
    return result.exit_code, result.stdout, result.stderr


def test_import_and_bind_fill_a_store_from_nothing(site: Path, tmp_path: Path) -> None:
    office = write(tmp_path / "office.csv", "档号,题名", "A,one", "B,two")
    tags = write(tmp_path / "tags.csv", "epc,档号", "E280,A")
    assert run("import", office, "--site", site, "--source", "office") == (
        0,
        "office.csv: imported: 2 created, 0 changed, 0 unchanged\n",
        "office.csv: UTF-8, comma-delimited\n",
    )
    assert run("bind", tags, "--site", site)[:2] == (
        0,
        "tags.csv: bound: 1 bound, 0 unbound, 0 unchanged\n",
    )
    engine = open_engine(f"sqlite:///{tmp_path}/store.db")
    assert codes(engine) == {"A": "one", "B": "two"}
    assert bound(engine) == {"E280": "A"}
    engine.dispose()


def test_json_is_one_document_on_stdout_and_says_unchanged_the_second_time(
    site: Path, tmp_path: Path
) -> None:
    office = write(tmp_path / "office.csv", "档号,题名", "A,one")
    words = ("import", office, "--site", site, "--source", "office", "--json")
    first, second = json.loads(run(*words)[1]), json.loads(run(*words)[1])
    assert first["files"][0]["outcome"] == "imported"
    assert second["files"][0] | {"notes": []} == {
        "file": "office.csv",
        "outcome": "unchanged",
        "rows": 1,
        "created": 0,
        "changed": 0,
        "unchanged": 1,
        "withdrawn": 0,
        "restored": 0,
        "republished": 0,
        "run_id": "",
        "differences": [],
        "faults": [],
        "faults_left_out": 0,
        "notes": [],
    }


def test_refused_rows_are_exit_3_an_unreadable_file_is_exit_1_and_good_files_still_come_in(
    site: Path, tmp_path: Path
) -> None:
    good = write(tmp_path / "good.csv", "档号,题名", "A,one")
    bad = write(tmp_path / "bad.csv", "档号,题名", "B,")
    there = ("--site", site, "--source", "office")
    status, said, words = run("import", bad, good, *there)
    assert (status, "good.csv: imported: 1 created" in said) == (3, True)
    assert "bad.csv:2: 题名: is empty" in words
    assert run("import", bad, tmp_path / "none.csv", *there)[0] == 1
    assert run("bind", write(tmp_path / "tags.csv", "epc,档号", "xyz,A"), "--site", site)[0] == 3
    assert run("bind", tmp_path / "none.csv", "--site", site)[0] == 1


def test_a_wrong_word_is_exit_2(site: Path, tmp_path: Path) -> None:
    file = write(tmp_path / "a.csv", "档号,题名")
    assert run("import", file, "--site", site)[0] == 2
    assert run("import", file, "--site", site, "--source", "a b")[0] == 2
    assert run("import", file, "--site", site, "--source", "a", "--format", "xls")[0] == 2
    assert run("import", "--site", site, "--source", "a")[0] == 2


def test_what_a_person_can_mend_is_one_line_and_exit_1(site: Path, tmp_path: Path) -> None:
    file = write(tmp_path / "a.csv", "档号,题名", "A,one")
    status, said, words = run("import", file, "--site", tmp_path / "no.toml", "--source", "a")
    assert (status, said, words.count("\n")) == (1, "", 1)
    run("import", file, "--site", site, "--source", "a")
    engine = open_engine(f"sqlite:///{tmp_path}/store.db")
    with sole_turn(engine):
        status, said, words = run("import", file, "--site", site, "--source", "a")
    engine.dispose()
    assert (status, said) == (1, "")
    assert words == "another import or bind is running; wait until it has ended\n"


def test_a_plan_writes_nothing(site: Path, tmp_path: Path) -> None:
    file = write(tmp_path / "a.csv", "档号,题名", "A,one")
    status, said, _ = run("import", file, "--site", site, "--source", "a", "--plan")
    assert (status, said) == (0, "a.csv: planned: 1 created, 0 changed, 0 unchanged\n")
    engine = open_engine(f"sqlite:///{tmp_path}/store.db")
    assert codes(engine) == {}
    engine.dispose()


def test_a_held_run_is_listed_and_only_an_administrator_accepts_it(
    site: Path, tmp_path: Path
) -> None:
    words = ("--site", site, "--source", "office", "--complete")
    head = "档号,题名,全宗号"
    many = write(tmp_path / "a.csv", head, *(f"A{n},t,J1" for n in range(300)))
    assert run("import", many, *words)[0] == 0
    few = write(tmp_path / "a.csv", head, "A1,t,J1")
    status, said, _ = run("import", few, *words, "--json")
    assert status == 3
    [report] = json.loads(said)["files"]
    assert (report["outcome"], report["withdrawn"]) == ("held", 299)
    [waiting] = json.loads(run("catalogue-runs", "--site", site, "--json")[1])
    assert waiting["run"]["id"] == report["run_id"]

    engine = open_engine(f"sqlite:///{tmp_path}/store.db")
    by = By(name="setup", computer="desk-1", at=system_clock().utc)
    Accounts(engine).add_user("wang", Role.ADMINISTRATOR, "a long password", by)
    Accounts(engine).add_user("li", Role.STAFF, "a long password", by)
    engine.dispose()
    secret = write(tmp_path / "secret", "a long password")
    decide = ("catalogue-runs", "--site", site, "--accept", report["run_id"])
    refused = run(*decide, "--as", "li", "--password-file", secret)
    assert (refused[0], "no administrator" in refused[2]) == (1, True)
    assert run(*decide, "--as", "wang", "--password-file", secret)[:2] == (0, "")
    assert "no run" in run(*decide, "--as", "wang", "--password-file", secret)[2]
    assert run("import", few, *words)[1].startswith("a.csv: unchanged")


def test_harvest_asks_the_catalogues_of_the_site_file(site: Path, tmp_path: Path) -> None:
    secret = write(tmp_path / "aspace", PASSWORD)
    with SimulatedCatalogue(30) as catalogue:
        link = f'kind = "archivesspace", url = "{catalogue.url}", username = "{USER}"'
        text = site.read_text(encoding="utf-8")
        lines = [
            "[[catalogues]]",
            'id = "aspace"',
            f'link = {{ {link}, password_file = "{secret}" }}',
        ]
        write(site, text, *lines)
        assert run("harvest", "--site", site, "--source", "other")[0] == 1
        status, said, _ = run("harvest", "--site", site, "--json")
        assert status == 0
        [report] = json.loads(said)["catalogues"]
        assert (report["file"], report["outcome"], report["created"]) == ("aspace", "imported", 30)
    status, _, words = run("harvest", "--site", site)
    assert (status, "does not answer" in words) == (1, True)
