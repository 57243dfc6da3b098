"""A small archive with something to see, a deciding thread, and the real server over it."""

import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import sin
from pathlib import Path
from uuid import uuid4

import httpx
import uvicorn
from sqlalchemy import Engine, insert

from api.app import create_app
from controller.assemble import plans
from controller.clock import system_clock
from controller.config import Site
from controller.domain.decision import Decision, Tick
from controller.domain.events import (
    AlarmRaised,
    DeviceFailed,
    DeviceRecovered,
    Event,
    ExitAuthorised,
    PassageDetected,
    TagBound,
)
from controller.domain.model import (
    OUTSIDE,
    AlarmKind,
    AuthorityKind,
    Direction,
    Priority,
)
from controller.domain.stackroom import Stackroom
from controller.store import recovery, upkeep
from controller.store.accounts import Accounts, By, Role
from controller.store.database import open_engine, upgrade
from controller.store.ids import new_id
from controller.store.ledger import Ledger, Unpublished
from controller.store.requests import take_filed
from controller.store.schema import holdings
from drivers.observations import (
    ClimateReading,
    DeviceBack,
    MachineStatus,
    Moment,
    Presence,
    Quality,
    RackMode,
    RackStatus,
    TagRead,
    TagReport,
)
from tests.services import eventually, listens

PASSWORD = "correct horse battery"
SOURCE = "hrss-01/controller"

_LIMITS = [
    {"quantity": "temperature_c", "side": "high", "limit": 24.0, "deadband": 0.5},
    {"quantity": "temperature_c", "side": "low", "limit": 14.0, "deadband": 0.5},
    {"quantity": "relative_humidity_percent", "side": "high", "limit": 60.0, "deadband": 2.0},
    {"quantity": "relative_humidity_percent", "side": "low", "limit": 45.0, "deadband": 2.0},
]


def _door(door: str, name: str, host: str) -> dict[str, object]:
    return {
        "id": door,
        "name": name,
        "room": "room-1",
        "reader": {"kind": "llrp", "host": host},
        "antennas": [{"port": 1, "side": "inside"}, {"port": 2, "side": "outside"}],
    }


def _sensor(sensor: str, name: str, unit: int) -> dict[str, object]:
    link = {"kind": "modbus", "url": "tcp://192.0.2.3:502", "unit": unit}
    return {"id": sensor, "name": name, "room": "room-1", "link": link, "limits": _LIMITS}


SITE = Site.model_validate(
    {
        "site": {"id": "hrss-01", "name": "人社局档案室"},
        "database": {"url": "sqlite:///unused.db"},
        "rooms": [{"id": "room-1", "name": "一号库房"}],
        "doors": [
            _door("door-north", "北门", "192.0.2.10"),
            _door("door-south", "南门", "192.0.2.11"),
            _door("door-dock", "装卸口", "192.0.2.12"),
        ],
        "desks": [
            {
                "id": "desk-1",
                "name": "整理室桌面",
                "room": "room-1",
                "reader": {"kind": "llrp", "host": "192.0.2.15"},
            }
        ],
        "racks": [
            {
                "id": "rack-a",
                "name": "A 区密集架",
                "room": "room-1",
                "columns": 8,
                "link": {"kind": "modbus-tcp", "host": "192.0.2.20"},
            }
        ],
        "machines": [
            {
                "id": "lift-1",
                "name": "1 号立库",
                "room": "room-1",
                "kind": "lift",
                "trays": 60,
                "bays": 2,
                "link": {"url": "tcp://192.0.2.21:502"},
            },
            {
                "id": "crane-1",
                "name": "堆垛机",
                "room": "room-1",
                "kind": "crane",
                "rows": 2,
                "columns": 20,
                "levels": 8,
                "link": {"url": "tcp://192.0.2.22:502"},
            },
        ],
        "sensors": [
            _sensor("th-01", "一号库房 东墙", 1),
            _sensor("th-02", "一号库房 西墙", 2),
            _sensor("th-03", "一号库房 门厅", 3),
        ],
    }
)

TITLES = (
    "企业职工基本养老保险参保登记表",
    "关于调整城乡居民基础养老金标准的通知",
    "退休人员待遇核定审批表",
    "工伤认定申请材料",
    "失业保险金申领登记",
    "机关事业单位职业年金归集账目",
    "高技能人才评定档案",
    "劳动能力鉴定结论书",
)


@dataclass(frozen=True)
class Thing:
    """One holding of the stage."""

    id: str
    code: str
    title: str
    epc: str


THINGS = tuple(
    Thing(
        id=f"00000000-0000-5000-8000-{number:012d}",
        code=f"J001-WS·2021-D30-{number:05d}",
        title=TITLES[number % len(TITLES)],
        epc=f"E2801160600002{number:010X}",
    )
    for number in range(1, 31)
)


