"""Climate reports by API and on their page."""

import hashlib

import pytest

from api.report_making import _turn
from controller.store.accounts import Role
from tests.api.world import World

REPORT = "/v1/rooms/room-1/climate-report?month=2026-10&lang=en&format="


@pytest.mark.parametrize(("form", "magic"), [("pdf", b"%PDF-"), ("xlsx", b"PK")])
def test_a_report_is_a_file_and_is_kept_byte_for_byte(
    world: World, form: str, magic: bytes
) -> None:
    made = world.get(REPORT + form, Role.READER)
    assert made.status_code == 200
    assert made.content.startswith(magic)
    assert f"climate-room-1-2026-10-en.{form}" in made.headers["content-disposition"]
    [listed] = world.get("/v1/climate-reports?room=room-1", Role.READER).json()["reports"]
    assert listed["sha256"] == hashlib.sha256(made.content).hexdigest()
    assert listed["made_by"] == "reader-key"
    again = world.get(f"/v1/climate-reports/{listed['id']}", Role.READER)
    assert again.content == made.content == world.get(REPORT + form, Role.STAFF).content
    assert len(world.get("/v1/climate-reports", Role.READER).json()["reports"]) == 1


@pytest.mark.parametrize(
    ("address", "status", "code"),
    [
        ("/v1/rooms/room-9/climate-report?month=2026-10", 404, "no_such_room"),
        ("/v1/rooms/room-1/climate-report?month=2026-13", 422, "bad_month"),
        ("/v1/climate-reports/none", 404, "no_such_report"),
    ],
)
def test_what_cannot_be_made_says_why(world: World, address: str, status: int, code: str) -> None:
    answer = world.get(address, Role.READER)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_who_waits_too_long_for_others_is_told_to_ask_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.report_making.PATIENCE_S", 0.01)
    with _turn:
        assert world.get(REPORT + "xlsx", Role.READER).status_code == 503
    assert world.get(REPORT + "xlsx", Role.READER).status_code == 200


def test_the_page_lists_what_is_kept_and_offers_the_last_month(world: World) -> None:
    empty = world.get("/reports", Role.FACILITIES).text
    assert 'value="2026-10"' in empty
    assert world.get(f"/reports/file{REPORT[REPORT.index('?'):]}xlsx&room=room-1",
                     Role.FACILITIES).status_code == 200  # fmt: skip
    listed = world.get("/reports", Role.FACILITIES).text
    assert "/v1/climate-reports/" in listed
    assert "/v1/climate-reports/" not in empty
