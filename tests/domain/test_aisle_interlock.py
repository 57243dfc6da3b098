"""Carriages move if and only if the picture is fresh, complete and clear."""

from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from controller.domain.events import (
    AisleFailed,
    AisleOpened,
    AisleOpening,
    AisleRefused,
    AlarmRaised,
    AlarmReturnedToNormal,
    RackChanged,
    RackStopped,
)
from controller.domain.events_shelving import AisleDeclined
from controller.domain.model import Priority
from controller.domain.model_shelving import Finding
from controller.domain.plans import RackPlan
from controller.domain.requests import RequestAisle, RequestStop
from controller.domain.requests_shelving import ResolveMotion
from drivers.commands import OpenAisle, StopRack
from drivers.observations import (
    CommandOutcome,
    DeviceBack,
    DeviceLost,
    Outcome,
    Presence,
    RackMode,
    RackStatus,
)
from tests.domain.rooms import Room, asked, moment

AISLES = 3
PLAN = RackPlan(id="rack-a", aisles=AISLES, stale_after_s=3.0)
CLEAR = (Presence.CLEAR,) * AISLES


def status(
    seconds: float,
    presence: tuple[Presence, ...] = CLEAR,
    mode: RackMode = RackMode.IDLE,
    fault_code: int = 0,
) -> RackStatus:
    return RackStatus(
        at=moment(seconds),
        rack="rack-a",
        mode=mode,
        open_aisle=None,
        presence=presence,
        fault_code=fault_code,
    )


def want(seconds: float, aisle: int = 2, rack: str = "rack-a") -> RequestAisle:
    return RequestAisle(asked=asked(seconds), rack=rack, aisle=aisle)


def outcome(seconds: float, command_id: str, word: Outcome, detail: str = "") -> CommandOutcome:
    return CommandOutcome(
        at=moment(seconds), device="rack-a", command_id=command_id, outcome=word, detail=detail
    )


def room() -> Room:
    return Room(racks=[PLAN], sensors=[])


def moving() -> tuple[Room, str]:
    """A bank that was just told to open aisle 2, and the command's id."""
    made = room()
    made.tell(status(0.0))
    (command,) = made.tell(want(0.1)).commands
    assert isinstance(command, OpenAisle)
    return made, command.command_id


# --- the property ------------------------------------------------------------------------------


@dataclass
class Truth:
    """What the world looked like, written down apart from the code under test."""

    now_s: float = 0.0
    lost: bool = False
    motion: str | None = None
    halted: bool = False
    doubt: bool = False
    """A motion ended and nobody has said how."""
    seen: list[RackStatus] = field(default_factory=list)

    def safe(self, aisle: int) -> bool:
        """DESIGN, invariant 6: only on a fresh, complete, clear picture."""
        last = self.seen[-1] if self.seen else None
        return (
            last is not None
            and moment(self.now_s).monotonic_s - last.at.monotonic_s <= 3.0
            and len(last.presence) == AISLES
            and set(last.presence) == {Presence.CLEAR}
            and last.mode in (RackMode.IDLE, RackMode.HOLDING)
            and 1 <= aisle <= AISLES
            and not self.lost
            and self.motion is None
            and not self.doubt
        )


presences = st.one_of(
    st.just(CLEAR),
    st.just(CLEAR),
    st.tuples(*[st.sampled_from([*[Presence.CLEAR] * 3, *Presence])] * AISLES),
    st.just((Presence.CLEAR,) * (AISLES - 1)),
)
steps = st.lists(
    st.one_of(
        st.tuples(
            st.just("look"),
            presences,
            st.sampled_from([*[RackMode.IDLE] * 5, *[RackMode.HOLDING] * 3, *RackMode]),
        ),
        st.tuples(st.just("want"), st.integers(0, AISLES + 1)),
        st.tuples(st.just("want"), st.integers(1, AISLES)),
        st.tuples(st.just("finish"), st.sampled_from([*Outcome])),
        st.tuples(st.just("wait"), st.sampled_from([0.1, 1.0, 2.9, 3.0, 3.1, 121.0])),
        st.tuples(st.sampled_from(["stop", "lose", "back", "tick", "resolve"])),
    ),
    max_size=40,
)


