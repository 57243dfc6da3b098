"""Forms, answered by the real domain: what they change, and what people are told."""

import re
from collections.abc import Iterator
from datetime import timedelta

import httpx
import pytest
from sqlalchemy import update

from controller.domain.events import AisleOpening, DeviceFailed, DeviceRecovered, RackChanged
from controller.store.accounts import Role
from controller.store.schema import holdings
from drivers.observations import RackMode
from tests.api.screens.stage import THINGS, Stage, served, signed_in
from tests.services import eventually

TODAY_IN_A_YEAR = timedelta(days=365)


@pytest.fixture
def live(stage: Stage) -> Iterator[str]:
    """The address of a server whose requests are decided."""
    with served(stage) as address, stage.deciding():
        yield address


def sent(browser: httpx.Client, path: str, **form: str | list[str]) -> str:
    """The page that a form leads to, spaces folded."""
    answer = browser.post(path, data=form)
    assert answer.status_code == 303, answer.text
    return shown(browser, answer.headers["location"])


def shown(browser: httpx.Client, path: str) -> str:
    """That page, spaces folded."""
    page = browser.get(path)
    assert page.status_code == 200
    return re.sub(r"\s+", " ", page.text)


def test_an_alarm_fills_the_screen_until_somebody_has_said_what_they_found(stage: Stage) -> None:
    for thing in THINGS[14:17]:
        stage.record(*stage.leaves_without(thing))
    stage.record(*stage.leaves_without(THINGS[17], door="door-south"))
    with served(stage) as live, stage.deciding():
        with signed_in(live, Role.STAFF) as browser:
            red = shown(browser, "/")
            assert red.count('class="alarm-screen"') == 2
            assert "<span>北门: 3 items left without authority</span>" in red
            assert "<span>南门: 1 item left without authority</span>" in red
            ids = re.findall(r'name="alarm" value="([^"]*:door-north:[^"]*)"', red)
            assert len(ids) == 3
            assert "not acknowledged" in red
            after = sent(browser, "/alarms/acknowledge", alarm=ids, note="已放回", back="/")
            assert "The alarm is acknowledged." in after
            assert after.count('class="alarm-screen"') == 1
            assert after.count("acknowledged by a-staff") == 3
            again = sent(browser, "/alarms/acknowledge", alarm=ids[:1], note="x", back="/")
            assert "Somebody has acknowledged that alarm already." in again
        with signed_in(live, Role.READER, "zh-CN") as browser:
            alarms = shown(browser, "/alarms")
            assert alarms.count("“已放回”") == 3
            assert 'class="alarm-strip"' in alarms
            assert "/alarms/acknowledge" not in alarms
            assert "须由工作人员到场查看并确认。" in shown(browser, "/")


def test_an_alarm_is_not_acknowledged_without_a_note(live: str, stage: Stage) -> None:
    with signed_in(live, Role.STAFF) as browser:
        for note in ("", "   "):
            answer = browser.post("/alarms/acknowledge", data={"alarm": "a", "note": note})
            assert answer.status_code == 422


def test_a_loan_goes_from_one_person_to_another_and_back(live: str, stage: Stage) -> None:
    thing = THINGS[20]
    back = f"/find/{thing.id}"
    due = f"{stage.now() + TODAY_IN_A_YEAR:%Y-%m-%d}"
    loan = {"holding": thing.id, "borrower": "王芳", "purpose": "核对", "due": due, "back": back}
    with signed_in(live, Role.STAFF) as staff, signed_in(live, Role.ADMINISTRATOR) as admin:
        assert "somebody else must approve it" in sent(staff, "/loans", **loan)
        waiting = shown(admin, back)
        assert "Waits for approval" in waiting
        loan_id = re.findall(r'action="/loans/([^/"]*)/approve"', waiting)[0]
        assert "/approve" not in shown(staff, back)
        approved = sent(admin, f"/loans/{loan_id}/approve", back=back)
        assert "The loan is approved: it may leave." in approved
        assert f"{due} 23:59:59" in approved
        assert "The return is recorded." in sent(staff, f"/loans/{loan_id}/return", back=back)
        history = shown(staff, back)
        assert "Loan approved by a-administrator" in history
        assert "Return confirmed by a-staff" in history
        assert 'action="/loans"' in history


