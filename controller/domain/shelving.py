"""All shelving of the room behind one door: banks with their queues, errands, lights, airing.

It finds out whom a message is for; it decides nothing itself.
"""

from collections.abc import Callable, Iterable, Sequence

from controller.domain.airing import Airing
from controller.domain.aisles import Rack
from controller.domain.alarms import AlarmBook
from controller.domain.answers import refused
from controller.domain.banks import Bank, BankRequest
from controller.domain.decision import NOTHING, AiringDue, Decision, together
from controller.domain.errands import Errands
from controller.domain.lights import Lights
from controller.domain.machines import StorageMachine
from controller.domain.model import Registry
from controller.domain.model_shelving import KnownShelving
from controller.domain.places import Places
from controller.domain.plans import RackPlan, RoomPlan
from controller.domain.plans_shelving import MachinePlan, QueueRule
from controller.domain.requests_machines import (
    MachineRequest,
    MoveMachine,
    ResolveMachine,
    StopMachine,
)
from controller.domain.requests_shelving import EndErrand, ErrandRequest, MakeErrands
from drivers.observations import (
    CommandOutcome,
    InputChanged,
    MachineStatus,
    Moment,
    RackStatus,
)


class Shelving:
    """Every bank of the site, and who and what is on the way to them."""

    def __init__(
        self,
        *,
        racks: Sequence[RackPlan],
        rooms: Iterable[RoomPlan],
        queues: QueueRule,
        machines: Sequence[MachinePlan],
        patterns: Sequence[str],
        registry: Registry,
        alarms: AlarmBook,
        new_id: Callable[[], str],
        lost: frozenset[str],
        known: KnownShelving,
    ) -> None:
        """``known`` is what the controller before this one left."""
        self._errands = Errands(registry, Places(racks, patterns, machines), new_id, known.errands)
        self._racks = _banks(racks, queues, alarms, new_id, lost, known)
        doubts = {doubt.machine: doubt for doubt in known.machine_doubts}
        self._machines = {
            plan.id: StorageMachine(
                plan,
                alarms=alarms,
                new_id=new_id,
                lost=plan.id in lost,
                doubt=doubts.get(plan.id),
            )
            for plan in machines
        }
        self._lights = Lights(racks, self._errands, new_id)
        self._airing = Airing(rooms, racks, self._racks)

    @property
    def devices(self) -> frozenset[str]:
        """Every machine by its name."""
        return frozenset({*self._racks, *self._machines})

    def followed(self, decision: Decision) -> Decision:
        """``decision``, and what it means for errands and lights."""
        noticed = self._errands.noticed(decision.events)
        lights = self._lights.follow(decision)
        if not noticed and not lights:
            return decision
        return together([decision, Decision(events=noticed, commands=lights)])

    def asked(self, message: BankRequest | ErrandRequest | MachineRequest) -> Decision:
        """Each request gets exactly one answer."""
        if isinstance(message, MakeErrands | EndErrand):
            return self._errands.asked(message)
        if isinstance(message, MoveMachine | StopMachine | ResolveMachine):
            machine = self._machines.get(message.machine)
            if machine is None:
                return refused(message.asked, "no_such_machine", machine=message.machine)
            return machine.asked(message)
        rack = self._racks.get(message.rack)
        if rack is None:
            return refused(message.asked, "no_such_rack", rack=message.rack)
        return rack.asked(message)

    def observed(self, message: RackStatus | MachineStatus | CommandOutcome) -> Decision:
        """A machine shows how it stands, or says what became of a wish."""
        if isinstance(message, RackStatus):
            rack = self._racks.get(message.rack)
            return NOTHING if rack is None else rack.observe(message)
        if isinstance(message, MachineStatus):
            machine = self._machines.get(message.device)
            return NOTHING if machine is None else machine.observe(message)
        moved = self._moved(message.device)
        return NOTHING if moved is None else moved.outcome(message)

    def input(self, change: InputChanged) -> Decision:
        """A motion sensor of a room may have spoken."""
        return self._airing.input(change)

    def airing_due(self, message: AiringDue) -> Decision:
        """The calendar says that it is the hour to air a bank."""
        return self._airing.due(message)

    def lost(self, device: str, at: Moment) -> Decision:
        """A device of the site does not answer: a machine, or one that motion sensors hang on."""
        decisions = [self._airing.lost(device, at)]
        moved = self._moved(device)
        if moved is not None:
            decisions.append(moved.lost(at))
        return together(decisions)

    def back(self, device: str) -> Decision:
        """A device answers again."""
        moved = self._moved(device)
        return NOTHING if moved is None else moved.back()

    def tick(self, at: Moment) -> Decision:
        """Time passed."""
        return together(moved.tick(at) for moved in self._all_moved())

    def begin(self, at: Moment) -> Decision:
        """The controller has just started."""
        return together(moved.begin(at) for moved in self._all_moved())

    def _moved(self, device: str) -> Bank | StorageMachine | None:
        return self._racks.get(device) or self._machines.get(device)

    def _all_moved(self) -> tuple[Bank | StorageMachine, ...]:
        return (*self._racks.values(), *self._machines.values())


def _banks(
    plans: Iterable[RackPlan],
    queues: QueueRule,
    alarms: AlarmBook,
    new_id: Callable[[], str],
    lost: frozenset[str],
    known: KnownShelving,
) -> dict[str, Bank]:
    """Every bank with what the controller before this one left of it."""
    doubts = {doubt.rack: doubt for doubt in known.doubts}
    return {
        plan.id: Bank(
            Rack(
                plan,
                alarms=alarms,
                new_id=new_id,
                lost=plan.id in lost,
                doubt=doubts.get(plan.id),
            ),
            id=plan.id,
            aisles=plan.aisles,
            new_id=new_id,
            rule=queues,
            known=[each for each in known.reservations if each.rack == plan.id],
        )
        for plan in plans
    }