@given(steps)
def test_an_aisle_opens_if_and_only_if_the_picture_is_fresh_complete_and_clear(
    history: list[tuple[Any, ...]],
) -> None:
    world = Watched(room())
    for verb, *facts in [("look", CLEAR, RackMode.IDLE), *history]:
        getattr(world, verb)(*facts)


class Watched:
    """Does each step to the room and to the truth, and compares what can be compared."""

    def __init__(self, world: Room) -> None:
        self.world = world
        self.truth = Truth()

    def look(self, presence: tuple[Presence, ...], mode: RackMode) -> None:
        truth = self.truth
        seen = status(truth.now_s, presence, mode)
        truth.seen.append(seen)
        decision = self.world.tell(seen)
        halted = [e for e in decision.events if isinstance(e, RackStopped)]
        unclear = presence != CLEAR
        assert bool(halted) is (truth.motion is not None and unclear and not truth.halted)
        truth.halted = truth.halted or bool(halted)

    def want(self, aisle: int) -> None:
        truth = self.truth
        safe = truth.safe(aisle)
        decision = self.world.tell(want(truth.now_s, aisle))
        event(f"safe={safe}")
        moves = [command for command in decision.commands if isinstance(command, OpenAisle)]
        assert bool(moves) is safe
        assert [answer.accepted for answer in decision.answers] == [safe]
        assert isinstance(decision.events[0], AisleOpening if safe else AisleRefused)
        if moves:
            assert moves[0].aisle == aisle
            truth.motion, truth.halted = moves[0].command_id, False

    def finish(self, word: Outcome) -> None:
        truth = self.truth
        if truth.motion is not None:
            self.world.tell(outcome(truth.now_s, truth.motion, word))
            truth.motion = truth.motion if word is Outcome.ACCEPTED else None
            truth.doubt = truth.doubt or word is Outcome.UNKNOWN

    def wait(self, seconds: float) -> None:
        self.truth.now_s += seconds

    def stop(self) -> None:
        decision = self.world.tell(RequestStop(asked=asked(self.truth.now_s), rack="rack-a"))
        assert [type(command) for command in decision.commands] == [StopRack]
        self.truth.halted = True

    def lose(self) -> None:
        self.truth.lost, self.truth.halted = True, True
        self.truth.seen.clear()
        at = moment(self.truth.now_s)
        self.world.tell(DeviceLost(at=at, device="rack-a", reason="no answer"))

    def back(self) -> None:
        self.truth.lost = False
        self.world.tell(DeviceBack(at=moment(self.truth.now_s), device="rack-a", detail=""))

    def tick(self) -> None:
        events = self.world.tick(self.truth.now_s).events
        self.truth.halted = self.truth.halted or any(isinstance(e, RackStopped) for e in events)
        if any(isinstance(e, AisleFailed) for e in events):
            self.truth.motion, self.truth.doubt = None, True

    def resolve(self) -> None:
        truth = self.truth
        at_rest = not truth.seen or truth.seen[-1].mode is not RackMode.MOVING
        decision = self.world.tell(
            ResolveMotion(
                asked=asked(truth.now_s), rack="rack-a", finding=Finding.NOT_OPEN, note="I looked"
            )
        )
        assert decision.commands == ()
        assert decision.answers[0].accepted is (truth.doubt and at_rest)
        truth.doubt = truth.doubt and not at_rest


# --- examples ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("presence", "mode", "code", "reason"),
    [
        ((Presence.CLEAR, Presence.OCCUPIED, Presence.CLEAR), RackMode.IDLE, "aisle_occupied", "2"),
        (
            (Presence.CLEAR, Presence.CLEAR, Presence.UNKNOWN),
            RackMode.HOLDING,
            "aisle_unknown",
            "3",
        ),
        (CLEAR[:2], RackMode.IDLE, "status_incomplete", ""),
        (CLEAR, RackMode.LOCAL, "mode_local", ""),
        (CLEAR, RackMode.MOVING, "mode_moving", ""),
        (CLEAR, RackMode.EMERGENCY_STOP, "mode_emergency_stop", ""),
        (CLEAR, RackMode.UNKNOWN, "mode_unknown", ""),
    ],
)
def test_a_refusal_names_its_reason(
    presence: tuple[Presence, ...], mode: RackMode, code: str, reason: str
) -> None:
    world = room()
    world.tell(status(0.0, presence, mode))

    decision = world.tell(want(0.1, aisle=1))

    (answer,) = decision.answers
    assert (answer.accepted, answer.code) == (False, code)
    (refusal,) = decision.events
    assert isinstance(refusal, AisleRefused)
    assert refusal.reason == (f"{code}:{reason}" if reason else code)
    assert decision.commands == ()


