"""The life of a loan: every step from its state only, one turn a holding, and nothing by a read."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.domain.decision import Decision
from controller.domain.events import Event, LoanReturned
from controller.domain.events_lending import (
    LoanLapsed,
    LoanRecalled,
    LoanReshelved,
    LoanTurnCame,
)
from controller.domain.events_presence import TagSwept
from controller.domain.lending.rules import ClassRule, LoanRules, class_of
from controller.domain.lending.states import FROM, Step, objection
from controller.domain.model import LoanState
from controller.domain.model_lending import HAS_TURN
from controller.domain.requests import ApproveLoan, RejectLoan, Request, RequestLoan, ReturnLoan
from controller.domain.requests_lending import (
    CancelLoan,
    HoldLoan,
    IssueLoan,
    RecallLoan,
    RenewLoan,
    ReturnPart,
)
from tests.domain.rooms import START, Room, asked, epc, events_of, straight_walk

DAY = 86_400.0


def ask(borrower: str = "王芳", *, number: int = 1, days: int = 30, **more: object) -> RequestLoan:
    fields: dict[str, object] = {
        "asked": asked(0.0, by="lin"),
        "holding_id": f"holding-{number}",
        "borrower": borrower,
        "purpose": "查档",
        "due": START + timedelta(days=days),
    }
    return RequestLoan(**(fields | more))  # type: ignore[arg-type]


def made(room: Room) -> Room:
    room.registry.add(1)
    return room


@pytest.fixture
def room() -> Room:
    return made(Room())


def lend(room: Room, borrower: str = "王芳", **more: object) -> str:
    """Asked for and approved; the loan's id."""
    loan_id = room.tell(ask(borrower, **more)).answers[0].detail["loan_id"]  # type: ignore[arg-type]
    room.tell(ApproveLoan(asked=asked(1.0, by="zhao"), loan_id=loan_id))
    return loan_id


def state(room: Room, loan_id: str) -> LoanState:
    return room.registry.loans[loan_id].state


def code(room: Room, request: Request) -> str:
    return room.tell(request).answers[0].code


@pytest.mark.parametrize("step", [*Step])
@pytest.mark.parametrize("before", [*LoanState])
def test_a_step_is_possible_from_its_states_and_no_other(step: Step, before: LoanState) -> None:
    room = made(Room())
    loan = room.registry.lend(1, before)
    fits = before in FROM[step] and not (
        loan.out and step in (Step.CANCEL, Step.HOLD, Step.LAPSE, Step.ISSUE)
    )
    needs_out = step in (Step.RENEW, Step.RECALL, Step.RETURN_PART) and not loan.out
    assert (objection(loan, step) is None) is (fits and not needs_out)


def test_the_second_borrower_waits_in_line_and_has_the_turn_when_the_first_is_done(
    room: Room,
) -> None:
    first, second, third = lend(room), lend(room, "李娜"), lend(room, "赵敏")
    assert [state(room, each) for each in (first, second, third)] == [
        LoanState.APPROVED,
        LoanState.QUEUED,
        LoanState.QUEUED,
    ]

    decision = room.tell(ReturnLoan(asked=asked(5.0), loan_id=first))

    assert [type(event) for event in decision.events] == [LoanReturned, LoanTurnCame]
    assert state(room, second) is LoanState.APPROVED
    assert state(room, third) is LoanState.QUEUED


def test_who_waits_past_the_last_day_is_passed_over(room: Room) -> None:
    first, second, third = lend(room), lend(room, "李娜", days=2), lend(room, "赵敏")

    decision = room.tell(ReturnLoan(asked=asked(3 * DAY), loan_id=first))

    assert [type(event) for event in decision.events] == [LoanReturned, LoanLapsed, LoanTurnCame]
    assert state(room, second) is LoanState.LAPSED
    assert state(room, third) is LoanState.APPROVED


def test_what_lies_in_a_lent_box_waits_for_the_box() -> None:
    room = Room()
    room.registry.add(7)
    room.registry.add(1, parent_id="holding-7")
    box, inside = lend(room, number=7), lend(room, "李娜")
    assert state(room, inside) is LoanState.QUEUED

    room.tell(ReturnLoan(asked=asked(5.0), loan_id=box))

    assert state(room, inside) is LoanState.APPROVED


def boxed(*parents: str) -> Room:
    """File 1 in box 7; in crate 8, where it is named."""
    room = Room()
    room.registry.add(8)
    room.registry.add(7, parent_id="holding-8" if "crate" in parents else None)
    room.registry.add(1, parent_id="holding-7")
    return room


def give_back(room: Room, loan_id: str) -> None:
    room.tell(ReturnLoan(asked=asked(5.0), loan_id=loan_id))


def test_the_next_who_waits_for_the_box_comes_before_who_waits_for_what_lies_in_it() -> None:
    room = boxed()
    first, second, inside = lend(room, number=7), lend(room, "赵敏", number=7), lend(room, "李娜")
    give_back(room, first)
    assert (state(room, second), state(room, inside)) == (LoanState.APPROVED, LoanState.QUEUED)
    give_back(room, second)
    assert state(room, inside) is LoanState.APPROVED


