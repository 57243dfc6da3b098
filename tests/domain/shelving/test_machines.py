"""Lifts, cranes and carousels move if and only if a person asks and the picture is clear."""

from dataclasses import dataclass, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from controller.domain.decision import Decision
from controller.domain.events_machines import (
    MachineChanged,
    MachineDone,
    MachineFailed,
    MachineRefused,
    MachineResolved,
    MachineStopped,
)
from controller.domain.model import Alarm
from controller.domain.model_machines import MachineDoubt, MachineVerb, MachineWish
from controller.domain.model_shelving import Finding, KnownShelving
from controller.domain.plans_shelving import MachineKind, MachinePlan
from controller.domain.requests_machines import MoveMachine, ResolveMachine, StopMachine
from drivers.commands import (
    Cell,
    FetchTray,
    GoToShelf,
    MotionCommand,
    MoveLoad,
    RecoverMotion,
    StopRack,
    StoreTray,
)
from drivers.observations import (
    CommandOutcome,
    DeviceBack,
    DeviceLost,
    MachineStatus,
    Outcome,
    RackMode,
)
from tests.domain.rooms import Room, asked, moment

LIFT = MachinePlan(id="m", kind=MachineKind.LIFT, sizes=(40,), openings=2)
CRANE = MachinePlan(id="m", kind=MachineKind.CRANE, sizes=(2, 9, 5))
CAROUSEL = MachinePlan(id="m", kind=MachineKind.CAROUSEL, sizes=(12,))
B, P = MachineVerb.BRING, MachineVerb.PUT_BACK
HARMLESS = ("power_ok", "remote_enabled", "homed", "ventilated", "shutter_closed")
HAZARDS = (
    "occupied", "obstructed", "light_curtain", "overload", "overweight", "overheight",
    "estop_active", "reset_required", "watchdog_tripped", "fire", "fault", "drive_fault",
    "position_error", "locked",
)  # fmt: skip
SHOWN = {MachineKind.LIFT: "tray_at_bay", MachineKind.CRANE: "load_present"}


def status(
    seconds: float,
    plan: MachinePlan = LIFT,
    there: tuple[int | None, ...] = (0, 0),
    mode: RackMode = RackMode.IDLE,
    flags: tuple[str | None, ...] = HARMLESS,
    *,
    moving: bool = False,
) -> MachineStatus:
    return MachineStatus(
        at=moment(seconds), device="m", mode=mode, moving=moving, fault_code=0,
        values={"status": flags, SHOWN.get(plan.kind, "shelf"): there},
    )  # fmt: skip


class Hall:
    """A room with one machine; remembers the last wish."""

    def __init__(self, plan: MachinePlan = LIFT, **parts: object) -> None:
        self.plan = plan
        self.room = Room(**{"racks": [], "sensors": [], "doors": [], "machines": [plan], **parts})
        self.command_id = ""

    def tell(self, message: object) -> Decision:
        decision = self.room.tell(message)  # type: ignore[arg-type]
        for command in decision.commands:
            if isinstance(command, MotionCommand):
                self.command_id = command.command_id
        return decision

    def move(
        self, seconds: float, verb: MachineVerb, target: str = "7", opening: int = 1
    ) -> Decision:
        wish = MoveMachine(
            asked=asked(seconds, "lin"), machine="m", verb=verb, target=target, opening=opening
        )
        return self.tell(wish)

    def word(self, seconds: float, outcome: Outcome, detail: str = "") -> Decision:
        return self.tell(
            CommandOutcome(
                at=moment(seconds), device="m", command_id=self.command_id,
                outcome=outcome, detail=detail,
            )
        )  # fmt: skip

    def resolve(self, seconds: float, note: str = "seen") -> Decision:
        return self.tell(
            ResolveMachine(
                asked=asked(seconds, "zhao"), machine="m", finding=Finding.NOT_OPEN, note=note
            )
        )


def code(decision: Decision) -> str:
    (answer,) = decision.answers
    return answer.code


