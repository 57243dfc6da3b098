"""Harvests from a simulated ArchivesSpace: cursor, resume, faults inside answers, the guard."""

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
from sqlalchemy import Engine

from controller.catalogue.archivesspace import IDS_A_PAGE, ArchivesSpace
from controller.catalogue.harvesting import CatalogueUnreachable, Page, harvest
from controller.catalogue.runs import Guard, Outcome, Report
from controller.store.catalogue_cursors import read_cursor
from simulators.catalogue_server import PASSWORD, USER, CatalogueFault, SimulatedCatalogue
from tests.catalogue.plain import importer, mirror, staged

BOXES = 60
HOUR = 3600


@pytest.fixture
def catalogue() -> Iterator[SimulatedCatalogue]:
    with SimulatedCatalogue(BOXES) as started:
        yield started


def ask(
    engine: Engine, catalogue: SimulatedCatalogue, *, full: bool = False, **more: Any
) -> Report:
    space = ArchivesSpace(catalogue.url, 2, username=USER, password=PASSWORD)
    with closing(space) as connector:
        return harvest(importer(engine, "aspace", **more), connector, full=full)


def there(engine: Engine) -> set[str]:
    rows = mirror(engine).values()
    return {row["external_id"] for row in rows if row["withdrawn_at"] is None}


def uris(catalogue: SimulatedCatalogue) -> set[str]:
    return {str(record["uri"]) for record in catalogue.records.values()}


def test_the_first_harvest_brings_all_and_the_next_only_what_changed(
    store_engine: Engine, catalogue: SimulatedCatalogue
) -> None:
    catalogue.now += HOUR
    assert ask(store_engine, catalogue).created == BOXES
    box = mirror(store_engine)
    one = next(row for row in box.values() if row["external_id"].endswith("/7"))
    assert (one["reference_code"], one["barcode"]) == ("MC1 box 7", "32101000000007")
    assert one["home"] == "Store [Bay 1, Shelf 2]"
    catalogue.now += HOUR
    catalogue.change(7, barcode="9")
    kept = catalogue.vanish(8)
    catalogue.add("new")
    report = ask(store_engine, catalogue)
    assert (report.rows, report.created, report.changed, report.withdrawn) == (2, 1, 1, 1)
    assert there(store_engine) == uris(catalogue)
    catalogue.now += HOUR
    catalogue.restore(kept)
    assert ask(store_engine, catalogue).restored == 1
    assert there(store_engine) == uris(catalogue)
    assert ask(store_engine, catalogue).outcome is Outcome.UNCHANGED


def test_what_vanished_unsaid_is_found_by_a_full_harvest_only(
    sqlite_engine: Engine, catalogue: SimulatedCatalogue
) -> None:
    ask(sqlite_engine, catalogue)
    catalogue.now += HOUR
    del catalogue.records[3]
    assert ask(sqlite_engine, catalogue).withdrawn == 0
    assert ask(sqlite_engine, catalogue, full=True).withdrawn == 1
    assert there(sqlite_engine) == uris(catalogue)


@pytest.mark.parametrize("fault", [CatalogueFault.HALF, CatalogueFault.SESSION_GONE])
def test_records_that_an_answer_leaves_out_are_read_one_by_one(
    sqlite_engine: Engine, catalogue: SimulatedCatalogue, fault: CatalogueFault
) -> None:
    catalogue.faults.append(fault)
    assert ask(sqlite_engine, catalogue).created == BOXES


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        (CatalogueFault.HTML, "is no JSON but text/html"),
        (CatalogueFault.ERROR_IN_200, "db: deadlock"),
    ],
)
def test_an_answer_that_makes_no_sense_stops_the_harvest_which_goes_on_later(
    sqlite_engine: Engine, catalogue: SimulatedCatalogue, fault: CatalogueFault, says: str
) -> None:
    with closing(ArchivesSpace(catalogue.url, 2, username=USER, password=PASSWORD)) as space:
        first = next(space.pages("", None))
        assert len(first.rows) == IDS_A_PAGE
    catalogue.questions.clear()

    class Breaking:
        """The fault comes after the first page."""

        def pages(self, since: str, resume: Page | None) -> Iterator[Page]:
            with closing(ArchivesSpace(catalogue.url, 2, username=USER, password=PASSWORD)) as it:
                for page in it.pages(since, resume):
                    yield page
                    catalogue.faults.append(fault)

    report = harvest(importer(sqlite_engine, "aspace"), Breaking())
    assert report.outcome is Outcome.UNREADABLE
    assert says in report.faults[0]
    assert (mirror(sqlite_engine), staged(sqlite_engine)) == ({}, IDS_A_PAGE)
    catalogue.faults.clear()
    catalogue.questions.clear()
    report = ask(sqlite_engine, catalogue)
    assert (report.outcome, report.created) == (Outcome.IMPORTED, BOXES)
    assert len(catalogue.questions) == 3  # the ids, and the two pages that were left
    assert read_cursor(sqlite_engine, "aspace").run_id is None


def test_everything_published_anew_under_new_ids_is_held_and_then_keeps_its_holdings(
    store_engine: Engine, catalogue: SimulatedCatalogue
) -> None:
    guard = Guard(share=0.1, free=5)
    ask(store_engine, catalogue, guard=guard)
    before = {row["reference_code"]: row["id"] for row in mirror(store_engine).values()}
    catalogue.now += HOUR
    catalogue.republish()
    report = ask(store_engine, catalogue, guard=guard)
    assert (report.outcome, report.republished) == (Outcome.HELD, BOXES)
    assert (report.created, report.withdrawn) == (0, 0)
    report = ask(store_engine, catalogue, guard=Guard(free=BOXES), full=True)
    assert report.outcome is Outcome.IMPORTED
    assert {r["reference_code"]: r["id"] for r in mirror(store_engine).values()} == before
    assert there(store_engine) == uris(catalogue)


def test_a_catalogue_that_loses_half_its_records_in_a_day_loses_nothing_here(
    sqlite_engine: Engine, catalogue: SimulatedCatalogue
) -> None:
    guard = Guard(share=0.1, free=5)
    ask(sqlite_engine, catalogue, guard=guard)
    before = there(sqlite_engine)
    catalogue.now += HOUR
    for number in range(1, BOXES // 2):
        catalogue.vanish(number)
    assert ask(sqlite_engine, catalogue, guard=guard).outcome is Outcome.HELD
    assert there(sqlite_engine) == before


def test_a_plan_changes_nothing_and_moves_no_cursor(
    sqlite_engine: Engine, catalogue: SimulatedCatalogue
) -> None:
    report = ask(sqlite_engine, catalogue, plan=True)
    assert (report.outcome, report.created) == (Outcome.PLANNED, BOXES)
    assert (mirror(sqlite_engine), staged(sqlite_engine)) == ({}, 0)
    assert read_cursor(sqlite_engine, "aspace").since == ""


def test_a_catalogue_that_is_not_there_is_one_message(sqlite_engine: Engine) -> None:
    with SimulatedCatalogue() as gone:
        url = gone.url
    with (
        closing(ArchivesSpace(url, 2, username="nobody", password=PASSWORD)) as space,
        pytest.raises(CatalogueUnreachable, match="does not answer"),
    ):
        next(space.pages("", None))


def test_a_user_that_is_refused_is_told_what_to_look_at(catalogue: SimulatedCatalogue) -> None:
    with (
        closing(ArchivesSpace(catalogue.url, 2, username="nobody", password=PASSWORD)) as space,
        pytest.raises(CatalogueUnreachable, match="check username and password_file"),
    ):
        next(space.pages("", None))