class Stage:
    """The store, its pen and the thread that decides."""

    def __init__(self, folder: Path) -> None:
        self.engine: Engine = open_engine(f"sqlite:///{folder / 'store.db'}")
        upgrade(self.engine)
        self.reader: Engine = open_engine(f"sqlite:///{folder / 'store.db'}", read_only=True)
        self.accounts = Accounts(self.engine)
        self.occupied: frozenset[int] = frozenset({3})
        self.lying = ""
        """The tag that the desk's reader sees, while somebody decides."""
        self._lock = threading.Lock()
        self._ledger = Ledger(self.engine, source=SOURCE, compose=Unpublished())
        for role in Role:
            by = By(name="root", computer="console", at=self.now())
            self.accounts.add_user(f"a-{role}", role, PASSWORD, by)
        with self.engine.begin() as connection:
            connection.execute(insert(holdings), [_row(thing) for thing in THINGS])
        self.record(
            *[TagBound(at=self.now(), epc=t.epc, holding_id=t.id, by="root") for t in THINGS]
        )

    def now(self) -> datetime:
        """Aware UTC."""
        return system_clock().utc

    def record(self, *events: Event) -> int:
        """Write events into the journal; the number of the last."""
        with self._lock:
            self._ledger.add(Decision(events=events))
            return self._ledger.commit()[-1].seq

    def measure(self, readings: Sequence[ClimateReading]) -> None:
        """Write readings."""
        with self._lock:
            self._ledger.add(Decision(readings=tuple(readings)))
            self._ledger.commit()

    def beat(self, at: datetime | None = None, state: str = "running") -> None:
        """A sign of life of the controller, or its last word."""
        now = at or self.now()
        upkeep.beat(self.engine, SOURCE, started_at=now, at=now, state=state, counters={})

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
        with self._lock:
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
                machines=plan.machines,
            )
        for device in ("rack-a", "lift-1", "crane-1"):
            self._handled(room, DeviceBack(at=system_clock(), device=device, detail=""))
        while not stop.wait(0.02):
            self.beat()
            self._handled(room, self._rack_status())
            self._handled(room, self._machine_status("lift-1", tray_at_bay=(12, 0)))
            self._handled(room, self._machine_status("crane-1", load_present=(0,)))
            if self.lying:
                self._handled(room, self._tag_report())
            self._handled(room, Tick(at=system_clock()))
            with self.engine.begin() as connection:
                filed = take_filed(connection, system_clock())
            for request in filed:
                with self._lock:
                    self._ledger.add(room.handle(request), request)
                    self._ledger.commit()

    def _handled(
        self, room: Stackroom, message: DeviceBack | RackStatus | MachineStatus | TagReport | Tick
    ) -> None:
        with self._lock:
            self._ledger.add(room.handle(message))
            self._ledger.commit()

    def _tag_report(self) -> TagReport:
        read = TagRead(self.lying, 1, -40.0, None, 1)
        return TagReport(at=system_clock(), reader="desk-1", reads=(read,))

    def _rack_status(self) -> RackStatus:
        return RackStatus(
            at=system_clock(),
            rack="rack-a",
            mode=RackMode.IDLE,
            open_aisle=5,
            presence=tuple(
                Presence.OCCUPIED if aisle in self.occupied else Presence.CLEAR
                for aisle in range(1, 8)
            ),
            fault_code=0,
        )

    def _machine_status(self, machine: str, **shown: tuple[int, ...]) -> MachineStatus:
        """The crane reports its fault 5, a load too heavy."""
        crane = machine == "crane-1"
        flags = ("overweight", "power_ok") if crane else ("power_ok",)
        return MachineStatus(
            at=system_clock(),
            device=machine,
            mode=RackMode.IDLE,
            moving=False,
            fault_code=5 if crane else 0,
            values={"status": flags, **shown},
        )

    def close(self) -> None:
        """Give everything back."""
        self._ledger.close()
        self.reader.dispose()
        self.engine.dispose()

    # --- what there is to see ------------------------------------------------------------------

    def passes(
        self, thing: Thing, direction: Direction, *, door: str = "door-north", at: datetime
    ) -> PassageDetected:
        """A verdict about one thing at one door."""
        places = {Direction.OUT: OUTSIDE, Direction.UNKNOWN: ""}
        return PassageDetected(
            at=at,
            passage_id=str(uuid4()),
            door=door,
            epc=thing.epc,
            holding_id=thing.id,
            direction=direction,
            place=places.get(direction, "room-1"),
            confidence=0.97,
            evidence={},
        )

    def leaves_with_loan(self, thing: Thing, holder: str, at: datetime) -> tuple[Event, ...]:
        """Out, allowed."""
        passage = self.passes(thing, Direction.OUT, at=at)
        allowed = ExitAuthorised(
            at=at,
            passage_id=passage.passage_id,
            door=passage.door,
            holding_id=thing.id,
            reference_code=thing.code,
            authority=AuthorityKind.LOAN,
            authority_id="loan-of-the-stage",
            holder=holder,
        )
        return passage, allowed

    def leaves_without(
        self, thing: Thing, *, door: str = "door-north", at: datetime | None = None
    ) -> tuple[Event, ...]:
        """Out, and nobody may: the alarm."""
        when = at or self.now()
        passage = self.passes(thing, Direction.OUT, door=door, at=when)
        alarm = AlarmRaised(
            at=when,
            alarm_id=f"unauthorised_exit:{door}:{thing.id}",
            kind=AlarmKind.UNAUTHORISED_EXIT,
            source=door,
            subject=thing.code,
            holding_id=thing.id,
            priority=Priority.HIGH,
            detail={"door": door, "epc": thing.epc, "title": thing.title},
        )
        return passage, alarm

    def quiet_day(self) -> None:
        """Devices that answer, some passages, a day of climate with a gap and an excursion."""
        now = self.now()
        self.record(
            *[
                DeviceRecovered(at=now - timedelta(hours=7), device=device, detail="Model 4.2.1")
                for device in ("door-north", "door-south", "rack-a", "th-01", "th-02", "th-03")
            ],
            DeviceFailed(at=now - timedelta(minutes=9), device="door-dock", reason="no route"),
        )
        for number, thing in enumerate(THINGS[:6]):
            at = now - timedelta(seconds=400 - 20 * number)
            self.record(*self.leaves_with_loan(thing, "王芳（业务科）", at))
        self.record(
            self.passes(THINGS[8], Direction.IN, door="door-south", at=now - timedelta(seconds=90)),
            self.passes(THINGS[9], Direction.TURNED_BACK, at=now - timedelta(seconds=60)),
            self.passes(THINGS[10], Direction.UNKNOWN, at=now - timedelta(seconds=30)),
        )
        self.measure([reading for n in range(3) for reading in _day(n, now)])
        self.beat()


