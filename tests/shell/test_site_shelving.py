"""What a site file says about shelves, and what it may not say."""

import pytest
from pydantic import ValidationError

from controller.assemble import plans
from controller.config import Site
from controller.domain.plans import ShelvesPlan


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
    ],
)
def test_a_pattern_that_cannot_work_is_refused(parts: dict[str, object], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        site({}, **parts)
