"""What the deciding thread must know when it starts: what was wrong when it stopped."""

from dataclasses import dataclass

from sqlalchemy import Connection, select

from controller.domain.model import Alarm, AlarmKind, AlarmState, Priority
from controller.store.schema import alarms, devices


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """The state that outlives a controller."""

    active_alarms: tuple[Alarm, ...]
    """Every alarm that is not normal, oldest change first."""
    lost_devices: tuple[str, ...]


def load(connection: Connection) -> Known:
    """Read it; bounded by what is wrong, not by how much was ever recorded."""
    active = select(alarms).where(alarms.c.state != AlarmState.NORMAL.value).order_by(alarms.c.seq)
    lost = select(devices.c.id).where(devices.c.state == "lost").order_by(devices.c.id)
    return Known(
        active_alarms=tuple(
            Alarm(
                id=row.id,
                kind=AlarmKind(row.kind),
                source=row.source,
                subject=row.subject,
                holding_id=row.holding_id,
                priority=Priority(row.priority),
                state=AlarmState(row.state),
                detail=row.detail,
            )
            for row in connection.execute(active)
        ),
        lost_devices=tuple(connection.scalars(lost)),
    )
