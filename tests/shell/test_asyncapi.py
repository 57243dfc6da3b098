"""The AsyncAPI document is what the code publishes, and what it says is true of itself."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from controller.asyncapi import EVENTS, FILE, as_text, example_of
from controller.domain.events import AlarmRaised, DeviceFailed, DeviceRecovered, Event
from controller.messages import event_kind
from controller.publications import Publications
from controller.store.ledger import OutgoingMessage, Recorded
from tests.shell.outlets import reading, site

DOCUMENT: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
MESSAGES: dict[str, Any] = DOCUMENT["components"]["messages"]


def look_up(reference: str) -> Any:
    found: Any = DOCUMENT
    assert reference.startswith("#/"), reference
    for step in reference.removeprefix("#/").split("/"):
        found = found[step.replace("~1", "/").replace("~0", "~")]
    return found


def references(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        if "$ref" in part:
            yield part["$ref"]
        for value in part.values():
            yield from references(value)
    elif isinstance(part, list):
        for value in part:
            yield from references(value)


def faults(message: str, payload: object) -> list[str]:
    """Why ``payload`` is no such message."""
    schema = {**MESSAGES[message]["payload"], "components": DOCUMENT["components"]}
    return [fault.message for fault in Draft202012Validator(schema).iter_errors(payload)]


def channel_of(topic: str) -> str:
    """The one channel whose address fits ``topic``."""
    levels = topic.split("/")
    fitting: list[str] = [
        name
        for name, channel in DOCUMENT["channels"].items()
        if len(pattern := channel["address"].split("/")) == len(levels)
        and all(p.startswith("{") or p == level for p, level in zip(pattern, levels, strict=True))
    ]
    (name,) = fitting
    return name


def assert_described(message: OutgoingMessage) -> None:
    channel = channel_of(message.topic)
    (name,) = DOCUMENT["channels"][channel]["messages"]
    assert faults(name, json.loads(message.payload)) == []
    assert MESSAGES[name]["contentType"] == message.content_type
    assert DOCUMENT["operations"][channel]["bindings"]["mqtt"]["retain"] == message.retain


def composed(event: Event) -> list[OutgoingMessage]:
    recorded = Recorded(seq=1, id="id", source="test/controller", epoch="e", event=event)
    return list(Publications(site(mqtt={"host": "h"})).events(recorded))


def test_the_checked_in_document_is_the_generated_one() -> None:
    """If this fails: ``python -m controller.asyncapi``, and say in the commit what changed."""
    assert FILE.read_text(encoding="utf-8") == as_text()


def test_every_reference_leads_somewhere() -> None:
    found = list(references(DOCUMENT))
    assert len(found) > 100
    for reference in found:
        assert look_up(reference), reference


def test_every_schema_is_a_schema() -> None:
    for schema in DOCUMENT["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)


@pytest.mark.parametrize("name", MESSAGES)
def test_every_example_is_valid(name: str) -> None:
    for example in MESSAGES[name]["examples"]:
        assert faults(name, example["payload"]) == []


@pytest.mark.parametrize("event_class", EVENTS)
def test_every_message_composed_for_an_event_is_as_described(event_class: type[Event]) -> None:
    messages = composed(example_of(event_class))
    assert channel_of(messages[0].topic) == event_class.__name__
    for message in messages:
        if message.payload:
            assert_described(message)


def test_alarms_devices_and_readings_are_as_described() -> None:
    alarm = composed(example_of(AlarmRaised))[1]
    assert channel_of(alarm.topic) == "AlarmStanding"
    for changed in (DeviceFailed, DeviceRecovered):
        assert channel_of(composed(example_of(changed))[1].topic) == "DeviceStatus"
    for message in Publications(site(mqtt={"host": "h"})).readings(reading(1, None)):
        assert_described(message)


def test_a_message_that_is_not_as_described_is_found_out() -> None:
    (good, _) = composed(example_of(AlarmRaised))
    told = json.loads(good.payload)
    assert faults("AlarmRaised", told) == []
    assert faults("AlarmAcknowledged", told)
    for name in ("seq", "epoch", "id", "data"):
        assert faults("AlarmRaised", {k: v for k, v in told.items() if k != name})
    assert faults("AlarmRaised", told | {"seq": 0})
    assert faults("AlarmRaised", told | {"data": told["data"] | {"priority": "high noon"}})


def test_every_kind_of_event_has_a_channel_and_an_operation() -> None:
    for event_class in EVENTS:
        address = f"repo/v1/{{site}}/events/{event_kind(event_class)}"
        assert DOCUMENT["channels"][event_class.__name__]["address"] == address
        assert DOCUMENT["operations"][event_class.__name__]["action"] == "send"
    assert DOCUMENT["operations"]["Watermark"]["action"] == "receive"


def test_times_are_described_as_times() -> None:
    schemas = DOCUMENT["components"]["schemas"]
    assert schemas["PassageDetected"]["properties"]["at"]["format"] == "date-time"
    assert schemas["LoanRequested"]["properties"]["due"]["format"] == "date-time"
