"""The derived tables always equal the journal, whatever happened."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from controller.domain.decision import Decision
from controller.domain.events import Event
from controller.store.ledger import Ledger
from controller.store.rebuild import rebuild
from tests.store.events import any_events
from tests.store.plain import Unpublished


def record(engine: Engine, events: list[Event]) -> None:
    ledger = Ledger(engine, source="site-1/test", compose=Unpublished())
    ledger.add(Decision(events=tuple(events)))
    ledger.commit()
    ledger.close()


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(batches=st.lists(any_events, max_size=4))
def test_any_sequence_of_events_in_any_batches_leaves_tables_equal_to_a_rebuild(
    store_engine: Engine, batches: list[list[Event]]
) -> None:
    for events in batches:
        record(store_engine, events)
    assert rebuild(store_engine) == []
