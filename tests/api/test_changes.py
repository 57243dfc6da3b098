"""Loans, alarms and shelving: filed, decided by the domain, answered in words a person can use."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

import api.filing
from controller.domain.model import Direction
from controller.store.accounts import Role
from controller.store.requests import take_filed
from tests.api.facts import ALARM, alarm, lent, passage
from tests.api.world import NOW, World

DUE = "2026-12-03T09:00:00Z"


@pytest.fixture
def decided(each_world: World) -> Iterator[World]:
    """A file, and a domain that decides."""
    each_world.shelve("file", "F-1")
    with each_world.deciding():
        yield each_world


def request_loan(world: World, role: Role = Role.STAFF, **more: Any) -> Any:
    body = {"holding_id": "file", "borrower": "Wang Fang", "purpose": "case", "due": DUE, **more}
    return world.post("/v1/loans", body, role)


def test_a_loan_is_asked_for_by_one_approved_by_another_and_closed(decided: World) -> None:
    made = request_loan(decided)
    assert made.status_code == 201
    loan = made.json()
    assert made.headers["location"] == f"/v1/loans/{loan['id']}"
    assert (loan["state"], loan["requested_by"], loan["due"]) == ("requested", "staff-key", DUE)
    approved = decided.post(f"/v1/loans/{loan['id']}/approve")
    assert approved.status_code == 200
    assert (approved.json()["state"], approved.json()["decided_by"]) == (
        "approved",
        "administrator-key",
    )
    returned = decided.post(f"/v1/loans/{loan['id']}/return", role=Role.STAFF)
    assert returned.json()["state"] == "returned"


def test_nobody_approves_what_they_asked_for(decided: World) -> None:
    loan = request_loan(decided, Role.ADMINISTRATOR).json()
    refused = decided.post(f"/v1/loans/{loan['id']}/approve")
    assert refused.status_code == 409
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.json()["code"] == "same_person"
    assert refused.json()["facts"] == {"requested_by": "administrator-key"}


def test_a_rejection_needs_and_keeps_its_reason(decided: World) -> None:
    loan = request_loan(decided).json()
    assert decided.post(f"/v1/loans/{loan['id']}/reject", {"reason": " "}).status_code == 422
    rejected = decided.post(f"/v1/loans/{loan['id']}/reject", {"reason": "under repair"})
    assert (rejected.json()["state"], rejected.json()["reason"]) == ("rejected", "under repair")


def test_what_is_lent_is_refused_with_the_borrower_and_what_is_unknown_is_not_found(
    decided: World,
) -> None:
    request_loan(decided)
    again = request_loan(decided)
    assert (again.status_code, again.json()["code"]) == (409, "loan_open")
    assert again.json()["facts"]["borrower"] == "Wang Fang"
    unknown = request_loan(decided, holding_id="nothing")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "no_such_holding")
    assert decided.post("/v1/loans/nothing/return").status_code == 404


@pytest.mark.parametrize(
    "more",
    [
        {"due": "2026-12-03T09:00:00"},
        {"due": "soon"},
        {"borrower": ""},
        {"borrower": "x" * 129},
        {"borrower": "a\x00b"},
        {"holding_id": 7},
        {"state": "approved"},
    ],
)
def test_a_loan_that_is_no_loan_is_refused_with_the_field(
    world: World, more: dict[str, Any]
) -> None:
    answer = request_loan(world, **more)
    assert answer.status_code == 422
    (fault,) = answer.json()["errors"]
    assert fault["where"] == f"body.{next(iter(more))}"


def test_an_alarm_with_slashes_in_its_id_is_read_and_acknowledged_with_a_note(
    each_world: World,
) -> None:
    each_world.record(alarm())
    with each_world.deciding():
        answer = each_world.post(
            f"/v1/alarms/{ALARM}/acknowledge", {"note": "on its way"}, Role.FACILITIES
        )
    assert answer.status_code == 200
    told = each_world.get(f"/v1/alarms/{ALARM}").json()
    assert told["state"] == "acknowledged"
    assert (told["acknowledged_by"], told["note"]) == ("facilities-key", "on its way")


def test_an_aisle_opens_for_staff_and_is_refused_while_somebody_stands_in_another(
    decided: World,
) -> None:
    opened = decided.post("/v1/racks/rack-a/aisles/2/open", role=Role.STAFF)
    assert opened.status_code == 200
    assert opened.json()["detail"]["command_id"]
    decided.occupied = frozenset({5})
    refused = decided.post("/v1/racks/rack-a/aisles/3/open", role=Role.STAFF)
    assert refused.status_code == 409
    assert decided.post("/v1/racks/rack-a/stop", role=Role.FACILITIES).status_code == 200
    assert decided.post("/v1/racks/rack-b/stop").json()["code"] == "no_such_rack"
    assert decided.post("/v1/racks/rack-a/aisles/0/open").status_code == 422


def test_without_a_controller_the_wish_is_filed_and_can_be_looked_up_by_its_owner(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api.filing, "PATIENCE_S", 0.0)
    filed = request_loan(world)
    assert filed.status_code == 202
    where = filed.headers["location"]
    assert where == filed.json()["location"]
    told = world.get(where, Role.STAFF)
    assert (told.json()["state"], told.json()["kind"]) == ("filed", "RequestLoan")
    assert world.get(where, Role.ADMINISTRATOR).status_code == 200
    assert world.get(where, Role.FACILITIES).status_code == 404


def test_a_wish_to_move_carriages_expires_after_five_seconds_and_a_loan_after_a_week(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api.filing, "PATIENCE_S", 0.0)
    aisle = world.post("/v1/racks/rack-a/aisles/2/open").headers["location"]
    loan = request_loan(world).headers["location"]
    assert world.get(aisle, Role.ADMINISTRATOR).json()["expires_at"] == "2026-11-20T08:00:05Z"
    assert world.get(loan, Role.STAFF).json()["expires_at"] == "2026-11-27T08:00:00Z"
    world.clock.forward(timedelta(seconds=5))
    with world.engine.begin() as connection:
        assert [type(one).__name__ for one in take_filed(connection, world.clock())] == [
            "RequestLoan"
        ]
    assert world.get(aisle, Role.ADMINISTRATOR).json()["state"] == "expired"


def test_loans_are_listed_newest_first_page_by_page(each_world: World) -> None:
    each_world.shelve("file", "F-1")
    for number in range(5):
        each_world.record(*lent("file", loan=f"loan-{number}"))
    each_world.record(passage("file", Direction.OUT, NOW + timedelta(minutes=1)))
    first = each_world.get("/v1/loans?limit=2&state=approved&holding_id=file").json()
    assert [loan["id"] for loan in first["loans"]] == ["loan-4", "loan-3"]
    assert first["loans"][0]["title"] == "Title of F-1"
    second = each_world.get(first["next"]).json()
    third = each_world.get(second["next"]).json()
    assert [loan["id"] for loan in third["loans"]] == ["loan-0"]
    assert third["next"] is None
    assert each_world.get("/v1/loans?state=returned").json() == {"loans": [], "next": None}
    due = {"due_before": NOW.isoformat()}
    assert each_world.get("/v1/loans", params=due).json()["loans"] == []
