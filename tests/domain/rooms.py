"""Plain values the domain's tests share: a small site, a registry in memory, moments."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count

from controller.domain.decision import Decision, Tick
from controller.domain.events import Event, LoanRequested
from controller.domain.events_orders import HoldingDestroyed
from controller.domain.events_passages import (
    PassageConfirmed,
    PassageQuestioned,
    PassageSuperseded,
    QuestionKind,
)
from controller.domain.events_presence import SweepRecorded
from controller.domain.model import (
    Authority,
    AuthorityKind,
    Holding,
    HoldingKind,
    Loan,
    LoanState,
    OpenQuestion,
    Side,
)
from controller.domain.model_lending import HAS_TURN, MAY_LEAVE, OPEN
from controller.domain.model_reconciling import Entry
from controller.domain.plans import DoorPlan, DoorRule, LimitPlan, RackPlan, SensorPlan
from controller.domain.requests import Asked, Request
from controller.domain.stackroom import Stackroom
from controller.store.folds import Row
from controller.store.lending.loan_folds import LOAN_KEYS, fold_loan
from controller.store.lending.loan_registry import loan_of
from drivers.observations import Moment, Observation, TagRead, TagReport

START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)

DOOR = DoorPlan(
    id="door-north",
    room="room-1",
    antennas={1: Side.INSIDE, 2: Side.OUTSIDE},
    green=1,
    amber=2,
    red=3,
    buzzer=4,
    rule=DoorRule(commits_alone=True),
)
RACK = RackPlan(id="rack-a", aisles=4)
SENSOR = SensorPlan(
    id="th-01",
    room="room-1",
    stale_after_s=180.0,
    limits=(
        LimitPlan(quantity="relative_humidity_percent", side="high", limit=60.0, deadband=2.0),
    ),
)


def moment(seconds: float) -> Moment:
    """So long after the start, by both clocks; the monotonic one starts anywhere."""
    return Moment(utc=START + timedelta(seconds=seconds), monotonic_s=5000.0 + seconds)


def asked(seconds: float, by: str = "lin", request_id: str = "request-1") -> Asked:
    """Someone asks, at that time."""
    return Asked(request_id=request_id, at=moment(seconds), by=by, computer="192.0.2.7")


def holding(number: int, parent_id: str | None = None) -> Holding:
    """Holding number so and so; its tag is ``epc(number)`` where the registry binds it."""
    return Holding(
        id=f"holding-{number}",
        reference_code=f"J001-WS·2020-{number:04d}",
        title=f"干部任免 {number}",
        kind=HoldingKind.FILE,
        fonds="J001",
        home="room-1",
        parent_id=parent_id,
        barcode=None,
    )


def epc(number: int) -> str:
    """The tag of that number."""
    return f"E280{number:020X}"


@dataclass
class MemoryRegistry:
    """A registry that honours the domain's port, with loans that follow the events."""

    holdings: dict[str, Holding] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    loans: dict[str, Loan] = field(default_factory=dict)
    questions: dict[str, OpenQuestion] = field(default_factory=dict)
    sweep_parts: dict[str, str] = field(default_factory=dict)
    discrepancies: dict[str, Entry] = field(default_factory=dict)
    persons: dict[str, set[str]] = field(default_factory=dict)
    reshelved: set[str] = field(default_factory=set)
    gone: set[str] = field(default_factory=set)
    expired: set[str] = field(default_factory=set)
    loan_rows: dict[str, Row] = field(default_factory=dict)

    def add(self, number: int, parent_id: str | None = None) -> Holding:
        """A tagged holding."""
        made = holding(number, parent_id)
        self.holdings[made.id] = made
        self.tags[epc(number)] = made.id
        return made

    def discrepancy(self, discrepancy_id: str) -> Entry | None:
        return self.discrepancies.get(discrepancy_id)

    def lend(self, number: int, state: LoanState = LoanState.APPROVED) -> Loan:
        """A loan of that holding, due tomorrow."""
        loan = Loan(
            id=f"loan-{number}",
            holding_id=f"holding-{number}",
            borrower="王芳",
            purpose="查档",
            due=START + timedelta(days=1),
            state=state,
            requested_by="lin",
            decided_by="zhao" if state is not LoanState.REQUESTED else None,
        )
        self.loans[loan.id] = loan
        return loan

    def holding(self, holding_id: str) -> Holding | None:
        return self.holdings.get(holding_id)

    def holding_by_epc(self, epc: str) -> Holding | None:
        return self.holdings.get(self.tags.get(epc, ""))

    def authority_to_leave(self, holding: Holding, at: datetime) -> Authority | None:
        for loan in self.loans.values():
            covers = loan.holding_id in (holding.id, holding.parent_id)
            if covers and loan.state in MAY_LEAVE and at <= loan.due:
                return Authority(kind=AuthorityKind.LOAN, id=loan.id, holder=loan.borrower)
        return None

    def loan(self, loan_id: str) -> Loan | None:
        return self.loans.get(loan_id)

    def open_loan(self, holding_id: str) -> Loan | None:
        for loan in self.loans.values():
            if loan.holding_id == holding_id and loan.state in HAS_TURN:
                return loan
        return next(iter(self.open_loans(holding_id)), None)

    def open_loans(self, holding_id: str) -> list[Loan]:
        return [
            loan
            for loan in self.loans.values()
            if loan.holding_id == holding_id and loan.state in OPEN
        ]

    def loans_to_watch(self, before: datetime, reminded_since: datetime) -> list[Loan]:
        return [
            loan
            for loan in self.loans.values()
            if loan.state in HAS_TURN
            or (loan.reminded_at is not None and loan.reminded_at >= reminded_since)
        ]

    def unshelved_loan(self, holding_id: str) -> Loan | None:
        back = [
            loan
            for loan in self.loans.values()
            if loan.holding_id == holding_id and loan.state is LoanState.RETURNED
        ]
        return back[-1] if back and back[-1].id not in self.reshelved else None

    def contents(self, holding_id: str) -> list[Holding]:
        return [each for each in self.holdings.values() if each.parent_id == holding_id]

    def destroyed(self, holding_id: str) -> bool:
        return holding_id in self.gone

    def retention_over(self, holding_id: str, at: datetime) -> bool:
        return holding_id in self.expired

    def key_digests(self, holding_id: str) -> set[str]:
        return self.persons.get(holding_id, set())

    def open_question(self, passage_id: str) -> OpenQuestion | None:
        return self.questions.get(passage_id)

    def open_questions_of_group(self, group_id: str) -> list[OpenQuestion]:
        return [each for each in self.questions.values() if each.group_id == group_id]

    def open_questions_of_holding(self, holding_id: str) -> list[OpenQuestion]:
        return [each for each in self.questions.values() if each.holding_id == holding_id]

    def expected_with(self, boxes: Collection[str], at_most: int) -> list[Holding]:
        tagged = [self.holdings[each] for each in self.tags.values()]
        return [each for each in tagged if each.parent_id in boxes][:at_most]

    def sweep_digest(self, part_id: str) -> str | None:
        return self.sweep_parts.get(part_id)

    def apply(self, events: Iterable[Event]) -> None:
        """Do to the loans and the questions what the store's projection would."""
        for event in events:
            self._note_part(event)
            self._note_loan(event)
            if isinstance(event, HoldingDestroyed):
                self.gone.add(event.holding_id)
            match event:
                case PassageQuestioned():
                    self.questions[event.passage_id] = OpenQuestion(
                        passage_id=event.passage_id,
                        group_id=event.group_id,
                        door=event.door,
                        epc=event.epc,
                        holding_id=event.holding_id,
                        direction=event.direction,
                        taken=event.needs is QuestionKind.CONFIRM,
                    )
                case PassageConfirmed() | PassageSuperseded():
                    self.questions.pop(event.passage_id, None)
                case _:
                    pass

    def _note_part(self, event: Event) -> None:
        if isinstance(event, SweepRecorded):
            self.sweep_parts[event.part_id] = event.digest

    def _note_loan(self, event: Event) -> None:
        field = LOAN_KEYS.get(type(event))
        if field is None:
            return
        key = getattr(event, field)
        before = self.loan_rows.get(key)
        if before is None and key in self.loans:
            before = _row(self.loans[key])
        row = fold_loan(before, event, 0)
        if row is not None:
            self.loan_rows[key] = row
            self.loans[key] = loan_of(row)
            if row["reshelved_at"] is not None:
                self.reshelved.add(key)


