"""A small archive in a store, for tests that compare it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import NAMESPACE_OID, uuid5

from sqlalchemy import Engine, insert, select, update

from controller.domain.decision import Decision
from controller.domain.events import Event, TagBound
from controller.domain.events_presence import SweepRecorded, TagArrived, TagSwept
from controller.domain.plans import RackPlan
from controller.domain.plans_presence import ListenerKind, ListenerPlan
from controller.domain.reconciling.layout import Layout
from controller.domain.reconciling.verdicts import Rules
from controller.reconciling.comparing import Comparison, Tally
from controller.store.ledger import Compose, Ledger
from controller.store.reconciling_tables import discrepancies, reconciliation_runs
from controller.store.schema import holdings, import_runs
from drivers.observations import Moment
from tests.store.plain import Unpublished, rows_of

START = datetime(2026, 6, 1, 8, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)

LAYOUT = Layout(
    racks=[RackPlan(id="rack-a", aisles=8, name="A", room="room-1")],
    listeners=[
        ListenerPlan(
            id="shelf-a",
            kind=ListenerKind.SHELF,
            room="room-1",
            spots={1: "rack-a/3/2", 2: "rack-a/4/2"},
        )
    ],
    tag_wanted_from={"B002": START},
)


def holding_id(number: int) -> str:
    """A hash, as ids of holdings are."""
    return str(uuid5(NAMESPACE_OID, f"archive\n{number}"))


def epc(number: int) -> str:
    return f"E280{number:020X}"


class Archive:
    """Everything one test needs. Close it."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.now = START
        self._ledger = Ledger(engine, source="t/controller", compose=Unpublished())

    def close(self) -> None:
        self._ledger.close()

    def clock(self) -> Moment:
        return Moment(utc=self.now, monotonic_s=self.now.timestamp())

    def record(self, *events: Event) -> None:
        self._ledger.add(Decision(events=events))
        self._ledger.commit()

    # --- what is there -----------------------------------------------------------------------

    def catalogue(self, number: int, *, home: str = "rack-a/3/L/3/2", **more: Any) -> None:
        """One record of the catalogue."""
        row = {
            "id": holding_id(number),
            "source": "archive",
            "external_id": str(number),
            "reference_code": f"A001-WS·2020-Y-{number:04d}",
            "title": f"File {number}",
            "kind": "file",
            "fonds": "A001",
            "home": home,
            "retention": "Y",
            "digest": "",
            "run_id": "run",
        }
        with self.engine.begin() as connection:
            connection.execute(insert(holdings).values(row | more))

    def change(self, number: int, **fields: Any) -> None:
        """The catalogue says otherwise now."""
        with self.engine.begin() as connection:
            connection.execute(
                update(holdings).where(holdings.c.id == holding_id(number)).values(fields)
            )

    def hold(self, source: str = "archive", state: str = "held") -> None:
        """The guard holds a run of that source, or lets it go."""
        row = {
            "id": source,
            "source": source,
            "file": "",
            "file_sha256": "",
            "started_at": self.now,
            "state": state,
            "reason": "900 of 1000 would vanish",
        }
        with self.engine.begin() as connection:
            known = connection.scalar(select(import_runs.c.id).where(import_runs.c.id == source))
            if known is None:
                connection.execute(insert(import_runs).values(row))
            else:
                connection.execute(
                    update(import_runs).where(import_runs.c.id == source).values(state=state)
                )

    def tag(self, *numbers: int) -> None:
        self.record(
            *(TagBound(at=self.now, epc=epc(n), holding_id=holding_id(n), by="li") for n in numbers)
        )

    def hear(self, number: int, spot: str = "rack-a/3/2", *, known: bool = True) -> None:
        """The shelf's antenna hears it there from now on."""
        self.record(
            TagArrived(
                at=self.now,
                reader="shelf-a",
                listener=ListenerKind.SHELF,
                room="room-1",
                spot=spot,
                epc=epc(number),
                holding_id=holding_id(number) if known else None,
            )
        )

    def sweep(self, name: str, spot: str, *numbers: int) -> None:
        """Somebody walks past that bay and hears these."""
        part = SweepRecorded(
            at=self.now,
            part_id=f"{name}/1",
            digest=name,
            handheld="handheld-1",
            room="room-1",
            spot=spot,
            by="li",
            tags=len(numbers),
            unknown=0,
        )
        heard = [
            TagSwept(
                at=self.now,
                part_id=f"{name}/1",
                handheld="handheld-1",
                room="room-1",
                spot=spot,
                by="li",
                epc=epc(n),
                holding_id=holding_id(n),
                heard_at=self.now,
                nearer="",
            )
            for n in numbers
        ]
        self.record(part, *heard)

    # --- comparing ---------------------------------------------------------------------------

    def begin(self, *, plan: bool = False, compose: Compose | None = None) -> Comparison:
        return Comparison(
            engine=self.engine,
            layout=LAYOUT,
            rules=Rules(),
            source="t/reconcile",
            compose=compose or Unpublished(),
            clock=self.clock,
            plan=plan,
        )

    def compare(self, *, full: bool = False, plan: bool = False) -> Tally:
        return self.run(lambda one: one.of_everything() if full else one.of_changes(), plan=plan)

    def run(self, work: Callable[[Comparison], Tally], *, plan: bool = False) -> Tally:
        one = self.begin(plan=plan)
        try:
            return work(one)
        finally:
            one.close()

    def finish(self, *, full: bool = False) -> Tally:
        def work(one: Comparison) -> Tally:
            one.of_everything() if full else one.of_changes()
            return one.finish(full=full)

        return self.run(work)

    def standing(self) -> dict[str, str]:
        """Class and number of file → state, of all that is not closed."""
        return {
            f"{row['code']} {self._name(row['subject'])}": row["state"]
            for row in rows_of(self.engine, discrepancies)
            if row["state"] != "closed"
        }

    def register(self) -> list[dict[str, Any]]:
        return rows_of(self.engine, discrepancies)

    def runs(self) -> list[dict[str, Any]]:
        return rows_of(self.engine, reconciliation_runs)

    @staticmethod
    def _name(subject: str) -> str:
        numbers = {holding_id(n): str(n) for n in range(40)} | {
            epc(n): f"tag {n}" for n in range(40)
        }
        return numbers.get(subject, subject)
