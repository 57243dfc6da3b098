"""What the number of an unbound tag proposes on the desk page; only a person binds."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from controller.domain.events import ControllerStarted, DeviceRecovered, TagBound, TagPresented
from controller.store.accounts import Role
from drivers.tag_numbers import encode_uii
from tests.api.screens.stage import THINGS, Stage, served, signed_in
from tests.api.screens.test_browser import CONTRAST, tab
from tests.api.screens.test_browser import chromium as chromium
from tests.api.screens.test_desks import led_to, shown

GDTI = "2C14257BF42EF800000004D2"
"""urn:epc:id:gdti:0614141.06012.1234"""
FILE = THINGS[20]
IN_STOCK = 0x01C2
"""Toggle and AFI of ISO 28560-4; the length stands in the five bits before."""


@pytest.fixture
def desk(stage: Stage) -> Iterator[str]:
    """The address of a server whose controller runs and whose desk reader answers."""
    now = stage.now()
    stage.record(
        ControllerStarted(at=now, version="1"),
        DeviceRecovered(at=now, device="desk-1", detail=""),
        TagPresented(at=now, desk="desk-1", epc=GDTI, pc=0x3000),
    )
    stage.beat()
    with served(stage) as address:
        yield address


def test_a_number_that_no_file_is_called_by_is_shown_and_offers_nothing(desk: str) -> None:
    with signed_in(desk, Role.STAFF) as browser:
        page = shown(browser)
        assert "1234" in page
        assert "urn:epc:id:gdti:0614141.06012.1234" in page
        assert "no single file is called so" in page
        assert "Bind the tag to it" not in page


def test_the_one_file_that_is_meant_is_offered_and_bound_only_by_a_person(
    desk: str, stage: Stage
) -> None:
    code = FILE.code
    epc = encode_uii(code).hex().upper()
    pc = len(epc) // 4 << 11 | IN_STOCK
    stage.record(TagPresented(at=stage.now(), desk="desk-1", epc=epc, pc=pc))
    with signed_in(desk, Role.STAFF) as browser:
        page = shown(browser)
        assert "Bind the tag to it" in page
        assert f'name="holding_id" value="{FILE.id}"' in page
        assert "no file yet" in page
        asked, _ = led_to(browser, holding_id=FILE.id, q=code)
        assert "objection" not in asked
        stage.record(TagBound(at=stage.now(), epc=epc, holding_id=FILE.id, by="a-staff"))
        assert "Bind the tag to it" not in shown(browser)


@pytest.mark.parametrize("width", [1280, 390])
def test_the_proposal_fits_and_can_be_read(desk: str, chromium: Browser, width: int) -> None:
    with tab(chromium, desk, viewport={"width": width, "height": 900}) as page:
        page.goto(f"{desk}/desk")
        expect(page.locator("#desk-desk-1-proposal")).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert page.evaluate(CONTRAST) == []