def test_who_waits_for_a_file_waits_for_the_box_that_was_lent_meanwhile() -> None:
    room = boxed()
    file, box, waiting = lend(room), lend(room, "赵敏", number=7), lend(room, "李娜")
    give_back(room, file)
    assert (state(room, box), state(room, waiting)) == (LoanState.APPROVED, LoanState.QUEUED)
    give_back(room, box)
    assert state(room, waiting) is LoanState.APPROVED


def test_the_end_of_a_boxs_loan_gives_no_second_turn_for_a_file_that_is_lent_by_itself() -> None:
    room = boxed()
    file, box, waiting = lend(room), lend(room, "赵敏", number=7), lend(room, "李娜")
    give_back(room, box)
    assert (state(room, file), state(room, waiting)) == (LoanState.APPROVED, LoanState.QUEUED)


def test_the_end_of_a_crates_loan_reaches_the_file_in_its_box() -> None:
    room = boxed("crate")
    crate, waiting = lend(room, number=8), lend(room, "李娜")
    assert state(room, waiting) is LoanState.QUEUED
    give_back(room, crate)
    assert state(room, waiting) is LoanState.APPROVED


def test_a_thing_that_nobody_fetches_from_the_desk_goes_to_the_next(room: Room) -> None:
    first, second = lend(room), lend(room, "李娜")
    room.tell(HoldLoan(asked=asked(2.0), loan_id=first))
    room.tick(3.0)

    events = room.tick(3 * DAY + 600.0).events

    assert LoanLapsed in [type(event) for event in events]
    assert state(room, first) is LoanState.LAPSED
    assert state(room, second) is LoanState.APPROVED


@pytest.mark.parametrize("first", ["issue", "cancel"])
def test_of_two_clerks_at_one_loan_exactly_one_succeeds(room: Room, first: str) -> None:
    loan = lend(room)
    steps: dict[str, Request] = {
        "issue": IssueLoan(asked=asked(2.0, by="lin"), loan_id=loan, pieces=None),
        "cancel": CancelLoan(asked=asked(2.0, by="sun", request_id="other"), loan_id=loan),
    }
    order = [steps.pop(first), *steps.values()]

    answers = [room.tell(each).answers[0] for each in order]

    assert [answer.accepted for answer in answers] == [True, False]
    assert answers[1].code == "not_approved"


def test_a_return_is_confirmed_once(room: Room) -> None:
    loan = lend(room)
    assert code(room, ReturnLoan(asked=asked(2.0, by="lin"), loan_id=loan)) == "accepted"
    assert code(room, ReturnLoan(asked=asked(2.0, by="sun"), loan_id=loan)) == "not_approved"


def test_a_loan_is_renewed_while_nobody_waits_and_its_class_allows(room: Room) -> None:
    loan = lend(room)
    room.tell(IssueLoan(asked=asked(2.0), loan_id=loan, pieces=None))
    due = START + timedelta(days=40)

    def renewed(days: int) -> str:
        wish = RenewLoan(asked=asked(3.0), loan_id=loan, due=START + timedelta(days=days))
        return code(room, wish)

    assert renewed(10) == "not_later"
    assert renewed(40) == "accepted"
    assert room.registry.loans[loan].due == due
    assert renewed(50) == "accepted"
    assert renewed(60) == "renewed_enough"


def test_who_waits_may_have_it_recalled_and_keeps_it_from_being_renewed(room: Room) -> None:
    loan = lend(room)
    room.tell(IssueLoan(asked=asked(2.0), loan_id=loan, pieces=None))
    assert code(room, RecallLoan(asked=asked(3.0), loan_id=loan)) == "nobody_waits"
    lend(room, "李娜")
    later = RenewLoan(asked=asked(4.0), loan_id=loan, due=START + timedelta(days=40))
    assert code(room, later) == "somebody_waits"

    (event,) = room.tell(RecallLoan(asked=asked(5.0), loan_id=loan)).events

    assert isinstance(event, LoanRecalled)
    assert event.due == event.at + timedelta(days=3)
    assert code(room, RecallLoan(asked=asked(6.0), loan_id=loan)) == "recalled"
    assert code(room, later) == "recalled"


def test_what_was_counted_out_is_counted_in_and_a_part_keeps_the_loan_open() -> None:
    rules = LoanRules(classes={"WS": ClassRule(counts=True)})
    room = made(Room(lending=rules))
    room.registry.add(2, parent_id="holding-1")
    loan = lend(room)
    assert code(room, IssueLoan(asked=asked(2.0), loan_id=loan, pieces=None)) == "count_first"
    assert code(room, IssueLoan(asked=asked(2.0), loan_id=loan, pieces=12)) == "accepted"
    assert code(room, ReturnLoan(asked=asked(3.0), loan_id=loan)) == "count_first"
    assert code(room, ReturnLoan(asked=asked(3.0), loan_id=loan, pieces=11)) == "pieces_differ"

    def part(pieces: int | None, *out: str) -> str:
        still = dict.fromkeys(out, "")
        wish = ReturnPart(asked=asked(4.0), loan_id=loan, pieces=pieces, still_out=still)
        return code(room, wish)

    assert part(12) == "pieces_differ"
    assert part(None) == "nothing_out"
    assert part(11, "holding-9") == "not_in_it"
    assert part(11, "holding-2") == "accepted"
    assert state(room, loan) is LoanState.PARTLY_RETURNED
    assert room.registry.loans[loan].pieces == 1
    assert code(room, ReturnLoan(asked=asked(5.0), loan_id=loan, pieces=1)) == "accepted"


