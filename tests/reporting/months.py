"""A made-up October: a warm spell with an alarm, a day of silence, and a wet night nobody saw."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from math import pi, sin
from zoneinfo import ZoneInfo

from controller.domain.preservation.record import Sample
from controller.reporting.month import AlarmOccurrence, Month, RoomMonth, SensorMonth

ZONE = ZoneInfo("Asia/Shanghai")
OCTOBER = Month(2026, 10, ZONE)
AFTER = datetime(2026, 11, 1, 0, 20, tzinfo=ZONE)
STEP = timedelta(minutes=10)


def hour(day: int, hour: int) -> datetime:
    """That hour of October on the site's clocks."""
    return datetime(2026, 10, day, hour, tzinfo=ZONE)


WARM = (hour(12, 9), hour(12, 15))
SILENT = (hour(20, 0), hour(21, 0))
WET = (hour(25, 1), hour(25, 4))


def october() -> list[Sample]:
    """Every ten minutes but in the silence."""
    found = []
    at = OCTOBER.begin.astimezone(UTC)
    while at < OCTOBER.end:
        if not SILENT[0] <= at < SILENT[1]:
            swing = sin(2 * pi * (at - OCTOBER.begin.astimezone(UTC)) / timedelta(days=1))
            warm = 6.0 if WARM[0] <= at < WARM[1] else 0.0
            wet = 20.0 if WET[0] <= at < WET[1] else 0.0
            found.append(
                Sample(
                    at_s=at.timestamp(),
                    temperature_c=20.0 + 0.5 * swing + warm,
                    relative_humidity_percent=52.0 - 2 * swing + wet,
                )
            )
        at += STEP
    return found


WARM_ALARM = AlarmOccurrence(
    alarm_id="climate_high:th-1:temperature_c",
    kind="climate_high",
    source="th-1",
    subject="temperature_c",
    priority="high",
    quantity="temperature_c",
    raised_at=hour(12, 9) + timedelta(minutes=20),
    returned_at=hour(12, 15),
    acknowledged_at=hour(12, 9) + timedelta(minutes=50),
    acknowledged_by="wang",
    note='=HYPERLINK("http://example.org") 空调停机',
)


def room_month(
    samples: Sequence[Sample] | None = None,
    *,
    known_until: datetime = OCTOBER.end,
    alarms: Sequence[AlarmOccurrence] = (WARM_ALARM,),
) -> RoomMonth:
    """One room with one sensor, judged by JGJ 25 for paper."""
    return RoomMonth(
        site="某市人社局档案馆",
        fonds=["J001 人力资源和社会保障局"],
        room="room-1",
        room_name="一号库房",
        preset="jgj25-paper",
        month=OCTOBER,
        known_until=known_until,
        sensors=[
            SensorMonth(
                id="th-1",
                name="东侧温湿度",
                interval_s=STEP.total_seconds(),
                samples=october() if samples is None else samples,
                uncertain=3,
                bad=2,
                calibration="校准证书 2026-0815，2027-08-15 到期",
            )
        ],
        alarms=alarms,
    )
