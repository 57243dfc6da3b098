"""What the world is told of each event, alarm, device and reading: plain values."""

import json
import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.asyncapi import EVENTS, example_of
from controller.domain.events import (
    AlarmAcknowledged,
    AlarmRaised,
    AlarmReturnedToNormal,
    DeviceFailed,
    DeviceRecovered,
    Event,
    LoanRequested,
)
from controller.domain.model import Alarm, AlarmKind, AlarmState, Priority
from controller.messages import event_kind
from controller.personal import MASK, without_personal_numbers
from controller.publications import Publications, alarm_slug
from controller.store.ledger import OutgoingMessage, Recorded
from tests.shell.outlets import BEGAN, passage, reading, site

ALARM_ID = "unauthorised_exit:door-north:J001-1"
BROKER = {"host": "127.0.0.1"}
TRENDS = {"url": "http://127.0.0.1:8086", "org": "o", "bucket": "b"}


def recorded(event: Event, seq: int = 7) -> Recorded:
    return Recorded(seq=seq, id=f"id-{seq}", source="test/controller", epoch="e1", event=event)


def composed(to: Publications, event: Event) -> list[OutgoingMessage]:
    return list(to.events(recorded(event)))


def body(message: OutgoingMessage) -> dict[str, Any]:
    return dict(json.loads(message.payload))


@pytest.fixture
def published() -> Publications:
    return Publications(site(mqtt=BROKER))


raised = AlarmRaised(
    at=BEGAN,
    alarm_id=ALARM_ID,
    kind=AlarmKind.UNAUTHORISED_EXIT,
    source="door-north",
    subject="J001-1",
    holding_id="h-1",
    priority=Priority.CRITICAL,
    detail={"door": "door-north"},
)
acknowledged = AlarmAcknowledged(at=BEGAN, alarm_id=ALARM_ID, by="zhang", note="")
returned = AlarmReturnedToNormal(at=BEGAN, alarm_id=ALARM_ID, reason="authorised")


@pytest.mark.parametrize("event_class", EVENTS)
def test_every_event_is_one_cloud_event_on_the_topic_of_its_kind(
    published: Publications, event_class: type[Event]
) -> None:
    event = example_of(event_class)
    message = composed(published, event)[0]
    kind = event_kind(event_class)
    told = body(message)
    assert re.fullmatch(r"[a-z-]+", kind)
    assert message.topic == f"repo/v1/test/events/{kind}"
    assert message.destination == "mqtt"
    assert not message.retain
    assert told["id"] == "id-7"
    assert told["source"] == "/test/controller"
    assert told["type"].endswith(kind)
    assert (told["seq"], told["epoch"]) == (7, "e1")
    assert told["time"].endswith("Z")
    assert set(told["data"]) == set(event_class.__dataclass_fields__)


def test_an_event_of_the_journal_can_be_told_by_its_subject(published: Publications) -> None:
    assert body(composed(published, passage(1))[0])["subject"] == passage(1).epc
    assert body(composed(published, raised)[0])["subject"] == ALARM_ID


def test_nothing_is_composed_for_a_site_without_broker_and_trends() -> None:
    silent = Publications(site())
    assert composed(silent, raised) == []
    assert list(silent.readings(reading(1))) == []
    assert silent.standing() == []


def test_an_alarm_stands_retained_in_the_room_of_its_source_until_it_is_normal(
    published: Publications,
) -> None:
    states = []
    for event in (raised, acknowledged, returned):
        _, standing = composed(published, event)
        assert standing.topic == f"repo/v1/test/room-1/alarm/{alarm_slug(ALARM_ID)}"
        assert standing.retain
        states.append(body(standing)["state"] if standing.payload else "")
    assert states == ["unacknowledged", "acknowledged", ""]


@pytest.mark.parametrize(
    ("steps", "states"),
    [
        ((raised, returned, acknowledged), ("unacknowledged", "returned_unacknowledged", None)),
        ((raised, returned, raised), ("unacknowledged", "returned_unacknowledged",
                                      "unacknowledged")),
        ((raised, acknowledged, acknowledged), ("unacknowledged", "acknowledged", "acknowledged")),
        ((acknowledged,), (None,)),
        ((returned,), (None,)),
    ],
)  # fmt: skip
def test_an_alarm_stands_as_isa_18_2_says(
    published: Publications, steps: tuple[Event, ...], states: tuple[str | None, ...]
) -> None:
    told = [composed(published, step)[1].payload for step in steps]
    assert tuple(json.loads(t)["state"] if t else None for t in told) == states


alarm_steps = st.lists(st.sampled_from([raised, acknowledged, returned]), min_size=1, max_size=8)


