"""What each page shows to whom, without JavaScript, and what it must never do."""

import re
from itertools import pairwise

import pytest
from fastapi.routing import iter_route_contexts

from api import screens
from api.rights import RIGHTS, SCREENS
from api.screens.event_texts import sentence
from controller.store.accounts import Role
from controller.store.codec import EVENTS
from tests.api.screens.stage import THINGS, signed_in

PAGES = ("/", "/find", "/find?q=J001", f"/find/{THINGS[0].id}", "/environment", "/racks", "/alarms")
LANGUAGES = ("zh-CN", "en")
INLINE = re.compile(r"<style|\sstyle=|<script(?![^>]*\ssrc=)|\son\w+=|javascript:", re.IGNORECASE)
ADDRESSES = re.compile(r'(?:src|href|action)="([^"]*)"')


@pytest.mark.parametrize("tag", LANGUAGES)
@pytest.mark.parametrize("role", list(Role))
def test_every_role_can_read_every_page_in_its_language(quiet: str, role: Role, tag: str) -> None:
    with signed_in(quiet, role, tag) as browser:
        for path in PAGES:
            page = browser.get(path)
            assert page.status_code == 200, path
            assert f'<html lang="{tag}">' in page.text, path
            assert page.headers["content-language"] == tag
            assert page.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("path", ["/login", *PAGES, "/devices", "/liveness", "/environment/now"])
def test_no_page_needs_more_than_its_own_server(quiet: str, path: str) -> None:
    with signed_in(quiet, None if path == "/login" else Role.ADMINISTRATOR) as browser:
        page = browser.get(path)
        policy = page.headers["content-security-policy"]
        assert "default-src 'self'" in policy
        assert "unsafe" not in policy
        assert INLINE.search(page.text) is None
        for address in ADDRESSES.findall(page.text):
            assert address.startswith(("/", "#")), address


def test_every_file_a_page_names_is_there_and_may_be_kept(quiet: str) -> None:
    with signed_in(quiet, Role.STAFF) as browser:
        text = browser.get("/").text + browser.get("/environment").text
        files = set(re.findall(r'"(/static/[^"#]*)', text))
        assert {name.split("?")[0].rpartition("/")[2] for name in files} >= {
            "app.css",
            "live.js",
            "swap.js",
            "sound.js",
            "chart.js",
            "icons.svg",
        }
        for name in files:
            answer = browser.get(name)
            assert answer.status_code == 200
            assert "immutable" in answer.headers["cache-control"]


def test_static_files_are_these_and_no_others(quiet: str) -> None:
    with signed_in(quiet, None) as browser:
        assert browser.get("/static/../screens/frame.py").status_code in (303, 404)
        assert browser.get("/static/%2e%2e/frame.py").status_code == 404
        assert browser.get("/static/").status_code == 404
        assert browser.post("/static/app.css").status_code == 405
        assert browser.get("/static/app.css").headers["cache-control"] == "no-cache"
        plain = browser.get("/static/app.css", headers={"Accept-Encoding": "identity"})
        assert "content-encoding" not in plain.headers
        assert plain.content == browser.get("/static/app.css").content


def test_the_first_page_is_light(quiet: str) -> None:
    with signed_in(quiet, Role.STAFF) as browser:
        page = browser.get("/")
        sizes = [page.num_bytes_downloaded]
        loaded = re.findall(r'<(?:link|script|img)[^>]*"(/static/[^"]*)"', page.text)
        sizes += [browser.get(name).num_bytes_downloaded for name in dict.fromkeys(loaded)]
    assert len(sizes) <= 5
    assert sum(sizes) <= 30_000


def test_nobody_sees_anything_without_signing_in(quiet: str) -> None:
    with signed_in(quiet, None) as browser:
        for path in (*PAGES, "/devices", "/liveness"):
            answer = browser.get(path)
            assert answer.status_code == 303, path
            assert answer.headers["location"].startswith("/login?next=/")


def test_only_what_a_role_may_do_is_offered(quiet: str) -> None:
    offers = {
        Role.READER: set[str](),
        Role.FACILITIES: {"stop"},
        Role.STAFF: {"stop", "open", "lend"},
        Role.ADMINISTRATOR: {"stop", "open", "lend"},
    }
    for role, offered in offers.items():
        with signed_in(quiet, role) as browser:
            racks, holding = browser.get("/racks").text, browser.get(f"/find/{THINGS[20].id}").text
            assert ("/racks/rack-a/stop" in racks) == ("stop" in offered)
            assert ("/racks/rack-a/open" in racks) == ("open" in offered)
            assert ('action="/loans"' in holding) == ("lend" in offered)
            assert ('href="/devices"' in racks) == (role is not Role.READER)
            assert browser.get("/devices").status_code == (403 if role is Role.READER else 200)


