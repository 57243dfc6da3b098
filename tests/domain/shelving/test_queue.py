"""Who may go in, who waits, and what ends the waiting."""

from datetime import timedelta

import pytest

from controller.domain.events_shelving import (
    MotionResolved,
    QueueCancelled,
    ReservationAdvanced,
    ReservationEnded,
)
from controller.domain.model_shelving import (
    Doubt,
    Finding,
    KnownShelving,
    Reservation,
    ReservationState,
)
from controller.domain.plans_shelving import QueueRule
from controller.domain.requests import RequestStop
from controller.domain.turns import MOST
from drivers.commands import StopRack
from drivers.observations import DeviceLost, Outcome, Presence, RackMode
from tests.domain.rooms import asked, moment
from tests.domain.shelving.bank import CLEAR, Shelving, code, opened

S = ReservationState
USUAL = QueueRule()
CLAIM_WITHIN_S, WAIT_AT_MOST_S = USUAL.claim_within_s, USUAL.wait_at_most_s
USUAL_HOLD_S = USUAL.usual_hold_s


def ended(decision: object) -> list[tuple[ReservationState, str]]:
    events = decision.events  # type: ignore[attr-defined]
    return [(e.state, e.reason) for e in events if isinstance(e, ReservationEnded)]


def advanced(decision: object) -> list[ReservationState]:
    events = decision.events  # type: ignore[attr-defined]
    return [e.state for e in events if isinstance(e, ReservationAdvanced)]


def lin_is_in() -> Shelving:
    """Lin stands in the open aisle 2."""
    bank = Shelving()
    bank.look(0.0)
    assert opened(bank.reserve(0.1, "lin", 2)) == [2]
    bank.stand_open(1.0, 2)
    return bank


def test_who_finds_nobody_before_them_has_their_aisle_opened_at_once() -> None:
    bank = Shelving()
    bank.look(0.0)

    decision = bank.reserve(0.1, "lin", 2)

    assert opened(decision) == [2]
    assert decision.answers[0].detail["state"] == "sent"
    assert advanced(bank.word(0.2, Outcome.ACCEPTED)) == [S.ACCEPTED]
    assert advanced(bank.look(0.3, mode=RackMode.MOVING)) == [S.MOVING]
    assert advanced(bank.word(1.0, Outcome.DONE)) == [S.AT_TARGET]


def test_an_aisle_that_stands_open_is_given_without_moving_anything() -> None:
    bank = Shelving()
    bank.look(0.0, mode=RackMode.HOLDING, open_aisle=2)

    decision = bank.reserve(0.1, "lin", 2)

    assert decision.commands == ()
    assert decision.answers[0].detail["state"] == "at_target"


def test_the_next_aisle_opens_when_its_last_person_has_left_this_one() -> None:
    bank = lin_is_in()
    queued = bank.reserve(2.0, "wang", 3)
    bank.reserve(2.1, "zhao", 1)
    assert queued.answers[0].detail["ahead"] == "1"
    assert opened(queued) == []

    assert opened(bank.release(2.5, "lin")) == [3]


def test_who_wants_the_open_aisle_goes_along_and_it_stays_until_both_have_left() -> None:
    bank = lin_is_in()
    bank.reserve(2.0, "wang", 3)
    along = bank.reserve(2.1, "zhao", 2)
    assert along.answers[0].detail["state"] == "at_target"
    assert opened(along) == []

    assert opened(bank.release(2.2, "lin")) == []
    assert opened(bank.release(2.3, "zhao")) == [3]


def test_waiting_wishes_for_one_aisle_have_one_turn() -> None:
    bank = lin_is_in()
    bank.reserve(2.0, "wang", 3)
    bank.reserve(2.1, "zhao", 1)
    bank.reserve(2.2, "chen", 3)

    decision = bank.release(2.5, "lin")

    assert opened(decision) == [3]
    sent = [e.reservation_id for e in decision.events
            if isinstance(e, ReservationAdvanced) and e.state is S.SENT]  # fmt: skip
    assert set(sent) == {bank.ids["wang"], bank.ids["chen"]}


def test_asking_again_for_the_same_aisle_is_the_same_reservation() -> None:
    bank = lin_is_in()
    again = bank.reserve(2.0, "lin", 2)

    assert again.answers[0].detail["reservation_id"] == bank.ids["lin"]
    assert again.events == ()


