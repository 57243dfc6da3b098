"""Where a holding is: what the API answers for what the store knows."""

from tests.api.conftest import World


def test_an_unknown_code_is_not_found(world: World) -> None:
    answer = world.get("/v1/whereabouts?code=J001-0001")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == "no_such_holding"