def test_what_is_not_offered_is_refused_all_the_same(quiet: str) -> None:
    with signed_in(quiet, Role.READER) as browser:
        assert browser.post("/racks/rack-a/stop").status_code == 403
        assert browser.post("/loans", data={}).status_code == 403
    with signed_in(quiet, Role.STAFF) as browser:
        assert browser.post("/loans/x/approve").status_code == 403


def test_a_form_on_a_foreign_page_changes_nothing(quiet: str) -> None:
    with signed_in(quiet, Role.ADMINISTRATOR) as browser:
        for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}):
            answer = browser.post("/racks/rack-a/stop", headers=headers)
            assert answer.status_code == 403
            assert answer.json()["code"] == "foreign_origin"


def test_borrowers_are_named_at_the_desk_only(quiet: str) -> None:
    for role in Role:
        with signed_in(quiet, role) as browser:
            text = browser.get("/").text + browser.get(f"/find/{THINGS[0].id}").text
            assert ("王芳" in text) == (role in (Role.STAFF, Role.ADMINISTRATOR)), role


def test_the_doors_show_their_readers_their_day_and_what_passed(quiet: str) -> None:
    with signed_in(quiet, Role.STAFF) as browser:
        text = re.sub(r"\s+", " ", browser.get("/").text)
    assert text.count("does not answer since") == 1
    assert '<dt>out today</dt><dd class="number">6</dd>' in text
    for verdict in ("Out, authorised", "In", "Turned back", "In or out?"):
        assert f"{verdict}</a>" in text
    assert THINGS[0].code in text
    assert THINGS[0].title in text


@pytest.mark.parametrize(
    "query",
    [
        THINGS[4].code,
        THINGS[4].code.replace("·", "."),
        "Ｊ001-WS·2021-D30-00005",
        THINGS[4].epc.lower(),
        f"69{THINGS[4].id[-11:]}",
        f"  {THINGS[4].code} ",
        "30-00005",
    ],
)
def test_one_box_finds_by_code_tag_barcode_or_part(quiet: str, query: str) -> None:
    with signed_in(quiet, Role.READER) as browser:
        page = browser.get("/find", params={"q": query})
    assert f'data-src="/find/{THINGS[4].id}"' in page.text


def test_a_part_of_the_title_finds_several_to_choose_from(quiet: str) -> None:
    with signed_in(quiet, Role.READER) as browser:
        page = browser.get("/find", params={"q": "养老"})
        assert page.text.count('<td class="code"><a href="/find/') == 7
        assert "7 matches" in page.text
        percent = browser.get("/find", params={"q": "%"})
        assert "Nothing here is called" in percent.text


def test_what_a_person_types_is_text_and_never_markup(quiet: str) -> None:
    with signed_in(quiet, Role.READER) as browser:
        page = browser.get("/find", params={"q": '"><script>alert(1)</script>%s'})
    assert "<script>alert" not in page.text
    assert "&lt;script&gt;" in page.text


def test_an_unknown_holding_is_not_found_in_words(quiet: str) -> None:
    with signed_in(quiet, Role.READER, "zh-CN") as browser:
        page = browser.get("/find/nothing")
    assert page.status_code == 404
    assert "没有找到“nothing”" in page.text


def test_a_holding_is_where_it_was_seen_not_where_it_belongs(quiet: str) -> None:
    with signed_in(quiet, Role.STAFF) as browser:
        text = re.sub(r"\s+", " ", browser.get(f"/find/{THINGS[8].id}").text)
    assert '<p class="place">一号库房</p>' in text
    assert "<dt>Place in the catalogue</dt><dd>一号库房 A 区密集架 3 列 2 层</dd>" in text
    assert "<dt>Certainty</dt><dd>97 %</dd>" in text
    assert "<option selected>3</option>" in text  # the aisle the catalogue's place names
    assert "Came in through 南门" in text


