"""The description: checked in, true to what is served, and its examples true to itself."""

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from api.description import EXAMPLES
from api.openapi import document
from api.rights import API, PUBLIC
from controller.domain.model import Direction
from controller.store.accounts import Role
from tests.api.facts import ALARM, alarm, lent, passage
from tests.api.world import World

CHECKED_IN = Path(__file__).parents[2] / "api" / "openapi.json"


@pytest.fixture(scope="module")
def described() -> dict[str, Any]:
    return dict(json.loads(document()))


def validator(described: dict[str, Any], method: str, path: str, status: str = "200") -> Any:
    """Of the JSON answer of that route."""
    content = described["paths"][path][method]["responses"][status]["content"]
    (schema,) = [media["schema"] for media in content.values()]
    return Draft202012Validator({**schema, "components": described["components"]})


def test_the_description_is_the_one_checked_in() -> None:
    assert document() == CHECKED_IN.read_text(encoding="utf-8"), (
        "changing the API is a decision: python -m api openapi > api/openapi.json"
    )


@pytest.mark.parametrize(("method", "path"), sorted(EXAMPLES))
def test_an_example_fits_its_schema(described: dict[str, Any], method: str, path: str) -> None:
    validator(described, method, path).validate(EXAMPLES[method, path])


def test_every_route_of_the_api_is_described_with_its_refusals(described: dict[str, Any]) -> None:
    for (method, path), roles in API.items():
        if path == "/v1/openapi.json":
            continue
        answers = described["paths"][path.replace(":path}", "}")][method.lower()]["responses"]
        assert any(status.startswith("2") for status in answers), path
        if roles is not PUBLIC:
            assert {"401", "403"} <= answers.keys(), (method, path)
        for status in answers.keys() - {"304"}:
            if status >= "400" and path != "/health":
                assert list(answers[status]["content"]) == ["application/problem+json"]


@pytest.mark.parametrize(
    ("path", "url"),
    [
        ("/v1/holdings", "/v1/holdings?code=F-1"),
        ("/v1/holdings/{holding_id}", "/v1/holdings/file"),
        ("/v1/holdings/{holding_id}/events", "/v1/holdings/file/events"),
        ("/v1/holdings/{holding_id}/whereabouts", "/v1/holdings/file/whereabouts"),
        ("/v1/whereabouts", "/v1/whereabouts?code=F-1"),
        ("/v1/loans", "/v1/loans"),
        ("/v1/loans/{loan_id}", "/v1/loans/loan-1"),
        ("/v1/alarms", "/v1/alarms"),
        ("/v1/alarms/{alarm_id}", f"/v1/alarms/{ALARM}"),
        ("/v1/climate", "/v1/climate"),
        ("/v1/climate/{sensor}", "/v1/climate/th-1"),
        ("/v1/racks", "/v1/racks"),
        ("/v1/racks/{rack}", "/v1/racks/rack-a"),
        ("/v1/devices", "/v1/devices"),
        ("/health", "/health"),
    ],
)
def test_an_answer_fits_its_schema(
    world: World, described: dict[str, Any], path: str, url: str
) -> None:
    world.shelve("file", "F-1")
    world.beat()
    world.record(*lent("file"), passage("file", Direction.OUT), alarm(holding_id="file"))
    answer = world.get(url)
    assert answer.status_code == 200
    validator(described, "get", path).validate(answer.json())


def test_a_problem_fits_its_schema(world: World, described: dict[str, Any]) -> None:
    answer = world.get("/v1/holdings/none")
    validator(described, "get", "/v1/holdings/{holding_id}", "404").validate(answer.json())


def test_the_description_is_served_to_whoever_is_signed_in(world: World) -> None:
    assert world.get("/v1/openapi.json", None).status_code == 401
    assert world.get("/v1/openapi.json", Role.READER).json()["info"]["title"]
