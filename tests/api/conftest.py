"""A store, an application over it without a socket, and somebody of every role."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine

from api.app import Application, create_app
from controller.config import Site
from controller.store.accounts import Accounts, By, Role
from controller.store.database import open_engine, upgrade
from controller.store.keys import Keys
from drivers.observations import Moment

NOW = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
PASSWORD = "correct horse battery"

SITE = {
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


class Hand:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.utc = NOW

    def __call__(self) -> Moment:
        return Moment(utc=self.utc, monotonic_s=self.utc.timestamp())

    def forward(self, step: timedelta) -> None:
        self.utc += step


@dataclass(frozen=True)
class World:
    """Everything one test needs."""

    app: Application
    engine: Engine
    clock: Hand
    accounts: Accounts
    keys: dict[Role, str]
    """A key of each role, called ``<role>-key``."""

    def as_(self, role: Role | None) -> dict[str, str]:
        """The headers of that role; of nobody without one."""
        return {} if role is None else {"Authorization": f"Bearer {self.keys[role]}"}

    def run(self, story: Callable[[httpx.AsyncClient], Coroutine[Any, Any, None]]) -> None:
        """Tells ``story`` to a client in one event loop."""

        async def tell() -> None:
            transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
            async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
                await story(client)

        asyncio.run(tell())

    def send(
        self, method: str, url: str, role: Role | None = Role.ADMINISTRATOR, **more: Any
    ) -> httpx.Response:
        """One request."""
        answers: list[httpx.Response] = []

        async def story(client: httpx.AsyncClient) -> None:
            headers = {**self.as_(role), **more.pop("headers", {})}
            answers.append(await client.request(method, url, headers=headers, **more))

        self.run(story)
        return answers[0]

    def get(self, url: str, role: Role | None = Role.READER, **more: Any) -> httpx.Response:
        """One GET, by a reader unless said."""
        return self.send("GET", url, role, **more)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Engine]:
    engine = open_engine(f"sqlite:///{tmp_path / 'store.db'}")
    upgrade(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def world(store: Engine) -> Iterator[World]:
    clock = Hand()
    reader = open_engine(str(store.url), read_only=True)
    app = create_app(Site.model_validate(SITE), store, reader, clock=clock)
    keys = Keys(store)
    by = By(name="root", computer="console", at=NOW)
    made = {role: keys.add(f"{role}-key", role, by) for role in Role}
    yield World(
        app=app, engine=store, clock=clock, accounts=Accounts(store), keys=made
    )
    app.state.context.held.close()
    reader.dispose()