def test_nobody_approves_what_they_asked_for(live: str, stage: Stage) -> None:
    thing = THINGS[21]
    back = f"/find/{thing.id}"
    due = f"{stage.now() + TODAY_IN_A_YEAR:%Y-%m-%d}"
    with signed_in(live, Role.ADMINISTRATOR) as admin:
        waiting = sent(admin, "/loans", holding=thing.id, borrower="李强", due=due, back=back)
        assert "You asked for it: somebody else must approve it." in waiting
        assert "/approve" not in waiting
        loan_id = admin.get("/v1/loans").json()["loans"][0]["id"]
        told = sent(admin, f"/loans/{loan_id}/approve", back=back)
        assert 'class="notice bad"' in told
        assert "Waits for approval" in told


def test_a_loan_is_rejected_with_a_reason(live: str, stage: Stage) -> None:
    thing = THINGS[22]
    back = f"/find/{thing.id}"
    due = f"{stage.now() + TODAY_IN_A_YEAR:%Y-%m-%d}"
    with signed_in(live, Role.STAFF) as staff, signed_in(live, Role.ADMINISTRATOR) as admin:
        sent(staff, "/loans", holding=thing.id, borrower="李强", due=due, back=back)
        loan_id = re.findall(r'action="/loans/([^/"]*)/reject"', shown(admin, back))[0]
        told = sent(admin, f"/loans/{loan_id}/reject", reason="封存", back=back)
        assert "The loan is rejected." in told
        assert "Loan rejected by a-administrator: 封存" in told


def test_a_refusal_to_move_is_told_in_plain_words(live: str, stage: Stage) -> None:
    with signed_in(live, Role.STAFF, "zh-CN") as browser:
        eventually(lambda: shown(browser, "/racks"), lambda text: "有人" in text)
        told = sent(browser, "/racks/rack-a/open", aisle="2")
        assert "未移动：3 号通道有人，不能移动。" in told
        assert "未打开 2 号通道。" in told


def test_an_aisle_opens_when_all_are_clear_and_the_stop_is_always_there(stage: Stage) -> None:
    stage.occupied = frozenset()
    with served(stage) as live, stage.deciding(), signed_in(live, Role.STAFF) as browser:
        eventually(lambda: shown(browser, "/racks"), lambda text: "nobody seen" in text)
        assert "Aisle 2 is being opened." in sent(browser, "/racks/rack-a/open", aisle="2")
        assert "it is already moving, to aisle 2" in sent(browser, "/racks/rack-a/open", aisle="4")
    with served(stage) as live, stage.deciding(), signed_in(live, Role.FACILITIES) as browser:
        told = sent(browser, "/racks/rack-a/stop")
        assert "The shelving was told to stop." in told
        assert "Stopped: a person asked for it." in told


def test_nothing_is_clear_on_the_word_of_shelving_or_a_controller_that_is_silent(
    stage: Stage,
) -> None:
    now = stage.now()
    clear = RackChanged(
        at=now, rack="rack-a", mode=RackMode.IDLE, open_aisle=5, occupied="", fault_code=0
    )
    stage.record(DeviceRecovered(at=now, device="rack-a", detail=""), clear)
    with served(stage) as address, signed_in(address, Role.STAFF) as browser:
        stage.beat(stage.now() - timedelta(seconds=30))
        assert shown(browser, "/racks").count("not known") == 7
        stage.beat()
        assert shown(browser, "/racks").count("nobody seen") == 7
        assert "stands open" in shown(browser, "/racks")
        stage.record(DeviceFailed(at=now, device="rack-a", reason="no answer"))
        silent = shown(browser, "/racks")
    assert silent.count("not known") == 7
    assert "nobody seen" not in silent
    assert "stands open" not in silent
    assert silent.index("/racks/rack-a/stop") < silent.index("/racks/rack-a/open")