def test_climate_is_shown_with_limits_and_a_table_for_those_without_a_chart(quiet: str) -> None:
    with signed_in(quiet, Role.FACILITIES) as browser:
        text = browser.get("/environment").text
        assert "Limits 14 to 24 °C" in text
        assert text.count("<climate-chart") == 2
        assert text.count("<table>") == 2
        day = browser.get("/environment/series?quantity=temperature_c").json()
    assert day["sensors"][0]["name"] == "一号库房 东墙"
    assert day["limits"] == [14.0, 24.0]
    points = day["sensors"][1]["points"]
    assert len(points) <= 2 * 288
    gaps = [b[0] - a[0] for a, b in pairwise(points)]
    assert max(gaps) > 3600  # the gap in the data is a gap, not a line


def test_the_stop_of_this_software_is_never_called_an_emergency_stop(quiet: str) -> None:
    with signed_in(quiet, Role.STAFF) as browser:
        text = browser.get("/racks").text
    assert "Stop in this software is an operational stop. Emergency stop is the red button." in text


def test_a_person_may_change_the_language_for_good(quiet: str) -> None:
    with signed_in(quiet, Role.FACILITIES, "en") as browser:
        answer = browser.post("/language", data={"language": "zh-CN", "back": "/find?q=a"})
        assert answer.headers["location"] == "/find?q=a"
        assert '<html lang="zh-CN">' in browser.get("/").text
    with signed_in(quiet, Role.FACILITIES, "en") as browser:
        assert '<html lang="zh-CN">' in browser.get("/").text
        browser.post("/language", data={"language": "en"})
        browser.post("/language", data={"language": "tlh"})
        assert '<html lang="en">' in browser.get("/").text


def test_a_stranger_may_choose_the_language_of_the_sign_in_page(quiet: str) -> None:
    with signed_in(quiet, None, "en") as browser:
        assert "<h1>Sign in</h1>" in browser.get("/login").text
        browser.post("/language", data={"language": "zh-CN", "back": "/login"})
        assert "<h1>登录</h1>" in browser.get("/login").text


@pytest.mark.parametrize(
    "target", ["//evil.example", "/\\evil.example", "https://evil.example", "evil", "/a\nb", ""]
)
def test_signing_in_never_leads_to_a_foreign_page(quiet: str, target: str) -> None:
    with signed_in(quiet, None) as browser:
        form = {"user": "a-staff", "password": "correct horse battery", "next": target}
        assert browser.post("/login", data=form).headers["location"] == "/"


def test_signing_in_leads_to_where_one_wanted_to_go_and_out_again(quiet: str) -> None:
    with signed_in(quiet, None) as browser:
        form = {"user": "a-staff", "password": "correct horse battery", "next": "/racks"}
        answer = browser.post("/login", data=form)
        assert answer.headers["location"] == "/racks"
        assert "httponly" in answer.headers["set-cookie"].lower()
        assert "samesite=strict" in answer.headers["set-cookie"].lower()
        assert browser.get("/login?next=/find").headers["location"] == "/find"
        assert browser.post("/logout").headers["location"] == "/login"
        assert browser.get("/").status_code == 303


def test_a_wrong_password_is_told_in_plain_words_and_five_of_them_lock(quiet: str) -> None:
    with signed_in(quiet, None, "zh-CN") as browser:
        wrong = {"user": "a-reader", "password": "guess"}
        for _ in range(5):
            answer = browser.post("/login", data=wrong)
            assert answer.status_code == 401
            assert "用户名或密码不正确" in answer.text
            assert "guess" not in answer.text
        right = {"user": "a-reader", "password": "correct horse battery"}
        assert browser.post("/login", data=right).status_code == 401


def test_every_route_of_the_screens_has_its_rights() -> None:
    routes = {
        (method, route.path)
        for page in screens.PAGES
        for route in iter_route_contexts(page.router.routes)
        for method in route.methods or ()
    }
    assert routes == set(SCREENS)
    assert set(SCREENS) <= set(RIGHTS)


def test_every_event_in_the_life_of_a_holding_has_its_sentence() -> None:
    told = set(sentence.registry)
    for kind in EVENTS.values():
        if "holding_id" in kind.__slots__:
            assert kind in told, kind


def test_pages_listen_to_events_that_exist(quiet: str) -> None:
    with signed_in(quiet, Role.ADMINISTRATOR) as browser:
        for path in (*PAGES, "/devices"):
            for kinds in re.findall(r'data-on="([^"]*)"', browser.get(path).text):
                assert set(kinds.split()) <= EVENTS.keys(), path
