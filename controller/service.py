"""From a site file to a running controller, and back to a clean stop."""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, suppress
from datetime import timedelta
from functools import partial
from importlib.metadata import version
from pathlib import Path

from sqlalchemy.engine import Engine

from controller.assemble import field, plans
from controller.calendar import Calendar
from controller.clock import system_clock
from controller.commissioned import with_rules
from controller.config import Mqtt, Site, read_secret
from controller.daemon import Daemon
from controller.domain.decision import AiringDue, Decision
from controller.domain.events import ControllerStarted, Event
from controller.domain.stackroom import Stackroom
from controller.domain.tagging import failure
from controller.heartbeat import Counted, Heartbeat, Outlet
from controller.home_assistant import introductions
from controller.intake import Intake
from controller.notifying.post import secrets_of
from controller.patience import PatientRegistry
from controller.publications import Publications
from controller.publisher import MqttPublisher
from controller.reconciling.assembling import comparison
from controller.reconciling.comparing import Comparison
from controller.reconciling.continuous import Continuous
from controller.recorder import Recorder
from controller.reporting.monthly import EVERY_NIGHT_AT, MonthlyReports
from controller.store import recovery, upkeep
from controller.store.ballast import Ballast
from controller.store.claim import claim_site
from controller.store.database import StoreError, open_engine, upgrade
from controller.store.ids import new_id
from controller.store.ledger import Ledger, OutgoingMessage
from controller.store.notifications import queue as notices
from controller.store.recordings import commissionings
from drivers.commands import StopRack
from drivers.observations import DeviceBack, DeviceLost

KEEP_READINGS = timedelta(days=31)
KEEP_ANSWERED_REQUESTS = timedelta(days=180)
PRUNE_AT = "30 3 * * *"
"""Crontab, in the site's own time zone."""


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
        return _Controller(site, beside, engine, writer, stop, stack).run()


