"""Banks are aired by the calendar if and only if the room is known to be empty."""

from typing import Any

from hypothesis import event, given
from hypothesis import strategies as st

from controller.domain.decision import AiringDue, Decision
from controller.domain.events_shelving import AiringBegan, AiringEnded, AiringRefused
from controller.domain.model_shelving import Doubt, KnownShelving
from controller.domain.plans import RackPlan, RoomPlan
from drivers.commands import OpenAisle, RecoverMotion, StopRack, VentilateRack
from drivers.observations import (
    CommandOutcome,
    DeviceBack,
    DeviceLost,
    InputChanged,
    Outcome,
    Presence,
    RackMode,
)
from tests.domain.rooms import moment
from tests.domain.shelving.bank import AISLES, CLEAR, Shelving, code

QUIET_S = 900.0
PLAN = RackPlan(id="rack-a", aisles=AISLES, stale_after_s=3.0, room="room-1")
ROOM = RoomPlan(id="room-1", motion_sensors=(("door-north", 1),), quiet_s=QUIET_S)


def shelving(**parts: object) -> Shelving:
    return Shelving(**{"racks": [PLAN], "rooms": [ROOM], **parts})


def moves(bank: Shelving, seconds: float, active: bool) -> Decision:
    at = moment(seconds)
    return bank.tell(InputChanged(at=at, device="door-north", input=1, active=active))


def due(bank: Shelving, seconds: float) -> Decision:
    return bank.tell(AiringDue(at=moment(seconds), rack="rack-a"))


def reason(decision: Decision) -> str:
    (refusal,) = decision.events
    assert isinstance(refusal, AiringRefused)
    assert decision.commands == ()
    return refusal.reason


def empty() -> Shelving:
    """A room that has been still for long enough at second 1000."""
    bank = shelving()
    moves(bank, 0.0, active=False)
    bank.look(1000.0)
    return bank


def test_an_empty_room_is_aired_and_the_end_is_told() -> None:
    bank = empty()

    decision = due(bank, 1000.1)

    (command,) = decision.commands
    assert isinstance(command, VentilateRack)
    assert [type(e) for e in decision.events] == [AiringBegan]
    assert code(bank.open(1000.2, "lin", 2)) == "airing"
    done = CommandOutcome(
        at=moment(1030.0), device="rack-a", command_id=command.command_id,
        outcome=Outcome.DONE, detail="",
    )  # fmt: skip
    (ended,) = bank.tell(done).events
    assert isinstance(ended, AiringEnded)
    assert ended.outcome == "done"


def test_a_room_without_motion_sensors_is_not_known_to_be_empty() -> None:
    bank = shelving(rooms=[])
    bank.look(0.0)

    assert reason(due(bank, 0.1)) == "room_unwatched"


def test_the_first_sign_of_a_person_halts_the_airing() -> None:
    bank = empty()
    due(bank, 1000.1)

    assert [type(c) for c in moves(bank, 1001.0, active=True).commands] == [StopRack]


def test_a_motion_sensor_that_falls_silent_halts_the_airing_and_forbids_the_next() -> None:
    bank = empty()
    due(bank, 1000.1)
    lost = bank.tell(DeviceLost(at=moment(1001.0), device="door-north", reason="no answer"))

    assert [type(c) for c in lost.commands] == [StopRack]


def test_somebody_stepping_into_an_aisle_halts_the_airing() -> None:
    bank = empty()
    due(bank, 1000.1)

    seen = bank.look(1001.0, (Presence.OCCUPIED, *CLEAR[1:]), RackMode.MOVING)

    assert [type(c) for c in seen.commands] == [StopRack]


def test_a_bank_that_comes_back_is_asked_what_became_of_a_motion_and_told_nothing_again() -> None:
    doubt = Doubt(rack="rack-a", aisle=2, command_id="c-1", by="lin", told=False)
    bank = shelving(shelving=KnownShelving(doubts=(doubt,)))

    back = bank.tell(DeviceBack(at=moment(0.0), device="rack-a", detail=""))

    (asked,) = back.commands
    assert isinstance(asked, RecoverMotion)
    assert asked.wish == OpenAisle(device="rack-a", command_id="c-1", aisle=2)
    bank.command_id = "c-1"
    bank.look(0.1)
    assert code(bank.open(0.2, "lin", 2)) == "outcome_unknown"
    bank.word(0.3, Outcome.DONE)
    assert code(bank.open(0.4, "lin", 1)) == "accepted"


steps = st.lists(
    st.one_of(
        st.tuples(st.just("sense"), st.booleans()),
        st.tuples(st.just("sense"), st.just(False)),
        st.tuples(st.just("wait"), st.sampled_from([1.0, 3.1, QUIET_S, QUIET_S - 1.0])),
        st.tuples(st.just("wait"), st.just(QUIET_S)),
        st.tuples(
            st.just("look"),
            st.sampled_from([CLEAR, CLEAR, (Presence.UNKNOWN, *CLEAR[1:]), CLEAR[1:]]),
            st.sampled_from([RackMode.IDLE, RackMode.IDLE, RackMode.LOCAL]),
        ),
        st.tuples(st.sampled_from(["lose_sensor", "lose_rack", "rack_back", "reserve", "due"])),
        st.tuples(st.just("due")),
    ),
    max_size=30,
)


class Onlooker:
    """Does each step to the room, and writes down beside it what can be known of people."""

    def __init__(self) -> None:
        self.bank, self.now = shelving(), 0.0
        self.still_since: float | None = None
        self.seen: tuple[float, tuple[Presence, ...], RackMode] | None = None
        self.lost = self.wanted = self.aired = False

    def wait(self, seconds: float) -> None:
        self.now += seconds

    def sense(self, active: bool) -> None:
        moves(self.bank, self.now, active=active)
        if active:
            self.still_since = None
        elif self.still_since is None:
            self.still_since = self.now

    def look(self, presence: tuple[Presence, ...], mode: RackMode) -> None:
        self.bank.look(self.now, presence, mode)
        self.seen = (self.now, presence, mode)

    def lose_sensor(self) -> None:
        self.bank.tell(DeviceLost(at=moment(self.now), device="door-north", reason=""))
        self.still_since = None

    def lose_rack(self) -> None:
        self.bank.tell(DeviceLost(at=moment(self.now), device="rack-a", reason=""))
        self.lost, self.seen = True, None

    def rack_back(self) -> None:
        self.bank.tell(DeviceBack(at=moment(self.now), device="rack-a", detail=""))
        self.lost = False

    def reserve(self) -> None:
        accepted = self.bank.reserve(self.now, "lin", 2).answers[0].accepted
        self.wanted = self.wanted or accepted

    def due(self) -> None:
        empty = (
            self.still_since is not None
            and self.now - self.still_since >= QUIET_S
            and self.seen is not None
            and self.now - self.seen[0] <= PLAN.stale_after_s
            and self.seen[1:] == (CLEAR, RackMode.IDLE)
            and not (self.lost or self.wanted or self.aired)
        )
        event(f"empty={empty}")
        commands = due(self.bank, self.now).commands
        assert [type(c) for c in commands] == ([VentilateRack] if empty else [])
        self.aired = self.aired or empty


@given(steps)
def test_a_bank_is_aired_if_and_only_if_the_room_is_known_to_be_empty(
    history: list[tuple[Any, ...]],
) -> None:
    onlooker = Onlooker()
    opening = [("sense", False), ("wait", QUIET_S), ("look", CLEAR, RackMode.IDLE)]
    for verb, *facts in [*opening, *history]:
        getattr(onlooker, verb)(*facts)
