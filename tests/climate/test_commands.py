"""``controller climate-metrics`` as a conservator would call it."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from controller.cli import app
from tests.services import require_shared


def run(*arguments: str | Path) -> tuple[int, str, str]:
    done = CliRunner().invoke(app, ["climate-metrics", *map(str, arguments)])
    return done.exit_code, done.stdout, done.stderr


def week(path: Path) -> Path:
    rows = [f"2025-11-{day:02}T{hour:02}:00:00Z,20,50" for day in range(1, 8) for hour in range(24)]
    path.write_text("time,temp,rh\n" + "\n".join(rows))
    return path


def test_a_real_file_gives_the_published_figures_as_json() -> None:
    code, out, _ = run(require_shared("data/climate/trh1_r4_indoor1.csv"), "--json")
    (series,) = json.loads(out)["series"]
    assert code == 0
    assert series["twpi_years"] == pytest.approx(40.8705, abs=5e-5)
    assert series["equivalent_lifetime_multiplier"] == pytest.approx(0.93103, abs=5e-6)
    assert series["en15757"]["p7"] == pytest.approx(-4.468419, abs=5e-7)
    assert series["en15757"]["p93"] == pytest.approx(4.750114, abs=5e-7)


def test_a_steady_week_is_told_in_words(tmp_path: Path) -> None:
    code, out, _ = run(week(tmp_path / "week.csv"))
    assert code == 0
    assert "44.624" in out
    assert "jgj25-paper" in out
    assert "en15757                         unknown" in out


def test_two_files_are_two_series(tmp_path: Path) -> None:
    code, out, _ = run(week(tmp_path / "a.csv"), week(tmp_path / "b.csv"), "--json")
    assert code == 0
    assert [series["name"] for series in json.loads(out)["series"]] == ["a.csv", "b.csv"]


def test_too_few_readings_are_a_finding(tmp_path: Path) -> None:
    path = tmp_path / "warm.csv"
    path.write_text("time,temp\n" + "".join(f"2025-11-01 0{h}:00,20\n" for h in range(4)))
    code, out, _ = run(path, "--json")
    assert code == 3
    assert "fewer than two" in json.loads(out)["series"][0]["problem"]


def test_an_unreadable_file_and_an_unknown_zone_fail_plainly(tmp_path: Path) -> None:
    code, _, err = run(tmp_path / "none.csv")
    assert (code, "No such file" in err) == (1, True)
    code, _, err = run(week(tmp_path / "week.csv"), "--zone", "Mars/Olympus")
    assert (code, "is no time zone" in err) == (1, True)
