"""The page of what the air did to a holding, and the page of who stood in a room."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from controller.domain.events import PassageDetected
from controller.domain.model import Direction
from controller.store import telemetry
from controller.store.accounts import Role
from drivers.observations import ClimateReading, Moment, Quality
from tests.api.screens.stage import SITE, THINGS, Stage, served, signed_in

ROOM = SITE.rooms[0]
SENSOR = next(sensor for sensor in SITE.sensors if sensor.room == ROOM.id)


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server whose room was too humid while the first thing stood in it."""
    stage = Stage(tmp_path_factory.mktemp("exposure"))
    try:
        now = stage.now()
        stage.record(
            PassageDetected(
                at=now - timedelta(days=3), passage_id="p-1", door="door-north", epc="E2",
                holding_id=THINGS[0].id, direction=Direction.IN, place=ROOM.id, confidence=0.99,
                evidence={},
            )
        )  # fmt: skip
        with stage.engine.begin() as connection:
            telemetry.append(
                connection,
                [
                    ClimateReading(
                        at=Moment(utc=now - timedelta(minutes=minute), monotonic_s=0.0),
                        sensor=SENSOR.id, temperature_c=20.0, relative_humidity_percent=72.0,
                        quality=Quality.GOOD, fault="",
                    )
                    for minute in range(2, 2 * 24 * 60)
                ],
            )  # fmt: skip
        with served(stage) as address:
            yield address
    finally:
        stage.close()


@pytest.mark.parametrize(
    ("language", "word"), [("en", "Relative humidity too high"), ("zh-CN", "相对湿度过高")]
)
def test_a_holdings_page_tells_its_excursions_and_gaps(
    address: str, language: str, word: str
) -> None:
    with signed_in(address, Role.READER, language) as browser:
        text = browser.get(f"/find/{THINGS[0].id}/exposure?days=7").text
    assert word in text
    assert "72.0" in text
    assert f'href="/rooms/{ROOM.id}/holdings?' in text


def test_the_holdings_card_leads_there(address: str) -> None:
    with signed_in(address, Role.STAFF) as browser:
        assert f'href="/find/{THINGS[0].id}/exposure"' in browser.get(f"/find/{THINGS[0].id}").text


def test_an_unknown_holding_is_said(address: str) -> None:
    with signed_in(address, Role.STAFF) as browser:
        assert "no such holding" in browser.get("/find/nobody/exposure").text


def test_a_rooms_page_lists_who_stood_there_and_leads_to_all_of_it(address: str) -> None:
    with signed_in(address, Role.STAFF) as browser:
        text = browser.get(f"/rooms/{ROOM.id}/holdings").text
        assert THINGS[0].code in text
        link = text.split('href="/v1/rooms/')[1].split('"')[0].replace("&amp;", "&")
        answer = browser.get("/v1/rooms/" + link)
        assert THINGS[0].id in answer.text
        assert f'href="/rooms/{ROOM.id}/holdings"' in browser.get("/environment").text
