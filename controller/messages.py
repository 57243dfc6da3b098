"""The messages this site publishes: their topics and the shape of their payloads.

The AsyncAPI document is generated from these very classes. ``repo/v1/`` stands for version 1 of
all of them: a field may be added, never removed or given another meaning.
"""

import json
import re
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec

from controller.domain.model import AlarmKind, AlarmState, Priority
from drivers.observations import Quality

ROOT = "repo/v1"
EVENT_CONTENT_TYPE = "application/cloudevents+json; charset=utf-8"
WITHHELD = "event-withheld"
"""The kind of the stand-in for an event that could not be published."""

_HUMP = re.compile(r"(?<!^)(?=[A-Z])")

Count = Annotated[int, msgspec.Meta(ge=1)]


@dataclass(frozen=True, slots=True, kw_only=True)
class CloudEvent:
    """One journalled event as CloudEvents 1.0 structured JSON.

    Take each (source, epoch, seq) once; seq has no gaps within an epoch. The same event may
    arrive more than once.
    """

    specversion: Literal["1.0"] = "1.0"
    id: str
    """Unique for ever, and ordered by time."""
    source: str
    """``/site/writer``."""
    type: str
    """``smart-repository.`` and the kind that also ends the topic."""
    subject: str | msgspec.UnsetType
    """What it tells of: an alarm, loan, holding, tag, rack, device or import run."""
    time: datetime
    datacontenttype: Literal["application/json"] = "application/json"
    seq: Count
    """The event's number in the journal."""
    epoch: str
    """Made with the store: a new one means that numbering began again."""
    data: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """The values of one reading; null is known to be missing."""

    temperature_c: float | None
    humidity_pct: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SensorReading:
    """One reading of one sensor. A jump in seq within one boot is a loss, a repeat a duplicate."""

    v: Literal[1] = 1
    ts: datetime
    """When it was measured."""
    boot: str
    """Which run of the controller this is."""
    seq: Count
    """Counts the readings of this sensor within one boot."""
    dev: str
    q: Quality
    hist: bool
    """Found afterwards: worth storing, never worth an alarm."""
    m: Measured


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmStanding:
    """One alarm as it stands (ISA-18.2). Retained until it is normal, then cleared."""

    v: Literal[1] = 1
    id: str
    kind: AlarmKind
    source: str
    """The door, sensor, rack or device."""
    subject: str
    """The holding's reference code, or the quantity; empty when the source says it all."""
    holding_id: str | None
    priority: Priority
    state: AlarmState
    condition: bool
    """Whether what it is about holds now, told or put aside."""
    until: datetime | None
    """When its shelving ends; null when it is not shelved."""
    detail: dict[str, str]
    ts: datetime | None
    """When it last changed; null when it was published again after a restart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceStatus:
    """Whether one device answers."""

    v: Literal[1] = 1
    ts: datetime
    dev: str
    state: Literal["online", "offline"]
    detail: str
    """Make and firmware, or why it is offline."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DaemonStatus:
    """Whether one daemon is connected to the broker; its last will says ``offline``.

    A consumer that begins, or begins again, counts on from what ``watermarks`` says of it:
    earlier events are gone from the queue.
    """

    v: Literal[1] = 1
    state: Literal["online", "offline"]
    epoch: str | msgspec.UnsetType = msgspec.UNSET
    """The store's, as in every event; only when online."""
    watermarks: dict[str, int] | msgspec.UnsetType = msgspec.UNSET
    """What each consumer is known to have committed; only when online."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Withheld:
    """Stands in for an event that no broker would take, so that nobody waits for its number."""

    topic: str
    """Where the event would have gone."""
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Watermark:
    """What a consumer says: every event of this epoch up to seq is safely stored with me."""

    epoch: str
    seq: Annotated[int, msgspec.Meta(ge=0)]


def json_bytes(message: object) -> bytes:
    """``message`` as UTF-8 JSON; times as RFC 3339 in UTC with Z.

    Half a surrogate pair, which people can send but UTF-8 cannot carry, becomes ``?``.
    """
    try:
        return msgspec.json.encode(message)
    except UnicodeEncodeError:
        text = json.dumps(msgspec.to_builtins(message), ensure_ascii=False)
        return text.encode("utf-8", "replace")


def event_kind(event_class: type) -> str:
    """The kind in topics and types: ``passage-detected`` for ``PassageDetected``."""
    return _HUMP.sub("-", event_class.__name__).lower()


def event_type(kind: str) -> str:
    """The CloudEvents type of events of that kind."""
    return f"smart-repository.{kind}"


def event_topic(site: str, kind: str) -> str:
    """Where events of that kind go."""
    return f"{ROOT}/{site}/events/{kind}"


def stand_in(payload: bytes, topic: str, reason: str) -> bytes:
    """What is published instead of the event in ``payload``: its number, and why no more."""
    event = msgspec.json.decode(payload, type=CloudEvent)
    data = msgspec.to_builtins(Withheld(topic=topic, reason=reason))
    return json_bytes(replace(event, type=event_type(WITHHELD), subject=msgspec.UNSET, data=data))


def device_topic(site: str, zone: str, device: str, what: str) -> str:
    """Where one device's ``telemetry``, ``state`` or ``status`` goes."""
    return f"{ROOT}/{site}/{zone}/{device}/{what}"


def alarm_topic(site: str, zone: str, slug: str) -> str:
    """Where one alarm stands."""
    return f"{ROOT}/{site}/{zone}/alarm/{slug}"


def daemon_topic(site: str, daemon: str) -> str:
    """Where one daemon's birth and last will go."""
    return f"{ROOT}/{site}/daemon/{daemon}/status"


def watermark_topic(site: str, consumer: str) -> str:
    """Where one consumer publishes its committed watermark, retained."""
    return f"{ROOT}/{site}/ack/{consumer}"