@pytest.mark.parametrize("how", ["open", "claim", "release"])
def test_nobody_is_shut_out_of_an_aisle_by_somebody_else(how: str) -> None:
    bank = lin_is_in()
    bank.reserve(2.0, "wang", 3)

    if how == "open":
        decision = bank.open(2.1, "zhao", 1)
    elif how == "claim":
        decision = bank.claim(2.1, "wang")
    else:
        decision = bank.release(2.1, "wang", of="lin")

    assert opened(decision) == []
    assert code(decision) == ("not_yours" if how == "release" else "reserved")


def test_a_turn_whose_aisle_cannot_be_opened_waits_for_its_person_and_says_why() -> None:
    bank = Shelving()
    bank.look(0.0, (Presence.CLEAR, Presence.OCCUPIED, Presence.CLEAR))
    reserved = bank.reserve(0.1, "lin", 3)
    assert reserved.answers[0].detail["state"] == "reserved"
    assert [e.reason for e in reserved.events if isinstance(e, ReservationAdvanced)][-1] == (
        "aisle_occupied:2"
    )

    assert opened(bank.look(0.2, CLEAR)) == []  # nothing starts by itself
    assert opened(bank.claim(0.3, "lin")) == [3]


def test_a_turn_that_nobody_takes_up_expires_and_moves_nothing() -> None:
    bank = lin_is_in()
    bank.reserve(2.0, "wang", 3)
    bank.reserve(2.0, "zhao", 1)
    assert opened(bank.release(2.5, "lin")) == [3]
    bank.stand_open(4.0, 3)

    assert bank.room.tick(4.0 + CLAIM_WITHIN_S).events == ()
    gone = bank.room.tick(4.1 + CLAIM_WITHIN_S)

    assert ended(gone) == [(S.EXPIRED, "")]
    assert gone.commands == ()
    assert advanced(gone) == [S.RESERVED]  # Zhao's turn, who must open it
    bank.look(5.0 + CLAIM_WITHIN_S, mode=RackMode.HOLDING, open_aisle=3)
    assert opened(bank.claim(5.1 + CLAIM_WITHIN_S, "zhao")) == [1]


def test_who_says_that_they_are_there_keeps_the_aisle() -> None:
    bank = lin_is_in()
    bank.reserve(2.0, "wang", 3)
    bank.release(2.5, "lin")
    bank.stand_open(4.0, 3)
    bank.claim(5.0, "wang")

    assert bank.room.tick(5.0 + CLAIM_WITHIN_S).events == ()


def test_who_waits_too_long_has_gone() -> None:
    bank = lin_is_in()
    bank.reserve(2.0, "wang", 3)
    bank.room.tick(2.0 + WAIT_AT_MOST_S)

    assert ended(bank.room.tick(2.1 + WAIT_AT_MOST_S)) == [(S.EXPIRED, "")]


@pytest.mark.parametrize(
    ("presence", "said"), [(CLEAR, "accepted"), ((*CLEAR[:2], Presence.OCCUPIED), "aisle_occupied")]
)
def test_an_aisle_held_for_long_may_be_released_by_another_who_sees_it_empty(
    presence: tuple[Presence, ...], said: str
) -> None:
    bank = lin_is_in()
    bank.reserve(2.0, "wang", 3)
    asked_about = bank.room.tick(1.1 + USUAL_HOLD_S)
    assert [e.reason for e in asked_about.events if isinstance(e, ReservationAdvanced)] == [
        "overdue"
    ]
    assert asked_about.commands == ()
    bank.look(2.0 + USUAL_HOLD_S, presence, RackMode.HOLDING, 2)

    taken = bank.release(2.1 + USUAL_HOLD_S, "wang", of="lin")

    assert code(taken) == said
    assert taken.commands == ()  # even then somebody must ask for the next


@pytest.mark.parametrize(
    "mode",
    [
        RackMode.EMERGENCY_STOP,
        RackMode.PROTECTIVE_STOP,
        RackMode.POWER_LOST,
        RackMode.FAULT,
    ],
)
def test_a_stop_of_the_banks_own_cancels_the_queue_and_says_so_to_those_waiting(
    mode: RackMode,
) -> None:
    bank = lin_is_in()
    bank.reserve(2.0, "wang", 3)
    bank.reserve(2.1, "zhao", 1)

    decision = bank.look(2.5, mode=mode, open_aisle=2)

    (told,) = [e for e in decision.events if isinstance(e, QueueCancelled)]
    assert (told.reason, told.waiting) == (mode.value, "wang,zhao")
    assert ended(decision) == [(S.CANCELLED, mode.value)] * 2
    bank.look(3.0, mode=RackMode.HOLDING, open_aisle=2)
    assert opened(bank.release(3.1, "lin")) == []  # Lin kept the aisle; nobody waits any more