def test_a_bank_that_never_spoke_is_not_moved() -> None:
    (answer,) = room().tell(want(0.0)).answers

    assert (answer.accepted, answer.code) == (False, "status_stale")


def test_what_a_bank_said_before_it_was_lost_is_no_picture_of_now() -> None:
    world = room()
    world.tell(status(0.0))
    world.tell(DeviceLost(at=moment(0.1), device="rack-a", reason="no answer"))
    (while_lost,) = world.tell(want(0.2)).answers
    world.tell(DeviceBack(at=moment(0.3), device="rack-a", detail=""))
    (before_news,) = world.tell(want(0.4)).answers
    world.tell(status(0.5))

    assert (while_lost.code, before_news.code) == ("rack_lost", "status_stale")
    assert world.tell(want(0.6)).answers[0].accepted


def test_a_bank_that_was_lost_at_the_last_shutdown_is_lost_until_it_speaks() -> None:
    world = Room(racks=[PLAN], sensors=[], lost_devices=["rack-a"])
    world.tell(status(0.0))

    assert world.tell(want(0.1)).answers[0].code == "rack_lost"


def test_a_second_motion_waits_for_the_first() -> None:
    world, _ = moving()
    world.tell(status(0.2))

    assert world.tell(want(0.3, aisle=1)).answers[0].code == "moving"


def test_somebody_stepping_in_halts_our_motion_once() -> None:
    world, _ = moving()
    step_in = (Presence.CLEAR, Presence.CLEAR, Presence.OCCUPIED)

    first = world.tell(status(0.5, step_in, RackMode.MOVING))
    second = world.tell(status(0.7, step_in, RackMode.MOVING))

    assert [type(command) for command in first.commands] == [StopRack]
    stopped = [e for e in first.events if isinstance(e, RackStopped)]
    assert [(e.by, e.reason) for e in stopped] == [("interlock", "aisle_occupied:3")]
    assert second.commands == ()


def test_a_bank_that_moves_on_is_told_to_halt_again() -> None:
    world, _ = moving()
    step_in = (Presence.CLEAR, Presence.CLEAR, Presence.OCCUPIED)
    world.tell(status(0.5, step_in, RackMode.MOVING))

    again = world.tell(status(1.6, step_in, RackMode.MOVING))

    assert [type(command) for command in again.commands] == [StopRack]
    assert not any(isinstance(event, RackStopped) for event in again.events)


@pytest.mark.parametrize("blind", ["silence", "loss"])
def test_a_motion_of_ours_halts_when_its_picture_is_gone(blind: str) -> None:
    world, _ = moving()

    if blind == "silence":
        decision = world.tick(3.2)
    else:
        decision = world.tell(DeviceLost(at=moment(0.2), device="rack-a", reason="no answer"))

    assert [type(command) for command in decision.commands] == [StopRack]


def test_carriages_moved_at_their_own_panel_are_none_of_our_business() -> None:
    world = room()
    occupied = (Presence.OCCUPIED, Presence.CLEAR, Presence.CLEAR)

    assert world.tell(status(0.0, occupied, RackMode.MOVING)).commands == ()


def test_a_stop_is_always_sent_even_to_a_bank_nobody_knows_anything_of() -> None:
    world = Room(racks=[PLAN], sensors=[], lost_devices=["rack-a"])

    decision = world.tell(RequestStop(asked=asked(0.0, by="lin"), rack="rack-a"))

    (command,) = decision.commands
    assert isinstance(command, StopRack)
    (stopped,) = decision.events
    assert isinstance(stopped, RackStopped)
    assert (stopped.by, stopped.command_id) == ("lin", command.command_id)
    assert decision.answers[0].detail == {"command_id": command.command_id}


