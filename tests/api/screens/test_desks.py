"""The desk: what lies there, what is asked, what is refused, and how a writing ended."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from playwright.sync_api import Browser, expect

from controller.domain.events import (
    ControllerStarted,
    DeviceFailed,
    DeviceRecovered,
    TagBound,
    TagPresented,
    TagWritingBegan,
    TagWritingFailed,
)
from controller.store.accounts import Role
from tests.api.screens.stage import SITE, THINGS, Stage, served, signed_in
from tests.api.screens.test_browser import chromium as chromium
from tests.api.screens.test_browser import tab
from tests.services import eventually

BLANK = "E28011704000021D35AE4008"
NEW = "2C14257BF42EF800000004D2"
FILE = THINGS[20]


@pytest.fixture
def desk(stage: Stage) -> Iterator[str]:
    """The address of a server whose controller runs and whose desk reader answers."""
    now = stage.now()
    stage.record(
        ControllerStarted(at=now, version="1"),
        DeviceRecovered(at=now, device="desk-1", detail=""),
        TagPresented(at=now, desk="desk-1", epc=BLANK),
    )
    stage.beat()
    with served(stage) as address:
        yield address


def began(stage: Stage) -> TagWritingBegan:
    return TagWritingBegan(
        at=stage.now(), writing_id="w1", desk="desk-1", holding_id=FILE.id, old_epc=BLANK,
        epc=NEW, by="a-staff",
    )  # fmt: skip


def failed(stage: Stage, reason: str, carries: str) -> TagWritingFailed:
    return TagWritingFailed(
        at=stage.now(), writing_id="w1", desk="desk-1", holding_id=FILE.id, old_epc=BLANK,
        epc=NEW, by="a-staff", reason=reason, carries=carries,
    )  # fmt: skip


def shown(browser: httpx.Client, path: str = "/desk") -> str:
    page = browser.get(path)
    assert page.status_code == 200
    return re.sub(r"\s+", " ", page.text)


def led_to(browser: httpx.Client, **form: str) -> tuple[dict[str, list[str]], str]:
    """What the form's answer asks of the page, and that page."""
    answer = browser.post("/desk/desk-1/tags", data=form)
    assert answer.status_code == 303, answer.text
    place = answer.headers["location"]
    return parse_qs(urlsplit(place).query), shown(browser, place.partition("#")[0])


@pytest.mark.parametrize("tag", ["zh-CN", "en"])
@pytest.mark.parametrize("role", list(Role))
def test_the_desk_is_for_those_who_work_at_it(quiet: str, role: Role, tag: str) -> None:
    allowed = role in (Role.STAFF, Role.ADMINISTRATOR)
    with signed_in(quiet, role, tag) as browser:
        page = browser.get("/desk")
        assert page.status_code == (200 if allowed else 403)
        assert ('href="/desk"' in browser.get("/").text) == allowed
        if allowed:
            assert f"<h1>{'桌面写标' if tag == 'zh-CN' else 'Desk'}</h1>" in page.text
        else:
            assert browser.post("/desk/desk-1/tags", data={"q": "x"}).status_code == 403


def test_a_site_without_a_desk_has_no_page_for_it(stage: Stage) -> None:
    without = SITE.model_copy(update={"desks": ()})
    with served(stage, site=without) as address, signed_in(address, Role.STAFF) as browser:
        assert 'href="/desk"' not in browser.get("/").text
        assert browser.get("/desk").status_code == 404


def test_the_tag_that_lies_there_is_shown_with_what_it_stands_for(desk: str, stage: Stage) -> None:
    with signed_in(desk, Role.STAFF) as browser:
        blank = shown(browser)
        assert BLANK in blank
        assert "no file yet" in blank
        stage.record(TagPresented(at=stage.now(), desk="desk-1", epc=FILE.epc))
        bound = shown(browser)
        assert FILE.epc in bound
        assert f'href="/find/{FILE.id}">{FILE.code}</a> {FILE.title}' in bound
        stage.record(TagPresented(at=stage.now(), desk="desk-1", epc=""))
        assert "None, or not one alone and still." in shown(browser)


def test_nothing_lies_there_on_the_word_of_a_silent_reader_or_controller(
    desk: str, stage: Stage
) -> None:
    with signed_in(desk, Role.STAFF) as browser:
        stage.beat(stage.now() - timedelta(seconds=30))
        assert BLANK not in shown(browser)
        stage.beat()
        assert BLANK in shown(browser)
        stage.record(DeviceFailed(at=stage.now(), device="desk-1", reason="no answer"))
        silent = shown(browser)
    assert "does not answer</span>" in silent
    assert BLANK not in silent


