"""``python -m controller tune-door``: a good door passes, a bad one is told what is wrong."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from controller.cli import app
from controller.commissioning.walks import Label
from controller.person import who
from controller.store import audit
from controller.store.database import open_engine
from controller.store.recordings import commissionings
from tests.commissioning.doors import Alter, commissioned
from tests.domain.physics import Read

EXAMPLE = Path(__file__).resolve().parents[2] / "firmware-config" / "site.example.toml"
TWO = '{ port = 2, side = "outside" },'
FOUR = TWO + ' { port = 3, side = "inside" }, { port = 4, side = "outside" },'


@pytest.fixture
def site_file(tmp_path: Path) -> Path:
    """The example with a door of four antennas and a store in a folder of the test's own."""
    text = EXAMPLE.read_text(encoding="utf-8")
    text = text.replace("sqlite:////var/lib/smart-repository/", f"sqlite:///{tmp_path}/")
    path = tmp_path / "site.toml"
    path.write_text(text.replace(TWO, FOUR), encoding="utf-8")
    return path


def tune(site_file: Path, folder: Path, *words: str) -> tuple[int, dict[str, Any], str]:
    arguments = ["tune-door", str(site_file), "door-north", "--recordings", str(folder)]
    done = CliRunner().invoke(app, [*arguments, "--json", *words])
    return done.exit_code, json.loads(done.stdout or "{}"), done.stderr


def kept(site_file: Path) -> commissionings.Commissioning | None:
    engine = open_engine(f"sqlite:///{site_file.parent}/repository.db")
    with engine.connect() as connection:
        found = commissionings.newest(connection).get("door-north")
        assert audit.verify(connection) is None
    engine.dispose()
    return found


def test_a_good_door_passes_and_gets_its_parameters_with_date_and_person(
    site_file: Path, tmp_path: Path
) -> None:
    code, out, err = tune(site_file, commissioned(tmp_path / "walks"))

    assert (code, out["passed"], out["problems"]) == (0, True, [])
    assert out["confusion"]["in"]["in"] == 10
    assert out["confusion"]["out"]["out"] == 10
    assert out["confusion"]["idle"] == {
        "in": 0, "out": 0, "turned_back": 0, "unknown": 0, "nothing": 2,
    }  # fmt: skip
    assert out["figures"]["walks_right"] == out["figures"]["walks"] == "20"
    assert -2.0 <= out["bias"] <= 2.0
    assert 0.5 <= out["scale"] <= 1.5
    assert "door-north has passed" in err
    result = kept(site_file)
    assert result is not None
    assert (result.passed, result.by, result.bias) == (True, who(), out["bias"])
    assert result.antennas == "1 inside, 2 outside, 3 inside, 4 outside"
    assert result.report["confusion"] == out["confusion"]


def test_swapped_antennas_fail_with_the_words_that_say_so(site_file: Path, tmp_path: Path) -> None:
    text = site_file.read_text(encoding="utf-8")
    swapped = text.replace('"inside"', '"x"').replace('"outside"', '"inside"')
    site_file.write_text(swapped.replace('"x"', '"outside"'), encoding="utf-8")

    code, out, err = tune(site_file, commissioned(tmp_path / "walks"))

    assert (code, out["passed"]) == (3, False)
    (problem,) = out["problems"]
    assert "20 of 20 walks came out the wrong way round: the sides are swapped" in problem
    assert "every passage waits for a person's confirmation" in err
    result = kept(site_file)
    assert result is not None
    assert not result.passed


def _thinned(_: Label, reads: list[Read]) -> list[Read]:
    """Only the loudest reads come through, and few of them."""
    return [read for number, read in enumerate(reads) if read.dbm > -44.0 and number % 12 == 0]


def _inverted_trolleys(label: Label, reads: list[Read]) -> list[Read]:
    """The far side hears a trolley best."""
    if label not in (Label.TROLLEY_IN, Label.TROLLEY_OUT):
        return reads
    return [read._replace(antenna={1: 2, 2: 1, 3: 4, 4: 3}[read.antenna]) for read in reads]


def _deaf(_: Label, reads: list[Read]) -> list[Read]:
    return [read for read in reads if read.antenna != 4]


def _one_wrong(label: Label, reads: list[Read]) -> list[Read]:
    """Two walks in were none: they went out."""
    if label is not Label.IN or reads[0].t_s > 0.02:
        return reads
    end = reads[-1].t_s
    return [read._replace(t_s=end - read.t_s) for read in reversed(reads)]


@pytest.mark.parametrize(
    ("alter", "says"),
    [
        (_thinned, "a file is heard too seldom"),
        (_inverted_trolleys, "invert a whole trolley"),
        (_deaf, "antenna 4 (outside) heard nothing in any walk"),
        (_one_wrong, "wrong direction in in-"),
    ],
)
def test_a_bad_door_is_told_what_is_wrong(
    site_file: Path, tmp_path: Path, alter: Alter, says: str
) -> None:
    code, out, err = tune(site_file, commissioned(tmp_path / "walks", alter=alter))
    assert (code, out["passed"]) == (3, False)
    assert says in err
    assert not any("swapped" in problem for problem in out["problems"])


def test_a_passage_out_of_the_quiet_is_no_good_door(site_file: Path, tmp_path: Path) -> None:
    folder = commissioned(tmp_path / "walks")
    (folder / "idle-600s.csv").write_text((folder / "out-03.csv").read_text())
    for path in folder.glob("*.csv"):
        if "E280000000000001" not in path.read_text() or path.stem == "idle-600s":
            continue
        path.write_text(path.read_text().replace("E280000000000001", "E280000000000002"))
    code, _, err = tune(site_file, folder)
    assert code == 3
    assert "idle-600s: the door reports E280000000000001 as passed" in err


def test_too_few_walks_are_counted_and_nothing_is_written_when_only_planned(
    site_file: Path, tmp_path: Path
) -> None:
    folder = commissioned(tmp_path / "walks", walks=7, trolleys=1, idle_s=60.0)
    code, out, err = tune(site_file, folder, "--plan")
    assert (code, out["written"]) == (3, False)
    assert "only 7 of 10 recordings of in: make 3 more" in err
    assert "only 1 of 3 recordings of trolley-out: make 2 more" in err
    assert "only 1.0 of 10 idle minutes" in err
    assert "nothing was written" in err
    assert not (site_file.parent / "repository.db").exists()


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--offset-m", "2.2", "--turned-deg", "-20"), "look into the door invert a whole trolley"),
        (("--offset-m", "0.2"), "0.2 m from the door plane is too near"),
        (("--offset-m", "0.6", "--turned-deg", "10"), "10 degrees is too little at 0.6 m"),
    ],
)
def test_layouts_that_are_known_to_fail_are_warned_of(
    site_file: Path, tmp_path: Path, words: tuple[str, ...], says: str
) -> None:
    folder = commissioned(tmp_path / "walks", walks=1, trolleys=0, idle_s=1.0)
    _, out, err = tune(site_file, folder, "--plan", *words)
    assert says in err
    assert any(says in warning for warning in out["warnings"])


def test_what_cannot_be_judged_is_named(site_file: Path, tmp_path: Path) -> None:
    folder = tmp_path / "walks"
    assert "no such folder" in tune(site_file, folder)[2]
    folder.mkdir()
    assert "holds no .csv file" in tune(site_file, folder)[2]
    (folder / "walk-1.csv").write_text("")
    code, _, err = tune(site_file, folder)
    assert code == 1
    assert "walk-1.csv: the name does not say what was done" in err
