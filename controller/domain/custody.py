"""Who may have what outside: a passage meets a line of authority, or an alarm.

A read proposes and never decides: nothing here closes a loan. A holding that left without
authority stands as an alarm until it comes back or an authority is registered; what happened is
never rewritten.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace

from controller.domain.alarms import AlarmBook, Condition
from controller.domain.answers import accepted, refused
from controller.domain.decision import Decision, together
from controller.domain.events import (
    Event,
    ExitAnswered,
    ExitAuthorised,
    PassageDetected,
    ReturnProposed,
)
from controller.domain.events_passages import PassageConfirmed
from controller.domain.model import (
    OUTSIDE,
    Alarm,
    AlarmKind,
    AlarmState,
    Authority,
    AuthorityKind,
    Direction,
    Holding,
    Loan,
    OpenQuestion,
    Priority,
    Registry,
    Side,
)
from controller.domain.model_lending import HAS_TURN
from controller.domain.orders import Orders
from controller.domain.passage import Verdict
from controller.domain.plans import DoorPlan
from controller.domain.questions import asked_of, idle, question_of, word_on
from controller.domain.requests import ConfirmPassage
from controller.domain.trolleys import Trolleys
from drivers.commands import SwitchOutputs
from drivers.observations import Moment

Passage = PassageDetected | PassageConfirmed
"""What happened to a holding at a door, by the reads or by a person's word."""

GREEN_S = 3.0
"""How long the green lamp says "you may"."""


