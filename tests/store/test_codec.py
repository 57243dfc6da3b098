"""Events and requests survive JSON exactly; anything else is refused."""

import json
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given

from controller.domain.events import ControllerStarted, Event
from controller.domain.requests import Asked, RequestAisle
from controller.store.codec import Undecodable, decode, encode
from drivers.observations import Moment
from tests.store.events import NOON, any_event

ASKED = Asked(
    request_id="r1", at=Moment(utc=NOON, monotonic_s=12.25), by="li", computer="192.0.2.7"
)


@given(event=any_event)
def test_every_event_comes_back_equal_from_json(event: Event) -> None:
    text = json.dumps(encode(event))
    assert decode(type(event).__name__, json.loads(text)) == event


def test_a_request_comes_back_equal_with_both_clocks() -> None:
    request = RequestAisle(asked=ASKED, rack="rack-1", aisle=3)
    assert decode("RequestAisle", json.loads(json.dumps(encode(request)))) == request


def test_times_are_written_in_utc_with_a_z() -> None:
    body = encode(
        ControllerStarted(at=datetime.fromisoformat("2026-03-02T20:00+08:00"), version="")
    )
    assert body["at"] == "2026-03-02T12:00:00Z"


def test_a_time_without_its_zone_is_never_written() -> None:
    started = ControllerStarted(at=NOON, version="1")
    with pytest.raises(ValueError, match="zone"):
        encode(replace(started, at=NOON.replace(tzinfo=None)))


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("Nonsense", {}),
        ("ControllerStarted", {"at": "2026-03-02T12:00:00Z"}),
        ("ControllerStarted", {"at": "2026-03-02T12:00:00Z", "version": "1", "more": 1}),
        ("ControllerStarted", {"at": "2026-03-02T12:00:00", "version": "1"}),
        ("ControllerStarted", {"at": "noon", "version": "1"}),
        ("ControllerStarted", {"at": "2026-03-02T12:00:00Z", "version": 1}),
        ("RequestStop", {"asked": None, "rack": "rack-1"}),
        ("RequestAisle", encode(RequestAisle(asked=ASKED, rack="r", aisle=3)) | {"aisle": True}),
        ("RequestAisle", encode(RequestAisle(asked=ASKED, rack="r", aisle=3)) | {"aisle": "3"}),
    ],
)
def test_what_is_no_such_value_is_refused(kind: str, body: dict[str, Any]) -> None:
    with pytest.raises(Undecodable):
        decode(kind, body)
