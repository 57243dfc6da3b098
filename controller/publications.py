"""What the world is told of events and readings. Composes messages; sends none.

Called by the ledger while it writes, so that a message stands in the outbox exactly when the
event it tells of stands in the journal. Composing the same event again gives the same messages.
"""

import hashlib
import re
import secrets
from base64 import b32encode
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from math import isfinite
from typing import Final

import msgspec

from controller.config import Site
from controller.domain.alarm_states import after
from controller.domain.events import DeviceFailed, DeviceRecovered
from controller.domain.events_alarms import AlarmEvent
from controller.domain.model import Alarm, AlarmState
from controller.messages import (
    EVENT_CONTENT_TYPE,
    AlarmStanding,
    CloudEvent,
    DeviceStatus,
    Measured,
    SensorReading,
    alarm_topic,
    device_topic,
    event_kind,
    event_topic,
    event_type,
    json_bytes,
)
from controller.personal import masked, without_personal_numbers
from controller.store.journal import Recorded
from controller.store.ledger import OutgoingMessage
from drivers.observations import ClimateReading

MQTT: Final = "mqtt"
TRENDS: Final = "trends"

TELEMETRY_EXPIRY_S: Final = 7 * 86_400
STATE_EXPIRY_INTERVALS: Final = 3
SITE_ZONE: Final = "site"
"""The zone of alarms that belong to no room: a full disk, a stepped clock."""
SLUG_LENGTH: Final = 32

_SUBJECTS: Final = (
    "alarm_id", "loan_id", "holding_id", "epc", "rack", "machine", "device", "run_id",
)  # fmt: skip
_NOT_IN_IDS: Final = re.compile(r"[^a-z0-9]+")