@given(before=alarm_steps, batch=alarm_steps)
def test_composing_a_batch_twice_leaves_the_alarm_standing_the_same(
    before: list[Event], batch: list[Event]
) -> None:
    """The ledger asks again when a commit failed."""
    once = Publications(site(mqtt=BROKER))
    last = [composed(once, event)[1] for event in [*before, *batch]][-1]
    again = [composed(once, event)[1] for event in batch][-1]
    assert again == last


def test_an_alarm_of_the_controller_itself_stands_in_the_zone_of_the_site(
    published: Publications,
) -> None:
    full = replace(raised, alarm_id="store_full:controller", source="controller", subject="")
    _, standing = composed(published, full)
    assert standing.topic.startswith("repo/v1/test/site/alarm/store-full-")


def test_after_a_restart_the_alarms_that_are_not_normal_stand_and_go_on() -> None:
    known = Alarm(
        id=ALARM_ID, kind=raised.kind, source=raised.source, subject=raised.subject,
        holding_id=raised.holding_id, priority=raised.priority, state=AlarmState.ACKNOWLEDGED,
        detail=raised.detail,
    )  # fmt: skip
    published = Publications(site(mqtt=BROKER), active_alarms=[known])
    (standing,) = published.standing()
    assert body(standing)["state"] == "acknowledged"
    assert composed(published, returned)[1].payload == b""


def test_the_status_of_a_device_is_retained(published: Publications) -> None:
    failed = DeviceFailed(at=BEGAN, device="door-north", reason="no answer")
    back = DeviceRecovered(at=BEGAN, device="door-north", detail="R700")
    for event, state in ((failed, "offline"), (back, "online")):
        _, status = composed(published, event)
        assert status.topic == "repo/v1/test/room-1/door-north/status"
        assert status.retain
        assert body(status)["state"] == state


def test_a_reading_is_told_with_nulls_for_what_is_missing_and_counted(
    published: Publications,
) -> None:
    telemetry, state = published.readings(reading(1, None))
    assert (telemetry.retain, telemetry.expiry_s) == (False, 7 * 86400)
    assert (state.retain, state.expiry_s) == (True, 180)
    assert telemetry.payload == state.payload
    told = body(telemetry)
    assert told["m"] == {"temperature_c": None, "humidity_pct": 51.0}
    assert told["seq"] == 1
    again = body(next(iter(published.readings(reading(2)))))
    assert (again["boot"], again["seq"]) == (told["boot"], 2)


def test_a_reading_is_one_line_for_the_trends_and_none_without_a_value() -> None:
    trends = Publications(site(trends=TRENDS))
    (line,) = trends.readings(reading(1))
    assert line.destination == "trends"
    assert line.payload == (
        b"climate,site=test,room=room-1,sensor=th-01,quality=good "
        b"temperature_c=20.5,relative_humidity_percent=51.0 1740816001000"
    )
    nothing = replace(reading(2, float("nan")), relative_humidity_percent=None)
    assert list(trends.readings(nothing)) == []


@given(a=st.text(max_size=80), b=st.text(max_size=80))
def test_an_alarm_has_a_topic_level_of_its_own_whatever_its_id(a: str, b: str) -> None:
    for text in (a, b):
        assert re.fullmatch(r"[a-z0-9-]{1,32}", alarm_slug(text))
    assert (alarm_slug(a) == alarm_slug(b)) == (a == b)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("11010519491231002X", MASK),
        ("张三 110105194912310021 借阅", f"张三 {MASK} 借阅"),
        ("旧号 110105491231002", f"旧号 {MASK}"),
        ("E2801160600002055A1B2C3D", "E2801160600002055A1B2C3D"),
        ("32101075327653", "32101075327653"),
        ("J001-WS·2020-Y-0001", "J001-WS·2020-Y-0001"),
        ("110105194913310021", "110105194913310021"),
    ],
)
def test_identity_numbers_are_masked_and_other_numbers_are_not(text: str, told: str) -> None:
    assert without_personal_numbers(text) == told


def test_no_identity_number_leaves_in_an_event_or_an_alarm(published: Publications) -> None:
    secret = "11010519491231002X"
    loan = LoanRequested(
        at=BEGAN, loan_id="l", holding_id="h", borrower=f"张三 {secret}", purpose=secret,
        due=BEGAN, by="li",
    )  # fmt: skip
    alarm = replace(
        raised, alarm_id=f"unauthorised_exit:door-north:{secret}", subject=secret,
        detail={"reference_code": secret},
    )  # fmt: skip
    messages = [*composed(published, loan), *composed(published, alarm)]
    assert len(messages) == 3
    assert all(secret.encode() not in m.payload and secret not in m.topic for m in messages)


def test_text_that_utf_8_cannot_carry_does_not_stop_the_record(published: Publications) -> None:
    """People can send half a surrogate pair; the deciding thread must live."""
    odd = replace(acknowledged, note="\ud83d half")
    assert body(composed(published, odd)[0])["data"]["note"] == "? half"