class Custody:
    """What passages mean for the things that passed, and the lamps that say so."""

    def __init__(
        self,
        *,
        doors: Iterable[DoorPlan],
        registry: Registry,
        alarms: AlarmBook,
        new_id: Callable[[], str],
        orders: Orders,
    ) -> None:
        self._doors = {door.id: door for door in doors}
        self._registry = registry
        self._alarms = alarms
        self._new_id = new_id
        self._orders = orders
        self._trolleys = Trolleys(registry, new_id)

    def passed(self, door_id: str, verdict: Verdict, at: Moment) -> Decision:
        """The consequences of one verdict at one door."""
        door = self._doors[door_id]
        holding = self._registry.holding_by_epc(verdict.epc)
        passage = PassageDetected(
            at=at.utc,
            passage_id=self._new_id(),
            door=door.id,
            epc=verdict.epc,
            holding_id=None if holding is None else holding.id,
            direction=verdict.direction,
            place=_place(door, verdict.side),
            confidence=verdict.confidence,
            evidence=verdict.evidence,
        )
        group_id = self._trolleys.group_of(door.id, verdict, at)
        self._trolleys.joined(door.id, group_id, verdict.epc, passage.passage_id, holding)
        if holding is None:
            return Decision(events=(passage,))
        if self._registry.destroyed(holding.id):
            raised = self._raise_exit(door, holding, passage, Priority.CRITICAL)
            return Decision(events=(passage, *raised), commands=self.lamps(door.id))
        older = idle(passage, holding.id, self._registry)
        question = question_of(door, passage, verdict, group_id)
        meant = self._means(door, holding, passage)
        return replace(meant, events=(passage, *older, *question, *meant.events))

    def tick(self, at: Moment) -> Decision:
        """The trolleys that are complete now."""
        return Decision(events=self._trolleys.tick(self._doors.values(), at))

    def confirm(self, message: ConfirmPassage) -> Decision:
        """A person's word about questioned passages, and what follows from it.

        Refused with ``bad_direction``, ``no_such_passage``.
        """
        asked = message.asked
        questions = asked_of(message, self._registry)
        if isinstance(questions, str):
            return refused(
                asked, questions, passage_id=message.passage_id, group_id=message.group_id
            )
        decisions = [self._answered(question, message) for question in questions]
        answer = accepted(asked, answered=str(len(questions)))
        return together([*decisions, Decision(answers=(answer,))])

    def _answered(self, question: OpenQuestion, message: ConfirmPassage) -> Decision:
        word = word_on(question, message, self._doors)
        holding = self._registry.holding(question.holding_id)
        if word is None or holding is None:
            return Decision()
        if question.taken and word.direction is question.direction:
            return Decision(events=(word,))  # what followed from it has followed already
        meant = self._means(self._doors[word.door], holding, word)
        return replace(meant, events=(word, *meant.events))

    def _means(self, door: DoorPlan, holding: Holding, passage: Passage) -> Decision:
        match passage.direction:
            case Direction.OUT:
                return self._out(door, holding, passage)
            case Direction.IN:
                return self._in(holding, passage)
            case Direction.UNKNOWN:
                return Decision(events=self._ask(holding, passage))
            case Direction.TURNED_BACK:
                return Decision(events=tuple(self._back(holding, passage)))

    def _back(self, holding: Holding, passage: Passage) -> list[Event]:
        """It never went; a person who says so also ends an alarm about it."""
        events = self._decided(holding, passage)
        if isinstance(passage, PassageConfirmed):
            events += self._back_to_normal(holding, passage, "answered")
        return events

    def approved(self, loan: Loan, at: Moment) -> tuple[Event, ...]:
        """A loan was approved: exits it would have covered are answered."""
        events: list[Event] = []
        for alarm in self._alarms.standing(AlarmKind.UNAUTHORISED_EXIT):
            if self._alarms.condition_holds(alarm.id) and self._covers(loan, alarm):
                events.append(
                    ExitAnswered(
                        at=at.utc,
                        alarm_id=alarm.id,
                        holding_id=alarm.holding_id or "",
                        authority=AuthorityKind.LOAN,
                        authority_id=loan.id,
                        holder=loan.borrower,
                    )
                )
                events += self._alarms.condition_off(alarm.id, at.utc, "authorised")
        return tuple(events)

    def lamps(self, door_id: str) -> tuple[SwitchOutputs, ...]:
        """The red lamp and the buzzer as they should be: on until every exit was acknowledged."""
        door = self._doors[door_id]
        warning = _outputs(door.red, door.buzzer)
        if not warning:
            return ()
        if self._unseen(door_id):
            return (_switch(door, on=warning, off=_outputs(door.green)),)
        return (_switch(door, off=warning),)

    def acknowledged(self, alarm: Alarm, at: Moment) -> Decision:
        """A person has seen ``alarm``: the lamps of its door, and the question it may have been."""
        if alarm.kind is AlarmKind.UNDECIDED_PASSAGE:
            return Decision(events=self._alarms.condition_off(alarm.id, at.utc, "answered"))
        if alarm.kind is AlarmKind.UNAUTHORISED_EXIT and alarm.source in self._doors:
            if self._unseen(alarm.source):
                return Decision()
            return Decision(commands=self.lamps(alarm.source))
        return Decision()

    def _out(self, door: DoorPlan, holding: Holding, passage: Passage) -> Decision:
        events = self._decided(holding, passage)
        authority = self._registry.authority_to_leave(holding, passage.at)
        authority = authority or self._orders.authority(holding, passage.at)
        if authority is None:
            raised = self._raise_exit(door, holding, passage)
            return Decision(events=(*events, *raised), commands=self.lamps(door.id))
        back = self._back_to_normal(holding, passage, "authorised")
        left = _authorised(passage, holding, authority)
        green = _outputs(door.green)
        lamp = (_switch(door, on=green, for_s=GREEN_S),) if green else ()
        return Decision(events=(*events, *back, left), commands=lamp)

    def _in(self, holding: Holding, passage: Passage) -> Decision:
        events = self._decided(holding, passage)
        events += self._back_to_normal(holding, passage, "came back")
        loan = self._registry.open_loan(holding.id)
        if loan is not None and loan.state in HAS_TURN:
            events.append(
                ReturnProposed(
                    at=passage.at,
                    passage_id=passage.passage_id,
                    door=passage.door,
                    holding_id=holding.id,
                    reference_code=holding.reference_code,
                    loan_id=loan.id,
                )
            )
        return Decision(events=tuple(events))

    def _raise_exit(
        self,
        door: DoorPlan,
        holding: Holding,
        passage: Passage,
        priority: Priority = Priority.HIGH,
    ) -> tuple[Event, ...]:
        """Also of what was destroyed and is seen: then nothing else follows, whatever it did."""
        condition = _about(AlarmKind.UNAUTHORISED_EXIT, priority, holding, passage)
        known = self._alarms.get(condition.alarm_id)
        again: tuple[Event, ...] = ()
        if known is not None and known.state is AlarmState.ACKNOWLEDGED:
            # It left once more, so it had come back unseen: someone must look again.
            again = self._alarms.condition_off(known.id, passage.at, "left again")
        return (*again, *self._alarms.condition_on(condition, passage.at))

    def _ask(self, holding: Holding, passage: Passage) -> tuple[Event, ...]:
        condition = _about(AlarmKind.UNDECIDED_PASSAGE, Priority.LOW, holding, passage)
        return self._alarms.condition_on(condition, passage.at)

    def _decided(self, holding: Holding, passage: Passage) -> list[Event]:
        """Earlier questions about the holding are answered by a passage that is none."""
        events: list[Event] = []
        for alarm in self._alarms.of_holding(holding.id, AlarmKind.UNDECIDED_PASSAGE):
            events += self._alarms.condition_off(alarm.id, passage.at, "seen again")
        return events

    def _back_to_normal(self, holding: Holding, passage: Passage, reason: str) -> list[Event]:
        events: list[Event] = []
        for alarm in self._alarms.of_holding(holding.id, AlarmKind.UNAUTHORISED_EXIT):
            events += self._alarms.condition_off(alarm.id, passage.at, reason)
        return events

    def _covers(self, loan: Loan, alarm: Alarm) -> bool:
        if alarm.holding_id is None or alarm.holding_id == loan.holding_id:
            return alarm.holding_id is not None
        holding = self._registry.holding(alarm.holding_id)
        return holding is not None and holding.parent_id == loan.holding_id

    def _unseen(self, door_id: str) -> bool:
        return any(
            alarm.waits_for_a_person
            for alarm in self._alarms.standing(AlarmKind.UNAUTHORISED_EXIT, door_id)
        )


