"""The same system on PostgreSQL: by URL, and nothing else differs."""

from pathlib import Path

import pytest

from simulators.demo_site import HOLDINGS
from simulators.walks import Motion, Walk
from tests.end_to_end.running import DOOR, running_site
from tests.end_to_end.test_a_file_leaves import fill, lend, quoted
from tests.services import eventually


@pytest.mark.parametrize("store_url", ["postgresql"], indirect=True)
def test_a_file_leaves_comes_back_and_the_tables_equal_the_journal(
    tmp_path: Path, store_url: str
) -> None:
    with running_site(tmp_path, start=(), database_url=store_url) as site:
        fill(site)
        site.start("controller")
        site.start("api")
        eventually(lambda: site.devices.reader.reading, bool)
        lent, taken = HOLDINGS[0], HOLDINGS[1]
        loan = lend(site, lent.reference_code)
        site.devices.world.walk(DOOR, Walk([lent.epc], Motion.OUT))
        site.devices.world.walk(DOOR, Walk([taken.epc], Motion.OUT))
        assert site.wait_for("ExitAuthorised")[0]["authority_id"] == loan
        alarms = site.wait_for("AlarmRaised")
        assert [alarm["subject"] for alarm in alarms] == [taken.reference_code]
        place = site.get(f"/v1/whereabouts?code={quoted(taken.reference_code)}")
        assert place["state"] == "outside"
        assert site.stop("controller") == 0
        assert site.differences() == []
        assert site.command("controller", "audit", str(site.site))["intact"]