def test_a_class_decides_whether_and_how_long_its_things_are_lent() -> None:
    assert class_of("A002-RS-001-002") == "RS"
    assert class_of("J001-WS·2020-0001") == "WS"
    assert class_of("C038-001-002-003") == ""
    rules = LoanRules(classes={"WS": ClassRule(lends=False), "RS": ClassRule(longest_days=7)})
    assert code(made(Room(lending=rules)), ask()) == "not_lent"

    short = made(Room(lending=LoanRules(usual=ClassRule(longest_days=7))))
    loan = short.tell(ask(days=8)).answers[0].detail["loan_id"]
    assert code(short, ApproveLoan(asked=asked(1.0, by="zhao"), loan_id=loan)) == "too_long"


@pytest.mark.parametrize("who", ["borrower", "relative-1"])
def test_nobody_has_their_own_file_or_a_relatives(who: str) -> None:
    room = made(Room(lending=LoanRules(usual=ClassRule(identity=True))))
    room.registry.persons["holding-1"] = {"digest-of-wang"}
    borrower = {"borrower": "digest-of-li"}

    assert code(room, ask()) == "identity_missing"
    assert code(room, ask(persons=borrower | {who: "digest-of-wang"})) == "own_file"
    assert code(room, ask(persons=borrower)) == "accepted"


def test_a_read_at_the_door_proposes_a_return_and_changes_no_loan(room: Room) -> None:
    loan = lend(room)
    before = state(room, loan)
    room.walk(straight_walk(out=True), epc(1), until=12.0)
    events = events_of(room.walk(straight_walk(out=False, start=20.0), epc(1), until=32.0))

    assert "ReturnProposed" in [type(event).__name__ for event in events]
    assert state(room, loan) is before


def test_what_was_taken_back_is_seen_on_its_shelf_once(room: Room) -> None:
    loan = lend(room)
    swept = TagSwept(
        at=START,
        part_id="s/1",
        handheld="h",
        room="room-1",
        spot="room-1",
        by="lin",
        epc=epc(1),
        holding_id="holding-1",
        heard_at=START,
        nearer="",
    )

    def seen() -> list[Event]:
        decision = room.stackroom._lending.followed(Decision(events=(swept,)))
        room.registry.apply(decision.events)
        return [event for event in decision.events if isinstance(event, LoanReshelved)]

    assert seen() == []
    room.tell(ReturnLoan(asked=asked(2.0), loan_id=loan))
    assert [event.witness for event in seen() if isinstance(event, LoanReshelved)] == ["sweep"]
    assert seen() == []


STEPS = st.lists(
    st.tuples(
        st.sampled_from(
            ["ask", "approve", "reject", "cancel", "hold", "issue", "renew", "recall", "return"]
        ),
        st.integers(0, 5),
        st.sampled_from(["lin", "zhao"]),
    ),
    max_size=40,
)


@given(steps=STEPS)
def test_whatever_people_do_one_loan_has_the_turn_and_none_waits_for_nothing(
    steps: list[tuple[str, int, str]],
) -> None:
    room = made(Room())
    loans: list[str] = []
    for number, (what, which, by) in enumerate(steps):
        who = asked(float(number), by=by, request_id=f"r{number}")
        if what == "ask":
            answer = room.tell(ask(f"borrower-{which}", asked=who)).answers[0]
            loans += [answer.detail["loan_id"]] if answer.accepted else []
        elif loans:
            decision = room.tell(_step(what, who, loans[which % len(loans)]))
            assert len(decision.answers) == 1
            assert bool(decision.events) is decision.answers[0].accepted
        states = [loan.state for loan in room.registry.loans.values()]
        turns = sum(each in HAS_TURN for each in states)
        assert turns <= 1
        assert LoanState.QUEUED not in states or turns == 1


def _step(what: str, who: object, loan: str) -> Request:
    about: dict[str, object] = {"asked": who, "loan_id": loan}
    kinds: dict[str, type] = {
        "approve": ApproveLoan,
        "cancel": CancelLoan,
        "hold": HoldLoan,
        "recall": RecallLoan,
        "return": ReturnLoan,
    }
    if what == "reject":
        return RejectLoan(**about, reason="")  # type: ignore[arg-type]
    if what == "issue":
        return IssueLoan(**about, pieces=None)  # type: ignore[arg-type]
    if what == "renew":
        return RenewLoan(**about, due=START + timedelta(days=99))  # type: ignore[arg-type]
    made_request: Request = kinds[what](**about)
    return made_request
