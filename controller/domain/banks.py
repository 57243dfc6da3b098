"""One bank with its queue: whose wish is put to the interlock, and when.

Every carriage that moves does so in the very decision on a person's request: the one who wants
an aisle, opens the one that is theirs, or says that they have left theirs. No observation and no
passing of time starts a motion; they only end reservations.
"""

from collections.abc import Callable, Iterable
from typing import assert_never

from controller.domain.aisles import Rack
from controller.domain.answers import accepted, refused
from controller.domain.decision import AiringDue, Decision
from controller.domain.events import AisleFailed, AisleOpened, AisleOpening, AisleRefused, Event
from controller.domain.events_shelving import AisleDeclined, MotionResolved
from controller.domain.model_shelving import IN_MOTION, Finding, Reservation, ReservationState
from controller.domain.plans_shelving import QueueRule
from controller.domain.requests import RequestAisle, RequestStop
from controller.domain.requests_shelving import (
    ClaimAisle,
    ReleaseAisle,
    ReserveAisle,
    ResolveMotion,
)
from controller.domain.turns import MOST, Place, Turns
from drivers.observations import CommandOutcome, Moment, Outcome, RackMode, RackStatus

BLOCKING = frozenset(
    {"emergency_stop", "watchdog", "power_lost", "obstructed", "occupied", "overload"}
)
"""What the bank may say of a motion that ends every wish that waits for it, too."""

BankRequest = RequestAisle | RequestStop | ReserveAisle | ClaimAisle | ReleaseAisle | ResolveMotion


