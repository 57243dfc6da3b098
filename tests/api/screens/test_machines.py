"""Lifts and cranes on the shelving page: how they stand, and what they are asked."""

import re

import httpx
import pytest

from controller.domain.events_machines import MachineFailed, MachineSent
from controller.domain.events_shelving import AiringEnded, AiringRefused, ErrandMade
from controller.domain.model_machines import MachineVerb
from controller.domain.model_shelving import ErrandTask
from controller.store.accounts import Role
from tests.api.screens.stage import THINGS, Stage, served, signed_in
from tests.services import eventually


def text_of(page: httpx.Response) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page.text).split())


@pytest.fixture
def busy(stage: Stage) -> Stage:
    stage.quiet_day()
    return stage


def seen(browser: httpx.Client, words: str) -> str:
    return eventually(lambda: text_of(browser.get("/racks")), lambda text: words in text)


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ("tray 12", "load overweight", "too heavy", "Bring the tray", "Carry to the cell")),
        ("zh-CN", ("托盘 12", "货物超重", "超重：请取下部分物品", "取出托盘", "送入货位")),
    ],
)
def test_the_page_shows_what_stands_where_and_faults_in_the_words_of_the_profile(
    busy: Stage, language: str, words: tuple[str, ...]
) -> None:
    with (
        busy.deciding(),
        served(busy) as address,
        signed_in(address, Role.STAFF, language) as browser,
    ):
        text = seen(browser, words[0])
    assert all(word in text for word in words)


def test_a_tray_is_brought_to_the_opening_that_was_chosen(busy: Stage) -> None:
    with busy.deciding(), served(busy) as address, signed_in(address, Role.STAFF) as browser:
        seen(browser, "tray 12")
        form = {"verb": "bring", "target": "7", "opening": "2"}
        answer = browser.post("/machines/lift-1/move", data=form)
        told = text_of(browser.get(answer.headers["location"]))
        assert "The machine is moving." in told
        assert "7 to opening 2: under way" in told
        again = browser.post("/machines/lift-1/move", data=form)
        assert "a-staff is having it move right now" in text_of(
            browser.get(again.headers["location"])
        )


def test_what_keeps_a_machine_still_is_said_where_it_was_asked(busy: Stage) -> None:
    with busy.deciding(), served(busy) as address, signed_in(address, Role.STAFF) as browser:
        seen(browser, "tray 12")
        for machine, target, reason in (
            ("lift-1", "7", "tray 12 stands at the opening: put it back first"),
            ("lift-1", "61", "it has no place 61"),
            ("crane-1", "1/4/3", "too heavy: take something off"),
            ("no-such", "1", "There is no such machine"),
        ):
            form = {"verb": "bring", "target": target}
            answer = browser.post(f"/machines/{machine}/move", data=form)
            assert reason in text_of(browser.get(answer.headers["location"]))
        stop = browser.post("/machines/lift-1/stop")
        assert "was told to stop" in text_of(browser.get(stop.headers["location"]))


def test_who_may_only_read_moves_no_machine(busy: Stage) -> None:
    with served(busy) as address, signed_in(address, Role.READER) as browser:
        page = browser.get("/racks").text
        assert "/machines/lift-1/move" not in page
        assert browser.post("/machines/lift-1/move", data={"verb": "bring"}).status_code == 403
        assert browser.post("/machines/lift-1/stop").status_code == 403


def test_a_motion_of_unknown_end_is_resolved_on_the_page(busy: Stage) -> None:
    at = busy.now()
    busy.record(
        MachineSent(
            at=at, machine="lift-1", verb=MachineVerb.BRING, target="7", opening=1,
            command_id="c-7", by="a-staff",
        ),
        MachineFailed(
            at=at, machine="lift-1", command_id="c-7", outcome="unknown", detail="unreachable"
        ),
    )  # fmt: skip
    with (
        busy.deciding(),
        served(busy) as address,
        signed_in(address, Role.FACILITIES) as browser,
    ):
        assert "Nobody knows how its last motion ended" in seen(browser, "tray 12")
        form = {"finding": "open", "note": "tray 7 stands there"}
        answer = browser.post("/machines/lift-1/resolve", data=form)
        told = text_of(browser.get(answer.headers["location"]))
        assert "the machine may move again" in told
        assert "Nobody knows how its last motion ended" not in told


def test_doubtful_airing_names_no_aisle_and_a_refused_one_says_why(busy: Stage) -> None:
    at = busy.now()
    with served(busy) as address, signed_in(address, Role.STAFF) as browser:
        busy.record(AiringRefused(at=at, rack="rack-a", reason="room_not_empty"))
        told = text_of(browser.get("/racks"))
        assert "It was the hour to air, and nothing moved: somebody may be in the room." in told
        busy.record(
            AiringEnded(at=at, rack="rack-a", command_id="c-9", outcome="unknown", detail="")
        )
        told = text_of(browser.get("/racks"))
        assert "Nobody knows whether the carriages stand spread for air" in told
        assert "aisle 0" not in told.lower()


def test_an_errand_into_a_lift_leads_to_its_tray(busy: Stage) -> None:
    thing = THINGS[3]
    busy.record(
        ErrandMade(
            at=busy.now(), errand_id="e-1", list_id="l-1", task=ErrandTask.PUT_AWAY,
            holding_id=thing.id, reference_code=thing.code, loan_id="", rack="lift-1", aisle=None,
            shelf="lift-1/9", by="a-staff",
        )
    )  # fmt: skip
    with busy.deciding(), served(busy) as address, signed_in(address, Role.STAFF) as browser:
        page = browser.get("/errands/l-1")
        assert "1. 1 号立库 · place 9" in text_of(page)
        assert 'action="/machines/lift-1/move"' in page.text
        seen(browser, "tray 12")
        wrong = {"end": "done", "scanned": thing.epc, "place": "lift-1/10", "back": "/errands/l-1"}
        answer = browser.post("/errands/e-1/end", data=wrong)
        assert "It does not belong there" in text_of(browser.get(answer.headers["location"]))
        right = {**wrong, "place": "1 号立库 9号托盘"}
        answer = browser.post("/errands/e-1/end", data=right)
        assert "Recorded." in text_of(browser.get(answer.headers["location"]))
