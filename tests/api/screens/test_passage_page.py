"""The page of one passage: the plot, what the door concluded, and the reads to take away."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest
from typer.testing import CliRunner

from controller.cli import app
from controller.domain.events import PassageDetected
from controller.domain.model import Direction
from controller.recording.values import Heard
from controller.store.accounts import Role
from controller.store.ids import new_id
from controller.store.journal import last_seq
from controller.store.recordings import keeping
from controller.store.recordings.keeping import PassageOf, Recording
from tests.api.screens.stage import THINGS, Stage, served, signed_in
from tests.domain.physics import hear, through
from tests.recording.walks import DOOR, as_heard

EPC = "E280000000000001"


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """The address of a server that keeps one recorded passage, and the passage's id."""
    stage = Stage(tmp_path_factory.mktemp("passage"))
    try:
        passage = _passes(stage)
        with served(stage) as address:
            yield address, passage
    finally:
        stage.close()


def _passes(stage: Stage) -> str:
    now = stage.now()
    event = PassageDetected(
        at=now, passage_id=new_id(), door="door-north", epc=EPC, holding_id=THINGS[0].id,
        direction=Direction.OUT, place="outside", confidence=0.987,
        evidence={"reads_inside": "103", "stage": "final"},
    )  # fmt: skip
    stage.record(event)
    reads = as_heard(hear(through(1.0, out=True), chance=Random(3)))
    stranger = Heard(1.0, "AABB", 9, None, None)
    with stage.engine.begin() as connection:
        recording = Recording(
            id=new_id(), door="door-north", began_at=now - timedelta(seconds=5), ended_at=now,
            reads=(*reads, stranger),
        )  # fmt: skip
        keeping.keep(
            connection,
            recording,
            [PassageOf(passage_id=event.passage_id, seq=last_seq(connection))],
        )
    return event.passage_id


@pytest.mark.parametrize(("tag", "word"), [("en", "Left through"), ("zh-CN", "库门的判断")])
def test_a_passage_is_drawn_with_its_verdict_and_evidence(
    kept: tuple[str, str], tag: str, word: str
) -> None:
    address, passage = kept
    with signed_in(address, Role.READER, tag) as browser:
        text = browser.get(f"/passages/{passage}").text
    assert word in text
    assert text.count("<polyline") == 2
    assert "<circle" in text
    assert "<rect" in text
    assert 'class="verdict"' in text
    assert "98.7 %" in text
    assert "103" in text


def test_the_doors_page_and_the_holdings_history_lead_there(kept: tuple[str, str]) -> None:
    address, passage = kept
    with signed_in(address, Role.STAFF) as browser:
        for path in ("/", f"/find/{THINGS[0].id}"):
            assert f'href="/passages/{passage}"' in browser.get(path).text


def test_what_is_not_kept_is_said(kept: tuple[str, str]) -> None:
    with signed_in(kept[0], Role.STAFF) as browser:
        assert "not kept, or no longer" in browser.get("/passages/nobody").text
        answer = browser.get("/v1/passages/nobody/recording")
    assert (answer.status_code, answer.json()["code"]) == (404, "no_such_recording")


def test_what_was_downloaded_can_be_replayed(kept: tuple[str, str], tmp_path: Path) -> None:
    address, passage = kept
    with signed_in(address, Role.STAFF) as browser:
        answer = browser.get(f"/v1/passages/{passage}/recording?format=csv")
        document = browser.get(f"/v1/passages/{passage}/recording").json()
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert document["door"] == "door-north"
    assert document["reads"][-1] == {
        "time_s": 1.0, "epc": "AABB", "antenna": 9, "rssi_dbm": None, "phase_rad": None,
    }  # fmt: skip
    (tmp_path / "walk.csv").write_text(answer.text)
    (tmp_path / "door.toml").write_text(DOOR)

    words = ["passages", str(tmp_path / "walk.csv"), "--door", str(tmp_path / "door.toml")]
    done = CliRunner().invoke(app, [*words, "--json"])

    assert done.exit_code == 0
    (told,) = json.loads(done.stdout)["passages"]
    assert (told["epc"], told["direction"]) == (EPC, "out")