def _place(door: DoorPlan, side: Side | None) -> str:
    if side is None:
        return ""
    return door.room if side is Side.INSIDE else OUTSIDE


def _about(kind: AlarmKind, priority: Priority, holding: Holding, passage: Passage) -> Condition:
    return Condition(
        kind=kind,
        source=passage.door,
        key=holding.id,
        subject=holding.reference_code,
        holding_id=holding.id,
        priority=priority,
        detail={
            "door": passage.door,
            "epc": passage.epc,
            "title": holding.title,
            "confidence": f"{passage.confidence:.2f}",
            "passage_id": passage.passage_id,
        },
    )


def _authorised(passage: Passage, holding: Holding, authority: Authority) -> ExitAuthorised:
    return ExitAuthorised(
        at=passage.at,
        passage_id=passage.passage_id,
        door=passage.door,
        holding_id=holding.id,
        reference_code=holding.reference_code,
        authority=authority.kind,
        authority_id=authority.id,
        holder=authority.holder,
    )


def _outputs(*outputs: int | None) -> tuple[int, ...]:
    return tuple(output for output in outputs if output is not None)


def _switch(
    door: DoorPlan,
    *,
    on: tuple[int, ...] = (),
    off: tuple[int, ...] = (),
    for_s: float | None = None,
) -> SwitchOutputs:
    return SwitchOutputs(device=door.id, on=on, off=off, for_s=for_s)
