"""The stack room: every part of the domain, and the single door into it.

Reading the product is reading ``Stackroom.handle``. It is called by one thread, one message at a
time; the same messages in the same order always give the same decisions.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import assert_never

from controller.domain.alarm_clock import AlarmClock
from controller.domain.alarm_desk import AlarmDesk
from controller.domain.alarms import CONTROLLER, AlarmBook
from controller.domain.answers import accepted, refused
from controller.domain.climate_rooms import Climate
from controller.domain.clones import Clones
from controller.domain.custody import Custody
from controller.domain.decision import NOTHING, AiringDue, Decision, Fault, Tick, together
from controller.domain.devices import Devices
from controller.domain.events_alarms import AlarmEvent
from controller.domain.events_presence import TagArrived
from controller.domain.lending.lending import Lending, LoanRequest
from controller.domain.lending.rules import LoanRules
from controller.domain.model import Alarm, Direction, Registry
from controller.domain.model_orders import Order
from controller.domain.model_shelving import KnownShelving
from controller.domain.orders import Orders, destroyed_in
from controller.domain.own_alarms import device_alarms, forget_unwatched, own_trouble
from controller.domain.passage import DoorPassages, Verdict
from controller.domain.places import Places
from controller.domain.plans import DeskPlan, DoorPlan, RackPlan, RoomPlan, SensorPlan
from controller.domain.plans_alarms import AlarmPlan
from controller.domain.plans_presence import ListenerPlan, PresenceRule
from controller.domain.plans_shelving import MachinePlan, QueueRule
from controller.domain.presence.watch import PresenceWatch
from controller.domain.reconciling.register import RegisterDesk
from controller.domain.requests import (
    AcknowledgeAlarm,
    ConfirmPassage,
    Request,
    RequestAisle,
    RequestStop,
    WriteTag,
)
from controller.domain.requests_alarms import (
    AlarmRequest,
    ResetAlarm,
    ReturnToService,
    ShelveAlarm,
    TakeOutOfService,
    UnacknowledgeAlarm,
    UnshelveAlarm,
)
from controller.domain.requests_machines import MoveMachine, ResolveMachine, StopMachine
from controller.domain.requests_orders import OrderRequest
from controller.domain.requests_presence import RecordSweep
from controller.domain.requests_reconciling import AssignDiscrepancy, ExplainDiscrepancy
from controller.domain.requests_recording import LONGEST_S, RecordDoor
from controller.domain.requests_shelving import (
    ClaimAisle,
    EndErrand,
    MakeErrands,
    ReleaseAisle,
    ReserveAisle,
    ResolveMotion,
)
from controller.domain.shelving import Shelving
from controller.domain.tagging import Desk
from drivers.observations import (
    ClimateReading,
    CommandOutcome,
    DeviceBack,
    DeviceLost,
    InputChanged,
    MachineStatus,
    Moment,
    Observation,
    RackStatus,
    TagAccessed,
    TagReport,
)


class Stackroom:
    """All the state there is between two messages; none of it is lost that cannot be relearnt."""

    def __init__(
        self,
        *,
        doors: Sequence[DoorPlan],
        racks: Sequence[RackPlan],
        sensors: Sequence[SensorPlan],
        desks: Sequence[DeskPlan] = (),
        listeners: Sequence[ListenerPlan] = (),
        presence: PresenceRule = PresenceRule(),  # noqa: B008 -- it is frozen
        registry: Registry,
        new_id: Callable[[], str],
        active_alarms: Iterable[Alarm] = (),
        recent_readings: Iterable[ClimateReading] = (),
        alarm_plan: AlarmPlan = AlarmPlan(),  # noqa: B008 -- it is frozen
        lost_devices: Iterable[str] = (),
        shelving: KnownShelving = KnownShelving(),  # noqa: B008 -- it is frozen
        present: Iterable[TagArrived] = (),
        patterns: Sequence[str] = (),
        rooms: Sequence[RoomPlan] = (),
        machines: Sequence[MachinePlan] = (),
        queues: QueueRule = QueueRule(),  # noqa: B008 -- it is frozen
        lending: LoanRules = LoanRules(),  # noqa: B008 -- it is frozen
        orders: Iterable[Order] = (),
    ) -> None:
        lost = frozenset(lost_devices)
        self._alarms = AlarmBook(active_alarms, alarm_plan)
        self._alarm_desk = AlarmDesk(self._alarms)
        self._alarm_clock = AlarmClock(self._alarms, alarm_plan)
        self._devices = Devices(doors=[d.id for d in doors], alarms=self._alarms, lost=lost)
        self._passages = {
            door.id: DoorPassages(door.antennas, rule=door.rule, beams=door.beams) for door in doors
        }
        self._clones = Clones(self._passages, self._alarms, registry.holding_by_epc)
        self._registry = registry
        self._orders = Orders(registry, new_id, orders)
        self._custody = Custody(
            doors=doors, registry=registry, alarms=self._alarms, new_id=new_id, orders=self._orders
        )
        self._lending = Lending(
            registry=registry,
            places=Places(racks, patterns, machines),
            custody=self._custody,
            rules=lending,
            new_id=new_id,
        )
        self._shelving = Shelving(
            racks=racks,
            rooms=rooms,
            queues=queues,
            machines=machines,
            patterns=patterns,
            registry=registry,
            alarms=self._alarms,
            new_id=new_id,
            lost=lost,
            known=shelving,
        )
        self._climate = Climate(sensors, self._alarms, recent_readings)
        self._desks = {plan.id: Desk(plan, registry, new_id) for plan in desks}
        self._presence = PresenceWatch(listeners, presence, registry, present)
        self._register = RegisterDesk(registry)
        self._alarms.declare(device_alarms(self._devices_known, self._shelving.devices))
        self._alarms.declare(self._climate.conditions)
        self._began = False

    def handle(self, message: Observation | Request | Tick | Fault | AiringDue) -> Decision:
        """Take in one message and decide. Every request gets exactly one answer."""
        return self._followed(self._lending.followed(self._shelving.followed(self._taken(message))))

    def _followed(self, decision: Decision) -> Decision:
        counted = self._orders.noticed(decision.events)
        return together([decision, Decision(events=counted)]) if counted else decision

    def _taken(self, message: Observation | Request | Tick | Fault | AiringDue) -> Decision:
        match message:
            case AiringDue():
                return self._shelving.airing_due(message)
            case Tick():
                return self._tick(message.at)
            case Fault():
                self._alarms.now(message.at)
                return Decision(events=own_trouble(self._alarms, message))
            case (
                TagReport()
                | RackStatus()
                | MachineStatus()
                | CommandOutcome()
                | TagAccessed()
                | InputChanged()
                | ClimateReading()
                | DeviceLost()
                | DeviceBack()
            ):
                return self._observed(message)
            case _:
                gone = destroyed_in(message, self._registry)
                if gone is not None:
                    return refused(message.asked, "destroyed", holding_id=gone)
                return self._asked(message)

    def _granted(self, message: LoanRequest | OrderRequest) -> Decision:
        if isinstance(message, LoanRequest):
            return self._lending.asked(message)
        return self._orders.asked(message)

    def _observed(self, message: Observation) -> Decision:
        self._alarms.now(message.at)
        match message:
            case TagReport():
                return self._tags(message)
            case RackStatus() | MachineStatus() | CommandOutcome():
                return self._shelving.observed(message)
            case TagAccessed():
                desk = self._desks.get(message.device)
                return NOTHING if desk is None else desk.accessed(message)
            case InputChanged():
                return self._input(message)
            case ClimateReading():
                return self._climate.observe(message)
            case DeviceLost():
                return self._lost(message)
            case DeviceBack():
                return self._back(message)
            case _:
                assert_never(message)

    def _asked(self, message: Request) -> Decision:
        self._alarms.now(message.asked.at)
        if isinstance(message, LoanRequest | OrderRequest):
            return self._granted(message)
        match message:
            case (
                AcknowledgeAlarm()
                | ShelveAlarm()
                | UnshelveAlarm()
                | TakeOutOfService()
                | ReturnToService()
                | UnacknowledgeAlarm()
                | ResetAlarm()
            ):
                return self._about_alarm(message)
            case ConfirmPassage():
                return self._custody.confirm(message)
            case (
                RequestAisle()
                | RequestStop()
                | ReserveAisle()
                | ClaimAisle()
                | ReleaseAisle()
                | ResolveMotion()
                | MakeErrands()
                | EndErrand()
                | MoveMachine()
                | StopMachine()
                | ResolveMachine()
            ):
                return self._shelving.asked(message)
            case WriteTag():
                return self._write(message)
            case RecordSweep() | RecordDoor():
                return self._record(message)
            case AssignDiscrepancy() | ExplainDiscrepancy():
                return self._register.asked(message)
            case _:
                assert_never(message)

    def _input(self, change: InputChanged) -> Decision:
        passages = self._passages.get(change.device)
        if passages is not None:
            passages.input(change)
        self._alarms.suppressions.changed(change)
        return self._shelving.input(change)

    def _tags(self, report: TagReport) -> Decision:
        desk = self._desks.get(report.reader)
        if desk is not None:
            return desk.observe(report)
        if report.reader in self._presence.readers:
            return self._presence.observe(report)
        passages = self._passages.get(report.reader)
        if passages is None or report.late:
            return NOTHING
        return self._passed(report.reader, passages.observe(report), report.at)

    def _passed(self, door: str, verdicts: list[Verdict], at: Moment) -> Decision:
        if not verdicts:
            return NOTHING
        moved = [v.epc for v in verdicts if v.direction is not Direction.TURNED_BACK]
        return together(
            [
                *(self._presence.passed(epc, at) for epc in moved),
                *(self._custody.passed(door, verdict, at) for verdict in verdicts),
            ]
        )

    def _lost(self, message: DeviceLost) -> Decision:
        device, at = message.device, message.at
        decisions = [self._devices.lost(message), self._shelving.lost(device, at)]
        if message.device in self._passages:
            verdicts = self._passages[message.device].freeze()
            decisions.append(self._passed(message.device, verdicts, message.at))
        self._presence.lost(message.device)
        self._alarms.suppressions.lost(device)
        if message.device in self._desks:
            decisions.append(self._desks[message.device].lost(message.at))
        return together(decisions)

    def _back(self, message: DeviceBack) -> Decision:
        decisions = [self._devices.back(message), self._shelving.back(message.device)]
        self._presence.back(message.device, message.at)
        if message.device in self._passages:
            # A reader that was without power has forgotten its outputs.
            decisions.append(Decision(commands=self._custody.lamps(message.device)))
        return together(decisions)

    def _about_alarm(self, message: AcknowledgeAlarm | AlarmRequest) -> Decision:
        if not isinstance(message, AcknowledgeAlarm):
            return self._alarm_desk.asked(message)
        asked = message.asked
        alarm = self._alarms.get(message.alarm_id)
        event = self._alarms.acknowledge(message.alarm_id, asked.at.utc, asked.by, message.note)
        if alarm is None or isinstance(event, str):
            return refused(asked, str(event), alarm_id=message.alarm_id)
        seen = Decision(events=(event,), answers=(accepted(asked, alarm_id=alarm.id),))
        return together([seen, self._custody.acknowledged(alarm, asked.at)])

    def _write(self, message: WriteTag) -> Decision:
        desk = self._desks.get(message.desk)
        if desk is None:
            return refused(message.asked, "no_such_desk", desk=message.desk)
        return desk.write(message)

    def _record(self, message: RecordSweep | RecordDoor) -> Decision:
        """A door's recorder works beside the deciding thread; here is said whether it may."""
        if isinstance(message, RecordSweep):
            return self._presence.record(message)
        if message.door not in self._passages:
            return refused(message.asked, "no_such_door", door=message.door)
        if not 0.0 < message.for_s <= LONGEST_S:
            return refused(message.asked, "bad_duration", longest_s=f"{LONGEST_S:.0f}")
        return Decision(answers=(accepted(message.asked, door=message.door),))

    def _tick(self, at: Moment) -> Decision:
        self._alarms.now(at)
        decisions = [
            self._passed(door, passages.tick(at), at) for door, passages in self._passages.items()
        ]
        decisions.append(self._custody.tick(at))
        decisions.append(Decision(events=self._clones.tick(at)))
        decisions.append(self._shelving.tick(at))
        decisions.append(self._lending.tick(at))
        decisions.append(self._climate.tick(at))
        decisions += [desk.tick(at) for desk in self._desks.values()]
        decisions.append(self._presence.tick(at))
        if not self._began:
            self._began = True
            decisions.append(Decision(events=self._forget_unwatched(at)))
            decisions.append(self._shelving.begin(at))
        decisions.append(Decision(events=self._alarm_clock.tick(at)))
        return together(decisions)

    @property
    def _devices_known(self) -> frozenset[str]:
        own = {*self._passages, *self._climate.ids, *self._desks}
        return frozenset(own | self._presence.readers | self._shelving.devices)

    def _forget_unwatched(self, at: Moment) -> tuple[AlarmEvent, ...]:
        devices = self._devices_known | {CONTROLLER}
        rules = {condition.alarm_id for condition in self._climate.conditions}
        return forget_unwatched(self._alarms, devices, rules, at)