def test_a_motion_that_the_bank_stops_is_blocked_and_nobody_is_opened_for() -> None:
    bank = Shelving()
    bank.look(0.0)
    bank.reserve(0.1, "lin", 2)
    bank.reserve(0.2, "wang", 3)

    decision = bank.word(0.5, Outcome.FAILED, "watchdog")

    assert set(ended(decision)) == {(S.BLOCKED, "watchdog"), (S.CANCELLED, "watchdog")}
    assert decision.commands == ()
    assert [e.waiting for e in decision.events if isinstance(e, QueueCancelled)] == ["lin,wang"]


def test_nobody_gets_in_line_at_a_bank_that_stopped_by_itself() -> None:
    bank = Shelving()
    bank.look(0.0, mode=RackMode.EMERGENCY_STOP)

    assert code(bank.reserve(0.1, "lin", 2)) == "mode_emergency_stop"


def test_a_stop_by_a_person_ends_the_motion_and_starts_no_other() -> None:
    bank = Shelving()
    bank.look(0.0)
    bank.reserve(0.1, "lin", 2)
    bank.reserve(0.2, "wang", 3)
    stop = bank.tell(RequestStop(asked=asked(0.3, "anyone"), rack="rack-a"))
    assert [type(c) for c in stop.commands] == [StopRack]

    decision = bank.word(0.6, Outcome.STOPPED, "stopped")

    assert ended(decision) == [(S.STOPPED, "stopped")]
    assert decision.commands == ()
    assert advanced(decision) == [S.RESERVED]
    bank.look(0.7)
    assert opened(bank.claim(0.8, "wang")) == [3]


@pytest.mark.parametrize(
    ("finding", "state"), [(Finding.OPEN, "at_target"), (Finding.NOT_OPEN, "failed")]
)
def test_a_motion_of_unknown_outcome_is_resolved_by_a_person_and_nothing_moves_until_then(
    finding: Finding, state: str
) -> None:
    bank = Shelving()
    bank.look(0.0)
    bank.reserve(0.1, "lin", 2)
    assert advanced(bank.word(0.5, Outcome.UNKNOWN, "no_ack")) == [S.UNKNOWN]
    bank.look(0.6)
    assert code(bank.open(0.7, "lin", 2)) == "accepted"  # claimed, not moved
    assert code(bank.open(0.7, "wang", 3)) == "reserved"
    assert code(bank.release(0.8, "lin")) == "outcome_unknown"
    assert code(bank.resolve(0.8, finding, note=" ")) == "note_missing"

    decision = bank.resolve(0.9, finding)

    (resolved,) = [e for e in decision.events if isinstance(e, MotionResolved)]
    assert (resolved.by, resolved.finding) == ("zhao", finding)
    states = [e.state.value for e in decision.events
              if isinstance(e, ReservationAdvanced | ReservationEnded)]  # fmt: skip
    assert states == [state]
    assert decision.commands == ()
    assert code(bank.resolve(1.0, finding)) == "no_doubt"


def test_what_moves_cannot_be_called_resolved() -> None:
    bank = Shelving()
    bank.look(0.0)
    bank.open(0.1, "lin", 2)
    bank.word(0.5, Outcome.UNKNOWN)
    bank.look(0.6, mode=RackMode.MOVING)

    assert code(bank.resolve(0.7, Finding.NOT_OPEN)) == "mode_moving"


def test_the_bank_may_still_say_itself_how_a_motion_ended() -> None:
    bank = Shelving()
    bank.look(0.0)
    bank.reserve(0.1, "lin", 2)
    bank.word(0.5, Outcome.UNKNOWN, "no_ack")

    assert advanced(bank.word(0.9, Outcome.DONE)) == [S.AT_TARGET]
    bank.look(1.0)
    assert opened(bank.release(1.1, "lin")) == []


