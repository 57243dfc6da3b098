"""Who gets in, by which door, and what every answer carries."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from httpx import Response

from api.security import computer_of
from controller.store.accounts import Role
from tests.api.world import NOW, World

PASSWORD = "correct horse battery"


@pytest.fixture
def signed_in(world: World) -> dict[str, str]:
    """The cookies of Li, who is staff."""
    world.accounts.add_user("li", Role.STAFF, PASSWORD, world.by("root"))
    token = world.accounts.sign_in("li", PASSWORD, computer="192.0.2.7", at=NOW)
    return {"Cookie": f"session={token}"}


def test_a_session_cookie_opens_what_its_role_may(world: World, signed_in: dict[str, str]) -> None:
    assert world.get("/v1/racks", None, headers=signed_in).status_code == 200


@pytest.mark.parametrize(
    "header",
    ["Bearer", "Bearer x", "Bearer .", "Basic abc", "Bearer {id}.", "Bearer {id}.wrong", "bearer"],
)
def test_anything_but_a_whole_key_is_refused(world: World, header: str) -> None:
    key_id = world.keys[Role.READER].partition(".")[0]
    sent = {"Authorization": header.format(id=key_id)}
    answer = world.get("/v1/racks", None, headers=sent)
    assert answer.status_code == 401
    assert "Bearer" in answer.headers["www-authenticate"]
    assert answer.json()["code"] == "not_signed_in"


def test_a_wrong_key_is_refused_even_beside_a_good_cookie(
    world: World, signed_in: dict[str, str]
) -> None:
    sent = {**signed_in, "Authorization": "Bearer a.b"}
    assert world.get("/v1/racks", None, headers=sent).status_code == 401


@pytest.mark.parametrize(
    ("sent", "through"),
    [
        ({"Sec-Fetch-Site": "same-origin"}, True),
        ({"Sec-Fetch-Site": "same-site"}, False),
        ({"Sec-Fetch-Site": "cross-site"}, False),
        ({"Sec-Fetch-Site": "none"}, False),
        ({"Origin": "http://test"}, True),
        ({"Origin": "http://test.evil"}, False),
        ({"Origin": "null"}, False),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "http://test"}, False),
        ({}, False),
    ],
)
def test_a_change_by_cookie_comes_from_our_own_page_or_not_at_all(
    world: World, signed_in: dict[str, str], sent: dict[str, str], through: bool
) -> None:
    answer = world.send("POST", "/v1/loans", None, headers={**signed_in, **sent}, json={})
    assert answer.status_code == (422 if through else 403)
    if not through:
        assert answer.json()["code"] == "foreign_origin"


def test_a_change_by_key_needs_no_page(world: World) -> None:
    sent = {"Origin": "http://elsewhere"}
    assert world.send("POST", "/v1/loans", headers=sent, json={}).status_code == 422


@pytest.mark.parametrize("page", ["/", "/alarms"])
def test_a_person_without_a_session_is_shown_the_sign_in_page(world: World, page: str) -> None:
    answer = world.get(page, None, headers={"Accept": "text/html"})
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/login?next=")


def test_a_forwarded_address_is_nobodys_word(world: World) -> None:
    class Asked:
        client = type("Peer", (), {"host": "192.0.2.9"})
        headers = {"x-forwarded-for": "203.0.113.1"}  # noqa: RUF012 -- read only

    asked: Any = Asked()
    assert computer_of(asked) == "192.0.2.9"


def _answers(world: World) -> list[Response]:
    return [
        world.get("/v1/racks"),
        world.get("/v1/racks", None),
        world.get("/nothing"),
        world.send("PUT", "/v1/racks"),
        world.get("/v1/holdings"),
        world.get("/health", None),
    ]


def test_every_answer_carries_the_security_headers(world: World) -> None:
    answers = _answers(world)
    assert {answer.status_code for answer in answers} == {200, 401, 404, 405, 422, 503}
    for answer in answers:
        assert answer.headers["content-security-policy"].startswith("default-src 'self';")
        assert "unsafe" not in answer.headers["content-security-policy"]
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "same-origin"
        assert "strict-transport-security" not in answer.headers  # this site speaks plain HTTP


def test_a_body_beyond_a_mebibyte_is_refused_before_it_is_read(world: World) -> None:
    answer = world.send("POST", "/v1/whereabouts", content=b"x" * (1024 * 1024 + 1))
    assert answer.status_code == 413
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("url", ["/v1/whereabouts", "/v1/loans"])
def test_a_body_without_its_length_is_refused_when_it_passes_the_limit(
    world: World, url: str
) -> None:
    async def drip() -> AsyncIterator[bytes]:
        for _ in range(17):
            yield b"x" * 65536

    sent = {"Content-Type": "application/json"}
    answer = world.send("POST", url, headers=sent, content=drip())
    assert answer.status_code == 413
    assert answer.json()["code"] == "request_entity_too_large"