def test_a_request_nobody_takes_up_is_told_as_such_and_only_to_who_made_it(stage: Stage) -> None:
    with served(stage) as address:
        with signed_in(address, Role.STAFF) as browser:
            answer = browser.post("/racks/rack-a/stop")
            place = answer.headers["location"]
            assert "The controller has not answered yet" in shown(browser, place)
        with signed_in(address, Role.ADMINISTRATOR) as other:
            assert "The controller has not answered yet" not in shown(other, place)


def test_every_page_says_when_the_controller_is_away(stage: Stage) -> None:
    with served(stage) as address, signed_in(address, Role.READER, "zh-CN") as browser:
        assert "控制器从未在此运行" in shown(browser, "/alarms")
        stage.beat(stage.now() - timedelta(seconds=12))
        assert re.search(r"控制器没有应答.*12 秒前|控制器没有应答.*13 秒前", shown(browser, "/"))
        stage.beat()
        assert "控制器没有应答" not in shown(browser, "/liveness")
        stage.beat(state="stopped")
        assert "控制器没有应答" in shown(browser, "/liveness")


def test_the_day_is_counted_once_however_often_it_is_shown(stage: Stage) -> None:
    with served(stage) as address, signed_in(address, Role.READER) as browser:
        out = re.compile(r'<dt>out today</dt><dd class="number">(\d+)</dd>')
        assert out.findall(shown(browser, "/")) == ["0", "0", "0"]
        stage.record(*stage.leaves_without(THINGS[1]))
        assert out.findall(shown(browser, "/")) == ["1", "0", "0"]
        stage.record(*stage.leaves_without(THINGS[2]))
        assert out.findall(shown(browser, "/")) == ["2", "0", "0"]
        assert out.findall(shown(browser, "/")) == ["2", "0", "0"]
    with served(stage) as address, signed_in(address, Role.READER) as browser:
        assert out.findall(shown(browser, "/")) == ["2", "0", "0"]


def test_people_get_in_line_see_who_waits_and_are_sent_to_the_shelf(stage: Stage) -> None:
    stage.occupied = frozenset()
    thing = THINGS[3]
    with stage.engine.begin() as connection:
        placed = update(holdings).where(holdings.c.id == thing.id)
        connection.execute(placed.values(home="rack-a/2/L/12/4/7"))
    with (
        served(stage) as live,
        stage.deciding(),
        signed_in(live, Role.STAFF, "zh-CN") as lin,
        signed_in(live, Role.ADMINISTRATOR) as wang,
    ):
        assert "清单已生成。" in sent(lin, "/errands", task="fetch", holding=thing.id)
        path = re.findall(r'href="(/errands/[^"]+)"', shown(lin, "/errands"))[0]
        walk = shown(lin, path)
        assert "A 区密集架 · 2 号通道 · 左侧 · 12 列 · 4 层 · 7 格" in walk
        assert "已为您预约 2 号通道。" in sent(lin, "/racks/rack-a/reserve", aisle="2", back=path)
        waits = sent(wang, "/racks/rack-a/reserve", aisle="6")
        assert "a-staff" in waits
        assert "is being opened" in waits
        assert "Get in line" in waits
        mine = re.findall(r'name="reservation" value="([^"]+)"', waits)
        assert "is given back." in sent(wang, "/racks/rack-a/release", reservation=mine[-1])
        errand = re.findall(r'action="/errands/([^"]+)/end"', walk)[0]
        assert "请再核对" in sent(lin, f"/errands/{errand}/end", end="done", scanned="x", back=path)
        done = sent(lin, f"/errands/{errand}/end", end="done", scanned=thing.epc, back=path)
        assert "已完成" in done


def test_a_motion_that_nobody_knows_the_end_of_asks_for_somebody_to_look(stage: Stage) -> None:
    opening = AisleOpening(at=stage.now(), rack="rack-a", aisle=4, command_id="c-1", by="a-staff")
    stage.record(opening)
    stage.occupied = frozenset()
    with served(stage) as live, stage.deciding(), signed_in(live, Role.FACILITIES) as browser:
        asks = eventually(
            lambda: shown(browser, "/racks"), lambda page: "Nothing moves until" in page
        )
        assert "motion to aisle 4" in asks
        told = sent(browser, "/racks/rack-a/resolve", finding="not_open", note="looked, all still")
        assert "What you found is recorded" in told
        assert "Nothing moves until" not in told