def test_a_bank_that_does_not_answer_keeps_its_queue() -> None:
    bank = lin_is_in()
    bank.reserve(2.0, "wang", 3)

    lost = bank.tell(DeviceLost(at=moment(2.5), device="rack-a", reason="no answer"))

    assert ended(lost) == []
    released = bank.release(2.6, "lin")
    assert opened(released) == []
    assert [e.reason for e in released.events if isinstance(e, ReservationAdvanced)][-1] == (
        "rack_lost"
    )


def test_the_queue_of_one_bank_is_bounded() -> None:
    bank = Shelving()
    bank.look(0.0)
    for number in range(MOST):
        assert code(bank.reserve(0.1, f"person-{number}", 2)) == "accepted"

    assert code(bank.reserve(0.2, "one-more", 2)) == "queue_full"


def test_after_a_restart_the_queue_goes_on_and_an_open_end_is_unknown() -> None:
    known = KnownShelving(
        reservations=(
            Reservation(
                id="r-1", rack="rack-a", aisle=2, by="lin", state=S.MOVING,
                command_id="c-1", claimed=True, since=moment(0.0).utc,
            ),
            Reservation(
                id="r-2", rack="rack-a", aisle=3, by="wang", state=S.QUEUED,
                command_id="", claimed=False, since=moment(0.0).utc,
            ),
        ),
        doubts=(Doubt(rack="rack-a", aisle=2, command_id="c-1", by="lin", told=False),),
    )  # fmt: skip
    bank = Shelving(shelving=known)
    bank.ids = {"lin": "r-1", "wang": "r-2"}
    bank.look(0.0)
    assert code(bank.open(0.1, "zhao", 1)) == "reserved"

    first = bank.room.tick(0.2)

    assert advanced(first) == [S.UNKNOWN]
    assert first.commands == ()  # nothing is sent again
    assert bank.room.tick(0.3).events == ()
    bank.resolve(0.4, Finding.NOT_OPEN)
    bank.look(0.5)
    assert opened(bank.claim(0.6, "wang")) == [3]


def left_behind(state: ReservationState, waited_s: float, *, overdue: bool = False) -> Reservation:
    """Lin's, in that state for so long when the controller's clock is first seen."""
    since = moment(10.0).utc - timedelta(seconds=waited_s)
    return Reservation(
        id="r-1", rack="rack-a", aisle=2, by="lin", state=state,
        command_id="", claimed=True, since=since, overdue=overdue,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("state", "patience_s"), [(S.RESERVED, CLAIM_WITHIN_S), (S.QUEUED, WAIT_AT_MOST_S)]
)
def test_who_waited_before_a_restart_has_waited(state: ReservationState, patience_s: float) -> None:
    bank = Shelving(shelving=KnownShelving(reservations=(left_behind(state, patience_s - 1.0),)))

    assert ended(bank.room.tick(10.0)) == []
    assert ended(bank.room.tick(10.9)) == []
    assert ended(bank.room.tick(11.1)) == [(S.EXPIRED, "")]


def test_a_clock_that_was_set_back_meanwhile_only_makes_people_wait_anew() -> None:
    bank = Shelving(shelving=KnownShelving(reservations=(left_behind(S.RESERVED, -3600.0),)))

    assert ended(bank.room.tick(10.0)) == []
    assert ended(bank.room.tick(10.0 + CLAIM_WITHIN_S)) == []
    assert ended(bank.room.tick(10.1 + CLAIM_WITHIN_S)) == [(S.EXPIRED, "")]


@pytest.mark.parametrize(("overdue", "asked_again"), [(False, ["overdue"]), (True, [])])
def test_who_was_asked_before_a_restart_is_not_asked_again(
    overdue: bool, asked_again: list[str]
) -> None:
    held = left_behind(S.AT_TARGET, USUAL_HOLD_S + 1.0, overdue=overdue)
    bank = Shelving(shelving=KnownShelving(reservations=(held,)))

    told = [e for e in bank.room.tick(10.0).events if isinstance(e, ReservationAdvanced)]

    assert [e.reason for e in told] == asked_again


def test_the_site_says_how_long_people_may_take() -> None:
    bank = Shelving(queues=QueueRule(claim_within_s=10.0), shelving=KnownShelving(
        reservations=(left_behind(S.RESERVED, 0.0),)
    ))  # fmt: skip

    assert ended(bank.room.tick(10.0)) == []
    assert ended(bank.room.tick(20.1)) == [(S.EXPIRED, "")]
