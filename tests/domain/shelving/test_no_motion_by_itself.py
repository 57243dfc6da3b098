"""Whatever happens in whatever order: carriages move only for a person whose turn it is.

The rule is stated a second time here, from what was seen and answered, apart from the code.
"""

from dataclasses import dataclass, field
from typing import Any

from hypothesis import event, given, settings
from hypothesis import strategies as st

from controller.domain.decision import Decision
from controller.domain.events_shelving import (
    AisleReserved,
    MotionResolved,
    QueueCancelled,
    ReservationAdvanced,
    ReservationEnded,
)
from controller.domain.model_shelving import LIVE, Finding, ReservationState
from drivers.commands import OpenAisle
from drivers.observations import (
    DeviceBack,
    DeviceLost,
    Outcome,
    Presence,
    RackMode,
    RackStatus,
)
from tests.domain.rooms import moment
from tests.domain.shelving.bank import AISLES, CLEAR, PLAN, Shelving, picture

S = ReservationState
PEOPLE = ("lin", "wang", "zhao")
TROUBLE = {RackMode.EMERGENCY_STOP, RackMode.PROTECTIVE_STOP, RackMode.FAULT, RackMode.POWER_LOST}


@dataclass
class Told:
    """One reservation, by the events alone."""

    aisle: int
    by: str
    state: ReservationState


@dataclass
class World:
    """The bank, and what an onlooker writes down beside it."""

    bank: Shelving = field(default_factory=Shelving)
    now_s: float = 0.0
    last: RackStatus | None = None
    lost: bool = False
    in_motion: bool = False
    doubt: bool = False
    told: dict[str, Told] = field(default_factory=dict)

    def safe(self) -> bool:
        """DESIGN, invariant 6, and nothing under way or in doubt."""
        return (
            self.last is not None
            and not self.lost
            and moment(self.now_s).monotonic_s - self.last.at.monotonic_s <= PLAN.stale_after_s
            and self.last.presence == CLEAR
            and self.last.mode in (RackMode.IDLE, RackMode.HOLDING)
            and not self.in_motion
            and not self.doubt
        )

    def note(self, decision: Decision, *, asks: str, leaves: int | None = None) -> None:
        """Compare what was decided with the rule; then write down what was said.

        ``asks`` is the person whose request this was, empty for none; ``leaves`` the aisle that
        this person has and gives back.
        """
        moves = [c for c in decision.commands if isinstance(c, OpenAisle)]
        safe = self.safe()
        before = [t for t in self.told.values() if t.state is not S.QUEUED]
        for happened in decision.events:
            self._write(happened)
        if moves:
            event("moved")
            assert len(moves) == 1
            assert asks, "carriages moved though nobody asked"
            assert safe, "carriages moved on a picture that was not fresh, complete and clear"
            held = {t.aisle for t in before if t.state is S.AT_TARGET}
            assert held <= {leaves}, "carriages moved while somebody had an open aisle"
            live = [t for t in self.told.values() if t.state in LIVE]
            with_turn = {t.aisle for t in live if t.state is not S.QUEUED}
            assert with_turn <= {moves[0].aisle}, "an aisle was opened out of turn"
            self.in_motion = True
        self.agree()

    def agree(self) -> None:
        """What holds at every moment."""
        live = [t for t in self.told.values() if t.state in LIVE]
        with_turn = {t.aisle for t in live if t.state is not S.QUEUED}
        assert len(with_turn) <= 1, "two aisles have the turn"
        assert not live or with_turn, "people wait and nobody has the turn"
        waits = [t for t in live if t.state is S.QUEUED]
        assert all(t.aisle not in with_turn for t in waits), "somebody waits for the open aisle"

    def _write(self, happened: object) -> None:
        match happened:
            case AisleReserved():
                place = Told(happened.aisle, happened.by, S.QUEUED)
                self.told[happened.reservation_id] = place
            case ReservationAdvanced() | ReservationEnded():
                assert self.told[happened.reservation_id].state in LIVE
                self.told[happened.reservation_id].state = happened.state
            case MotionResolved():
                self.doubt = False
            case QueueCancelled():
                event(f"cancelled: {happened.reason}")
            case _:
                pass

    # --- steps ---------------------------------------------------------------------------------

    def look(self, presence: tuple[Presence, ...], mode: RackMode, aisle: int | None) -> None:
        self.last = picture(self.now_s, presence, mode, aisle)
        self.note(self.bank.tell(self.last), asks="")
        if mode in TROUBLE:
            waiting = {t.state for t in self.told.values()} & {S.QUEUED, S.RESERVED, S.SENT}
            assert not waiting, "people still wait at a bank that stopped by itself"

    def must_open(self, by: str, aisle: int, *, new: bool) -> bool:
        """Whether this wish, put now, is one that carriages must follow."""
        live = [t for t in self.told.values() if t.state in LIVE]
        mine = [t for t in live if (t.by, t.aisle) == (by, aisle)]
        turn = [t for t in live if t.state is not S.QUEUED]
        its_turn = all(t.aisle == aisle and t.state is S.RESERVED for t in turn)
        stands_open = self.last is not None and self.last.open_aisle == aisle and bool(turn or new)
        return self.safe() and its_turn and not stands_open and not (new and mine)

    def reserve(self, by: str, aisle: int) -> None:
        must = self.must_open(by, aisle, new=True)
        decision = self.bank.reserve(self.now_s, by, aisle)
        assert bool(decision.commands) is must, "a wish that is due was not followed, or not due"
        self.note(decision, asks=by)

    def open(self, by: str, aisle: int) -> None:
        live = [t for t in self.told.values() if t.state in LIVE]
        mine = [t for t in live if (t.by, t.aisle) == (by, aisle)]
        must = self.must_open(by, aisle, new=False) and bool(mine or not live)
        decision = self.bank.open(self.now_s, by, aisle)
        assert bool(decision.commands) is must, "a wish that is due was not followed, or not due"
        self.note(decision, asks=by)

    def claim(self, by: str, of: str) -> None:
        mine = self.told.get(self.bank.ids.get(of, ""))
        must = (
            by == of
            and mine is not None
            and mine.state is S.RESERVED
            and self.must_open(by, mine.aisle, new=False)
        )
        decision = self.bank.claim(self.now_s, by, of)
        assert bool(decision.commands) is must, "a wish that is due was not followed, or not due"
        self.note(decision, asks=by)

    def release(self, by: str, of: str) -> None:
        mine = self.told.get(self.bank.ids.get(of, ""))
        leaves = mine.aisle if mine is not None and mine.by == by else None
        decision = self.bank.release(self.now_s, by, of)
        if by != of:
            assert decision.commands == (), "a motion followed when another's aisle was released"
        self.note(decision, asks=by, leaves=leaves)

    def word(self, outcome: Outcome, detail: str) -> None:
        if not self.in_motion:
            return
        if outcome is not Outcome.ACCEPTED:
            self.in_motion = False
            self.doubt = outcome is Outcome.UNKNOWN
        self.note(self.bank.word(self.now_s, outcome, detail), asks="")

    def resolve(self, finding: Finding) -> None:
        self.note(self.bank.resolve(self.now_s, finding), asks="zhao")

    def wait(self, seconds: float) -> None:
        self.now_s += seconds
        decision = self.bank.room.tick(self.now_s)
        if any(type(e).__name__ == "AisleFailed" for e in decision.events):
            self.in_motion, self.doubt = False, True
        self.note(decision, asks="")

    def lose(self) -> None:
        self.lost, self.last = True, None
        lost = DeviceLost(at=moment(self.now_s), device="rack-a", reason="no answer")
        self.note(self.bank.tell(lost), asks="")

    def back(self) -> None:
        self.lost = False
        self.note(
            self.bank.tell(DeviceBack(at=moment(self.now_s), device="rack-a", detail="")), asks=""
        )


