"""A request is taken once, answered once, and never carried out late."""

from datetime import timedelta
from typing import get_args

import pytest
from sqlalchemy import Connection, Engine, text

from controller.domain.requests import Request, RequestAisle, RequestLoan
from controller.store.audit import verify
from controller.store.codec import Undecodable
from controller.store.requests import _OBJECTS, answer_of, file_request, reopen_taken, take_filed
from controller.store.schema import audit, requests
from drivers.observations import Moment
from tests.store.events import NOON
from tests.store.plain import rows_of

LIFETIME = timedelta(seconds=5)


def at(seconds: float) -> Moment:
    return Moment(utc=NOON + timedelta(seconds=seconds), monotonic_s=seconds)


def file(connection: Connection, kind: str, **body: object) -> str:
    return file_request(
        connection, kind, body, by="li", computer="192.0.2.7", now=NOON, lifetime=LIFETIME
    )


def test_a_filed_request_is_given_out_once_with_the_moment_of_intake(store_engine: Engine) -> None:
    due = NOON + timedelta(days=7)
    with store_engine.begin() as connection:
        first = file(connection, "RequestAisle", rack="rack-1", aisle=3)
        second = file(
            connection, "RequestLoan", holding_id="h1", borrower="Zhao", purpose="", due=due
        )
    with store_engine.connect() as connection:
        aisle, loan = take_filed(connection, at(1.0))
        assert take_filed(connection, at(1.1)) == []
        waiting = answer_of(connection, first)
    assert isinstance(aisle, RequestAisle)
    assert isinstance(loan, RequestLoan)
    assert (aisle.asked.request_id, aisle.asked.at, aisle.aisle) == (first, at(1.0), 3)
    assert (loan.asked.request_id, loan.asked.by, loan.due) == (second, "li", due)
    assert waiting is not None
    assert (waiting.state, waiting.answered_at) == ("filed", None)


def test_no_more_are_taken_than_asked_for_and_the_oldest_first(store_engine: Engine) -> None:
    with store_engine.begin() as connection:
        ids = [file(connection, "RequestStop", rack=f"rack-{n}") for n in range(5)]
    with store_engine.connect() as connection:
        taken = take_filed(connection, at(1.0), 2) + take_filed(connection, at(1.0), 9)
    assert [request.asked.request_id for request in taken] == ids


def test_a_request_whose_time_has_run_out_is_never_given_out(store_engine: Engine) -> None:
    with store_engine.begin() as connection:
        late = file(connection, "RequestAisle", rack="rack-1", aisle=3)
    with store_engine.connect() as connection:
        assert take_filed(connection, at(5.0)) == []
        expired = answer_of(connection, late)
        assert verify(connection) is None
    assert expired is not None
    assert (expired.state, expired.code, expired.answered_at) == ("expired", "expired", at(5.0).utc)
    assert [row["reason"] for row in rows_of(store_engine, audit)] == ["expired"]


def test_a_row_this_program_cannot_read_is_refused_and_blocks_nobody(store_engine: Engine) -> None:
    with store_engine.begin() as connection:
        odd = file(connection, "RequestAisle", rack="rack-1", aisle=3)
        connection.execute(text("UPDATE requests SET kind = 'RequestMiracle'"))
        fine = file(connection, "RequestStop", rack="rack-1")
    with store_engine.connect() as connection:
        (taken,) = take_filed(connection, at(1.0))
        refused = answer_of(connection, odd)
    assert taken.asked.request_id == fine
    assert refused is not None
    assert (refused.state, refused.code) == ("refused", "unreadable")


def test_what_a_dead_controller_had_taken_is_filed_again(store_engine: Engine) -> None:
    with store_engine.begin() as connection:
        file(connection, "RequestStop", rack="rack-1")
    with store_engine.connect() as connection:
        before = take_filed(connection, at(1.0))
        reopen_taken(connection)
        connection.commit()
        assert take_filed(connection, at(1.0)) == before


@pytest.mark.parametrize(
    ("kind", "body"),
    [("RequestAisle", {"rack": "rack-1"}), ("ResetSafety", {}), ("RequestStop", {"rack": 7})],
)
def test_what_is_no_request_is_not_filed(
    sqlite_engine: Engine, kind: str, body: dict[str, object]
) -> None:
    with sqlite_engine.begin() as connection, pytest.raises(Undecodable):
        file(connection, kind, **body)
    assert rows_of(sqlite_engine, requests) == []


def test_nobody_has_filed_what_has_no_row(sqlite_engine: Engine) -> None:
    with sqlite_engine.connect() as connection:
        assert answer_of(connection, "nothing") is None


def test_the_audit_can_name_the_object_of_every_kind_of_request() -> None:
    assert set(_OBJECTS) == set(get_args(Request))