def moves(decision: Decision) -> list[MotionCommand]:
    return [c for c in decision.commands if isinstance(c, MotionCommand)]


def carry(source: Cell | None, target: Cell | None) -> MoveLoad:
    return MoveLoad(device="m", command_id="c", source=source, target=target)


@pytest.mark.parametrize(
    ("plan", "there", "verb", "target", "command"),
    [
        (LIFT, (0, 0), B, "7", FetchTray(device="m", command_id="c", tray=7, bay=2)),
        (LIFT, (0, 7), P, "", StoreTray(device="m", command_id="c", bay=2)),
        (CAROUSEL, (3,), B, "12", GoToShelf(device="m", command_id="c", shelf=12)),
        (
            CRANE, (0,), B, "2/9/5",
            carry(Cell(row=2, column=9, level=5), None),
        ),
        (
            CRANE, (0,), P, "1/1/1",
            carry(None, Cell(row=1, column=1, level=1)),
        ),
    ],
)  # fmt: skip
def test_a_wish_becomes_the_command_of_its_kind(
    plan: MachinePlan, there: tuple[int, ...], verb: MachineVerb, target: str,
    command: MotionCommand,
) -> None:  # fmt: skip
    hall = Hall(plan)
    hall.tell(status(0.0, plan, there))

    decision = hall.move(0.1, verb, target, 2 if plan is LIFT else 1)

    assert [replace(one, command_id="c") for one in moves(decision)] == [command]
    assert code(decision) == "accepted"


@pytest.mark.parametrize(
    ("plan", "verb", "target", "opening", "reason"),
    [
        (LIFT, B, "41", 1, "no_such_place:41"),
        (LIFT, B, "0", 1, "no_such_place:0"),
        (LIFT, B, "x", 1, "no_such_place:x"),
        (LIFT, B, "", 1, "no_such_place"),
        (LIFT, B, "7", 3, "no_such_opening:3"),
        (LIFT, P, "", 1, "opening_empty:1"),
        (LIFT, P, "", 0, "no_such_opening:0"),
        (CRANE, B, "1/1", 1, "no_such_place:1/1"),
        (CRANE, P, "1/10/1", 1, "no_such_place:1/10/1"),
        (CAROUSEL, P, "1", 1, "nothing_to_put_back"),
        (CAROUSEL, B, "13", 1, "no_such_place:13"),
    ],
)
def test_what_a_machine_does_not_have_is_refused_by_name(
    plan: MachinePlan, verb: MachineVerb, target: str, opening: int, reason: str
) -> None:
    hall = Hall(plan)
    hall.tell(status(0.0, plan))

    decision = hall.move(0.1, verb, target, opening)

    assert decision.commands == ()
    assert [e.reason for e in decision.events if isinstance(e, MachineRefused)] == [reason]
    assert code(decision) == reason.partition(":")[0]


@dataclass(frozen=True)
class Scene:
    """What is known when somebody wants tray 7 at opening 1, or wants it taken away."""

    verb: MachineVerb
    seen: bool
    age_s: float
    lost: bool
    doubt: bool
    busy: bool
    mode: RackMode
    moving: bool
    flags: tuple[str | None, ...]
    at_opening: int | None


def may_move(scene: Scene) -> bool:
    """The rule, stated again: every reason to stand still must be absent."""
    reasons = [
        not scene.seen,
        scene.lost,
        scene.doubt,
        scene.busy,
        scene.age_s > 3.0,
        scene.moving,
        scene.mode not in (RackMode.IDLE, RackMode.HOLDING),
        None in scene.flags,
        bool(set(scene.flags) & set(HAZARDS)),
        scene.at_opening is None,
        scene.verb is B and scene.at_opening != 0,
        scene.verb is P and scene.at_opening == 0,
    ]
    return not any(reasons)


def mostly(usual: object, *others: object) -> st.SearchStrategy[object]:
    """Steered to where everything is well but for one or two things."""
    return st.sampled_from([usual] * 6 * len(others) + list(others))


