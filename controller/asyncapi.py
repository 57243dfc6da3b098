"""The AsyncAPI 3.0 document of everything this site says and hears over MQTT.

Generated from the classes the messages are made of, checked in as ``asyncapi.json`` and compared
by a test: changing it is a decision. ``python -m controller.asyncapi`` writes it anew.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import fields
from datetime import UTC, datetime
from inspect import cleandoc
from pathlib import Path
from typing import Any, Final, get_args, get_type_hints

import msgspec

from controller.domain.events import Event
from controller.domain.events_passages import QuestionKind
from controller.domain.model import AlarmKind, AlarmState, AuthorityKind, Direction, Priority
from controller.domain.model_machines import MachineVerb
from controller.domain.model_orders import OrderKind
from controller.domain.model_reconciling import DiscrepancyClass, Severity
from controller.domain.model_shelving import (
    ErrandEnd,
    ErrandTask,
    Finding,
    ReservationState,
    Witness,
)
from controller.domain.plans_presence import ListenerKind
from controller.messages import (
    EVENT_CONTENT_TYPE,
    WITHHELD,
    AlarmStanding,
    CloudEvent,
    DaemonStatus,
    DeviceStatus,
    Measured,
    SensorReading,
    Watermark,
    Withheld,
    alarm_topic,
    daemon_topic,
    device_topic,
    event_kind,
    event_topic,
    event_type,
    json_bytes,
    stand_in,
    watermark_topic,
)
from controller.publications import event_message
from controller.store.journal import Recorded
from drivers.observations import Quality, RackMode

FILE: Final = Path(__file__).with_name("asyncapi.json")
JSON: Final = "application/json"
EVENTS: Final[tuple[type[Event], ...]] = get_args(Event)
PLAIN: Final = (SensorReading, AlarmStanding, DeviceStatus, DaemonStatus, Watermark)
SCHEMAS: Final = "#/components/schemas/"
MESSAGES: Final = "#/components/messages/"

_AT: Final = datetime(2025, 3, 1, 8, tzinfo=UTC)
_HOLDING: Final = "018f3c1e-6f00-7a52-9c1b-2f6d0c8e4a11"
_ALARM: Final = "unauthorised_exit:door-north:J001-2020-0042"
_EXAMPLES: Final[Mapping[str, Any]] = {
    "pc": 0x3000,
    "at": _AT,
    "due": datetime(2025, 3, 31, 16, tzinfo=UTC),
    "version": "0.1.0",
    "passage_id": "01954f2a-1c00-7d3e-8f10-5b7c9a0d2e33",
    "group_id": "01954f2a-1b00-7c2d-9e0f-4a6b8c9d1e22",
    "needs": QuestionKind.CONFIRM,
    "by_passage_id": "01954f2c-4e00-7f5a-8b21-6c8d0e1f3a44",
    "members": {"E2801160600002055A1B2C3D": "01954f2a-1c00-7d3e-8f10-5b7c9a0d2e33"},
    "missing": {_HOLDING: "J001-2020-0042"},
    "door": "door-north",
    "epc": "E2801160600002055A1B2C3D",
    "holding_id": _HOLDING,
    "direction": Direction.OUT,
    "place": "outside",
    "confidence": 0.98,
    "evidence": {"inside_reads": "14", "outside_reads": "11", "span_s": "1.9"},
    "reference_code": "J001-2020-0042",
    "authority": AuthorityKind.LOAN,
    "authority_id": "01954f00-0a00-7b11-9e20-4c6d8f1a3b55",
    "holder": "reading-room",
    "alarm_id": _ALARM,
    "latched": False,
    "auto_acknowledges": False,
    "in_flood": False,
    "before": Priority.MEDIUM,
    "level": 1,
    "until": _AT,
    "since": _AT,
    "work_order": "W-2026-118",
    "active": True,
    "sensor": "th-01",
    "quantity": "relative_humidity_percent",
    "side": "high",
    "limit": 60.0,
    "worst": 66.2,
    "samples": 12,
    "order_id": "01954f02-0c00-7d13-8f20-6e8fa03c5d77",
    "order_kind": OrderKind.TRANSFER,
    "line_id": f"01954f02-0c00-7d13-8f20-6e8fa03c5d77:{_HOLDING}",
    "title": "2025-3 to the city archive",
    "destination": "city archive",
    "begins": _AT,
    "ends": datetime(2025, 3, 31, 16, tzinfo=UTC),
    "last": True,
    "expected": 120,
    "seen": 119,
    "unexpected": 1,
    "pieces": 12,
    "still_out": {_HOLDING: "still at the notary's"},
    "stage": 7,
    "digest_id": "01954f01-0b00-7c12-8e20-5d7e9f2b4c66",
    "loans": {"01954f00-0a00-7b11-9e20-4c6d8f1a3b55": "7"},
    "loan_id": "01954f00-0a00-7b11-9e20-4c6d8f1a3b55",
    "desk": "desk-1",
    "writing_id": "01954f2b-2d00-7a4e-9c10-7f8091b2c399",
    "old_epc": "E28011704000021D35AE4008",
    "carries": "E28011704000021D35AE4008",
    "kind": AlarmKind.UNAUTHORISED_EXIT,
    "source": "door-north",
    "subject": "J001-2020-0042",
    "priority": Priority.CRITICAL,
    "by": "zhang.wei",
    "note": "seen on camera",
    "reason": "aisle_occupied:3",
    "borrower": "reading-room",
    "purpose": "consultation",
    "run_id": "01954f10-3c00-7e22-8a30-6d7e9f0b1c77",
    "created": 120,
    "changed": 4,
    "unchanged": 2876,
    "withdrawn": 0,
    "restored": 0,
    "rack": "rack-a",
    "machine": "lift-1",
    "verb": MachineVerb.BRING,
    "target": "12",
    "opening": 1,
    "moving": False,
    "flags": "light_curtain",
    "presents": "12",
    "mode": RackMode.IDLE,
    "open_aisle": 3,
    "occupied": "",
    "fault_code": 0,
    "aisle": 3,
    "command_id": "01954f20-5d00-7f33-9b40-7e8f0a1c2d99",
    "outcome": "failed",
    "reservation_id": "01954f21-6e00-7a44-8b50-9f0a1b2c3d44",
    "claimed": True,
    "discrepancy_id": "C1-0d6f5e4c3b2a190817263544536271f0",
    "code": DiscrepancyClass.MISPLACED,
    "fonds": "J001",
    "severity": Severity.MEDIUM,
    "matched_by": 1,
    "to": "li.na",
    "explanation": "put back on its shelf",
    "put_right": True,
    "seen_in": "01954f2a-1c00-7d3e-8f10-5b7c9a0d2e33",
    "full": False,
    "began_at": _AT,
    "upto_seq": 41207,
    "judged": 312,
    "opened": 2,
    "closed": 1,
    "standing": 17,
    "figures": {"location_accuracy": "0.9981"},
    "errand_id": "01954f22-7f00-7b55-8c60-0a1b2c3d4e55",
    "list_id": "01954f22-7e00-7b55-8c60-0a1b2c3d4e44",
    "task": ErrandTask.FETCH,
    "shelf": "rack-a/3/L/12/4",
    "end": ErrandEnd.DONE,
    "witness": Witness.DOOR,
    "state": ReservationState.AT_TARGET,
    "waiting": "zhang.wei,li.na",
    "finding": Finding.OPEN,
    "device": "door-north",
    "reader": "shelf-a",
    "listener": ListenerKind.SHELF,
    "room": "room-1",
    "spot": "rack-a/3/2",
    "last_heard": _AT,
    "heard_at": _AT,
    "part_id": "01954f30-7e00-7144-8c50-8f901b2d3eaa/1",
    "digest": "5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef",
    "handheld": "handheld-1",
    "nearer": "",
    "tags": 212,
    "unknown": 3,
}


def example_of(event_class: type[Event]) -> Event:
    """An event of that class with plausible values."""
    values: dict[str, Any] = {}
    for name, hint in get_type_hints(event_class).items():
        values[name] = _EXAMPLES[name] if name != "detail" else _detail(hint)
    return event_class(**values)


def _detail(hint: object) -> object:
    return "no answer" if hint is str else {"reference_code": "J001-2020-0042"}


def document() -> dict[str, Any]:
    """The whole document."""
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Smart repository",
            "version": "1",
            "description": (
                "What one repository site publishes over MQTT, at least once each (QoS 1), and "
                "how a consumer that must lose nothing acknowledges. Take each event once by "
                "(source, epoch, seq)."
            ),
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": JSON,
        "channels": {name: channel for name, channel, _ in _channels()},
        "operations": {name: operation for name, _, operation in _channels()},
        "components": {"messages": _messages(), "schemas": _schemas()},
    }


def as_text() -> str:
    """The document as it is checked in."""
    return json.dumps(document(), indent=2, ensure_ascii=False) + "\n"


def _channels() -> Iterator[tuple[str, dict[str, Any], dict[str, Any]]]:
    """Name, channel and operation of each topic."""
    for event_class in EVENTS:
        topic = event_topic("{site}", event_kind(event_class))
        yield _channel(topic, event_class.__name__)
    yield _channel(event_topic("{site}", WITHHELD), "EventWithheld")
    telemetry = device_topic("{site}", "{zone}", "{device}", "telemetry")
    yield _channel(telemetry, "SensorReading", channel="SensorTelemetry")
    state = device_topic("{site}", "{zone}", "{device}", "state")
    yield _channel(state, "SensorReading", channel="SensorState", retain=True)
    yield _channel(alarm_topic("{site}", "{zone}", "{alarm}"), "AlarmStanding", retain=True)
    status = device_topic("{site}", "{zone}", "{device}", "status")
    yield _channel(status, "DeviceStatus", retain=True)
    yield _channel(daemon_topic("{site}", "{daemon}"), "DaemonStatus", retain=True)
    watermark = watermark_topic("{site}", "{consumer}")
    yield _channel(watermark, "Watermark", retain=True, action="receive")


def _channel(
    topic: str, message: str, *, channel: str | None = None, retain: bool = False,
    action: str = "send",
) -> tuple[str, dict[str, Any], dict[str, Any]]:  # fmt: skip
    name = channel or message
    levels = [level[1:-1] for level in topic.split("/") if level.startswith("{")]
    described = {
        "address": topic,
        "messages": {message: {"$ref": MESSAGES + message}},
        "parameters": {level: {"description": _LEVELS[level]} for level in levels},
    }
    operation = {
        "action": action,
        "channel": {"$ref": f"#/channels/{name}"},
        "messages": [{"$ref": f"#/channels/{name}/messages/{message}"}],
        "bindings": {"mqtt": {"qos": 1, "retain": retain, "bindingVersion": "0.2.0"}},
    }
    return name, described, operation


_LEVELS: Final = {
    "site": "The site's id: a-z, 0-9 and hyphen, at most 32.",
    "zone": "The room the device stands in, or `site` for what belongs to no room.",
    "device": "The device's id in the site file.",
    "alarm": "The alarm's kind and a digest of its whole id, which the payload names.",
    "daemon": "Which daemon: `controller`.",
    "consumer": "A consumer named in the site file's `mqtt.watermark_consumers`.",
}


def _messages() -> dict[str, Any]:
    messages = {}
    for event_class in EVENTS:
        messages[event_class.__name__] = {
            "title": event_class.__name__,
            "summary": event_class.__doc__,
            "contentType": EVENT_CONTENT_TYPE,
            "payload": _event_schema(event_kind(event_class), event_class),
            "examples": [
                {"payload": json.loads(json_bytes(event_message(_recorded(event_class))))}
            ],
        }
    messages["EventWithheld"] = _withheld_message()
    for plain in PLAIN:
        messages[plain.__name__] = {
            "title": plain.__name__,
            "summary": cleandoc(plain.__doc__ or ""),
            "contentType": JSON,
            "payload": {"$ref": SCHEMAS + plain.__name__},
            "examples": [{"payload": json.loads(json_bytes(_PLAIN_EXAMPLES[plain]))}],
        }
    return messages


def _withheld_message() -> dict[str, Any]:
    taken = json_bytes(event_message(_recorded(EVENTS[1])))
    example = stand_in(taken, event_topic("hrss-01", event_kind(EVENTS[1])), "too large")
    return {
        "title": "EventWithheld",
        "summary": Withheld.__doc__,
        "contentType": EVENT_CONTENT_TYPE,
        "payload": _event_schema(WITHHELD, Withheld),
        "examples": [{"payload": json.loads(example)}],
    }


def _event_schema(kind: str, data: type) -> dict[str, Any]:
    own = {"type": {"const": event_type(kind)}, "data": {"$ref": SCHEMAS + data.__name__}}
    return {"allOf": [{"$ref": SCHEMAS + "CloudEvent"}, {"type": "object", "properties": own}]}


def _recorded(event_class: type[Event]) -> Recorded:
    return Recorded(
        seq=4711,
        id="01954f2a-1c00-7d3e-8f10-5b7c9a0d2e34",
        source="hrss-01/controller",
        epoch="9f86d081884c7d65",
        event=example_of(event_class),
    )


_PLAIN_EXAMPLES: Final[Mapping[type, object]] = {
    SensorReading: SensorReading(
        ts=_AT, boot="6f1c2a9e", seq=42, dev="th-01", q=Quality.GOOD, hist=False,
        m=Measured(temperature_c=18.42, humidity_pct=51.3),
    ),
    AlarmStanding: AlarmStanding(
        id=_ALARM, kind=AlarmKind.UNAUTHORISED_EXIT, source="door-north",
        subject="J001-2020-0042", holding_id=_HOLDING, priority=Priority.CRITICAL,
        state=AlarmState.UNACKNOWLEDGED, condition=True, until=None, detail={}, ts=_AT,
    ),
    DeviceStatus: DeviceStatus(ts=_AT, dev="door-north", state="online", detail="R700 8.3"),
    DaemonStatus: DaemonStatus(
        state="online", epoch="9f86d081884c7d65", watermarks={"hub": 4711}
    ),
    Watermark: Watermark(epoch="9f86d081884c7d65", seq=4711),
}  # fmt: skip


def _schemas() -> dict[str, Any]:
    classes = (CloudEvent, *EVENTS, Withheld, *PLAIN)
    _, schemas = msgspec.json.schema_components(classes, ref_template=SCHEMAS + "{name}")
    for described in (*classes, Measured):
        _sharpen(described, schemas[described.__name__])
    return dict(sorted(schemas.items()))


def _sharpen(described: type, schema: dict[str, Any]) -> None:
    """Say what the generator leaves open: what is always there, and which texts are times."""
    hints = get_type_hints(described)
    names = [field.name for field in fields(described)]
    schema["required"] = [n for n in names if msgspec.UnsetType not in get_args(hints[n])]
    for name in names:
        times = [part for part in (hints[name], *get_args(hints[name])) if part is datetime]
        if times:
            schema["properties"][name]["format"] = "date-time"


if __name__ == "__main__":
    FILE.write_text(as_text(), encoding="utf-8")