@pytest.mark.parametrize(
    "message", [want(0.0, rack="rack-z"), RequestStop(asked=asked(0.0), rack="rack-z")]
)
def test_a_bank_that_does_not_exist_is_refused(message: RequestAisle | RequestStop) -> None:
    decision = room().tell(message)

    assert decision.answers[0].code == "no_such_rack"
    assert decision.commands == ()


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        (Outcome.DONE, AisleOpened),
        (Outcome.REFUSED, AisleDeclined),
        (Outcome.STOPPED, AisleFailed),
        (Outcome.FAILED, AisleFailed),
        (Outcome.UNKNOWN, AisleFailed),
    ],
)
def test_the_final_word_ends_the_motion(word: Outcome, kind: type) -> None:
    world, command_id = moving()
    assert world.tell(outcome(0.2, command_id, Outcome.ACCEPTED)).events == ()

    decision = world.tell(outcome(1.0, command_id, word, "refused_occupied"))

    assert [type(event) for event in decision.events] == [kind]
    world.tell(status(1.1))
    (answer,) = world.tell(want(1.2)).answers
    assert answer.code == ("outcome_unknown" if word is Outcome.UNKNOWN else "accepted")


def test_the_word_on_another_command_ends_nothing() -> None:
    world, _ = moving()

    assert world.tell(outcome(0.2, "id-of-yesterday", Outcome.DONE)).events == ()
    world.tell(status(0.3))
    assert world.tell(want(0.4)).answers[0].code == "moving"


def test_a_motion_without_a_final_word_has_an_unknown_outcome_after_two_minutes() -> None:
    world, command_id = moving()
    for second in range(1, 121):
        world.tell(status(float(second), mode=RackMode.MOVING))
        assert world.tick(float(second)).events == ()
    world.tell(status(120.5, mode=RackMode.MOVING))

    (failed,) = world.tick(120.6).events

    assert isinstance(failed, AisleFailed)
    assert (failed.command_id, failed.outcome) == (command_id, "unknown")


def test_a_stop_that_is_not_confirmed_raises_an_alarm() -> None:
    world, _ = moving()
    (stop,) = world.tell(RequestStop(asked=asked(0.2), rack="rack-a")).commands
    assert isinstance(stop, StopRack)

    (alarm,) = world.tell(outcome(1.0, stop.command_id, Outcome.UNKNOWN)).events

    assert isinstance(alarm, AlarmRaised)
    assert (alarm.alarm_id, alarm.priority) == ("rack_fault:rack-a", Priority.HIGH)


def test_a_picture_that_is_the_same_is_no_news() -> None:
    world = room()
    first = world.tell(status(0.0))
    same = world.tell(status(0.2))
    other = world.tell(status(0.4, (Presence.OBSTRUCTED, *CLEAR[1:])))

    assert [type(event) for event in first.events] == [RackChanged]
    assert same.events == ()
    (changed,) = other.events
    assert isinstance(changed, RackChanged)
    assert changed.occupied == "1:obstructed"


def test_trouble_of_a_bank_is_an_alarm_until_it_says_otherwise() -> None:
    world = room()
    raised = world.tell(status(0.0, mode=RackMode.EMERGENCY_STOP))
    unclear = world.tell(status(0.2, mode=RackMode.UNKNOWN))
    over = world.tell(status(0.4, mode=RackMode.LOCAL))

    alarms = [e for e in raised.events if isinstance(e, AlarmRaised)]
    assert [(e.alarm_id, e.priority) for e in alarms] == [("rack_fault:rack-a", Priority.HIGH)]
    assert not any(isinstance(e, AlarmReturnedToNormal) for e in unclear.events)
    assert any(isinstance(e, AlarmReturnedToNormal) for e in over.events)


def test_a_fault_code_alone_is_trouble() -> None:
    events = room().tell(status(0.0, fault_code=17)).events

    assert [e.detail["fault_code"] for e in events if isinstance(e, AlarmRaised)] == ["17"]
