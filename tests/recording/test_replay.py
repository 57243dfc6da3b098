"""``python -m controller passages``: a recording says what the door would have said."""

import json
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest
from typer.testing import CliRunner

from controller.cli import app
from controller.domain.model import Direction, Side
from controller.domain.plans import DoorPlan, DoorRule
from controller.recording.replay import logic_of, replay
from controller.recording.values import Heard, heard
from drivers.observations import InputChanged, TagRead, TagReport
from tests.domain.doors import door, play
from tests.domain.physics import TWO, Read, hear, parked, reports, through, turning
from tests.domain.rooms import moment
from tests.recording.walks import DOOR, as_heard, save

PLAN = DoorPlan(id="door-north", room="room-1", antennas={1: Side.INSIDE, 2: Side.OUTSIDE})
EXAMPLE = Path(__file__).resolve().parents[2] / "firmware-config" / "site.example.toml"


def run(*words: str) -> tuple[int, str, str]:
    done = CliRunner().invoke(app, ["passages", *words])
    return done.exit_code, done.stdout, done.stderr


@pytest.fixture
def door_file(tmp_path: Path) -> str:
    path = tmp_path / "door.toml"
    path.write_text(DOOR)
    return str(path)


def _walks() -> list[list[Read]]:
    out = [hear(through(1.0, out=True), chance=Random(n)) for n in range(4)]
    back = [hear(turning(0.8, inside=True), chance=Random(n)) for n in range(4)]
    return out + back


def test_a_replay_says_what_the_door_said() -> None:
    for reads in _walks():
        said = [v for _, v in play(door(TWO), reports(reads), reads[-1].t_s + 6.0)]
        replayed = [told.verdict for told in replay(PLAN, as_heard(reads))]
        assert [(v.epc, v.direction, v.side) for v in replayed] == [
            (v.epc, v.direction, v.side) for v in said
        ]
        for one, other in zip(replayed, said, strict=True):
            assert one.confidence == pytest.approx(other.confidence, abs=0.05)


def test_it_does_not_matter_when_a_recording_began() -> None:
    reads = as_heard(_walks()[0])
    late = [read._replace(time_s=read.time_s + 1.7e9) for read in reads]
    (one,), (other,) = replay(PLAN, reads), replay(PLAN, late)
    assert one.verdict.direction is other.verdict.direction
    assert one.verdict.confidence == pytest.approx(other.verdict.confidence, abs=1e-6)
    assert other.at_s == pytest.approx(one.at_s + 1.7e9, abs=0.2)


def test_the_reads_of_a_report_are_as_old_as_the_reader_says() -> None:
    def read(stamp: int | None) -> TagRead:
        return TagRead("AA", 1, -60.0, stamp, 1, phase_rad=1.0)

    now_s = moment(10.0).monotonic_s
    report = TagReport(at=moment(10.0), reader="d", reads=(read(5_000_000), read(5_250_000)))
    assert list(heard([report])) == [
        Heard(now_s - 0.25, "AA", 1, -60.0, 1.0),
        Heard(now_s, "AA", 1, -60.0, 1.0),
    ]
    reset = TagReport(at=moment(10.0), reader="d", reads=(read(None), read(0), read(10**15)))
    assert [one.time_s for one in heard([reset])] == [now_s, now_s - 4.0, now_s]


def test_the_command_prints_passages_with_confidence_and_evidence(
    tmp_path: Path, door_file: str
) -> None:
    recording = str(save(tmp_path / "walk.csv", _walks()[0]))

    code, out, err = run(recording, "--door", door_file, "--json")

    assert (code, err) == (0, "")
    document = json.loads(out)
    (passage,) = document["passages"]
    assert (document["door"], document["tags"]) == ("door-north", 1)
    assert (passage["direction"], passage["side"]) == ("out", "outside")
    assert passage["confidence"] >= 0.8
    assert int(passage["evidence"]["reads_inside"]) > 10

    code, out, err = run(recording, "--door", door_file)
    assert code == 0
    assert "outside" in out
    assert "1 out; 0 tags did nothing" in err


