"""Signs of life, letting go of the old, and what a starting controller is told."""

from datetime import timedelta

from sqlalchemy import Engine, insert

from controller.domain.decision import Decision
from controller.domain.events import (
    AlarmAcknowledged,
    AlarmRaised,
    AlarmReturnedToNormal,
    DeviceFailed,
    DeviceRecovered,
)
from controller.domain.model import Alarm, AlarmKind, AlarmState, Priority
from controller.store import recovery, telemetry, upkeep
from controller.store.ballast import Ballast
from controller.store.ledger import Ledger
from controller.store.requests import file_request, take_filed
from controller.store.schema import heartbeat, readings, requests, sessions, users
from drivers.observations import ClimateReading, Moment, Quality
from tests.store.events import NOON
from tests.store.plain import Unpublished, rows_of

DAY = timedelta(days=1)


def test_the_newest_sign_of_life_replaces_the_last(store_engine: Engine) -> None:
    for seconds, state in ((0, "running"), (2, "stopped")):
        upkeep.beat(
            store_engine, "site-1/controller", started_at=NOON,
            at=NOON + timedelta(seconds=seconds), state=state, counters={"door-1": {"frames": 7}},
        )  # fmt: skip
    (row,) = rows_of(store_engine, heartbeat)
    assert (row["state"], row["beat_at"]) == ("stopped", NOON + timedelta(seconds=2))
    assert row["counters"] == {"door-1": {"frames": 7}}


def test_only_what_is_old_and_done_is_let_go(store_engine: Engine) -> None:
    with store_engine.begin() as connection:
        telemetry.append(connection, [_reading(minutes) for minutes in range(5000)])
        for days in (0, 400):
            file_request(
                connection, "RequestStop", {"rack": f"rack-{days}"}, by="li", computer="",
                now=NOON - days * DAY, lifetime=DAY,
            )  # fmt: skip
        connection.execute(insert(users), _user())
        connection.execute(insert(sessions), [_session("old", -1), _session("young", 1)])
    with store_engine.connect() as connection:
        take_filed(connection, Moment(utc=NOON - 300 * DAY, monotonic_s=0.0))  # the old one expires
    gone = upkeep.prune(
        store_engine,
        now=NOON,
        readings_before=NOON + timedelta(minutes=4500),
        requests_before=NOON - 180 * DAY,
    )
    assert gone == 4500 + 1 + 1
    assert len(rows_of(store_engine, readings)) == 500
    assert [row["body"] for row in rows_of(store_engine, requests)] == [{"rack": "rack-0"}]
    assert [row["token_sha256"] for row in rows_of(store_engine, sessions)] == ["young"]


def _reading(minutes: int) -> ClimateReading:
    return ClimateReading(
        at=Moment(utc=NOON + timedelta(minutes=minutes), monotonic_s=0.0), sensor="climate-1",
        temperature_c=18.0, relative_humidity_percent=50.0, quality=Quality.GOOD, fault="",
    )  # fmt: skip


def _user() -> dict[str, object]:
    return {"name": "li", "role": "staff", "password_hash": "", "created_at": NOON}


def _session(token: str, hours: int) -> dict[str, object]:
    expires = NOON + timedelta(hours=hours)
    return {
        "token_sha256": token, "user": "li", "created_at": NOON, "seen_at": NOON,
        "expires_at": expires, "computer": "",
    }  # fmt: skip


def test_a_starting_controller_is_told_what_was_wrong(store_engine: Engine) -> None:
    def raised(alarm_id: str) -> AlarmRaised:
        return AlarmRaised(
            at=NOON, alarm_id=alarm_id, kind=AlarmKind.DEVICE_LOST, source="door-1", subject="",
            holding_id=None, priority=Priority.HIGH, detail={"reason": "no answer"},
        )  # fmt: skip

    def seen(alarm_id: str) -> AlarmAcknowledged:
        return AlarmAcknowledged(at=NOON, alarm_id=alarm_id, by="li", note="")

    over = AlarmReturnedToNormal(at=NOON, alarm_id="over", reason="")
    ledger = Ledger(store_engine, source="site-1/controller", compose=Unpublished())
    ledger.add(Decision(events=(raised("over"), raised("seen"), raised("new"), seen("over"), over)))
    lost = DeviceFailed(at=NOON, device="door-1", reason="no answer")
    back = DeviceFailed(at=NOON, device="rack-1", reason="no answer")
    ledger.add(Decision(events=(seen("seen"), lost, back)))
    ledger.add(Decision(events=(DeviceRecovered(at=NOON, device="rack-1", detail=""),)))
    ledger.commit()
    ledger.close()
    with store_engine.connect() as connection:
        known = recovery.load(connection)
    assert known.lost_devices == ("door-1",)
    states = {alarm.id: alarm.state for alarm in known.active_alarms}
    assert states == {"seen": AlarmState.ACKNOWLEDGED, "new": AlarmState.UNACKNOWLEDGED}
    assert known.active_alarms[0] == Alarm(
        id="new", kind=AlarmKind.DEVICE_LOST, source="door-1", subject="", holding_id=None,
        priority=Priority.HIGH, state=AlarmState.UNACKNOWLEDGED, detail={"reason": "no answer"},
        since=NOON,
    )  # fmt: skip


def test_postgresql_has_no_ballast_to_miss(store_engine: Engine) -> None:
    ballast = Ballast(store_engine, 1024)
    wanted = store_engine.dialect.name == "sqlite"
    assert ballast.missing is wanted
    assert ballast.restore() is wanted
    assert ballast.release() is wanted
    assert ballast.release() is False