def _row(loan: Loan) -> Row:
    """A loan that a test put there, as the store would have it."""
    asking = LoanRequested(
        at=START,
        loan_id=loan.id,
        holding_id=loan.holding_id,
        borrower=loan.borrower,
        purpose=loan.purpose,
        due=loan.due,
        by=loan.requested_by,
    )
    row = fold_loan(None, asking, 0)
    assert row is not None
    known = {name: getattr(loan, name) for name in ("left_at", "held_until", "renewals", "pieces")}
    known |= {"decided_by": loan.decided_by, "decided_at": loan.decided_at}
    recalled = START if loan.recalled else None
    return row | known | {"state": loan.state.value, "recalled_at": recalled}


class Room:
    """A stack room with its registry, driven like the deciding thread drives it."""

    def __init__(self, **parts: object) -> None:
        numbers = count(1)
        self.registry = MemoryRegistry()
        arguments: dict[str, object] = {
            "doors": [DOOR],
            "racks": [RACK],
            "sensors": [SENSOR],
            "registry": self.registry,
            "new_id": lambda: f"id-{next(numbers)}",
        }
        arguments.update(parts)
        self.stackroom = Stackroom(**arguments)  # type: ignore[arg-type]

    def tell(self, message: Observation | Request | Tick) -> Decision:
        """Hand in a message; loans follow what was decided."""
        decision = self.stackroom.handle(message)
        self.registry.apply(decision.events)
        return decision

    def tick(self, seconds: float) -> Decision:
        """Let time pass."""
        return self.tell(Tick(at=moment(seconds)))

    def walk(
        self, reads: Iterable[tuple[float, int, float]], epc: str, until: float
    ) -> list[Decision]:
        """One tag's ``(seconds, antenna, dBm)`` with ticks every 0.1 s in between and after."""
        decisions = []
        now = 0.0
        pending = sorted(reads)
        while now <= until or pending:
            now = round(now + 0.1, 3)
            due = [read for read in pending if read[0] <= now]
            pending = pending[len(due) :]
            for seconds, antenna, dbm in due:
                decisions.append(self.tell(report(seconds, [TagRead(epc, antenna, dbm, None, 1)])))
            decisions.append(self.tick(now))
        return decisions


def report(seconds: float, reads: Iterable[TagRead], reader: str = "door-north") -> TagReport:
    """One message of one reader."""
    return TagReport(at=moment(seconds), reader=reader, reads=tuple(reads))


def straight_walk(out: bool = True, start: float = 0.0) -> list[tuple[float, int, float]]:
    """A person carries a tag through the door: both antennas hear it, one after the other best."""
    first, second = (1, 2) if out else (2, 1)
    reads = []
    for step in range(40):
        t = step * 0.1
        reads.append((start + t, first, -45.0 - 12.0 * abs(t - 1.3)))
        reads.append((start + t + 0.05, second, -45.0 - 12.0 * abs(t - 2.3)))
    return [read for read in reads if read[2] > -75.0]


def events_of(decisions: Iterable[Decision]) -> list[Event]:
    """All events, in order."""
    return [event for decision in decisions for event in decision.events]
