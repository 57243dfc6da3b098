"""Who is told of what and when: the site file's rules."""

from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from controller.config import Site
from controller.notifying.routing import IN_FLOOD, SETTLE, SETTLE_CRITICAL, Routing, is_quiet
from controller.site_notifications import Notifications, QuietHours
from controller.store.notifications.queue import Happening
from tests.notifying.sites import NOON, site

ZONE = ZoneInfo("Asia/Shanghai")
NIGHT = {"begin": time(22), "end": time(7)}


def mailed(**more: Any) -> dict[str, Any]:
    return {"id": "ops", "mail": "ops@example.org", **more}


def happening(name: str = "AlarmRaised", **facts: Any) -> Happening:
    about = {
        "at": NOON.isoformat(),
        "alarm_id": "a",
        "kind": "climate_high",
        "source": "th-1",
        "priority": "high",
        **facts,
    }
    return Happening(seq=1, event_id="event-1", kind=name, at=NOON, facts=about)


def due(where: Site, what: Happening, now: datetime = NOON) -> dict[str, datetime]:
    return {notice.recipient: notice.due_at for notice in Routing(where).notices(what, now)}


@pytest.mark.parametrize(
    ("rules", "facts", "told"),
    [
        ({}, {}, True),
        ({}, {"priority": "low"}, False),
        ({"least_priority": "low"}, {"priority": "low"}, True),
        ({"least_priority": "critical"}, {"priority": "high"}, False),
        ({"rooms": ["room-1"]}, {}, True),
        ({"rooms": ["room-2"]}, {}, False),
        ({"rooms": ["room-1"]}, {"source": "controller", "kind": "store_full"}, False),
        ({"roles": ["staff"]}, {}, False),
        ({"roles": ["staff"]}, {"kind": "unauthorised_exit", "source": "door"}, True),
        ({"roles": ["facilities"]}, {"kind": "unauthorised_exit", "source": "door"}, False),
        ({"roles": ["facilities"]}, {"kind": "something_new"}, True),
        ({"roles": ["staff"]}, {"kind": "alarm_flood", "source": "controller"}, True),
        ({"level": 1}, {}, False),
    ],
)
def test_a_recipient_gets_what_its_rules_name(
    rules: dict[str, Any], facts: dict[str, Any], told: bool
) -> None:
    assert bool(due(site(mailed(**rules)), happening(**facts))) is told


@pytest.mark.parametrize(("level", "told"), [(1, []), (2, ["boss"]), (3, ["boss"])])
def test_an_escalation_reaches_those_who_wait_for_its_level(level: int, told: list[str]) -> None:
    where = site(mailed(id="boss", level=2))
    assert sorted(due(where, happening("AlarmEscalated", level=level))) == told


def test_the_night_is_quiet_but_for_what_is_critical() -> None:
    where = site(mailed(quiet=NIGHT))
    midnight = datetime(2026, 11, 20, 0, 0, tzinfo=ZONE)
    assert due(where, happening(), midnight)["ops"] == midnight.replace(hour=7)
    critical = happening(priority="critical")
    assert due(where, critical, midnight)["ops"] == midnight + SETTLE_CRITICAL
    assert due(where, happening(), NOON)["ops"] == NOON + SETTLE


def test_in_a_flood_only_what_is_critical_is_told_and_once_a_minute() -> None:
    where = site(mailed())
    assert due(where, happening(in_flood=True)) == {}
    critical = happening(in_flood=True, priority="critical")
    assert due(where, critical)["ops"] == NOON + IN_FLOOD


def test_reminders_wait_for_the_hour_of_the_digest_and_for_the_end_of_the_night() -> None:
    early = datetime(2026, 11, 20, 6, 0, tzinfo=ZONE)
    where = site(mailed(reminders=True), mailed(id="other"))
    reminder = happening("LoanReminderDue", borrower="li", loans={"loan-1": "7"})
    assert due(where, reminder, early) == {"ops": early.replace(hour=8, minute=30)}
    late = early.replace(hour=9)
    tomorrow = late.replace(hour=8, minute=30) + timedelta(days=1)
    assert due(where, reminder, late) == {"ops": tomorrow}


def test_identity_numbers_leave_in_no_notice() -> None:
    where = site(mailed(reminders=True))
    told = Routing(where).notices(happening(subject="11010519491231002X"), NOON)
    assert "11010519491231002X" not in str([notice.facts for notice in told])


@given(st.times(), st.times(), st.times())
def test_quiet_hours_are_the_ones_between_their_ends(begin: time, end: time, now: time) -> None:
    assume(begin != end)
    local = datetime.combine(NOON.date(), now, ZONE)
    expected = begin <= now < end if begin < end else not end <= now < begin
    assert is_quiet(QuietHours(begin=begin, end=end), local) is expected


@given(st.integers(0, 365 * 86_400).map(lambda s: NOON + timedelta(seconds=s)))
def test_nothing_but_what_is_critical_is_ever_due_in_quiet_hours(now: datetime) -> None:
    quiet = QuietHours.model_validate(NIGHT)
    [at] = due(site(mailed(quiet=NIGHT)), happening(), now).values()
    assert at >= now
    assert not is_quiet(quiet, at.astimezone(ZONE))


@pytest.mark.parametrize(
    ("given_rules", "says"),
    [
        ({"recipients": [{"id": "a", "mail": "a@b"}]}, "smtp"),
        ({"recipients": [{"id": "a"}]}, "mail or webhook"),
        ({"recipients": [{"id": "a", "mail": "not an address"}]}, "mail"),
        ({"recipients": [{"id": "a", "webhook": "http://h/"}, {"id": "a", "webhook": "http://h/"}]},
         "twice"),
        ({"recipients": [{"id": "a", "webhook": "http://h/",
                          "quiet": {"begin": time(7), "end": time(7)}}]}, "quiet"),
    ],
)  # fmt: skip
def test_the_site_file_is_refused_with_what_is_wrong(
    given_rules: dict[str, Any], says: str
) -> None:
    with pytest.raises(ValueError, match=says):
        Notifications.model_validate(given_rules)


def test_a_room_that_is_not_listed_is_refused() -> None:
    with pytest.raises(ValueError, match="room-9"):
        site(mailed(rooms=["room-9"]))
