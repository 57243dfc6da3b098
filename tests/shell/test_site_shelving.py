"""What a site file says about shelves, and what it may not say."""

import pytest
from pydantic import ValidationError

from controller.assemble import plans
from controller.config import Site
from controller.domain.plans import RoomPlan, ShelvesPlan


def site(rack: dict[str, object], **parts: object) -> Site:
    link = {"kind": "modbus-tcp", "host": "192.0.2.20"}
    return Site.model_validate(
        {
            "site": {"id": "s", "name": "S"},
            "database": {"url": "sqlite:///s.db"},
            "rooms": [{"id": "room-1", "name": "R"}],
            "racks": [
                {"id": "a", "name": "A", "room": "room-1", "columns": 8, "link": link, **rack}
            ],
            **parts,
        }
    )


def room(**airing: object) -> dict[str, object]:
    usual = {"at": "30 22 * * *", "motion_sensors": [{"device": "door-1", "input": 1}]}
    return {"id": "room-1", "name": "R", "airing": {**usual, **airing}}


def test_only_a_room_that_says_so_is_aired() -> None:
    made = plans(site({}, rooms=[room(quiet_s=120), {"id": "room-2", "name": "Q"}]))

    assert made.rooms == (RoomPlan(id="room-1", motion_sensors=(("door-1", 1),), quiet_s=120.0),)


def test_the_domain_learns_what_the_labels_say() -> None:
    shelves = {"code": "01", "bays": 6, "levels": 7, "bare": [{"aisle": 1, "side": "left"}]}
    made = plans(site({"shelves": shelves}, places={"patterns": ["(?P<rack>.)(?P<aisle>.)"]}))

    assert made.racks[0].shelves == ShelvesPlan(
        code="01", bays=6, levels=7, bare=frozenset({(1, "left")})
    )
    assert made.patterns == ("(?P<rack>.)(?P<aisle>.)",)


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ({"places": {"patterns": ["("]}}, "regular expression"),
        ({"places": {"patterns": ["(?P<rack>.)"]}}, "must name rack, and aisle"),
        ({"rooms": [room(at="at night")]}, "fields"),
        ({"rooms": [room(motion_sensors=[])]}, "at least 1"),
        ({"rooms": [room(quiet_s=1)]}, "60"),
    ],
)
def test_what_cannot_work_is_refused(parts: dict[str, object], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        site({}, **parts)
