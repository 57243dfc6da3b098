"""Sweeps may be handed in in any order, twice and late: the tables come out the same."""

from datetime import timedelta
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from controller.domain.decision import Decision
from controller.domain.events import Event
from controller.domain.events_presence import TagArrived, TagDeparted, TagSwept
from controller.domain.plans_presence import ListenerKind
from controller.store import recovery
from controller.store.database import open_engine, upgrade
from controller.store.ledger import Ledger
from controller.store.presence.folds import fold_sighting
from controller.store.presence_tables import sightings
from controller.store.rebuild import rebuild
from tests.store.events import NOON
from tests.store.plain import Unpublished, rows_of

SPOTS = ("rack-a/1", "rack-a/2", "rack-b/1")


def swept(minute: int, spot: str, *, recorded: int = 10_000, nearer: str = "") -> TagSwept:
    """Heard in that minute, handed in in another."""
    return TagSwept(
        at=NOON + timedelta(minutes=recorded),
        part_id=f"sweep-{minute}/1",
        handheld="handheld-1",
        room="room-1",
        spot=spot,
        by="li",
        epc="E1",
        holding_id="h1",
        heard_at=NOON + timedelta(minutes=minute),
        nearer=nearer,
    )


def arrived(minute: int, spot: str = "rack-a/1") -> TagArrived:
    """A shelf's antenna heard it from that minute on."""
    return TagArrived(
        at=NOON + timedelta(minutes=minute),
        reader="shelf-a",
        listener=ListenerKind.SHELF,
        room="room-1",
        spot=spot,
        epc="E1",
        holding_id="h1",
    )


def departed(minute: int, spot: str = "rack-a/1") -> TagDeparted:
    """And from that minute on no longer."""
    return TagDeparted(
        at=NOON + timedelta(minutes=minute),
        reader="shelf-a",
        listener=ListenerKind.SHELF,
        room="room-1",
        spot=spot,
        epc="E1",
        holding_id="h1",
        last_heard=NOON + timedelta(minutes=minute - 1),
    )


def folded(events: list[Event]) -> dict[str, object]:
    """The row after these events, without its journal numbers."""
    row = None
    for seq, event in enumerate(events, start=1):
        row = fold_sighting(row, event, seq) or row
    return {name: value for name, value in (row or {}).items() if not name.endswith("seq")}


walks = st.lists(
    st.builds(swept, st.integers(0, 20), st.sampled_from(SPOTS)), min_size=1, max_size=8
)


@given(walks, st.data())
def test_sweeps_in_any_order_and_repeated_end_in_the_same_sighting(
    events: list[Event], data: st.DataObject
) -> None:
    again = data.draw(st.permutations([*events, *data.draw(st.lists(st.sampled_from(events)))]))
    assert folded(again) == folded(events)


@given(walks)
def test_the_latest_of_all_sweeps_says_where_it_is(events: list[TagSwept]) -> None:
    last = max(event.heard_at for event in events)
    row = folded([*events])
    assert row["since"] == last
    assert row["spot"] in {event.spot for event in events if event.heard_at == last}


@given(st.integers(0, 20), st.sampled_from(SPOTS), st.integers(0, 20))
def test_a_late_sweep_counts_only_if_nothing_was_heard_since(
    minute: int, spot: str, arrival: int
) -> None:
    here = arrived(arrival, "rack-c/9")
    row = folded([here, swept(minute, spot)])
    assert row["spot"] == (spot if minute > arrival else "rack-c/9")
    before_it_stood_in_the_journal = folded([swept(minute, spot, recorded=arrival), here])
    assert before_it_stood_in_the_journal["spot"] == "rack-c/9"


def test_a_sweep_does_not_overrule_the_shelf_that_hears_it_now() -> None:
    row = folded([arrived(1), swept(5, "rack-b/1", nearer="shelf-a")])
    assert (row["spot"], row["source"]) == ("rack-a/1", "shelf")


def test_a_clock_that_was_in_the_future_does_not_silence_later_sweeps() -> None:
    row = folded([arrived(90_000), swept(20, "rack-b/1", recorded=21)])
    assert row["spot"] == "rack-b/1"


def test_leaving_says_until_when_and_nothing_about_where() -> None:
    row = folded([arrived(1), departed(9)])
    assert row["spot"] == "rack-a/1"
    assert row["left_at"] == NOON + timedelta(minutes=9)
    assert row["heard_at"] == NOON + timedelta(minutes=8)
    elsewhere = folded([arrived(1, "rack-a/2"), departed(9, "rack-a/1")])
    assert elsewhere["left_at"] is None


histories = st.lists(
    st.one_of(
        st.builds(swept, st.integers(0, 20), st.sampled_from(SPOTS)),
        st.builds(arrived, st.integers(0, 20), st.sampled_from(SPOTS)),
        st.builds(departed, st.integers(0, 20), st.sampled_from(SPOTS)),
    ),
    max_size=20,
)


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(histories)
def test_the_table_equals_the_fold_and_a_rebuild(tmp_path: Path, events: list[Event]) -> None:
    url = f"sqlite:///{tmp_path / 'sightings.db'}"
    (tmp_path / "sightings.db").unlink(missing_ok=True)
    engine = open_engine(url)
    try:
        upgrade(engine)
        for event in events:
            _record(engine, event)
        rows = rows_of(engine, sightings)
        kept = [{k: v for k, v in row.items() if not k.endswith("seq")} for row in rows]
        assert kept == ([folded(events)] if folded(events) else [])
        assert rebuild(engine) == []
    finally:
        engine.dispose()


def test_what_an_antenna_was_hearing_is_known_to_the_next_controller(store_engine: Engine) -> None:
    _record(store_engine, arrived(1))
    with store_engine.connect() as connection:
        assert recovery.load(connection).present == (arrived(1),)
    _record(store_engine, departed(9))
    with store_engine.connect() as connection:
        assert recovery.load(connection).present == ()


def _record(engine: Engine, event: Event) -> None:
    ledger = Ledger(engine, source="site-1/test", compose=Unpublished())
    ledger.add(Decision(events=(event,)))
    ledger.commit()
    ledger.close()