class Bank:
    """A rack, and those who want to go into it."""

    def __init__(
        self,
        rack: Rack,
        *,
        id: str,  # noqa: A002 -- as in the plan
        aisles: int,
        new_id: Callable[[], str],
        rule: QueueRule = QueueRule(),  # noqa: B008 -- it is frozen
        known: Iterable[Reservation] = (),
    ) -> None:
        self._rack = rack
        self._id = id
        self._aisles = aisles
        self._new_id = new_id
        self._turns = Turns(id, rule, known)

    # --- what people ask -----------------------------------------------------------------------

    def asked(self, message: BankRequest) -> Decision:
        """Each request of this bank gets exactly one answer."""
        match message:
            case RequestAisle():
                return self.open(message)
            case RequestStop():
                return self.stop(message)
            case ReserveAisle():
                return self.reserve(message)
            case ClaimAisle():
                return self.claim(message)
            case ReleaseAisle():
                return self.release(message)
            case ResolveMotion():
                return self.resolve(message)
            case _:
                assert_never(message)

    def open(self, message: RequestAisle) -> Decision:
        """Open at once or not at all; ``reserved`` while it is somebody else's turn."""
        mine = self._turns.of(message.asked.by, message.aisle)
        if mine is not None:
            claim = ClaimAisle(asked=message.asked, rack=self._id, reservation_id=mine.id)
            return self.claim(claim)
        others = self._turns.turn
        if others:
            obstacle = ("reserved", others[0].by)
            return self._rack.refuse(message.aisle, message.asked, obstacle)
        return self._rack.open(message)

    def reserve(self, message: ReserveAisle) -> Decision:
        """Take a place in the queue; when nobody is before it, the aisle is opened now.

        Refused with ``no_such_aisle``, ``queue_full``, or the stop the bank is in (``mode_…``).
        """
        asked, aisle = message.asked, message.aisle
        if not 1 <= aisle <= self._aisles:
            return refused(asked, "no_such_aisle", rack=self._id, aisle=str(aisle))
        known = self._turns.of(asked.by, aisle)
        if known is not None:
            return Decision(answers=self._told(message, known).answers)
        if self._rack.trouble:
            return refused(asked, f"mode_{self._rack.trouble}", rack=self._id, aisle=str(aisle))
        if len(self._turns) >= MOST:
            return refused(asked, "queue_full", rack=self._id, aisle=str(aisle))
        place = Place(self._new_id(), aisle, asked.by, ReservationState.QUEUED)
        events: list[Event] = [self._turns.join(place, asked.at)]
        events += self._turns.next_turn(asked.at)
        moved = Decision()
        if place.state is ReservationState.RESERVED:
            moved = self._open_for(place, message)
        elif place.state is not ReservationState.QUEUED:
            events.append(self._turns.advance(place, place.state, asked.at, claimed=True))
        answers = self._told(message, place).answers
        return Decision(events=(*events, *moved.events), commands=moved.commands, answers=answers)

    def claim(self, message: ClaimAisle) -> Decision:
        """Open the aisle whose turn it is, or say that its person is there now.

        Refused with ``no_such_reservation``, ``not_yours``, ``reserved``, or what keeps it shut.
        """
        asked = message.asked
        place = self._turns.find(message.reservation_id)
        if place is None:
            return refused(asked, "no_such_reservation", reservation_id=message.reservation_id)
        if place.by != asked.by:
            return refused(asked, "not_yours", by=place.by)
        if place.state is ReservationState.QUEUED:
            obstacle = ("reserved", self._turns.turn[0].by)
            return self._rack.refuse(place.aisle, asked, obstacle)
        if place.state is ReservationState.RESERVED:
            return self._open_for(place, message)
        event = self._turns.advance(place, place.state, asked.at, claimed=True)
        return Decision(events=(event,), answers=self._told(message, place).answers)

    def release(self, message: ReleaseAisle) -> Decision:
        """Give an aisle, or a place in the queue, back.

        When its last person has left an open aisle, the next one's is opened. Somebody else's
        may be released only when it is overdue and the picture is fresh, complete and clear;
        then nothing is opened. Refused with ``no_such_reservation``, ``not_yours``, ``moving``,
        ``outcome_unknown``, or what is not clear.
        """
        asked = message.asked
        place = self._turns.find(message.reservation_id)
        if place is None:
            return refused(asked, "no_such_reservation", reservation_id=message.reservation_id)
        refusal = self._not_released(place, message)
        if refusal is not None:
            return refusal
        answer = accepted(asked, reservation_id=place.id, aisle=str(place.aisle))
        if place.state is not ReservationState.AT_TARGET:
            events = self._turns.end([place], ReservationState.CANCELLED, asked.at, by=asked.by)
            return Decision(events=tuple(events), answers=(answer,))
        mine = place.by == asked.by
        reason = "" if mine else "taken_over"
        events = self._turns.end(
            [place], ReservationState.RELEASED, asked.at, reason=reason, by=asked.by
        )
        moved = self._open_next(message) if mine else Decision()
        return Decision(events=(*events, *moved.events), commands=moved.commands, answers=(answer,))

    def stop(self, message: RequestStop) -> Decision:
        """Halt: always. Who waits goes on waiting; nothing is opened by itself afterwards."""
        return self._rack.stop(message)

    def resolve(self, message: ResolveMotion) -> Decision:
        """A person has looked at a motion of which nobody knew the end."""
        return self._followed(self._rack.resolve(message), message.asked.at)

    # --- without anybody -----------------------------------------------------------------------

    def not_idle(self, at: Moment) -> str:
        """Why nobody may be presumed away from it: a code; empty when it is clear and unwanted."""
        if len(self._turns):
            return "reserved"
        obstacle = self._rack.obstacle(1, at)
        return "" if obstacle is None else obstacle[0]

    def air(self, message: AiringDue) -> Decision:
        """Spread the carriages; the room was found empty, this bank with it."""
        return self._rack.air(message.at)

    def halt_airing(self, at: Moment) -> Decision:
        """Somebody may be in the room."""
        return self._rack.halt_airing(at)

    # --- what happens --------------------------------------------------------------------------

    def observe(self, status: RackStatus) -> Decision:
        """Take in a picture."""
        decision = self._rack.observe(status)
        events: list[Event] = []
        if self._rack.trouble:
            events += self._turns.cancel(self._rack.trouble, status.at)
        if status.mode is RackMode.MOVING:
            under_way = [p for p in self._turns.turn if p.state in IN_MOTION]
            events += [
                self._turns.advance(p, ReservationState.MOVING, status.at)
                for p in under_way
                if p.state is not ReservationState.MOVING
            ]
        return _with(decision, events)

    def outcome(self, message: CommandOutcome) -> Decision:
        """What the bank says about a command."""
        decision = self._rack.outcome(message)
        if message.outcome is Outcome.ACCEPTED:
            sent = [
                p
                for p in self._turns.turn
                if p.command_id == message.command_id and p.state is ReservationState.SENT
            ]
            accept = ReservationState.ACCEPTED
            return _with(decision, [self._turns.advance(p, accept, message.at) for p in sent])
        if any(isinstance(event, AisleDeclined) for event in decision.events):
            places = self._of_command(message.command_id)
            ended = self._turns.end(
                places, ReservationState.REFUSED, message.at, reason=message.detail
            )
            return _with(decision, ended)
        return self._followed(decision, message.at)

    def lost(self, at: Moment) -> Decision:
        """It stopped answering; the queue stands still until it does."""
        return self._rack.lost(at)

    def back(self) -> Decision:
        """It answers again."""
        return self._rack.back()

    def begin(self, at: Moment) -> Decision:
        """The controller has just started."""
        return self._followed(Decision(events=self._rack.begin(at)), at)

    def tick(self, at: Moment) -> Decision:
        """Time passed."""
        decision = self._followed(self._rack.tick(at), at)
        return _with(decision, self._turns.tick(at))

    # --- the rest ------------------------------------------------------------------------------

    def _open_for(
        self, place: Place, message: ReserveAisle | ClaimAisle | ReleaseAisle
    ) -> Decision:
        """Put the wish of the one whose turn it is to the interlock.

        Unless the aisle stands open already, the first event is ``AisleOpening`` or
        ``AisleRefused``, and the answer says the same.
        """
        at, turn = message.asked.at, self._turns.turn
        claimed = place.by == message.asked.by
        if self._rack.stands_open(place.aisle, at):
            open_now = ReservationState.AT_TARGET
            events = [self._turns.advance(p, open_now, at) for p in turn]
            events.append(self._turns.advance(place, place.state, at, claimed=claimed))
            return Decision(events=tuple(events), answers=self._told(message, place).answers)
        moved = self._rack.try_to_open(place.aisle, message.asked)
        (first,) = moved.events
        if isinstance(first, AisleRefused):
            shut = [self._turns.advance(p, p.state, at, reason=first.reason) for p in turn]
            return _with(moved, shut)
        command_id = first.command_id if isinstance(first, AisleOpening) else ""
        events = [
            self._turns.advance(p, ReservationState.SENT, at, command_id=command_id) for p in turn
        ]
        if claimed:
            events.append(self._turns.advance(place, place.state, at, claimed=True))
        return Decision(
            events=(first, *events),
            commands=moved.commands,
            answers=self._told(message, place).answers,
        )

    def _open_next(self, message: ReleaseAisle) -> Decision:
        """Its person has left the aisle that was open: the next one's may be opened."""
        waiting = self._turns.turn
        if not waiting or waiting[0].state is not ReservationState.RESERVED:
            return Decision()
        return self._open_for(waiting[0], message)

    def _not_released(self, place: Place, message: ReleaseAisle) -> Decision | None:
        """Why it stays whose it is."""
        asked = message.asked
        if place.state in IN_MOTION:
            return refused(asked, "moving", rack=self._id, aisle=str(place.aisle))
        if place.state is ReservationState.UNKNOWN:
            return refused(asked, "outcome_unknown", rack=self._id, aisle=str(place.aisle))
        if place.by == asked.by:
            return None
        if place.state is not ReservationState.AT_TARGET or not place.overdue:
            return refused(asked, "not_yours", by=place.by)
        unclear = self._rack.unclear(asked.at)
        if unclear is None:
            return None
        code, fact = unclear
        return refused(asked, code, rack=self._id, aisle=fact or str(place.aisle))

    def _followed(self, decision: Decision, at: Moment) -> Decision:
        """What the end of a motion means for those whose aisle it was to open."""
        events: list[Event] = []
        for event in decision.events:
            match event:
                case AisleOpened():
                    events += self._arrived(event.command_id, at)
                case AisleFailed():
                    events += self._failed(event, at)
                case MotionResolved(finding=Finding.OPEN):
                    events += self._arrived(event.command_id, at)
                case MotionResolved():
                    places = self._of_command(event.command_id)
                    failed = ReservationState.FAILED
                    events += self._turns.end(places, failed, at, reason="not_open", by=event.by)
                case _:
                    pass
        return _with(decision, events)

    def _arrived(self, command_id: str, at: Moment) -> list[Event]:
        return [
            self._turns.advance(p, ReservationState.AT_TARGET, at)
            for p in self._of_command(command_id)
        ]

    def _failed(self, event: AisleFailed, at: Moment) -> list[Event]:
        places = self._of_command(event.command_id)
        if event.outcome == Outcome.UNKNOWN:
            unknown = ReservationState.UNKNOWN
            return [self._turns.advance(p, unknown, at, reason=event.detail) for p in places]
        if event.detail in BLOCKING:
            return self._turns.cancel(event.detail, at)
        stopped = event.outcome == Outcome.STOPPED
        state = ReservationState.STOPPED if stopped else ReservationState.FAILED
        return self._turns.end(places, state, at, reason=event.detail)

    def _of_command(self, command_id: str) -> list[Place]:
        return [p for p in self._turns.turn if p.command_id == command_id]

    def _told(self, message: ReserveAisle | ClaimAisle | ReleaseAisle, place: Place) -> Decision:
        """The answer: where the reservation stands."""
        answer = accepted(
            message.asked,
            reservation_id=place.id,
            aisle=str(place.aisle),
            state=place.state,
            ahead=str(self._turns.ahead_of(place)),
        )
        return Decision(answers=(answer,))


def _with(decision: Decision, events: Iterable[Event]) -> Decision:
    """``decision``, and these after it."""
    return Decision(
        events=(*decision.events, *events),
        commands=decision.commands,
        answers=decision.answers,
        readings=decision.readings,
    )