def test_a_writing_is_filed_and_begins(desk: str, stage: Stage) -> None:
    stage.lying = BLANK
    form = {"q": FILE.code.replace("·", "."), "epc": "2c14 257b f42e f800 0000 04d2"}
    with stage.deciding(), signed_in(desk, Role.STAFF) as browser:
        told = eventually(lambda: led_to(browser, **form)[1], lambda t: "Writing has begun" in t)
        assert f"{NEW} is being written for {FILE.code}." in told
        assert "A tag is being written there already." in led_to(browser, **form)[1]
        stage.record(TagBound(at=stage.now(), epc=NEW, holding_id=FILE.id, by="a-staff"))
        assert f"The tag carries {NEW} and stands for {FILE.code}." in shown(browser)


def test_without_a_number_the_tag_keeps_its_own(desk: str, stage: Stage) -> None:
    stage.lying = BLANK
    with stage.deciding(), signed_in(desk, Role.ADMINISTRATOR, "zh-CN") as browser:
        eventually(
            lambda: led_to(browser, q=FILE.code, lock="true")[1],
            lambda text: f"正在为 {FILE.code} 写入 {BLANK}。" in text,
        )


def test_the_controllers_refusal_is_told_in_plain_words(desk: str, stage: Stage) -> None:
    with stage.deciding(), signed_in(desk, Role.STAFF, "zh-CN") as browser:
        _, told = led_to(browser, q=FILE.code, epc=NEW)
        assert "请将一个标签静止放在桌面读写器上。" in told


def test_what_is_not_clear_is_asked_back_and_nothing_is_filed(desk: str, stage: Stage) -> None:
    with signed_in(desk, Role.STAFF) as browser:
        asked, several = led_to(browser, q="养老", epc=NEW, lock="true")
        assert asked["q"] == ["养老"]
        assert several.count('name="holding_id"') == 7
        assert f'name="epc" value="{NEW}"' in several
        assert 'name="lock" value="true"' in several
        # one match that only contains what was typed is asked about, too
        assert led_to(browser, q="30-00021")[1].count('name="holding_id"') == 1
        assert "Nothing here is called “xyz”" in led_to(browser, q="xyz")[1]
        assert "That is no number for a tag." in led_to(browser, q=FILE.code, epc="12 3")[1]
        stage.record(TagPresented(at=stage.now(), desk="desk-1", epc=""))
        asked, told = led_to(browser, q=FILE.code)
        assert "Hold one tag still on the desk." in told
        assert "request" not in asked


def test_a_holding_chosen_from_the_list_is_the_one_that_is_meant(desk: str) -> None:
    with signed_in(desk, Role.STAFF) as browser:
        asked, told = led_to(browser, q="养老", holding_id=FILE.id, epc=NEW)
        assert "request" in asked
        assert "The controller has not answered yet" in told


@pytest.mark.parametrize(
    ("reason", "carries", "words"),
    [
        ("tag_memory_locked_error", BLANK, ("the tag is locked", "its old number", "write again")),
        ("no_answer", "", ("reader did not answer", "Nobody knows what", "Do not use the tag yet")),
        (
            "not_locked:insufficient_power",
            NEW,
            ("could not be locked: the tag gets too little power", "same number again"),
        ),
        ("epc_in_use", NEW, ("another file was given that number", "Write another number")),
        ("read_back_differs", "ABCD", ("The tag carries ABCD.", "write again")),
        ("result_99", BLANK, ("Not done: result_99.",)),
    ],
)
def test_a_failure_says_what_the_tag_carries_and_what_to_do(
    desk: str, stage: Stage, reason: str, carries: str, words: tuple[str, ...]
) -> None:
    stage.record(began(stage), failed(stage, reason, carries))
    with signed_in(desk, Role.STAFF) as browser:
        told = shown(browser)
    for text in ("Failed</span>", *words):
        assert text in told


def test_how_a_writing_ends_is_not_known_while_the_controller_is_away(
    desk: str, stage: Stage
) -> None:
    stage.record(began(stage))
    stage.beat(state="stopped")
    with signed_in(desk, Role.STAFF) as browser:
        told = shown(browser)
    assert "nobody knows yet how it ends" in told
    assert "is being written" not in told


def test_the_page_follows_a_writing_and_keeps_what_was_typed(
    chromium: Browser, desk: str, stage: Stage
) -> None:
    with tab(chromium, desk) as page:
        page.goto(f"{desk}/desk")
        page.locator("#desk-desk-1-q").fill("J001")
        stage.record(TagPresented(at=stage.now(), desk="desk-1", epc=FILE.epc))
        expect(page.locator("#desk-desk-1-tag")).to_contain_text(FILE.code)
        stage.record(began(stage))
        expect(page.locator("#desk-desk-1-writing")).to_contain_text("Writing …")
        stage.record(failed(stage, "no_answer", ""))
        expect(page.locator("#desk-desk-1-writing")).to_contain_text("Do not use the tag yet")
        again = replace(began(stage), writing_id="w2")
        stage.record(again, TagBound(at=stage.now(), epc=NEW, holding_id=FILE.id, by="a"))
        expect(page.locator("#desk-desk-1-writing")).to_contain_text("Done")
        expect(page.locator("#desk-desk-1-q")).to_have_value("J001")
