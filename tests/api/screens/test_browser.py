"""A real browser in front of the real server: what moves by itself, and what must never break."""

import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from controller.domain.model import Direction
from controller.store.accounts import Role
from tests.api.screens.stage import PASSWORD, THINGS, Stage, served
from tests.services import eventually, free_port, require_program

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
PAGES = ("/", "/find", f"/find/{THINGS[0].id}", "/environment", "/racks", "/alarms", "/devices")
CONTRAST = """() => {
  const probe = document.createElement("canvas").getContext("2d", {willReadFrequently: true});
  const rgba = (color) => {
    probe.clearRect(0, 0, 1, 1); probe.fillStyle = color; probe.fillRect(0, 0, 1, 1);
    return [...probe.getImageData(0, 0, 1, 1).data];
  };
  const ground = (element) => {
    for (let e = element; e; e = e.parentElement) {
      const [r, g, b, a] = rgba(getComputedStyle(e).backgroundColor);
      if (a === 255) return [r, g, b];
    }
    return [255, 255, 255];
  };
  const light = (c) => c.slice(0, 3)
    .map((v) => v / 255).map((v) => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const bad = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const e = walker.currentNode.parentElement;
    if (!walker.currentNode.textContent.trim() || !e.checkVisibility()) continue;
    if (e.closest(".out-of-sight, .skip, script, option, svg")) continue;
    const [a, b] = [light(rgba(getComputedStyle(e).color)), light(ground(e))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) bad.push([ratio.toFixed(2), e.textContent.trim().slice(0, 40)]);
  }
  return bad;
}"""
"""Every visible text whose colours are nearer than 4.5 : 1 (WCAG 2.2, 1.4.3 AA)."""


NOBODY_LISTENS = re.compile(r"^\w*api_streams\S* 0$", re.MULTILINE)
HIDE = """(hidden) => {
  Object.defineProperty(document, "hidden", { configurable: true, get: () => hidden });
  document.dispatchEvent(new Event("visibilitychange"));
}"""


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    path = require_program("chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()


@contextmanager
def tab(
    chromium: Browser,
    address: str,
    role: Role = Role.STAFF,
    *,
    complaining: bool = False,
    **how: object,
) -> Iterator[Page]:
    """A signed-in tab; unless it may, it must not have complained on its console."""
    context = chromium.new_context(**{"locale": "en", **how})  # type: ignore[arg-type]
    page = context.new_page()
    page.set_default_timeout(10_000)
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on(
        "console",
        lambda told: complaints.append(told.text) if told.type in ("error", "warning") else None,
    )
    page.goto(f"{address}/login")
    page.get_by_label("User name").fill(f"a-{role}")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"{address}/")
    try:
        yield page
        assert complaining or complaints == []
    finally:
        context.close()


def test_a_red_alarm_appears_by_itself_and_goes_when_it_is_acknowledged(
    chromium: Browser, stage: Stage
) -> None:
    with (
        served(stage) as address,
        tab(chromium, address, viewport={"width": 1280, "height": 800}) as page,
    ):
        expect(page.locator(".alarm-screen")).to_have_count(0)
        stage.record(*stage.leaves_without(THINGS[3]))
        red = page.locator(".alarm-screen")
        expect(red).to_contain_text("北门: 1 item left without authority")
        expect(red).to_contain_text(THINGS[3].code)
        box = red.bounding_box()
        assert box is not None
        assert box["width"] == 1280
        assert box["y"] + box["height"] >= 800
        expect(page.locator("#pages .badge")).to_contain_text("1")
        expect(page.locator(".passage.bad")).to_contain_text(THINGS[3].code)
        with stage.deciding():
            page.get_by_label("What did you find?").fill("Met at the door")
            page.get_by_role("button", name="Acknowledge").click()
            expect(red).to_have_count(0)
            expect(page.locator("#notice")).to_contain_text("The alarm is acknowledged.")
            expect(page.locator("#seen-alarms")).to_contain_text("acknowledged by a-staff")
            expect(page.locator("#seen-alarms")).to_contain_text("Met at the door")


def test_a_note_being_typed_survives_the_next_alarm(chromium: Browser, stage: Stage) -> None:
    stage.beat()
    stage.record(*stage.leaves_without(THINGS[3]))
    with served(stage) as address, tab(chromium, address) as page:
        note = page.get_by_label("What did you find?")
        note.press_sequentially("He said that")
        stage.record(*stage.leaves_without(THINGS[4]))
        expect(page.locator(".alarm-screen")).to_contain_text("2 items left")
        expect(note).to_have_value("He said that")
        expect(note).to_be_focused()
        note.press_sequentially(" he")
        expect(note).to_have_value("He said that he")


