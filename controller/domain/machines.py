"""Lifts, cranes, carousels: told to move only on a fresh, complete, clear picture, by a person.

This is operational control over a machine that is safe without us. It claims no safety function,
weakens none, and knows no way to reset one. Unknown, incomplete and stale all mean *not safe*.
"""

from collections.abc import Callable
from typing import assert_never

from controller.domain.alarms import AlarmBook
from controller.domain.answers import accepted, refused
from controller.domain.decision import Decision
from controller.domain.events import Event
from controller.domain.events_machines import (
    MachineChanged,
    MachineDone,
    MachineFailed,
    MachineRefused,
    MachineResolved,
    MachineSent,
    MachineStopped,
)
from controller.domain.machine_picture import (
    Obstacle,
    flags_of,
    not_ready,
    presents,
    unclear,
)
from controller.domain.model_machines import (
    MachineDoubt,
    MachineVerb,
    MachineWish,
    command_of,
    numbers_of,
    within,
)
from controller.domain.motions import Motion, Motions
from controller.domain.plans_shelving import MachineKind, MachinePlan
from controller.domain.rack_alarms import RackAlarms
from controller.domain.requests_machines import (
    MachineRequest,
    MoveMachine,
    ResolveMachine,
    StopMachine,
)
from drivers.commands import RecoverMotion, StopRack
from drivers.observations import CommandOutcome, MachineStatus, Moment, Outcome, RackMode

MOTION_MAX_S = 600.0
"""A motion without a final word for so long has an unknown outcome: a person looks."""