def _row(thing: Thing) -> dict[str, object]:
    return {
        "id": thing.id,
        "source": "stage",
        "external_id": thing.code,
        "reference_code": thing.code,
        "title": thing.title,
        "kind": "file",
        "fonds": "J001",
        "home": f"一号库房 A 区密集架 {int(thing.id[-3:]) % 7 + 1} 列 2 层",
        "parent_id": None,
        "barcode": f"69{thing.id[-11:]}",
        "retention": "D30",
        "year": 2021,
        "pages": 12,
        "digest": "",
        "run_id": "stage",
    }


def _day(number: int, now: datetime) -> Iterator[ClimateReading]:
    for minute in range(0, 1440, 5):
        if number == 1 and 600 < minute < 720:
            continue
        bump = 3.5 if number == 2 and minute > 1380 else 0.0
        yield ClimateReading(
            at=Moment(utc=now - timedelta(minutes=1439 - minute), monotonic_s=0.0),
            sensor=f"th-0{number + 1}",
            temperature_c=round(20.5 + number * 0.7 + 1.5 * sin(minute / 229 + number) + bump, 1),
            relative_humidity_percent=round(52 + 4 * sin(minute / 301 + 2 * number), 1),
            quality=Quality.GOOD,
            fault="",
        )


@contextmanager
def served(stage: Stage, port: int = 0, site: Site = SITE) -> Iterator[str]:
    """The real server, on a free port unless said, by its address."""
    app = create_app(site, stage.engine, stage.reader)
    listener = socket.create_server(("127.0.0.1", port))
    port = listener.getsockname()[1]
    config = uvicorn.Config(
        app, access_log=False, log_config=None, lifespan="on", timeout_graceful_shutdown=30
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        eventually(lambda: server.started and listens(port), bool)
        yield f"http://127.0.0.1:{port}"
    finally:
        app.state.context.feed.stop()
        server.should_exit = True
        thread.join(10)
        listener.close()


@contextmanager
def signed_in(address: str, role: Role | None, language: str = "en") -> Iterator[httpx.Client]:
    """A browser without JavaScript, for somebody of that role or for nobody."""
    headers = {"Accept": "text/html", "Accept-Language": language}
    headers["Sec-Fetch-Site"] = "same-origin"
    with httpx.Client(base_url=address, headers=headers) as client:
        if role is not None:
            form = {"user": f"a-{role}", "password": PASSWORD}
            assert client.post("/login", data=form).status_code == 303
        yield client