class Publications:
    """Composes what one site publishes. Remembers the alarms that are not normal, no more."""

    def __init__(self, site: Site, *, active_alarms: Iterable[Alarm] = ()) -> None:
        self._site = site
        self._rooms: Mapping[str, str] = {part.id: part.room for part in site.placed}
        self._intervals: Mapping[str, float] = {s.id: s.interval_s for s in site.sensors}
        self._alarms = {alarm.id: alarm for alarm in active_alarms}
        self._boot = secrets.token_hex(4)
        self._readings: Counter[str] = Counter()

    def events(self, recorded: Recorded) -> Iterator[OutgoingMessage]:
        """The event itself, then whatever stands differently because of it."""
        if self._site.mqtt is None:
            return
        kind = event_kind(type(recorded.event))
        topic = event_topic(self._site.site.id, kind)
        payload = json_bytes(event_message(recorded))
        yield OutgoingMessage(MQTT, topic, payload, content_type=EVENT_CONTENT_TYPE)
        match recorded.event:
            case event if isinstance(event, AlarmEvent):
                yield self._alarm_changed(event)
            case DeviceFailed(at=at, device=device, reason=reason):
                status = DeviceStatus(ts=at, dev=device, state="offline", detail=reason)
                yield self._device_changed(status)
            case DeviceRecovered(at=at, device=device, detail=detail):
                status = DeviceStatus(ts=at, dev=device, state="online", detail=detail)
                yield self._device_changed(status)
            case _:
                pass

    def readings(self, reading: ClimateReading) -> Iterator[OutgoingMessage]:
        """Telemetry, the retained last value, and a point for the trends."""
        if self._site.mqtt is not None:
            yield from self._sensor_messages(reading)
        if self._site.trends is not None:
            line = self._trend_line(reading)
            if line is not None:
                yield OutgoingMessage(TRENDS, "climate", line, content_type="text/plain")

    def standing(self) -> list[OutgoingMessage]:
        """The alarms that are not normal now, for a broker that may have forgotten them."""
        if self._site.mqtt is None:
            return []
        return [self._standing(alarm, at=None) for alarm in self._alarms.values()]

    def _alarm_changed(self, event: AlarmEvent) -> OutgoingMessage:
        """As it stands then, also where the event, told a second time, changes nothing."""
        before = self._alarms.get(event.alarm_id)
        alarm = after(before, event) or before
        if alarm is None or alarm.state is AlarmState.NORMAL:
            self._alarms.pop(event.alarm_id, None)
            return OutgoingMessage(MQTT, self._alarm_topic(event.alarm_id), b"", retain=True)
        self._alarms[alarm.id] = alarm
        return self._standing(alarm, at=event.at)

    def _standing(self, alarm: Alarm, *, at: datetime | None) -> OutgoingMessage:
        message = AlarmStanding(
            id=without_personal_numbers(alarm.id),
            kind=alarm.kind,
            source=alarm.source,
            subject=without_personal_numbers(alarm.subject),
            holding_id=alarm.holding_id,
            priority=alarm.priority,
            state=alarm.state,
            condition=alarm.condition,
            until=alarm.until,
            detail={k: without_personal_numbers(v) for k, v in alarm.detail.items()},
            ts=at,
        )
        return OutgoingMessage(MQTT, self._alarm_topic(alarm.id), json_bytes(message), retain=True)

    def _alarm_topic(self, alarm_id: str) -> str:
        source = alarm_id.split(":", 2)[1] if ":" in alarm_id else ""
        return alarm_topic(self._site.site.id, self._zone(source), alarm_slug(alarm_id))

    def _device_changed(self, status: DeviceStatus) -> OutgoingMessage:
        topic = device_topic(self._site.site.id, self._zone(status.dev), status.dev, "status")
        return OutgoingMessage(MQTT, topic, json_bytes(status), retain=True)

    def _sensor_messages(self, reading: ClimateReading) -> Iterator[OutgoingMessage]:
        self._readings[reading.sensor] += 1
        payload = json_bytes(
            SensorReading(
                ts=reading.at.utc,
                boot=self._boot,
                seq=self._readings[reading.sensor],
                dev=reading.sensor,
                q=reading.quality,
                hist=False,
                m=Measured(
                    temperature_c=reading.temperature_c,
                    humidity_pct=reading.relative_humidity_percent,
                ),
            )
        )
        site, zone = self._site.site.id, self._zone(reading.sensor)
        telemetry = device_topic(site, zone, reading.sensor, "telemetry")
        yield OutgoingMessage(MQTT, telemetry, payload, expiry_s=TELEMETRY_EXPIRY_S)
        stale_s = STATE_EXPIRY_INTERVALS * self._intervals.get(reading.sensor, 60.0)
        state = device_topic(site, zone, reading.sensor, "state")
        yield OutgoingMessage(MQTT, state, payload, retain=True, expiry_s=max(1, round(stale_s)))

    def _trend_line(self, reading: ClimateReading) -> bytes | None:
        """InfluxDB line protocol, milliseconds; ids need no escaping. No value, no point."""
        values = {
            "temperature_c": reading.temperature_c,
            "relative_humidity_percent": reading.relative_humidity_percent,
        }
        fields = ",".join(
            f"{name}={value!r}"
            for name, value in values.items()
            if value is not None and isfinite(value)
        )
        if not fields:
            return None
        tags = (
            f"site={self._site.site.id},room={self._zone(reading.sensor)}"
            f",sensor={reading.sensor},quality={reading.quality}"
        )
        milliseconds = round(reading.at.utc.astimezone(UTC).timestamp() * 1000)
        return f"climate,{tags} {fields} {milliseconds}".encode()

    def _zone(self, device: str) -> str:
        return self._rooms.get(device, SITE_ZONE)


def event_message(recorded: Recorded) -> CloudEvent:
    """A journalled event as outsiders get it: identity numbers masked."""
    data = masked(msgspec.to_builtins(recorded.event))
    return CloudEvent(
        id=recorded.id,
        source=f"/{recorded.source}",
        type=event_type(event_kind(type(recorded.event))),
        subject=_subject(data),
        time=recorded.event.at,
        seq=recorded.seq,
        epoch=recorded.epoch,
        data=data,
    )


def alarm_slug(alarm_id: str) -> str:
    """A topic level ``[a-z0-9-]{1,32}`` for an alarm: its kind, then a digest of the whole id.

    The kind leaves at least 70 bits of digest: a thousand million alarms collide with a
    probability of about one in two thousand.
    """
    kind = _NOT_IN_IDS.sub("-", alarm_id.split(":", 1)[0].lower())[:17]
    digest = (
        b32encode(hashlib.sha256(alarm_id.encode("utf-8", "surrogatepass")).digest())
        .decode()
        .lower()
    )
    return f"{kind}-{digest}"[:SLUG_LENGTH]


def _subject(data: Mapping[str, object]) -> str | msgspec.UnsetType:
    return next((str(data[name]) for name in _SUBJECTS if data.get(name)), msgspec.UNSET)