def test_tags_that_did_nothing_are_parked_when_both_sides_hear_them_else_strays(
    tmp_path: Path, door_file: str
) -> None:
    both = hear(parked(0.1, 20.0), chance=Random(1), epc="AA")
    reads = [*both, *(read._replace(epc="BB") for read in both if read.antenna == 1)]
    code, out, _ = run(str(save(tmp_path / "w.csv", reads)), "--door", door_file, "--json")
    document = json.loads(out)
    assert (code, document["passages"]) == (0, [])
    assert [(tag["epc"], tag["what"]) for tag in document["stayed"]] == [
        ("AA", "parked"),
        ("BB", "stray"),
    ]


def test_a_trolley_is_one_group_with_its_members(tmp_path: Path, door_file: str) -> None:
    reads = [
        read
        for number in range(20)
        for read in hear(
            through(1.0, out=True), chance=Random(number), epc=f"AA{number:02X}", reads_per_s=8.0
        )
    ]
    code, out, _ = run(str(save(tmp_path / "w.csv", reads)), "--door", door_file, "--json")
    (group,) = json.loads(out)["groups"]
    assert (code, group["direction"]) == (0, "out")
    assert len(group["members"]) >= 18
    assert group["confidence"] > 0.9


def test_the_replay_plays_with_the_rule_and_the_beams_of_its_door() -> None:
    reads = as_heard(_walks()[0])
    deaf = replace(PLAN, rule=DoorRule(bias=-35.0))
    assert [told.verdict.direction for told in replay(PLAN, reads)] == [Direction.OUT]
    assert Direction.OUT not in [told.verdict.direction for told in replay(deaf, reads)]
    logic = logic_of(replace(PLAN, beams=(1,)))
    logic.input(InputChanged(at=moment(0.0), device="door-north", input=1, active=False))
    vetoed = [v for message in reports(_walks()[0]) for v in logic.observe(message)]
    vetoed += logic.tick(moment(30.0))
    (clear,) = replay(PLAN, reads)
    assert all(v.confidence < clear.verdict.confidence for v in vetoed if v.side is not None)


def test_the_door_may_stand_in_a_whole_site_file(tmp_path: Path) -> None:
    recording = str(save(tmp_path / "walk.csv", _walks()[0]))
    code, out, _ = run(recording, "--door", str(EXAMPLE), "--json")
    assert (code, json.loads(out)["door"]) == (0, "door-north")
    code, _, err = run(recording, "--door", str(EXAMPLE), "--id", "door-south")
    assert code == 1
    assert "has no door 'door-south'; it has: door-north" in err


def test_reads_of_antennas_the_door_does_not_name_are_left_out_and_said(
    tmp_path: Path, door_file: str
) -> None:
    reads = [read._replace(antenna=read.antenna + 2) for read in _walks()[0]]
    code, out, err = run(str(save(tmp_path / "w.csv", reads)), "--door", door_file, "--json")
    assert (code, json.loads(out)["passages"]) == (0, [])
    assert "antenna 3:" in err
    assert "antenna 4:" in err


@pytest.mark.parametrize(
    ("toml", "says"),
    [
        ("antennas = [", "not TOML"),
        ('antennas = [{ port = 1, side = "left" }]', "antennas.0.side: "),
        ('antennas = [{ port = 1, side = "inside" }, { port = 2, side = "inside" }]', "each side"),
        ("", "antennas: Field required"),
        ("door = 1", "must be a table"),
    ],
)
def test_a_bad_door_file_is_named_with_its_key(tmp_path: Path, toml: str, says: str) -> None:
    (tmp_path / "door.toml").write_text(toml)
    recording = str(save(tmp_path / "walk.csv", _walks()[0]))
    code, out, err = run(recording, "--door", str(tmp_path / "door.toml"))
    assert (code, out) == (1, "")
    assert str(tmp_path / "door.toml") in err
    assert says in err
