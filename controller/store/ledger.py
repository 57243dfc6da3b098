"""Writes what was decided: all of a batch in one transaction, or nothing of it.

Journal, derived tables, outgoing messages, answers, audit and readings stand or fall together.
A batch that could not be written is kept and may be tried again; event ids are given when the
decision is added and numbers only inside the attempt, so trying again doubles nothing, even when
the connection broke while the commit was under way.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Protocol

from sqlalchemy import Connection, Engine, select

from controller.clock import system_clock
from controller.domain.decision import Decision
from controller.domain.requests import Request
from controller.store import journal, outbox, projections, telemetry
from controller.store.batch import Batch, Messages
from controller.store.database import begin_write
from controller.store.ids import new_id
from controller.store.journal import Recorded
from controller.store.outbox import OutgoingMessage
from controller.store.registry import StoreRegistry
from controller.store.requests import store_answers
from controller.store.schema import audit as audit_rows
from controller.store.schema import journal as journal_rows
from drivers.observations import ClimateReading, Clock

__all__ = ["Compose", "Ledger", "OutgoingMessage", "Recorded"]


class Compose(Protocol):
    """Says what is published about what was recorded.

    It is asked again for the same event when a commit is tried again at another place in the
    journal: what it gives may depend on the event and on those before it, never on being asked.
    """

    def events(self, recorded: Recorded) -> Iterable[OutgoingMessage]:
        """The messages that tell of one event."""
        ...

    def readings(self, reading: ClimateReading) -> Iterable[OutgoingMessage]:
        """The messages that tell of one new reading."""
        ...


class Unpublished:
    """For writers whose events concern nobody outside, and for tests."""

    def events(self, recorded: Recorded) -> Iterable[OutgoingMessage]:
        """Nothing."""
        return ()

    def readings(self, reading: ClimateReading) -> Iterable[OutgoingMessage]:
        """Nothing."""
        return ()


class Ledger:
    """The pen of one writer. For one thread; other processes may hold their own beside it."""

    def __init__(
        self,
        engine: Engine,
        *,
        source: str,
        compose: Compose,
        clock: Clock = system_clock,
        intervals: Mapping[str, float] | None = None,
    ) -> None:
        """``source`` is ``<site>/<writer>``; ``clock`` says when an answer was given.

        ``intervals``: how often each sensor measures, in seconds.
        """
        self._engine = engine
        self._source = source
        self._compose = compose
        self._clock = clock
        self._intervals = intervals or {}
        self._registry = StoreRegistry(engine)
        self._open = Batch()
        self._tried = Batch()
        self._composed: tuple[int, int, Messages] | None = None
        self._confirmed: list[Recorded] = []
        with engine.connect() as connection:
            self._epoch = journal.epoch_of(connection)

    @property
    def registry(self) -> StoreRegistry:
        """The domain's questions, answered as if everything added were committed."""
        return self._registry

    def add(self, decision: Decision, request: Request | None = None) -> None:
        """Put a decision into the open batch; ``request`` is the one it answers."""
        for event in decision.events:
            self._open.events.append((new_id(), event))
            self._registry.note(event)
        self._open.answers += decision.answers
        self._open.readings += decision.readings
        if request is not None and decision.answers:
            self._open.requests[request.asked.request_id] = request

    def commit(self, also: Callable[[Connection], None] | None = None) -> list[Recorded]:
        """Write the open batch and begin a new one; what was written, in order.

        ``also`` does what belongs to the batch, in its transaction, before the events are written.

        Raises:
            StoreFull, StoreBusy: nothing was lost; call again when there is room or peace.
        """
        if not self._tried and not self._open:
            return []
        with self._engine.begin() as connection:
            begin_write(connection)
            self._settle_doubt(connection)
            self._tried.extend(self._open)
            self._open = Batch()
            if also is not None and self._tried:
                also(connection)
            recorded = self._write(connection, self._tried)
        recorded = self._confirmed + recorded
        self._tried, self._composed, self._confirmed = Batch(), None, []
        self._registry.settle()
        return recorded

    def close(self) -> None:
        """Give the connection back; what was not committed is gone."""
        self._registry.close()

    def _settle_doubt(self, connection: Connection) -> None:
        """Find out whether the last attempt was committed although it seemed to fail."""
        first_seq = self._written_at(connection, self._tried)
        if first_seq is not None:
            self._confirmed += self._recorded(self._tried, first_seq)
            self._tried = Batch()

    def _written_at(self, connection: Connection, tried: Batch) -> int | None:
        """Where it begins in the journal, or in the audit, if it is there.

        Readings alone need no such proof: writing those again changes nothing.
        """
        if tried.events:
            first = journal_rows.c.id == tried.events[0][0]
            return connection.scalar(select(journal_rows.c.seq).where(first))
        if tried.answers:
            first = audit_rows.c.request_id == tried.answers[0].request_id
            return connection.scalar(select(audit_rows.c.seq).where(first))
        return None

    def _recorded(self, batch: Batch, first_seq: int) -> list[Recorded]:
        return [
            Recorded(seq=seq, id=event_id, source=self._source, epoch=self._epoch, event=event)
            for seq, (event_id, event) in enumerate(batch.events, first_seq)
        ]

    def _write(self, connection: Connection, batch: Batch) -> list[Recorded]:
        recorded = self._recorded(batch, journal.last_seq(connection) + 1)
        journal.append(connection, recorded)
        projections.apply(connection, recorded)
        outbox.put(connection, self._messages(recorded))
        fresh = telemetry.append(connection, batch.readings, self._intervals)
        outbox.put(
            connection, [(None, m) for reading in fresh for m in self._compose.readings(reading)]
        )
        store_answers(connection, batch.answers, batch.requests, self._clock().utc)
        return recorded

    def _messages(self, recorded: list[Recorded]) -> Messages:
        """Composed once, and only what was added since an earlier attempt at the same place."""
        if not recorded:
            return []
        first = recorded[0].seq
        if self._composed is None or self._composed[0] != first:
            self._composed = (first, 0, [])
        _, done, messages = self._composed
        messages += [(e.seq, m) for e in recorded[done:] for m in self._compose.events(e)]
        self._composed = (first, len(recorded), messages)
        return messages