class StorageMachine:
    """One of them: what it last said, and whether it is being moved on our word."""

    def __init__(
        self,
        plan: MachinePlan,
        *,
        alarms: AlarmBook,
        new_id: Callable[[], str],
        lost: bool,
        doubt: MachineDoubt | None = None,
    ) -> None:
        """``doubt`` is the motion whose end the controller before this one did not see."""
        self._plan = plan
        self._alarms = RackAlarms(plan.id, alarms)
        self._lost = lost
        self._status: MachineStatus | None = None
        self._shown: tuple[object, ...] = ()
        self._motions: Motions[MachineWish] = Motions(plan.id, new_id, longest_s=MOTION_MAX_S)
        self._doubt = doubt

    # --- what people ask -----------------------------------------------------------------------

    def asked(self, message: MachineRequest) -> Decision:
        """Each request gets exactly one answer."""
        match message:
            case MoveMachine():
                return self.move(message)
            case StopMachine():
                return self.stop(message)
            case ResolveMachine():
                return self.resolve(message)
            case _:
                assert_never(message)

    def move(self, message: MoveMachine) -> Decision:
        """Tell it to move, or say why not."""
        wish = self._wish(message)
        obstacle = wish if isinstance(wish, tuple) else self.obstacle(wish, message.asked.at)
        if isinstance(wish, tuple) or obstacle is not None:
            return self._refuse(message, obstacle or ("no_such_place", message.target))
        asked = message.asked
        command_id = self._motions.begin(wish, asked.by, asked.at)
        sent = MachineSent(
            at=asked.at.utc,
            machine=self._plan.id,
            verb=wish.verb,
            target=wish.target,
            opening=wish.opening,
            command_id=command_id,
            by=asked.by,
        )
        command = command_of(self._plan, wish, command_id)
        answer = accepted(asked, command_id=command_id, machine=self._plan.id)
        return Decision(events=(sent,), commands=(command,), answers=(answer,))

    def stop(self, message: StopMachine) -> Decision:
        """Tell it to halt: always, whatever is known of it."""
        stop, event = self._halt(message.asked.at, message.asked.by, "requested")
        answer = accepted(message.asked, command_id=stop.command_id)
        return Decision(events=(event,), commands=(stop,), answers=(answer,))

    def resolve(self, message: ResolveMachine) -> Decision:
        """A person has looked. Refused with ``no_doubt``, ``note_missing``, ``mode_moving``."""
        doubt, asked, note = self._doubt, message.asked, message.note.strip()
        if doubt is None:
            return refused(asked, "no_doubt", machine=self._plan.id)
        if not note:
            return refused(asked, "note_missing", machine=self._plan.id)
        if self._status is not None and self._status.moving:
            return refused(asked, "mode_moving", machine=self._plan.id)
        self._doubt = None
        event = MachineResolved(
            at=asked.at.utc,
            machine=self._plan.id,
            command_id=doubt.command_id,
            finding=message.finding,
            note=note,
            by=asked.by,
        )
        return Decision(events=(event,), answers=(accepted(asked, finding=message.finding),))

    def obstacle(self, wish: MachineWish, at: Moment) -> Obstacle | None:
        """Why it may not do that now: a code and a fact."""
        if self._lost:
            return "machine_lost", ""
        if self._doubt is not None:
            return "outcome_unknown", self._doubt.wish.target
        if self._motions.now is not None:
            return "machine_busy", self._motions.now.by
        found = unclear(self._plan, self._status, at)
        if found is None and self._status is not None:
            found = not_ready(self._plan, self._status, wish)
        return found

    # --- what happens --------------------------------------------------------------------------

    def observe(self, status: MachineStatus) -> Decision:
        """Take in a picture; halt a motion of ours if it is no longer clear."""
        self._status = status
        events = [*self._changed(status), *self._alarms.observe(status)]
        return self._guard(status.at, events)

    def outcome(self, message: CommandOutcome) -> Decision:
        """What it says about a command of ours; anything else is ignored."""
        if message.outcome is Outcome.ACCEPTED:
            return Decision()
        if self._motions.is_of_stop(message):
            return Decision(events=self._alarms.stop_outcome(message))
        motion, doubt = self._motions.ended(message), self._doubt
        if motion is not None:
            return Decision(events=(self._ended(motion, message),))
        late = doubt is not None and message.command_id == doubt.command_id
        if doubt is None or not late or message.outcome is Outcome.UNKNOWN:
            return Decision()
        self._doubt = None
        return Decision(events=(self._ended(_again(doubt, message.at), message),))

    def lost(self, at: Moment) -> Decision:
        """It stopped answering: what it said is no longer a picture of now."""
        self._lost, self._status = True, None
        return self._guard(at, [])

    def back(self) -> Decision:
        """It answers again; it is asked what became of a motion of unknown end, nothing is sent."""
        self._lost = False
        doubt = self._doubt
        if doubt is None:
            return Decision()
        wish = command_of(self._plan, doubt.wish, doubt.command_id)
        return Decision(commands=(RecoverMotion(device=self._plan.id, wish=wish),))

    def tick(self, at: Moment) -> Decision:
        """Time passed: a motion must not outlive its picture, nor last for ever."""
        motion = self._motions.overdue(at)
        if motion is None:
            return self._guard(at, [])
        return Decision(events=(self._unknown(motion, "no_final_word", at),))

    def begin(self, at: Moment) -> Decision:
        """The controller has just started: say once that a motion's end was not seen."""
        doubt = self._doubt
        if doubt is None or doubt.told:
            return Decision()
        return Decision(events=(self._unknown(_again(doubt, at), "interrupted", at),))

    # --- the rest ------------------------------------------------------------------------------

    def _wish(self, message: MoveMachine) -> MachineWish | Obstacle:
        """The wish with its numbers, or which of them the machine does not have."""
        lift = self._plan.kind is MachineKind.LIFT
        put_back = message.verb is MachineVerb.PUT_BACK
        if put_back and self._plan.kind is MachineKind.CAROUSEL:
            return "nothing_to_put_back", ""
        if not 1 <= message.opening <= self._plan.openings:
            return "no_such_opening", str(message.opening)
        numbers = () if lift and put_back else numbers_of(message.target)
        if numbers is None or (numbers and not within(numbers, self._plan)):
            return "no_such_place", message.target
        return MachineWish(verb=message.verb, numbers=numbers, opening=message.opening)

    def _refuse(self, message: MoveMachine, obstacle: Obstacle) -> Decision:
        code, fact = obstacle
        event = MachineRefused(
            at=message.asked.at.utc,
            machine=self._plan.id,
            verb=message.verb,
            target=message.target,
            opening=message.opening,
            by=message.asked.by,
            reason=f"{code}:{fact}" if fact else code,
        )
        refusal = refused(message.asked, code, machine=self._plan.id, fact=fact)
        return Decision(events=(event,), answers=refusal.answers)

    def _guard(self, at: Moment, events: list[Event]) -> Decision:
        """Halt a motion of ours whose picture is no longer clear."""
        motion = self._motions.now
        found = unclear(self._plan, self._status, at) if motion is not None else None
        if motion is None or found is None:
            return Decision(events=tuple(events))
        if motion.stopped_s is None:
            stop, event = self._halt(at, "interlock", found[0])
            return Decision(events=(*events, event), commands=(stop,))
        status = self._status
        moving = status is not None and (status.moving or status.mode is RackMode.MOVING)
        again = self._motions.halt_again(at) if moving else None
        return Decision(events=tuple(events), commands=() if again is None else (again,))

    def _halt(self, at: Moment, by: str, reason: str) -> tuple[StopRack, MachineStopped]:
        stop = self._motions.halt(at)
        event = MachineStopped(
            at=at.utc, machine=self._plan.id, command_id=stop.command_id, by=by, reason=reason
        )
        return stop, event

    def _ended(self, motion: Motion[MachineWish], message: CommandOutcome) -> Event:
        machine, command_id = self._plan.id, motion.command_id
        if message.outcome is Outcome.DONE:
            return MachineDone(at=message.at.utc, machine=machine, command_id=command_id)
        if message.outcome is Outcome.UNKNOWN:
            return self._unknown(motion, message.detail, message.at)
        return self._failed(motion, message.outcome, message.detail, message.at)

    def _unknown(self, motion: Motion[MachineWish], detail: str, at: Moment) -> MachineFailed:
        """Nothing moves from here on until a person, or the machine itself, has said how it is."""
        self._doubt = MachineDoubt(
            machine=self._plan.id,
            wish=motion.wish,
            command_id=motion.command_id,
            by=motion.by,
            told=True,
        )
        return self._failed(motion, Outcome.UNKNOWN, detail, at)

    def _failed(
        self, motion: Motion[MachineWish], outcome: str, detail: str, at: Moment
    ) -> MachineFailed:
        return MachineFailed(
            at=at.utc,
            machine=self._plan.id,
            command_id=motion.command_id,
            outcome=outcome,
            detail=detail,
        )

    def _changed(self, status: MachineStatus) -> tuple[Event, ...]:
        flags = flags_of(status)
        there = presents(self._plan, status)
        said = "unknown" if flags is None else ",".join(sorted(flags))
        stands = ",".join("?" if one is None else str(one) for one in there)
        now = (status.mode, status.moving, status.fault_code, said, stands)
        if now == self._shown:
            return ()
        self._shown = now
        changed = MachineChanged(
            at=status.at.utc,
            machine=self._plan.id,
            mode=status.mode,
            moving=status.moving,
            fault_code=status.fault_code,
            flags=said,
            presents=stands,
        )
        return (changed,)


def _again(doubt: MachineDoubt, at: Moment) -> Motion[MachineWish]:
    """The motion that nobody saw the end of."""
    return Motion(doubt.wish, doubt.command_id, doubt.by, at.monotonic_s)
