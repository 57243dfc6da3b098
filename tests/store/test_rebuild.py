"""The derived tables always equal the journal, whatever happened."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, delete, insert, text, update

from controller.domain.decision import Decision
from controller.domain.events import AlarmRaised, DeviceFailed, Event, TagBound
from controller.domain.model import AlarmKind, Priority
from controller.store import projections
from controller.store.alarms.tables import alarms
from controller.store.database import begin_write
from controller.store.ledger import Ledger
from controller.store.rebuild import rebuild
from controller.store.schema import devices, tag_bindings, whereabouts
from tests.store.events import NOON, any_events, passage
from tests.store.plain import Unpublished, rows_of


def record(engine: Engine, events: list[Event]) -> None:
    ledger = Ledger(engine, source="site-1/test", compose=Unpublished())
    ledger.add(Decision(events=tuple(events)))
    ledger.commit()
    ledger.close()


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(batches=st.lists(any_events, max_size=4))
def test_any_sequence_of_events_in_any_batches_leaves_tables_equal_to_a_rebuild(
    store_engine: Engine, batches: list[list[Event]]
) -> None:
    for events in batches:
        record(store_engine, events)
    assert rebuild(store_engine) == []


def furnish(engine: Engine) -> None:
    """Something in several of the derived tables."""
    alarm = AlarmRaised(
        at=NOON, alarm_id="a1", kind=AlarmKind.CLIMATE_HIGH, source="climate-1", subject="",
        holding_id=None, priority=Priority.LOW, detail={"value": "26.1"},
    )  # fmt: skip
    lost = DeviceFailed(at=NOON, device="door-1", reason="no answer")
    tags = [TagBound(at=NOON, epc=f"E{n}", holding_id=f"h{n}", by="li") for n in range(3)]
    record(engine, [passage(1), alarm, lost, *tags])


def test_every_kind_of_difference_is_found_named_and_mended(store_engine: Engine) -> None:
    furnish(store_engine)
    right = {table: rows_of(store_engine, table) for table in projections.DERIVED}
    with store_engine.begin() as connection:
        connection.execute(update(whereabouts).values(place="room-9"))
        connection.execute(update(alarms).values(detail={"value": "99"}))
        connection.execute(delete(tag_bindings).where(tag_bindings.c.epc == "E1"))
        invented = {"id": "door-7", "state": "online", "since": NOON, "detail": "", "seq": 1}
        connection.execute(insert(devices), invented)
    expected = [
        "whereabouts h1: place is 'room-9', should be 'outside'",
        "alarms a1: detail is {'value': '99'}, should be {'value': '26.1'}",
        "devices door-7: the journal knows of no such row",
        "tag_bindings 5: missing",
    ]
    assert rebuild(store_engine) == expected
    assert rebuild(store_engine, write=True) == expected
    assert rebuild(store_engine) == []
    assert {table: rows_of(store_engine, table) for table in projections.DERIVED} == right


def test_a_flood_of_differences_is_cut_and_counted(store_engine: Engine) -> None:
    record(store_engine, [passage(number, holding_id=f"h{number}") for number in range(150)])
    with store_engine.begin() as connection:
        connection.execute(delete(whereabouts))
    differences = rebuild(store_engine)
    assert len(differences) == 101
    assert differences[-1] == "and 50 more"


def test_comparing_keeps_no_writer_waiting_and_waits_for_none(store_engine: Engine) -> None:
    furnish(store_engine)
    with store_engine.begin() as writer:
        begin_write(writer)
        writer.execute(text("UPDATE whereabouts SET place = 'room-9'"))
        assert rebuild(store_engine) == []
        writer.rollback()
