"""Reservations and motions: from the journal into rows, over a restart, and proven by a rebuild."""

import json
from pathlib import Path

from alembic import command
from sqlalchemy import Engine, insert, text

from controller.domain.decision import Decision
from controller.domain.events import AisleFailed, AisleOpened, AisleOpening, Event
from controller.domain.events_shelving import (
    AisleDeclined,
    AisleReserved,
    MotionResolved,
    ReservationAdvanced,
    ReservationEnded,
)
from controller.domain.model_shelving import Finding, ReservationState
from controller.store import recovery
from controller.store.codec import encode
from controller.store.database import open_engine, upgrade
from controller.store.ledger import Ledger
from controller.store.rebuild import rebuild
from controller.store.schema import journal
from controller.store.shelving import views
from tests.store.events import NOON
from tests.store.plain import Unpublished

S = ReservationState
OPENING = AisleOpening(at=NOON, rack="rack-1", aisle=3, command_id="c1", by="li")


def record(engine: Engine, *events: Event) -> None:
    ledger = Ledger(engine, source="site-1/test", compose=Unpublished())
    ledger.add(Decision(events=events))
    ledger.commit()
    ledger.close()


def reserved(number: int, by: str, aisle: int = 3) -> AisleReserved:
    return AisleReserved(at=NOON, reservation_id=f"r{number}", rack="rack-1", aisle=aisle, by=by)


def advanced(number: int, state: ReservationState, aisle: int = 3) -> ReservationAdvanced:
    return ReservationAdvanced(
        at=NOON,
        reservation_id=f"r{number}",
        rack="rack-1",
        aisle=aisle,
        state=state,
        command_id="c1",
        claimed=True,
        reason="",
    )


def over(number: int, state: ReservationState) -> ReservationEnded:
    return ReservationEnded(
        at=NOON,
        reservation_id=f"r{number}",
        rack="rack-1",
        aisle=3,
        state=state,
        reason="",
        by="li",
    )


def test_what_is_not_over_is_handed_to_the_next_controller_in_its_order(
    store_engine: Engine,
) -> None:
    record(
        store_engine,
        reserved(1, "li"),
        reserved(2, "wang", 4),
        reserved(3, "zhao"),
        OPENING,
        advanced(1, S.MOVING),
        over(3, S.RELEASED),
    )

    with store_engine.connect() as connection:
        known = recovery.load(connection).shelving

    assert [(r.id, r.state, r.command_id) for r in known.reservations] == [
        ("r1", S.MOVING, "c1"),
        ("r2", S.QUEUED, ""),
    ]
    assert [(d.command_id, d.aisle, d.told) for d in known.doubts] == [("c1", 3, False)]
    assert rebuild(store_engine) == []


def test_a_motion_is_open_until_its_own_end_is_told(store_engine: Engine) -> None:
    other = AisleOpened(at=NOON, rack="rack-1", aisle=3, command_id="c-of-before")
    unknown = AisleFailed(
        at=NOON, rack="rack-1", aisle=3, command_id="c1", outcome="unknown", detail="no_ack"
    )
    ends = (
        AisleOpened(at=NOON, rack="rack-1", aisle=3, command_id="c1"),
        AisleDeclined(
            at=NOON, rack="rack-1", aisle=3, command_id="c1", by="li", reason="busy"
        ),
        MotionResolved(
            at=NOON, rack="rack-1", aisle=3, command_id="c1", finding=Finding.OPEN, note="I looked",
            by="zhao",
        ),
    )  # fmt: skip
    for end in ends:
        told = []
        for events in ((OPENING, other), (unknown,), (end,)):
            record(store_engine, *events)
            with store_engine.connect() as connection:
                told.append([d.told for d in views.known_shelving(connection).doubts])
        assert told == [[False], [True], []]


def test_a_store_of_the_first_version_keeps_what_its_journal_says_of_motions(
    tmp_path: Path,
) -> None:
    from controller.store.migrations import running

    engine = open_engine(f"sqlite:///{tmp_path / 'old.db'}")
    with engine.begin() as connection:
        config = running._config()
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        opened = AisleOpened(at=NOON, rack="rack-2", aisle=1, command_id="c2")
        moved = AisleOpening(at=NOON, rack="rack-2", aisle=1, command_id="c2", by="li")
        for seq, event in enumerate((OPENING, moved, opened), start=1):
            connection.execute(
                insert(journal).values(
                    seq=seq, id=f"id-{seq}", source="site-1/test", at=NOON,
                    kind=type(event).__name__, body=json.loads(json.dumps(encode(event))),
                )
            )  # fmt: skip
        connection.execute(text("DELETE FROM racks"))
    upgrade(engine)
    with engine.connect() as connection:
        motions = views.motions(connection)
        known = views.known_shelving(connection)

    assert {rack: motion.state for rack, motion in motions.items()} == {
        "rack-1": "opening",
        "rack-2": "opened",
    }
    assert [doubt.command_id for doubt in known.doubts] == ["c1"]
    assert [line for line in rebuild(engine) if not line.startswith("racks ")] == []
    engine.dispose()
