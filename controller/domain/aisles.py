"""The aisle interlock: carriages are told to move only on a fresh, complete, clear picture.

This is operational control over a machine that is safe without us. It claims no safety function,
weakens none, and knows no way to reset one. Unknown, incomplete and stale all mean *not safe*.
"""

from collections.abc import Callable

from controller.domain.alarms import AlarmBook
from controller.domain.answers import accepted, refused
from controller.domain.decision import Decision
from controller.domain.events import (
    AisleFailed,
    AisleOpened,
    AisleOpening,
    AisleRefused,
    Event,
    RackChanged,
    RackStopped,
)
from controller.domain.events_shelving import (
    AiringBegan,
    AiringEnded,
    AisleDeclined,
    MotionResolved,
)
from controller.domain.model_shelving import Doubt
from controller.domain.motions import Motion, Motions
from controller.domain.plans import RackPlan
from controller.domain.rack_alarms import IN_TROUBLE, RackAlarms
from controller.domain.requests import Asked, RequestAisle, RequestStop
from controller.domain.requests_shelving import ResolveMotion
from drivers.commands import OpenAisle, RecoverMotion, StopRack, VentilateRack
from drivers.observations import CommandOutcome, Moment, Outcome, Presence, RackMode, RackStatus

MOTION_MAX_S = 120.0
"""A motion without a final word for so long has an unknown outcome: a person looks."""
MAY_MOVE = frozenset({RackMode.IDLE, RackMode.HOLDING})


AIRING = 0
"""In the place of an aisle: the carriages spread, and none is open."""