scenes = st.builds(
    Scene,
    verb=st.sampled_from(MachineVerb),
    seen=mostly(True, False),
    age_s=mostly(0.5, 2.99, 3.01, 60.0),
    lost=mostly(False, True),
    doubt=mostly(False, True),
    busy=mostly(False, True),
    mode=mostly(RackMode.IDLE, *RackMode),
    moving=mostly(False, True),
    flags=mostly(HARMLESS, (), (None,), *[(*HARMLESS, hazard) for hazard in HAZARDS]),
    at_opening=st.sampled_from([0, 0, 0, 9, 9, None]),
)


@settings(max_examples=400)
@given(scenes)
def test_it_moves_if_and_only_if_the_rule_says_so(scene: Scene) -> None:
    wish = MachineWish(verb=B, numbers=(9,), opening=2)
    doubt = MachineDoubt(machine="m", wish=wish, command_id="c-0", by="li", told=True)
    known = KnownShelving(machine_doubts=(doubt,) if scene.doubt else ())
    hall = Hall(shelving=known)
    if scene.busy and not scene.doubt:
        hall.tell(status(0.0))
        assert moves(hall.move(0.0, B, "9", 2))
    if scene.lost:
        hall.tell(DeviceLost(at=moment(0.1), device="m", reason="gone"))
    if scene.seen:
        hall.tell(
            status(0.2, LIFT, (scene.at_opening, 0), scene.mode, scene.flags, moving=scene.moving)
        )
    elif scene.busy:
        hall.tell(DeviceLost(at=moment(0.1), device="m", reason="gone"))
        hall.tell(DeviceBack(at=moment(0.2), device="m", detail=""))

    decision = hall.move(0.2 + scene.age_s, scene.verb)

    assert bool(moves(decision)) == may_move(scene)
    assert (code(decision) == "accepted") == may_move(scene)


def test_without_a_person_nothing_is_ever_brought() -> None:
    hall = Hall()

    told = [hall.tell(status(0.1 * n, there=(n % 3, 0))) for n in range(20)]
    told += [hall.room.tick(2.0 + n) for n in range(20)]

    assert all(decision.commands == () for decision in told)


@pytest.mark.parametrize("hazard", [*HAZARDS, None])
def test_a_motion_is_halted_when_its_picture_is_no_longer_clear(hazard: str | None) -> None:
    hall = Hall()
    hall.tell(status(0.0))
    hall.move(0.1, B)
    assert hall.tell(status(0.2, mode=RackMode.MOVING, moving=True)).commands == ()

    halted = hall.tell(status(0.3, mode=RackMode.MOVING, flags=(hazard,), moving=True))

    (stop,) = halted.commands
    assert isinstance(stop, StopRack)
    assert hall.tell(status(0.9, mode=RackMode.MOVING, flags=(hazard,))).commands == ()
    again = hall.tell(status(1.4, mode=RackMode.MOVING, flags=(hazard,)))
    assert again.commands == (stop,)


def test_what_still_moves_is_told_to_halt_again_whatever_it_calls_that() -> None:
    hall = Hall()
    hall.tell(status(0.0))
    hall.move(0.1, B)
    coasting = {"mode": RackMode.PROTECTIVE_STOP, "flags": ("light_curtain",), "moving": True}
    (stop,) = hall.tell(status(0.3, **coasting)).commands  # type: ignore[arg-type]
    assert hall.tell(status(1.4, **coasting)).commands == (stop,)  # type: ignore[arg-type]


def test_a_motion_whose_machine_falls_silent_is_told_to_halt() -> None:
    hall = Hall()
    hall.tell(status(0.0))
    hall.move(0.1, B)

    stale = hall.room.tick(3.1)

    assert [type(c) for c in stale.commands] == [StopRack]
    assert [e.reason for e in stale.events if isinstance(e, MachineStopped)] == ["status_stale"]