def test_a_hidden_tab_gives_its_connection_back_and_misses_nothing(
    chromium: Browser, stage: Stage
) -> None:
    stage.beat()
    with served(stage) as address, tab(chromium, address) as page:
        streams: list[str] = []
        page.on(
            "request", lambda sent: streams.append(sent.url) if "/v1/events" in sent.url else None
        )
        page.evaluate(HIDE, True)
        metrics = f"{address}/metrics"
        eventually(
            lambda: page.request.get(metrics).text(), lambda t: NOBODY_LISTENS.search(t) is not None
        )
        first = stage.record(stage.passes(THINGS[0], Direction.IN, at=stage.now()))
        stage.record(stage.passes(THINGS[1], Direction.IN, at=stage.now()))
        page.evaluate(HIDE, False)
        expect(page.locator("#passages")).to_contain_text(THINGS[0].code)
        expect(page.locator("#passages")).to_contain_text(THINGS[1].code)
        assert streams[-1] == f"{address}/v1/events?after={first - 1}"


def test_a_passage_is_shown_within_the_page_without_reloading_it(
    chromium: Browser, stage: Stage
) -> None:
    stage.beat()
    with served(stage) as address, tab(chromium, address) as page:
        page.evaluate("window.here = true")
        for number, direction in enumerate(Direction):
            stage.record(stage.passes(THINGS[number], direction, at=stage.now()))
        for number in range(len(Direction)):
            expect(page.locator("#passages")).to_contain_text(THINGS[number].code)
        expect(page.locator("#tile-door-north")).to_contain_text("1")
        assert page.evaluate("window.here")


def test_the_language_is_switched_by_one_press(chromium: Browser, stage: Stage) -> None:
    stage.beat()
    with served(stage) as address, tab(chromium, address) as page:
        page.goto(f"{address}/alarms")
        page.get_by_role("button", name="中文").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("报警")
        assert page.url == f"{address}/alarms"
        assert page.locator("html").get_attribute("lang") == "zh-CN"
        page.get_by_role("button", name="English").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Alarms")


def test_an_aisle_is_refused_in_words_without_leaving_the_page(
    chromium: Browser, stage: Stage
) -> None:
    with served(stage) as address, stage.deciding(), tab(chromium, address) as page:
        page.goto(f"{address}/racks")
        expect(page.locator(".aisle").nth(2)).to_contain_text("somebody in it")
        page.evaluate("window.here = true")
        page.get_by_role("button", name="Open aisle 2").click()
        expect(page.locator("#notice")).to_have_text("Not moved: somebody is in aisle 3.")
        page.get_by_role("button", name="Stop A 区密集架").click()
        expect(page.locator("#notice")).to_have_text("The shelving was told to stop.")
        stage.occupied = frozenset()
        expect(page.locator(".aisle").nth(2)).to_contain_text("nobody seen")
        assert page.evaluate("window.here")


def test_the_page_says_when_the_server_is_away_and_comes_back_by_itself(
    chromium: Browser, stage: Stage
) -> None:
    stage.beat()
    port = free_port()
    with ExitStack() as opened:
        with served(stage, port) as address:
            page = opened.enter_context(tab(chromium, address, complaining=True))
            page.evaluate("window.here = true")
            expect(page.locator("#lost")).to_be_hidden()
        expect(page.locator("#lost")).to_be_visible()
        stage.record(*stage.leaves_without(THINGS[5]))
        with served(stage, port):
            expect(page.locator(".alarm-screen")).to_contain_text(THINGS[5].code)
            expect(page.locator("#lost")).to_be_hidden()
            assert page.evaluate("window.here")


def test_a_sensor_shows_its_day_and_the_cursor_follows_the_keyboard(
    chromium: Browser, stage: Stage
) -> None:
    stage.quiet_day()
    with served(stage) as address, tab(chromium, address, Role.FACILITIES) as page:
        page.goto(f"{address}/environment")
        chart = page.locator("climate-chart").first
        expect(chart.locator("path")).to_have_count(3)
        expect(chart.locator(".band")).to_have_count(1)
        assert chart.locator("path").nth(1).get_attribute("d").count("M") == 2  # type: ignore[union-attr] # a gap
        expect(chart.locator(".legend li")).to_have_count(3)
        chart.locator("svg").first.focus()
        page.keyboard.press("ArrowLeft")
        expect(chart.locator(".legend li")).to_have_count(4)
        page.keyboard.press("Escape")
        expect(chart.locator(".legend li")).to_have_count(3)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_is_legible_quiet_and_fits(chromium: Browser, stage: Stage, scheme: str) -> None:
    stage.quiet_day()
    stage.record(*stage.leaves_without(THINGS[7]))
    phone = {"width": 390, "height": 844}
    with (
        served(stage) as address,
        tab(chromium, address, Role.ADMINISTRATOR, color_scheme=scheme, viewport=phone) as page,
    ):
        for path in PAGES:
            page.goto(f"{address}{path}")
            assert page.evaluate(CONTRAST) == [], path
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path


def test_everything_is_reached_and_seen_by_keyboard(chromium: Browser, stage: Stage) -> None:
    stage.beat()
    with served(stage) as address, tab(chromium, address) as page:
        page.goto(f"{address}/racks")
        reached = []
        for _ in range(25):
            page.keyboard.press("Tab")
            reached.append(page.evaluate("document.activeElement.textContent.trim()"))
            outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
            assert outline == "solid", reached[-1]
            if reached[-1].startswith("Stop"):
                break
        assert reached[0] == "Skip to the content"
        assert reached[-1] == "Stop A 区密集架"
