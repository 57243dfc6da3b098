"""Errands over HTTP: lists in the order to walk, ended with a word or a scan."""

from collections.abc import Iterator

import pytest

from controller.store.accounts import Role
from tests.api.facts import lent
from tests.api.world import World


@pytest.fixture
def decided(each_world: World) -> Iterator[World]:
    """Three files at places, one of which is lent, and a domain that decides."""
    each_world.shelve("low", "F-1", home="rack-a/2/L/3/4")
    each_world.shelve("high", "F-2", home="rack-a/6/R/1/1")
    each_world.shelve("lost", "F-3", home="somewhere")
    each_world.record(*lent("high"))
    with each_world.deciding():
        yield each_world


def test_a_list_is_made_walked_and_ended(decided: World) -> None:
    wanted = {"task": "fetch", "holdings": ["lost", "low"], "loans": ["loan-1"]}
    made = decided.post("/v1/errands", wanted, Role.STAFF)
    assert made.status_code == 201
    stops = made.json()["stops"]
    assert [(s["rack"], s["aisle"]) for s in stops] == [("rack-a", 2), ("rack-a", 6), ("", None)]
    assert decided.get(made.headers["location"]).json()["stops"] == stops
    (high,) = stops[1]["errands"]
    assert (high["reference_code"], high["loan_id"], high["shelf"]) == (
        "F-2", "loan-1", "rack-a/6/R/1/1",
    )  # fmt: skip

    wrong = decided.post(f"/v1/errands/{high['id']}/end", {"end": "done", "scanned": "F-1"})
    assert (wrong.status_code, wrong.json()["code"]) == (409, "another_holding")
    done = decided.post(f"/v1/errands/{high['id']}/end", {"end": "done", "scanned": "F-2"})
    assert (done.json()["state"], done.json()["witness"]) == ("done", "scan")
    assert decided.get(f"/v1/errands/{high['id']}").json() == done.json()
    left = decided.get("/v1/errands").json()["stops"]
    assert [s["aisle"] for s in left] == [2, None]


def test_what_is_not_there_is_said_so(decided: World) -> None:
    assert decided.post("/v1/errands", {"task": "fetch"}).json()["code"] == "nothing_asked"
    unknown = decided.post("/v1/errands", {"task": "fetch", "holdings": ["x"]})
    assert (unknown.status_code, unknown.json()["code"]) == (404, "no_such_holding")
    assert decided.post("/v1/errands", {"task": "fetch", "loans": ["x"]}).status_code == 404
    assert decided.post("/v1/errands", {"task": "carry", "holdings": ["low"]}).status_code == 422
    assert decided.post("/v1/errands/x/end", {"end": "done"}).json()["code"] == "no_such_errand"
    assert decided.get("/v1/errands/x").status_code == 404