def test_done_refused_and_stopped_leave_it_free_for_the_next_wish() -> None:
    hall = Hall()
    for number, outcome in enumerate([Outcome.DONE, Outcome.REFUSED, Outcome.STOPPED]):
        hall.tell(status(10.0 * number))
        assert moves(hall.move(10.0 * number + 0.1, B))
        hall.word(10.0 * number + 0.2, Outcome.ACCEPTED)
        (event,) = hall.word(10.0 * number + 0.3, outcome, "tray_blocked").events
        assert isinstance(event, MachineDone if outcome is Outcome.DONE else MachineFailed)


def test_a_motion_of_unknown_end_needs_somebody_who_looked() -> None:
    hall = Hall()
    hall.tell(status(0.0))
    hall.move(0.1, B)
    (event,) = hall.word(0.2, Outcome.UNKNOWN, "unreachable").events
    assert isinstance(event, MachineFailed)

    assert code(hall.move(0.3, B)) == "outcome_unknown"
    assert code(hall.resolve(0.4, "  ")) == "note_missing"
    hall.tell(status(0.5, moving=True))
    assert code(hall.resolve(0.6)) == "mode_moving"
    hall.tell(status(0.7))
    (resolved,) = hall.resolve(0.8).events

    assert isinstance(resolved, MachineResolved)
    assert moves(hall.move(0.9, B))
    assert code(hall.resolve(1.0)) == "no_doubt"


def test_after_a_restart_the_machine_itself_may_say_how_it_ended() -> None:
    wish = MachineWish(verb=B, numbers=(9,), opening=2)
    doubt = MachineDoubt(machine="m", wish=wish, command_id="c-0", by="li", told=False)
    hall = Hall(shelving=KnownShelving(machine_doubts=(doubt,)))

    first = hall.room.tick(0.0)
    back = hall.tell(DeviceBack(at=moment(0.1), device="m", detail=""))

    assert [(e.outcome, e.detail) for e in first.events if isinstance(e, MachineFailed)] == [
        ("unknown", "interrupted")
    ]
    fetch = FetchTray(device="m", command_id="c-0", tray=9, bay=2)
    assert back.commands == (RecoverMotion(device="m", wish=fetch),)
    hall.command_id = "c-0"
    assert [type(e) for e in hall.word(0.2, Outcome.DONE).events] == [MachineDone]
    hall.tell(status(0.3))
    assert moves(hall.move(0.4, B))


def test_a_motion_without_a_word_for_long_is_unknown() -> None:
    hall = Hall()
    hall.tell(status(0.0))
    hall.move(0.1, B)
    for second in range(1, 601):
        hall.tell(status(float(second), mode=RackMode.MOVING, moving=True))

    late = hall.room.tick(600.2)

    assert [e.detail for e in late.events if isinstance(e, MachineFailed)] == ["no_final_word"]


def test_stop_is_always_sent_and_one_that_fails_is_an_alarm() -> None:
    hall = Hall()

    stopped = hall.tell(StopMachine(asked=asked(0.1, "lin"), machine="m"))

    (stop,) = stopped.commands
    assert isinstance(stop, StopRack)
    hall.command_id = stop.command_id
    (raised,) = hall.word(3.0, Outcome.UNKNOWN, "not_confirmed").events
    assert not isinstance(raised, Alarm)
    assert type(raised).__name__ == "AlarmRaised"


def test_it_is_told_once_how_a_machine_stands() -> None:
    hall = Hall()
    (first,) = hall.tell(status(0.0, there=(7, None))).events

    assert isinstance(first, MachineChanged)
    assert (first.presents, first.flags) == ("7,?", "")
    assert hall.tell(status(0.1, there=(7, None))).events == ()
    assert len(hall.tell(status(0.2, there=(7, None), flags=(None,))).events) == 1


def test_a_machine_that_is_not_there_is_said() -> None:
    hall = Hall()
    wish = MoveMachine(asked=asked(0.1, "lin"), machine="x", verb=B, target="1", opening=1)

    assert code(hall.tell(wish)) == "no_such_machine"