class Rack:
    """One bank: what it last said, and whether it is being moved on our word."""

    def __init__(
        self,
        plan: RackPlan,
        *,
        alarms: AlarmBook,
        new_id: Callable[[], str],
        lost: bool,
        doubt: Doubt | None = None,
    ) -> None:
        """``doubt`` is the motion whose end the controller before this one did not see."""
        self._plan = plan
        self._alarms = RackAlarms(plan.id, alarms)
        self._lost = lost
        self._status: RackStatus | None = None
        self._shown: RackChanged | None = None
        self._motions: Motions[int] = Motions(plan.id, new_id, longest_s=MOTION_MAX_S)
        self._doubt = doubt

    @property
    def trouble(self) -> str:
        """Why the bank stopped by itself and needs a person beside it; else empty."""
        mode = None if self._status is None else self._status.mode
        return str(mode) if mode in IN_TROUBLE else ""

    def open(self, message: RequestAisle) -> Decision:
        """Tell the carriages to move, or say why not."""
        return self.try_to_open(message.aisle, message.asked)

    def try_to_open(self, aisle: int, asked: Asked) -> Decision:
        """The same for whoever asked; the first event is ``AisleOpening`` or ``AisleRefused``."""
        obstacle = self.obstacle(aisle, asked.at)
        if obstacle is not None:
            return self.refuse(aisle, asked, obstacle)
        command_id = self._motions.begin(aisle, asked.by, asked.at)
        opening = AisleOpening(
            at=asked.at.utc,
            rack=self._plan.id,
            aisle=aisle,
            command_id=command_id,
            by=asked.by,
        )
        move = OpenAisle(device=self._plan.id, command_id=command_id, aisle=aisle)
        answer = accepted(asked, command_id=command_id, aisle=str(aisle))
        return Decision(events=(opening,), commands=(move,), answers=(answer,))

    def air(self, at: Moment) -> Decision:
        """Tell the carriages to spread; the caller has seen to it that nothing is in the way."""
        command_id = self._motions.begin(AIRING, "calendar", at)
        began = AiringBegan(at=at.utc, rack=self._plan.id, command_id=command_id)
        spread = VentilateRack(device=self._plan.id, command_id=command_id)
        return Decision(events=(began,), commands=(spread,))

    def halt_airing(self, at: Moment) -> Decision:
        """Somebody may be in the room: what was begun without anybody there is halted."""
        motion = self._motions.now
        if motion is None or motion.wish != AIRING or motion.stopped_s is not None:
            return Decision()
        stop, event = self._halt(at, "interlock", "room_not_empty")
        return Decision(events=(event,), commands=(stop,))

    def refuse(self, aisle: int, asked: Asked, obstacle: tuple[str, str]) -> Decision:
        """Say why carriages do not move: a code and its fact."""
        code, fact = obstacle
        event = AisleRefused(
            at=asked.at.utc,
            rack=self._plan.id,
            aisle=aisle,
            by=asked.by,
            reason=f"{code}:{fact}" if fact else code,
        )
        refusal = refused(asked, code, rack=self._plan.id, aisle=fact or str(aisle))
        return Decision(events=(event,), answers=refusal.answers)

    def resolve(self, message: ResolveMotion) -> Decision:
        """A person has looked. Refused with ``no_doubt``, ``note_missing``, ``mode_moving``."""
        doubt, asked = self._doubt, message.asked
        if doubt is None:
            return refused(asked, "no_doubt", rack=self._plan.id)
        if not message.note.strip():
            return refused(asked, "note_missing", rack=self._plan.id)
        if self._status is not None and self._status.mode is RackMode.MOVING:
            return refused(asked, "mode_moving", rack=self._plan.id, aisle=str(doubt.aisle))
        self._doubt = None
        event = MotionResolved(
            at=asked.at.utc,
            rack=self._plan.id,
            aisle=doubt.aisle,
            command_id=doubt.command_id,
            finding=message.finding,
            note=message.note.strip(),
            by=asked.by,
        )
        answer = accepted(asked, aisle=str(doubt.aisle), finding=message.finding)
        return Decision(events=(event,), answers=(answer,))

    def stop(self, message: RequestStop) -> Decision:
        """Tell the carriages to halt: always, whatever is known of them."""
        stop, event = self._halt(message.asked.at, message.asked.by, "requested")
        answer = accepted(message.asked, command_id=stop.command_id)
        return Decision(events=(event,), commands=(stop,), answers=(answer,))

    def observe(self, status: RackStatus) -> Decision:
        """Take in a picture; halt a motion of ours if it is no longer clear."""
        self._status = status
        changed = self._changed(status)
        events: list[Event] = [] if changed is None else [changed]
        events += self._alarms.observe(status)
        return self._guard(status.at, events)

    def outcome(self, message: CommandOutcome) -> Decision:
        """What the bank says about a command of ours; anything else is ignored."""
        if message.outcome is Outcome.ACCEPTED:
            return Decision()
        if self._motions.is_of_stop(message):
            return Decision(events=self._alarms.stop_outcome(message))
        motion = self._motions.ended(message)
        if motion is None:
            return Decision(events=self._late_word(message))
        return Decision(events=(self._ended(motion, message),))

    def lost(self, at: Moment) -> Decision:
        """It stopped answering: what it said is no longer a picture of now."""
        self._lost = True
        self._status = None
        return self._guard(at, [])

    def back(self) -> Decision:
        """It answers again; only what it says from now on counts.

        What became of a motion of unknown end it may know itself: it is asked, nothing is sent
        again.
        """
        self._lost = False
        doubt = self._doubt
        if doubt is None:
            return Decision()
        device, command_id = self._plan.id, doubt.command_id
        wish: OpenAisle | VentilateRack = (
            VentilateRack(device=device, command_id=command_id)
            if doubt.aisle == AIRING
            else OpenAisle(device=device, command_id=command_id, aisle=doubt.aisle)
        )
        return Decision(commands=(RecoverMotion(device=device, wish=wish),))

    def tick(self, at: Moment) -> Decision:
        """Time passed: a motion must not outlive its picture, nor last for ever."""
        motion = self._motions.overdue(at)
        if motion is None:
            return self._guard(at, [])
        return Decision(events=(self._unknown(motion, "no_final_word", at),))

    def begin(self, at: Moment) -> tuple[Event, ...]:
        """The controller has just started: say once that a motion's end was not seen."""
        doubt = self._doubt
        if doubt is None or doubt.told:
            return ()
        motion = Motion(doubt.aisle, doubt.command_id, doubt.by, at.monotonic_s)
        return (self._unknown(motion, "interrupted", at),)

    def stands_open(self, aisle: int, at: Moment) -> bool:
        """Whether that aisle is walkable by a fresh picture, and nothing is about to change it."""
        status = self._status
        return (
            status is not None
            and not (self._lost or self._motions.now or self._doubt)
            and at.monotonic_s - status.at.monotonic_s <= self._plan.stale_after_s
            and status.open_aisle == aisle
            and status.mode in MAY_MOVE
        )

    def unclear(self, at: Moment) -> tuple[str, str] | None:
        """Why the picture is not fresh, complete and clear: a code and the aisle."""
        if self._lost:
            return "rack_lost", ""
        return self._unclear(at)

    def obstacle(self, aisle: int, at: Moment) -> tuple[str, str] | None:
        """Why the carriages may not move to ``aisle`` now: a code and a fact."""
        if not 1 <= aisle <= self._plan.aisles:
            return "no_such_aisle", str(aisle)
        if self._lost:
            return "rack_lost", ""
        if self._doubt is not None:
            return "outcome_unknown", str(self._doubt.aisle)
        if self._motions.now is not None:
            airing = self._motions.now.wish == AIRING
            return ("airing", "") if airing else ("moving", str(self._motions.now.wish))
        unclear = self._unclear(at)
        if unclear is not None:
            return unclear
        if self._status is not None and self._status.mode not in MAY_MOVE:
            return f"mode_{self._status.mode}", ""
        return None

    def _unclear(self, at: Moment) -> tuple[str, str] | None:
        """Why the picture is not fresh, complete and clear: a code and the aisle."""
        status = self._status
        if status is None or at.monotonic_s - status.at.monotonic_s > self._plan.stale_after_s:
            return "status_stale", ""
        if len(status.presence) != self._plan.aisles:
            return "status_incomplete", ""
        for aisle, presence in enumerate(status.presence, start=1):
            if presence is not Presence.CLEAR:
                return f"aisle_{presence}", str(aisle)
        return None

    def _guard(self, at: Moment, events: list[Event]) -> Decision:
        """Halt a motion of ours whose picture is no longer clear."""
        motion = self._motions.now
        unclear = self._unclear(at) if motion is not None else None
        if motion is None or unclear is None:
            return Decision(events=tuple(events))
        if motion.stopped_s is None:
            code, fact = unclear
            stop, event = self._halt(at, "interlock", f"{code}:{fact}" if fact else code)
            return Decision(events=(*events, event), commands=(stop,))
        moving = self._status is not None and self._status.mode is RackMode.MOVING
        again = self._motions.halt_again(at) if moving else None
        return Decision(events=tuple(events), commands=() if again is None else (again,))

    def _halt(self, at: Moment, by: str, reason: str) -> tuple[StopRack, RackStopped]:
        stop = self._motions.halt(at)
        event = RackStopped(
            at=at.utc, rack=self._plan.id, command_id=stop.command_id, by=by, reason=reason
        )
        return stop, event

    def _ended(self, motion: Motion[int], message: CommandOutcome) -> Event:
        at, rack = message.at.utc, self._plan.id
        if motion.wish == AIRING and message.outcome is not Outcome.UNKNOWN:
            return self._aired(motion, message.outcome, message.detail, message.at)
        if message.outcome is Outcome.DONE:
            return AisleOpened(at=at, rack=rack, aisle=motion.wish, command_id=motion.command_id)
        if message.outcome is Outcome.REFUSED:
            reason = message.detail or "refused"
            return AisleDeclined(
                at=at,
                rack=rack,
                aisle=motion.wish,
                command_id=motion.command_id,
                by=motion.by,
                reason=reason,
            )
        if message.outcome is Outcome.UNKNOWN:
            return self._unknown(motion, message.detail, message.at)
        return AisleFailed(
            at=at,
            rack=rack,
            aisle=motion.wish,
            command_id=motion.command_id,
            outcome=message.outcome,
            detail=message.detail,
        )

    def _aired(self, motion: Motion[int], outcome: str, detail: str, at: Moment) -> AiringEnded:
        return AiringEnded(
            at=at.utc,
            rack=self._plan.id,
            command_id=motion.command_id,
            outcome=outcome,
            detail=detail,
        )

    def _unknown(self, motion: Motion[int], detail: str, at: Moment) -> AisleFailed | AiringEnded:
        """Nothing moves from here on until a person, or the bank itself, has said how it is."""
        rack = self._plan.id
        self._doubt = Doubt(
            rack=rack, aisle=motion.wish, command_id=motion.command_id, by=motion.by, told=True
        )
        if motion.wish == AIRING:
            return self._aired(motion, Outcome.UNKNOWN, detail, at)
        return AisleFailed(
            at=at.utc,
            rack=rack,
            aisle=motion.wish,
            command_id=motion.command_id,
            outcome=Outcome.UNKNOWN,
            detail=detail,
        )

    def _late_word(self, message: CommandOutcome) -> tuple[Event, ...]:
        """The bank says after all what became of the motion that nobody knew the end of."""
        doubt = self._doubt
        if doubt is None or message.command_id != doubt.command_id:
            return ()
        if message.outcome is Outcome.UNKNOWN:
            return ()
        self._doubt = None
        motion = Motion(doubt.aisle, doubt.command_id, doubt.by, message.at.monotonic_s)
        return (self._ended(motion, message),)

    def _changed(self, status: RackStatus) -> RackChanged | None:
        occupied = ",".join(
            f"{aisle}:{presence}"
            for aisle, presence in enumerate(status.presence, start=1)
            if presence is not Presence.CLEAR
        )
        before = self._shown
        now = (status.mode, status.open_aisle, occupied, status.fault_code)
        if before is not None and now == (
            before.mode,
            before.open_aisle,
            before.occupied,
            before.fault_code,
        ):
            return None
        self._shown = RackChanged(
            at=status.at.utc,
            rack=self._plan.id,
            mode=status.mode,
            open_aisle=status.open_aisle,
            occupied=occupied,
            fault_code=status.fault_code,
        )
        return self._shown
