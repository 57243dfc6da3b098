"""From a site file to a running controller, and back to a clean stop."""

import logging
import threading
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack, suppress
from datetime import timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Protocol

from sqlalchemy.engine import Engine

from controller.assemble import Field, field, plans
from controller.calendar import Calendar
from controller.clock import system_clock
from controller.config import Site, read_secret
from controller.daemon import Daemon
from controller.domain.decision import Decision
from controller.domain.events import ControllerStarted
from controller.domain.stackroom import Stackroom
from controller.intake import Intake
from controller.publications import Publications
from controller.publisher import MqttPublisher
from controller.store import recovery, upkeep
from controller.store.ballast import Ballast
from controller.store.claim import claim_site
from controller.store.database import StoreError, open_engine, upgrade
from controller.store.ids import new_id
from controller.store.ledger import Ledger, OutgoingMessage
from controller.store.recovery import Known

log = logging.getLogger(__name__)

BEAT_S = 2.0
KEEP_READINGS = timedelta(days=31)
KEEP_ANSWERED_REQUESTS = timedelta(days=180)

Service = Callable[[threading.Event], None]


class Outlet(Protocol):
    """Drains one destination of the outbox."""

    def run(self, stop: threading.Event) -> None:
        """Until ``stop`` is set."""
        ...

    def counters(self) -> Mapping[str, int]:
        """What ``/metrics`` shows."""
        ...


def open_site_store(site: Site) -> Engine:
    """The site's store, its tables brought up to date."""
    password = read_secret("database-password", site.database.password_file)
    engine = open_engine(site.database.url, password=password)
    upgrade(engine)
    return engine


def run_site(site: Site, *, beside: Path, stop: threading.Event) -> bool:
    """Run the controller of ``site`` until ``stop``; false when it died of a bug.

    Raises:
        SiteFileError, ProfileError, StoreError: it cannot start, and why.
    """
    with ExitStack() as stack:
        engine = open_site_store(site)
        stack.callback(engine.dispose)
        writer = f"{site.site.id}/controller"
        stack.enter_context(claim_site(engine, site.site.id, writer))
        with engine.connect() as connection:
            known = recovery.load(connection)
        publications = Publications(site, active_alarms=known.active_alarms)
        outlets = _outlets(site, engine, writer, publications.standing())
        ledger = Ledger(engine, source=writer, compose=publications)
        stack.callback(ledger.close)
        equipment = field(site, beside=beside, clock=system_clock)
        daemon = _daemon(site, engine, ledger, equipment, writer, known, outlets)
        ledger.add(Decision(events=(_started(),)))
        return daemon.run(stop)


def _started() -> ControllerStarted:
    return ControllerStarted(at=system_clock().utc, version=version("smart-repository"))


def _daemon(
    site: Site, engine: Engine, ledger: Ledger, equipment: Field, writer: str, known: Known,
    outlets: Mapping[str, Outlet],
) -> Daemon:  # fmt: skip
    planned = plans(site)
    stackroom = Stackroom(
        doors=planned.doors,
        racks=planned.racks,
        sensors=planned.sensors,
        registry=ledger.registry,
        new_id=new_id,
        active_alarms=known.active_alarms,
        lost_devices=known.lost_devices,
    )
    services: dict[str, Service] = {name: outlet.run for name, outlet in outlets.items()}
    calendar = Calendar(site.site.timezone, {"prune": ("30 3 * * *", lambda: _prune(engine))})
    services["calendar"] = calendar.run
    daemon = Daemon(
        stackroom=stackroom,
        ledger=ledger,
        devices=equipment.devices,
        actuators=equipment.actuators,
        racks=[rack.id for rack in site.racks],
        ballast=Ballast(engine),
        clock=system_clock,
        services=services,
        clock_stepped=calendar.clock_stepped,
    )
    services["intake"] = Intake(engine, system_clock, daemon.post).run
    services["heartbeat"] = _heartbeat(engine, writer, daemon, equipment, outlets)
    return daemon


def _outlets(
    site: Site, engine: Engine, writer: str, standing: Iterable[OutgoingMessage]
) -> Mapping[str, Outlet]:
    """What drains the outbox, as far as the site publishes anything."""
    outlets: dict[str, Outlet] = {}
    if site.mqtt is not None:
        outlets["publisher"] = MqttPublisher(
            engine=engine,
            mqtt=site.mqtt,
            site_id=site.site.id,
            password=read_secret("mqtt-password", site.mqtt.password_file),
            writer=writer,
            standing=standing,
        )
    if site.trends is not None:
        from controller.trends import TrendsWriter  # 10 MB and half a second where nobody asked

        token = read_secret("trends-token", site.trends.token_file)
        outlets["trends"] = TrendsWriter(engine=engine, trends=site.trends, token=token)
    return outlets


def _heartbeat(
    engine: Engine, writer: str, daemon: Daemon, equipment: Field, outlets: Mapping[str, Outlet]
) -> Service:
    """Says that the controller lives, and how its devices do, for the API and ``/metrics``."""

    def beat(stop: threading.Event) -> None:
        started = system_clock().utc
        state = "running"
        while state == "running":
            if stop.wait(BEAT_S):
                state = "stopped"
            counters = {device.name: dict(device.counters()) for device in equipment.devices}
            counters |= {name: dict(outlet.counters()) for name, outlet in outlets.items()}
            counters["controller"] = dict(daemon.counters)
            with suppress(StoreError):  # a full disk is the deciding thread's to tell of
                upkeep.beat(
                    engine, writer, started_at=started, at=system_clock().utc, state=state,
                    counters=counters,
                )  # fmt: skip

    return beat


def _prune(engine: Engine) -> None:
    now = system_clock().utc
    with suppress(StoreError):  # tomorrow is another day
        upkeep.prune(
            engine,
            now=now,
            readings_before=now - KEEP_READINGS,
            requests_before=now - KEEP_ANSWERED_REQUESTS,
        )