class _Controller:
    """The parts of one running controller, put together once."""

    def __init__(
        self,
        site: Site,
        beside: Path,
        engine: Engine,
        writer: str,
        stop: threading.Event,
        stack: ExitStack,
    ) -> None:
        self._site = site
        self._engine = engine
        self._writer = writer
        self._stop = stop
        with engine.connect() as connection:
            self._known = recovery.load(connection)
            self._known_doors = commissionings.newest(connection)
        self._publications = Publications(site, active_alarms=self._known.active_alarms)
        intervals = {sensor.id: sensor.interval_s for sensor in site.sensors}
        self._ledger = Ledger(
            engine, source=writer, compose=self._publications, intervals=intervals
        )
        stack.callback(self._ledger.close)
        self._field = field(site, beside=beside, clock=system_clock)
        doors = [door.id for door in site.doors]
        self._recorder = Recorder(engine, doors, site.recordings, system_clock)

    def run(self) -> bool:
        """Until stopped; false when a thread died of a bug."""

        def air(rack: str) -> None:
            daemon.post(AiringDue(at=system_clock(), rack=rack))

        hours = {room.id: room.airing.at for room in self._site.rooms if room.airing is not None}
        airings = {
            f"air {rack.id}": (hours[rack.room], partial(air, rack.id))
            for rack in self._site.racks
            if rack.room in hours
        }
        comparing = Continuous(self._engine, self._comparison, system_clock)
        when = self._site.reconciliation
        compared = {
            "reconcile": (when.at, comparing.due),
            "reconcile everything": (when.full_at, comparing.full_due),
        }
        calendar = Calendar(
            self._site.site.timezone,
            {"prune": (PRUNE_AT, self._prune), **self._reports(), **compared, **airings},
            punctual=airings,
        )

        def tell(message: DeviceLost | DeviceBack) -> None:
            daemon.post(message)

        outlets = self._outlets(tell)
        daemon = Daemon(
            stackroom=self._stackroom(),
            ledger=self._ledger,
            devices=self._field.devices,
            actuators=self._field.actuators,
            halt=self._halt,
            ballast=Ballast(self._engine),
            clock=system_clock,
            clock_stepped=calendar.clock_stepped,
            recorder=self._recorder,
        )
        counted: dict[str, Counted] = {device.name: device for device in self._field.devices}
        own: dict[str, Counted] = {"controller": daemon, "recorder": self._recorder}
        own["reconciler"] = comparing
        beat = Heartbeat(self._engine, self._writer, {**counted, **outlets, **own})
        services = {
            **{name: outlet.run for name, outlet in outlets.items()},
            "calendar": calendar.run,
            "reconciler": comparing.run,
            "intake": Intake(self._engine, system_clock, daemon.post).run,
            "heartbeat": beat.run,
            "recorder": self._recorder.run,
        }
        self._ledger.add(Decision(events=(_started(), *self._unfinished())))
        ended_well = daemon.run(self._stop, services)
        self._recorder.finish()
        return ended_well

    def _stackroom(self) -> Stackroom:
        planned = plans(self._site)
        return Stackroom(
            doors=with_rules(planned.doors, self._known_doors),
            racks=planned.racks,
            desks=planned.desks,
            listeners=planned.listeners,
            presence=planned.presence,
            sensors=planned.sensors,
            registry=PatientRegistry(self._ledger.registry, halt=self._halt, stop=self._stop),
            new_id=new_id,
            active_alarms=self._known.active_alarms,
            alarm_plan=planned.alarms,
            recent_readings=self._known.readings,
            lost_devices=self._known.lost_devices,
            shelving=self._known.shelving,
            present=self._known.present,
            patterns=planned.patterns,
            rooms=planned.rooms,
            queues=planned.queues,
            lending=planned.lending,
            machines=planned.machines,
            orders=self._known.orders,
        )

    def _comparison(self) -> Comparison:
        return comparison(
            self._site, self._engine, writer="reconciler", compose=Publications(self._site)
        )

    def _unfinished(self) -> tuple[Event, ...]:
        """Writings of tags that nobody saw the end of, ended by a person's look at the tag."""
        at = system_clock()
        return tuple(failure(began, "interrupted", "", at) for began in self._known.writings)

    def _introductions(self, mqtt: Mqtt) -> Iterator[OutgoingMessage]:
        """What Home Assistant is told of the sensors, where it is asked for."""
        if mqtt.home_assistant is not None:
            daemon = self._writer.rpartition("/")[2]
            yield from introductions(self._site, prefix=mqtt.home_assistant, daemon=daemon)

    def _outlets(self, tell: Callable[[DeviceLost | DeviceBack], None]) -> Mapping[str, Outlet]:
        """What drains the outbox, as far as the site publishes anything."""
        outlets: dict[str, Outlet] = {}
        mqtt, trends = self._site.mqtt, self._site.trends
        if mqtt is not None:
            outlets["publisher"] = MqttPublisher(
                engine=self._engine,
                mqtt=mqtt,
                site_id=self._site.site.id,
                password=read_secret("mqtt-password", mqtt.password_file),
                writer=self._writer,
                standing=[*self._publications.standing(), *self._introductions(mqtt)],
            )
        if trends is not None:
            from controller.trends import TrendsWriter  # 10 MB and half a second if nobody asked

            token = read_secret("trends-token", trends.token_file)
            outlets["trends"] = TrendsWriter(
                engine=self._engine, trends=trends, token=token, tell=tell
            )
        if self._site.notifications.recipients:
            from controller.notifying.notifier import Notifier  # as above: mail, TLS, HTTP

            secrets = secrets_of(self._site)
            notifier = Notifier(engine=self._engine, site=self._site, secrets=secrets)
            notifier.begin()
            outlets["notifier"] = notifier
        return outlets

    def _reports(self) -> Mapping[str, tuple[str, Callable[[], None]]]:
        """What the calendar makes for people to read."""
        if not self._site.reports.monthly:
            return {}
        reports = MonthlyReports(self._engine, self._site, system_clock)
        return {"reports": (EVERY_NIGHT_AT, reports.make_missing)}

    def _halt(self) -> None:
        """Stop every bank and machine, whatever it is doing: nobody is deciding."""
        for moved in (*self._site.racks, *self._site.machines):
            stop = StopRack(device=moved.id, command_id=new_id())
            self._field.actuators[moved.id].submit(stop)

    def _prune(self) -> None:
        now = system_clock().utc
        with suppress(StoreError):  # tomorrow is another day
            upkeep.prune(
                self._engine,
                now=now,
                readings_before=now - KEEP_READINGS,
                requests_before=now - KEEP_ANSWERED_REQUESTS,
            )
            self._recorder.prune()
            notices.prune(self._engine, now - KEEP_ANSWERED_REQUESTS)


def _started() -> ControllerStarted:
    return ControllerStarted(at=system_clock().utc, version=version("smart-repository"))
