"""Reservations over HTTP: answered by the domain, told as they stand."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from controller.store.accounts import Role
from controller.store.requests import take_filed
from tests.api.world import World


@pytest.fixture
def decided(each_world: World) -> Iterator[World]:
    """A domain that decides."""
    with each_world.deciding():
        yield each_world


PLACE = "/v1/racks/rack-a/reservations"


def test_a_place_in_the_queue_is_taken_told_claimed_and_given_back(decided: World) -> None:
    first = decided.post(PLACE, {"aisle": 2}, Role.STAFF)
    assert first.status_code == 201
    assert (first.json()["aisle"], first.json()["by"]) == (2, "staff-key")
    assert first.json()["state"] == "sent"
    where = first.headers["location"]
    assert decided.get(where).json() == first.json()

    second = decided.post(PLACE, {"aisle": 5}).json()
    assert second["state"] == "queued"
    claimed = decided.post(f"{PLACE}/{second['id']}/claim")
    assert (claimed.status_code, claimed.json()["code"]) == (409, "reserved")
    queue = decided.get(PLACE).json()
    assert [(r["by"], r["aisle"]) for r in queue["reservations"]] == [
        ("staff-key", 2),
        ("administrator-key", 5),
    ]
    assert (queue["motion"]["aisle"], queue["motion"]["state"]) == (2, "opening")

    early = decided.post(f"{where}/release", role=Role.STAFF)
    assert (early.status_code, early.json()["code"]) == (409, "moving")
    theirs = decided.post(f"{PLACE}/{second['id']}/release", role=Role.STAFF)
    assert (theirs.status_code, theirs.json()["code"]) == (409, "not_yours")
    given_back = decided.post(f"{PLACE}/{second['id']}/release")
    assert given_back.json()["state"] == "cancelled"
    assert len(decided.get(PLACE).json()["reservations"]) == 1


def test_what_cannot_be_is_refused_with_its_reason(decided: World) -> None:
    assert decided.post(PLACE, {"aisle": 9}).json()["code"] == "no_such_aisle"
    assert decided.post(PLACE, {"aisle": 0}).status_code == 422
    assert decided.post(PLACE, {}).status_code == 422
    assert decided.get("/v1/racks/rack-z/reservations").json()["code"] == "no_such_rack"
    assert decided.get(f"{PLACE}/nothing").status_code == 404
    assert decided.post(f"{PLACE}/nothing/claim").json()["code"] == "no_such_reservation"


def test_what_somebody_found_must_be_said_in_words_and_be_about_something(decided: World) -> None:
    resolve = "/v1/racks/rack-a/motion/resolve"
    assert decided.post(resolve, {"finding": "open", "note": " "}).status_code == 422
    assert decided.post(resolve, {"finding": "perhaps", "note": "x"}).status_code == 422
    sure = decided.post(resolve, {"finding": "not_open", "note": "I looked"}, Role.FACILITIES)
    assert (sure.status_code, sure.json()["code"]) == (409, "no_doubt")


def test_a_wish_for_an_aisle_is_worth_nothing_once_it_is_stale(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.filing.PATIENCE_S", 0.0)
    filed = world.post(PLACE, {"aisle": 2}).json()
    state = world.get(filed["location"], Role.ADMINISTRATOR).json()
    filed_at, expires_at = (datetime.fromisoformat(state[k]) for k in ("filed_at", "expires_at"))
    assert expires_at - filed_at == timedelta(seconds=5)
    with world.engine.begin() as connection:
        assert [type(r).__name__ for r in take_filed(connection, world.clock())] == ["ReserveAisle"]
