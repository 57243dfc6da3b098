"""A site with people to tell, and a store with alarms to tell of."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Engine

from controller.config import Site
from controller.domain.decision import Decision
from controller.domain.events import AlarmRaised, Event
from controller.domain.model import AlarmKind, Priority
from controller.store.ledger import Ledger
from tests.store.plain import Unpublished

NOON = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
"""Twelve o'clock on the site's clocks."""


def site(*recipients: dict[str, Any], smtp: dict[str, Any] | None = None) -> Site:
    """Two rooms, two sensors, a door, and these recipients."""
    link = {"kind": "modbus", "url": "tcp://192.0.2.3:502"}
    server = {"host": "localhost", "sender": "archive@example.org", **(smtp or {})}
    return Site.model_validate(
        {
            "site": {"id": "site-1", "name": "档案馆"},
            "database": {"url": "sqlite:///unused.db"},
            "rooms": [{"id": "room-1", "name": "一号库房"}, {"id": "room-2", "name": "二号库房"}],
            "sensors": [
                {"id": "th-1", "name": "东侧", "room": "room-1", "link": link},
                {"id": "th-2", "name": "西侧", "room": "room-2", "link": link},
            ],
            "notifications": {"smtp": server, "recipients": list(recipients)},
        }
    )


def raised(
    at: datetime = NOON,
    *,
    kind: AlarmKind = AlarmKind.CLIMATE_HIGH,
    source: str = "th-1",
    priority: Priority = Priority.HIGH,
    number: int = 0,
) -> AlarmRaised:
    return AlarmRaised(
        at=at,
        alarm_id=f"{kind}:{source}:{number}",
        kind=kind,
        source=source,
        subject="temperature_c",
        holding_id=None,
        priority=priority,
        detail={"quantity": "temperature_c", "value": "26.3", "limit": "24"},
    )


def record(engine: Engine, events: Sequence[Event]) -> None:
    """Into the journal."""
    ledger = Ledger(engine, source="site-1/controller", compose=Unpublished())
    ledger.add(Decision(events=tuple(events)))
    ledger.commit()
    ledger.close()
