"""One comparison: what to look at, what the parties say, what that changes in the register.

Each part is read without a lock, judged, and written in one short transaction together with how
far it got; so a comparison may be killed anywhere, and of two at once the later gives up.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from sqlalchemy import Connection, Engine

from controller.domain.decision import Decision
from controller.domain.events_reconciling import (
    DiscrepancyClosed,
    DiscrepancyFound,
    ReconciliationFinished,
)
from controller.domain.reconciling.judging import judge
from controller.domain.reconciling.judging_wider import judge_key, judge_source, judge_tag
from controller.domain.reconciling.layout import Layout
from controller.domain.reconciling.register import changes
from controller.domain.reconciling.verdicts import Judgement, Rules
from controller.store.database import begin_write
from controller.store.ids import new_id
from controller.store.ledger import Compose, Ledger
from controller.store.reconciling import entries, figures, work
from controller.store.reconciling.cases import CaseReader
from drivers.observations import Clock, Moment


@dataclass(slots=True, kw_only=True)
class Tally:
    """What one comparison did, or would do."""

    judged: int = 0
    found: Counter[str] = field(default_factory=Counter)
    """By class: opened, or with other evidence than before."""
    closed: int = 0
    standing: int = 0
    figures: dict[str, str] = field(default_factory=dict)
    examples: list[dict[str, str]] = field(default_factory=list)


Step = Callable[[Connection], None]
EXAMPLES = 100
"""Findings that a plan tells one by one."""


class Comparison:
    """Use it once. Everything is judged as of the moment it began."""

    def __init__(
        self,
        *,
        engine: Engine,
        layout: Layout,
        rules: Rules,
        source: str,
        compose: Compose,
        clock: Clock,
        plan: bool = False,
    ) -> None:
        """``source`` is ``<site>/<writer>``; with ``plan`` nothing is written."""
        self._engine = engine
        self._layout = layout
        self._rules = rules
        self._clock = clock
        self._began: Moment = clock()
        self._plan = plan
        self._tally = Tally()
        self._ledger = Ledger(engine, source=source, compose=compose, clock=clock)
        with engine.connect() as connection:
            self._cursor = work.cursor(connection)
            self._newest = work.newest(connection)
            self._held = entries.held_sources(connection)

    def close(self) -> None:
        """Give the connections back."""
        self._ledger.close()

    def of_changes(self) -> Tally:
        """What the journal, the catalogue and time have changed since the last comparison.

        Raises:
            Overtaken: another comparison is at it.
            StoreFull, StoreBusy: what was written until then stays.
        """
        self._by_the_journal()
        self._by_time()
        self._by_the_catalogue()
        return self._tally

    def of_everything(self) -> Tally:
        """Every holding, whatever is thought to have changed; raises as ``of_changes``."""
        with self._engine.connect() as connection:
            seen = work.marks(connection, limit=1 << 17)
            for page in work.pages_of_holdings(connection):
                connection.rollback()
                self._judge(page, keys=True)
            rest = work.uncatalogued(connection)
        self._judge(rest, keys=False)
        self._write([], step=partial(work.unmark, seen=seen), seq=self._newest)
        return self._tally

    def finish(self, *, full: bool) -> Tally:
        """Judge the sources, count, and write down that it is done."""
        with self._engine.connect() as connection:
            judged = [
                judge_source(case, self._rules)
                for case in entries.source_cases(connection, self._began)
            ]
            judged += [judge_key(case) for case in entries.standing_key_cases(connection)]
            counted = figures.figures(connection, self._began.utc)
        self._write(judged, seq=self._cursor.seq)
        with self._engine.connect() as connection:
            self._tally.standing = figures.standing(connection)
        self._tally.figures = counted
        if not self._plan:
            self._ledger.add(Decision(events=(self._finished(full),)))
            self._ledger.commit()
        return self._tally

    def _by_the_journal(self) -> None:
        while True:
            with self._engine.connect() as connection:
                page = work.touched(connection, self._cursor.seq)
                if page is None or self._cursor.seq >= self._newest:
                    return
                before = entries.standing(connection, page.tags)
                tags = [
                    judge_tag(case, self._rules)
                    for case in entries.tag_cases(connection, page.tags, before, self._rules)
                ]
            self._judge(sorted(page.holdings), keys=False, and_also=tags, seq=page.upto)

    def _by_time(self) -> None:
        after = ""
        while True:
            with self._engine.connect() as connection:
                ids = work.due(connection, self._began.utc, after)
            if not ids:
                return
            self._judge(ids, keys=False)
            after = ids[-1]

    def _by_the_catalogue(self) -> None:
        after = ""
        while True:
            with self._engine.connect() as connection:
                seen = work.marks(connection, after)
                if not seen:
                    return
                ids = [each for bucket in seen for each in work.in_bucket(connection, bucket)]
            self._judge(ids, keys=True, step=partial(work.unmark, seen=seen))
            after = max(seen)

    # --- one part ----------------------------------------------------------------------------

    def _judge(
        self,
        ids: Sequence[str],
        *,
        keys: bool,
        and_also: Sequence[Judgement] = (),
        step: Step | None = None,
        seq: int | None = None,
    ) -> None:
        with self._engine.connect() as connection:
            reader = CaseReader(connection, self._layout, self._began.utc)
            judged = [judge(case, self._rules) for case in reader.cases(ids)]
            others = [*and_also]
            if keys:
                others += [judge_key(case) for case in entries.key_cases(connection, ids)]
            due = work.changed_due(connection, {j.subject: j.again_at for j in judged})
        self._tally.judged += len(ids)
        steps = [] if step is None else [step]
        if due:
            steps.append(partial(work.set_due, times=due))
        self._write([*judged, *others], steps=steps, seq=seq)

    def _write(
        self,
        judged: Sequence[Judgement],
        *,
        step: Step | None = None,
        steps: Sequence[Step] = (),
        seq: int | None = None,
    ) -> None:
        with self._engine.connect() as connection:
            before = entries.standing(connection, (each.subject for each in judged))
        events = changes(judged, before, self._began.utc, frozenset(self._held))
        known = {entry.id for some in before.values() for entry in some}
        self._count(events, known)
        also = [*steps, *([] if step is None else [step])]
        if self._plan:
            self._cursor = work.Cursor(
                seq=self._cursor.seq if seq is None else seq, version=self._cursor.version
            )
            return
        self._ledger.add(Decision(events=tuple(events)))
        if events or also or (seq is not None and seq != self._cursor.seq):
            self._commit(also, self._cursor.seq if seq is None else seq, bool(events))

    def _count(self, events: Iterable[object], known: set[str]) -> None:
        for event in events:
            if isinstance(event, DiscrepancyFound):
                if event.discrepancy_id not in known:
                    self._tally.found[event.code.value] += 1
                if self._plan and len(self._tally.examples) < EXAMPLES:
                    self._tally.examples.append(
                        {"class": event.code.value, "subject": event.subject, **event.evidence}
                    )
            elif isinstance(event, DiscrepancyClosed):
                self._tally.closed += 1

    def _commit(self, also: Sequence[Step], seq: int, has_events: bool) -> None:
        before = self._cursor

        def together(connection: Connection) -> None:
            work.advance(connection, before, seq)
            for step in also:
                step(connection)

        if has_events:
            self._ledger.commit(also=together)
        else:
            with self._engine.begin() as connection:
                begin_write(connection)
                together(connection)
        self._cursor = work.Cursor(seq=seq, version=before.version + 1)

    def _finished(self, full: bool) -> ReconciliationFinished:
        tally = self._tally
        return ReconciliationFinished(
            at=self._clock().utc,
            run_id=new_id(),
            full=full,
            began_at=self._began.utc,
            upto_seq=self._cursor.seq,
            judged=tally.judged,
            opened=sum(tally.found.values()),
            closed=tally.closed,
            standing=tally.standing,
            figures=tally.figures,
        )


def has_work(connection: Connection, at: datetime) -> bool:
    """Whether anything happened since the last comparison."""
    return (
        work.cursor(connection).seq < work.newest(connection)
        or bool(work.marks(connection, limit=1))
        or bool(work.due(connection, at))
    )
