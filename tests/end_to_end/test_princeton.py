"""Real finding aids: eight files are imported, every box gets a tag, and 200 go through a door."""

import csv
from pathlib import Path

from sqlalchemy import text

from simulators.walks import Motion, Walk
from tests.end_to_end.running import DOOR, Running, running_site
from tests.services import eventually, require_shared

TROLLEYS = 5
BOXES_A_TROLLEY = 40


def barcodes(site: Running) -> list[str]:
    """The barcodes of all pieces that stand on a shelf by themselves."""
    engine = site.engine()
    try:
        with engine.connect() as connection:
            found = connection.execute(
                text("SELECT barcode FROM holdings WHERE parent_id IS NULL ORDER BY id")
            )
            return list(found.scalars())
    finally:
        engine.dispose()


def tag_everything(site: Running) -> list[str]:
    """Give every piece a tag of its own; returns the EPCs."""
    pieces = barcodes(site)
    epcs = [f"E28068940000{number:012X}" for number in range(len(pieces))]
    path = site.folder / "tags.csv"
    with path.open("w", encoding="utf-8", newline="") as stream:
        table = csv.writer(stream)
        table.writerow(["epc", "barcode"])
        table.writerows(zip(epcs, pieces, strict=True))
    bound = site.command("controller", "bind", str(path), "--site", str(site.site))
    assert bound["bound"] == len(pieces)
    return epcs


def test_two_hundred_real_boxes_leave_on_trolleys_and_none_goes_the_wrong_way(
    tmp_path: Path,
) -> None:
    files = sorted(require_shared("data/catalogue/princeton").glob("*.EAD.xml"))
    assert len(files) == 8
    with running_site(tmp_path, start=()) as site:
        names = [str(path) for path in files]
        there = ("--site", str(site.site), "--source", "princeton")
        site.command("controller", "import", *names, *there)
        epcs = tag_everything(site)
        assert len(epcs) == 3565  # every barcode of the eight files, in 2,934 numbered boxes
        site.start("controller")
        eventually(lambda: site.devices.reader.reading, bool)
        for trolley in range(TROLLEYS):
            load = epcs[trolley * BOXES_A_TROLLEY : (trolley + 1) * BOXES_A_TROLLEY]
            site.devices.world.walk(DOOR, Walk(load, Motion.OUT))
            passed = (trolley + 1) * BOXES_A_TROLLEY
            site.wait_for("PassageDetected", passed, within_s=30)
        passages = site.events("PassageDetected")
        out = {p["epc"] for p in passages if p["direction"] == "out"}
        inward = [p for p in passages if p["direction"] == "in"]
        alarms = site.wait_for("AlarmRaised", len(out))
        assert inward == []
        assert out == set(epcs[: TROLLEYS * BOXES_A_TROLLEY])
        assert len({a["holding_id"] for a in alarms if a["kind"] == "unauthorised_exit"}) == 200
        assert site.differences() == []