people = st.sampled_from(PEOPLE)
aisles = st.integers(1, AISLES)
good = st.tuples(
    st.just("look"), st.just(CLEAR), st.sampled_from([RackMode.IDLE, RackMode.HOLDING]),
    st.none() | aisles,
)  # fmt: skip
arrive = st.tuples(st.just("word"), st.just(Outcome.DONE), st.just(""))
steps = st.lists(
    st.one_of(
        good,
        good,
        st.tuples(st.just("reserve"), people, aisles),
        st.tuples(st.just("reserve"), people, aisles),
        people.map(lambda who: ("release", who, who)),
        people.map(lambda who: ("release", who, who)),
        people.map(lambda who: ("claim", who, who)),
        st.tuples(st.sampled_from(["claim", "release"]), people, people),
        st.tuples(st.just("open"), people, aisles),
        arrive,
        arrive,
        st.tuples(
            st.just("word"),
            st.sampled_from([*Outcome]),
            st.sampled_from(["", "watchdog", "stopped", "emergency_stop"]),
        ),
        st.tuples(
            st.just("look"),
            st.tuples(*[st.sampled_from([*[Presence.CLEAR] * 4, *Presence])] * AISLES),
            st.sampled_from([*[RackMode.IDLE] * 4, *RackMode]),
            st.none() | aisles,
        ),
        st.tuples(st.just("resolve"), st.sampled_from([*Finding])),
        st.tuples(
            st.just("wait"),
            st.sampled_from([0.1, 1.0, 2.9, 3.1, 121.0, 300.0, 900.0]),
        ),
        st.tuples(st.sampled_from(["lose", "back"])),
    ),
    max_size=50,
)


@settings(max_examples=300, deadline=None)
@given(steps)
def test_carriages_move_only_for_a_person_whose_turn_it_is_on_a_clear_picture(
    history: list[tuple[Any, ...]],
) -> None:
    world = World()
    for verb, *facts in [("look", CLEAR, RackMode.IDLE, None), *history]:
        getattr(world, verb)(*facts)
