"""The registry answers for the open batch exactly as it will once that is committed."""

from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, delete, insert, text

from controller.domain.decision import Decision
from controller.domain.events import (
    Event,
    LoanApproved,
    LoanRejected,
    LoanRequested,
    LoanReturned,
    TagBound,
    TagUnbound,
)
from controller.domain.model import Authority, AuthorityKind
from controller.store.database import open_engine
from controller.store.ledger import Ledger
from controller.store.registry import StoreRegistry
from controller.store.schema import holdings, loans, tag_bindings
from tests.store.events import NOON
from tests.store.plain import Unpublished

DUE = NOON + timedelta(days=7)
_HOLDINGS = ("h1", "h2", "box")
_EPCS = ("E1", "E2")
_LOANS = ("l1", "l2", "l3")


def shelve(engine: Engine) -> None:
    """Two files, one of them in a box."""
    blank = {
        "source": "test", "title": "t", "kind": "file", "fonds": "J001", "home": "",
        "barcode": None, "retention": "", "year": None, "pages": None, "digest": "", "run_id": "r",
    }  # fmt: skip
    with engine.begin() as connection:
        for key, parent in (("box", None), ("h1", "box"), ("h2", None)):
            row = {"id": key, "external_id": key, "reference_code": key, "parent_id": parent}
            connection.execute(insert(holdings), blank | row)


def requested(loan: str = "l1", holding: str = "h1") -> LoanRequested:
    return LoanRequested(
        at=NOON, loan_id=loan, holding_id=holding, borrower="Zhao", purpose="", due=DUE, by="li"
    )


def approved(loan: str = "l1", holding: str = "h1") -> LoanApproved:
    return LoanApproved(at=NOON, loan_id=loan, holding_id=holding, by="wang")


def _some_event() -> st.SearchStrategy[Event]:
    loan, holding, epc = (st.sampled_from(few) for few in (_LOANS, _HOLDINGS, _EPCS))
    at, by = st.just(NOON), st.just("li")
    return st.one_of(
        st.builds(requested, loan, holding),
        st.builds(approved, loan, holding),
        st.builds(LoanRejected, at=at, loan_id=loan, holding_id=holding, by=by, reason=st.just("")),
        st.builds(LoanReturned, at=at, loan_id=loan, holding_id=holding, by=by),
        st.builds(TagBound, at=at, epc=epc, holding_id=holding, by=by),
        st.builds(TagUnbound, at=at, epc=epc, holding_id=holding, by=by),
    )


def answers(registry: StoreRegistry) -> list[object]:
    everything: list[object] = [registry.loan(loan) for loan in _LOANS]
    everything += [registry.holding_by_epc(epc) for epc in _EPCS]
    for key in _HOLDINGS:
        holding = registry.holding(key)
        assert holding is not None
        everything += [registry.open_loan(key), registry.authority_to_leave(holding, NOON)]
    return everything


@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(batches=st.lists(st.lists(_some_event(), max_size=8), max_size=4))
def test_the_open_batch_is_answered_as_if_it_were_committed(
    store_engine: Engine, batches: list[list[Event]]
) -> None:
    with store_engine.begin() as connection:
        for table in (holdings, loans, tag_bindings):  # what the last example left
            connection.execute(delete(table))
    shelve(store_engine)
    ledger = Ledger(store_engine, source="site-1/test", compose=Unpublished())
    for events in batches:
        ledger.add(Decision(events=tuple(events)))
        pending = answers(ledger.registry)
        ledger.commit()
        assert answers(ledger.registry) == pending
    ledger.close()


def test_a_loan_covers_what_lies_in_the_lent_box_until_it_is_due(store_engine: Engine) -> None:
    shelve(store_engine)
    ledger = Ledger(store_engine, source="site-1/test", compose=Unpublished())
    ledger.add(Decision(events=(requested(holding="box"), approved(holding="box"))))
    ledger.commit()
    file = ledger.registry.holding("h1")
    loose = ledger.registry.holding("h2")
    assert file is not None
    assert loose is not None
    lent = Authority(kind=AuthorityKind.LOAN, id="l1", holder="Zhao")
    assert ledger.registry.authority_to_leave(file, DUE) == lent
    assert ledger.registry.authority_to_leave(file, DUE + timedelta(microseconds=1)) is None
    assert ledger.registry.authority_to_leave(loose, NOON) is None
    ledger.close()


def test_boxes_that_contain_each_other_do_not_hang_the_door(store_engine: Engine) -> None:
    shelve(store_engine)
    with store_engine.begin() as connection:
        connection.execute(text("UPDATE holdings SET parent_id = 'h1' WHERE id = 'box'"))
    ledger = Ledger(store_engine, source="site-1/test", compose=Unpublished())
    file = ledger.registry.holding("h1")
    assert file is not None
    assert ledger.registry.authority_to_leave(file, NOON) is None
    ledger.close()


def test_asking_holds_nothing_open(store_engine: Engine) -> None:
    shelve(store_engine)
    ledger = Ledger(store_engine, source="site-1/test", compose=Unpublished())
    ledger.registry.holding_by_epc("E1")
    with store_engine.connect() as connection:
        if store_engine.dialect.name == "postgresql":
            idle = "SELECT count(*) FROM pg_stat_activity WHERE state = 'idle in transaction'"
            assert connection.scalar(text(idle)) == 0
        else:
            held = connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)")).one()
            assert held[0] == 0  # a reader would have kept the log from being emptied
    ledger.close()


def test_a_server_that_dropped_us_is_asked_once_more(store_url: str, store_engine: Engine) -> None:
    shelve(store_engine)
    ledger = Ledger(store_engine, source="site-1/test", compose=Unpublished())
    assert ledger.registry.holding("h1") is not None
    if store_engine.dialect.name == "postgresql":
        drop = (
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE pid <> pg_backend_pid() AND datname = current_database()"
        )
        other = open_engine(store_url)
        with other.begin() as connection:
            connection.execute(text(drop))
        other.dispose()
    assert ledger.registry.holding("h1") is not None
    ledger.add(Decision(events=(requested(),)))
    assert len(ledger.commit()) == 1
    ledger.close()
