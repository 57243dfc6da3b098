"""Lifts, cranes and carousels: from the journal into one row each, and over a restart."""

from sqlalchemy import Engine

from controller.domain.decision import Decision
from controller.domain.events import Event
from controller.domain.events_machines import (
    MachineChanged,
    MachineDone,
    MachineFailed,
    MachineRefused,
    MachineResolved,
    MachineSent,
    MachineStopped,
)
from controller.domain.model_machines import MachineDoubt, MachineVerb, MachineWish
from controller.domain.model_shelving import Finding
from controller.store import recovery
from controller.store.ledger import Ledger
from controller.store.rebuild import rebuild
from controller.store.shelving.machine_views import MachineView, list_machines
from drivers.observations import RackMode
from tests.store.events import NOON
from tests.store.plain import Unpublished

SENT = MachineSent(
    at=NOON, machine="lift-1", verb=MachineVerb.BRING, target="12", opening=2, command_id="c1",
    by="li",
)  # fmt: skip
CHANGED = MachineChanged(
    at=NOON, machine="lift-1", mode=RackMode.HOLDING, moving=False, fault_code=5,
    flags="overweight", presents="12,0",
)  # fmt: skip
UNKNOWN = MachineFailed(
    at=NOON, machine="lift-1", command_id="c1", outcome="unknown", detail="unreachable"
)


def record(engine: Engine, *events: Event) -> None:
    ledger = Ledger(engine, source="site-1/test", compose=Unpublished())
    ledger.add(Decision(events=events))
    ledger.commit()
    ledger.close()


def seen(engine: Engine) -> MachineView:
    with engine.connect() as connection:
        return list_machines(connection)["lift-1"]


def doubts(engine: Engine) -> tuple[MachineDoubt, ...]:
    with engine.connect() as connection:
        return recovery.load(connection).shelving.machine_doubts


def test_a_machine_is_as_it_said_with_its_newest_motion(store_engine: Engine) -> None:
    record(store_engine, CHANGED, SENT)

    view = seen(store_engine)

    assert (view.mode, view.fault_code, view.flags) == (RackMode.HOLDING, 5, "overweight")
    assert (view.verb, view.target, view.opening, view.by) == ("bring", "12", 2, "li")
    assert view.state == "sent"
    record(store_engine, MachineDone(at=NOON, machine="lift-1", command_id="c1"))
    assert seen(store_engine).state == "done"
    assert doubts(store_engine) == ()
    assert rebuild(store_engine) == []


def test_a_motion_without_an_end_outlives_the_controller(store_engine: Engine) -> None:
    record(store_engine, SENT)
    wish = MachineWish(verb=MachineVerb.BRING, numbers=(12,), opening=2)
    known = MachineDoubt(machine="lift-1", wish=wish, command_id="c1", by="li", told=False)

    assert doubts(store_engine) == (known,)
    record(store_engine, UNKNOWN)
    assert [doubt.told for doubt in doubts(store_engine)] == [True]
    looked = MachineResolved(
        at=NOON, machine="lift-1", command_id="c1", finding=Finding.OPEN, note="it is there",
        by="zhao",
    )  # fmt: skip
    record(store_engine, looked)
    assert doubts(store_engine) == ()
    assert seen(store_engine).detail == "open: it is there"
    assert rebuild(store_engine) == []


def test_a_word_about_an_older_motion_changes_nothing(store_engine: Engine) -> None:
    record(store_engine, SENT, MachineDone(at=NOON, machine="lift-1", command_id="c0"))

    assert seen(store_engine).state == "sent"


def test_why_nothing_moved_is_kept_until_something_does(store_engine: Engine) -> None:
    refused = MachineRefused(
        at=NOON, machine="lift-1", verb=MachineVerb.PUT_BACK, target="", opening=1, by="li",
        reason="opening_empty:1",
    )  # fmt: skip
    record(store_engine, refused)
    assert (seen(store_engine).refused, seen(store_engine).mode) == (
        "opening_empty:1",
        RackMode.UNKNOWN,
    )
    halted = MachineStopped(
        at=NOON, machine="lift-1", command_id="c2", by="interlock", reason="light_curtain"
    )
    record(store_engine, halted)
    assert seen(store_engine).refused == "stopped:light_curtain"
    record(store_engine, SENT)
    assert seen(store_engine).refused == ""
