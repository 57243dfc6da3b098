"""A store, an application over it without a socket, a deciding thread, and a key of every role."""

import asyncio
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from sqlalchemy import insert

from api.app import create_app
from controller.assemble import plans
from controller.config import Site
from controller.domain.decision import Decision
from controller.domain.events import Event
from controller.domain.stackroom import Stackroom
from controller.store import recovery, upkeep
from controller.store.accounts import Accounts, By, Role
from controller.store.database import open_engine
from controller.store.ids import new_id
from controller.store.keys import Keys
from controller.store.ledger import Ledger, Unpublished
from controller.store.requests import take_filed
from controller.store.schema import holdings
from drivers.observations import (
    ClimateReading,
    DeviceBack,
    Moment,
    Presence,
    RackMode,
    RackStatus,
)

NOW = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
WRITER = "site-1/controller"
BOX, FILE, LOOSE = "holding-box", "holding-file", "holding-loose"

SITE = Site.model_validate(
    {
        "site": {"id": "site-1", "name": "Test"},
        "database": {"url": "sqlite:///unused.db"},
        "rooms": [{"id": "room-1", "name": "Room 1"}],
        "doors": [
            {
                "id": "door-1",
                "name": "Door 1",
                "room": "room-1",
                "reader": {"kind": "llrp", "host": "192.0.2.1"},
                "antennas": [{"port": 1, "side": "inside"}, {"port": 2, "side": "outside"}],
            }
        ],
        "desks": [
            {
                "id": "desk-1",
                "name": "Desk 1",
                "room": "room-1",
                "reader": {"kind": "llrp", "host": "192.0.2.9"},
            }
        ],
        "racks": [
            {
                "id": "rack-a",
                "name": "Rack A",
                "room": "room-1",
                "columns": 8,
                "link": {"kind": "modbus-tcp", "host": "192.0.2.2"},
            }
        ],
        "sensors": [
            {
                "id": "th-1",
                "name": "Sensor 1",
                "room": "room-1",
                "interval_s": 60,
                "link": {"kind": "modbus", "url": "tcp://192.0.2.3:502"},
                "limits": [{"quantity": "temperature_c", "side": "high", "limit": 24.0}],
            }
        ],
    }
)


class Hand:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.utc = NOW

    def __call__(self) -> Moment:
        return Moment(utc=self.utc, monotonic_s=self.utc.timestamp())

    def forward(self, step: timedelta) -> None:
        self.utc += step


class World:
    """Everything one test needs. Close it."""

    def __init__(self, url: str) -> None:
        self.engine = open_engine(url)
        self.reader = open_engine(url, read_only=True)
        self.clock = Hand()
        self.app = create_app(SITE, self.engine, self.reader, clock=self.clock)
        self.context = self.app.state.context
        self.accounts = Accounts(self.engine)
        self.key_store = Keys(self.engine)
        self.keys = {
            role: self.key_store.add(f"{role}-key", role, self.by("root")) for role in Role
        }
        self._ledger = Ledger(self.engine, source=WRITER, compose=Unpublished(), clock=self.clock)
        self.occupied: frozenset[int] = frozenset()

    def close(self) -> None:
        self._ledger.close()
        self.context.held.close()
        self.reader.dispose()
        self.engine.dispose()

    # --- what is there -------------------------------------------------------------------------

    def by(self, name: str) -> By:
        return By(name=name, computer="console", at=self.clock.utc)

    def shelve(self, holding_id: str, code: str, parent: str | None = None, **more: Any) -> None:
        """One holding of the catalogue."""
        row = {
            "id": holding_id,
            "source": "test",
            "external_id": holding_id,
            "reference_code": code,
            "title": f"Title of {code}",
            "kind": "file",
            "fonds": "J001",
            "home": "room-1/A/01",
            "parent_id": parent,
            "barcode": None,
            "retention": "",
            "digest": "",
            "run_id": "run",
        }
        with self.engine.begin() as connection:
            connection.execute(insert(holdings).values({**row, **more}))

    def record(self, *events: Event) -> list[str]:
        """Write events into the journal; their ids."""
        self._ledger.add(Decision(events=events))
        return [recorded.id for recorded in self._ledger.commit()]

    def measure(self, *readings: ClimateReading) -> None:
        self._ledger.add(Decision(readings=readings))
        self._ledger.commit()

    def beat(self, **counters: dict[str, int]) -> None:
        """A sign of life of the controller."""
        at = self.clock.utc
        upkeep.beat(self.engine, WRITER, started_at=at, at=at, state="running", counters=counters)

    # --- who decides ---------------------------------------------------------------------------

    @contextmanager
    def deciding(self) -> Iterator[None]:
        """The real domain answers what is filed, until the end of the block."""
        stop = threading.Event()
        thread = threading.Thread(target=self._decide, args=(stop,))
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join(10)

    def _decide(self, stop: threading.Event) -> None:
        with self.engine.connect() as connection:
            known = recovery.load(connection)
        plan = plans(SITE)
        room = Stackroom(
            doors=plan.doors,
            racks=plan.racks,
            desks=plan.desks,
            sensors=plan.sensors,
            registry=self._ledger.registry,
            new_id=new_id,
            active_alarms=known.active_alarms,
            shelving=known.shelving,
            patterns=plan.patterns,
        )
        room.handle(DeviceBack(at=self.clock(), device="rack-a", detail=""))
        while not stop.wait(0.005):
            with self.engine.begin() as connection:
                filed = take_filed(connection, self.clock())
            for request in filed:
                room.handle(self._rack_status())
                self._ledger.add(room.handle(request), request)
                self._ledger.commit()

    def _rack_status(self) -> RackStatus:
        return RackStatus(
            at=self.clock(),
            rack="rack-a",
            mode=RackMode.IDLE,
            open_aisle=5,
            presence=tuple(
                Presence.OCCUPIED if aisle in self.occupied else Presence.CLEAR
                for aisle in range(1, 8)
            ),
            fault_code=0,
        )

    # --- who asks ------------------------------------------------------------------------------

    def as_(self, role: Role | None) -> dict[str, str]:
        """The headers of that role; of nobody without one."""
        return {} if role is None else {"Authorization": f"Bearer {self.keys[role]}"}

    def run(self, story: Callable[[httpx.AsyncClient], Coroutine[Any, Any, None]]) -> None:
        """Tell ``story`` to a client in an event loop of its own."""

        async def tell() -> None:
            transport = httpx.ASGITransport(self.app)
            async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
                await story(client)

        asyncio.run(tell())

    def send(
        self, method: str, url: str, role: Role | None = Role.ADMINISTRATOR, **more: Any
    ) -> httpx.Response:
        """One request."""
        answers: list[httpx.Response] = []
        headers = {**self.as_(role), **more.pop("headers", {})}

        async def story(client: httpx.AsyncClient) -> None:
            answers.append(await client.request(method, url, headers=headers, **more))

        self.run(story)
        return answers[0]

    def get(self, url: str, role: Role | None = Role.READER, **more: Any) -> httpx.Response:
        """One GET, by a reader unless said."""
        return self.send("GET", url, role, **more)

    def post(
        self, url: str, body: object = None, role: Role | None = Role.ADMINISTRATOR
    ) -> httpx.Response:
        """One POST of JSON, by an administrator unless said."""
        return self.send("POST", url, role, json={} if body is None else body)
