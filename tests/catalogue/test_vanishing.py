"""Tombstones, restored and re-published records, and the guard against mass change."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, select

from controller.catalogue.importing import import_file
from controller.catalogue.runs import (
    Guard,
    Outcome,
    Report,
    accept_held,
    held,
    refuse_held,
)
from controller.store.catalogue_judging import Complete
from controller.store.catalogue_tables import catalogue_identities, code_aliases
from controller.store.schema import audit
from tests.catalogue.plain import codes, events, importer, mirror, runs, staged, write

HEAD = "档号,题名,条码"


def listing(path: Path, numbers: Iterable[int], title: str = "t") -> Path:
    return write(path / "a.csv", HEAD, *(f"J001-RS-{n:04d},{title},{n}" for n in numbers))


def bring(engine: Engine, file: Path, **more: Any) -> Report:
    return import_file(importer(engine, complete=Complete.FONDS, **more), file)


def gone(engine: Engine) -> set[str]:
    return {
        row["reference_code"][-4:]
        for row in mirror(engine).values()
        if row["withdrawn_at"] is not None
    }


def test_what_a_complete_list_lacks_is_marked_and_kept_and_comes_back(
    store_engine: Engine, tmp_path: Path
) -> None:
    bring(store_engine, listing(tmp_path, range(1, 6)))
    other = write(tmp_path / "b.csv", HEAD, "J002-RS-0001,other fonds,9")
    bring(store_engine, other)
    before = mirror(store_engine).keys()
    report = bring(store_engine, listing(tmp_path, (1, 2, 4)))
    assert (report.outcome, report.withdrawn, report.unchanged) == (Outcome.IMPORTED, 2, 3)
    assert gone(store_engine) == {"0003", "0005"}
    again = bring(store_engine, listing(tmp_path, (1, 2, 4)))
    assert (again.outcome, again.withdrawn) == (Outcome.UNCHANGED, 0)
    back = bring(store_engine, listing(tmp_path, (1, 2, 3, 4)))
    assert (back.outcome, back.restored, back.created) == (Outcome.IMPORTED, 1, 0)
    assert gone(store_engine) == {"0005"}
    assert mirror(store_engine).keys() == before


def test_a_list_that_is_not_said_to_be_complete_makes_nothing_vanish(
    store_engine: Engine, tmp_path: Path
) -> None:
    bring(store_engine, listing(tmp_path, range(5)))
    report = import_file(importer(store_engine), listing(tmp_path, [1]))
    assert (report.withdrawn, gone(store_engine)) == (0, set())


@pytest.mark.parametrize("title", ["t", "changed"])
def test_a_catalogue_that_loses_or_changes_half_is_held_until_a_person_has_decided(
    store_engine: Engine, tmp_path: Path, title: str
) -> None:
    guard = Guard(share=0.1, free=3)
    bring(store_engine, listing(tmp_path, range(40)), guard=guard)
    kept, told = mirror(store_engine), events(store_engine)
    numbers = range(20) if title == "t" else range(40)
    half = listing(tmp_path, numbers, title)
    report = bring(store_engine, half, guard=guard)
    assert report.outcome is Outcome.HELD
    assert "4 are allowed" in report.notes[-1]
    assert report.differences
    assert (mirror(store_engine), events(store_engine)) == (kept, told)

    waiting = held(store_engine, report.run_id)
    assert waiting is not None
    accept_held(importer(store_engine, by="wang"), waiting)
    changed = [row for row in mirror(store_engine).values() if row not in kept.values()]
    assert len(changed) == (20 if title == "t" else 40)
    assert mirror(store_engine).keys() == kept.keys()
    assert staged(store_engine) == 0
    with store_engine.connect() as connection:
        last = connection.execute(select(audit).order_by(audit.c.seq)).mappings().all()[-2:]
    assert [(row["operation"], row["user"]) for row in last] == [
        ("AcceptCatalogueRun", "wang"),
        ("ImportCatalogue", "li"),
    ]


def test_a_held_run_that_is_refused_or_superseded_leaves_nothing(
    store_engine: Engine, tmp_path: Path
) -> None:
    guard = Guard(share=0, free=1)
    bring(store_engine, listing(tmp_path, range(9)), guard=guard)
    kept = mirror(store_engine)
    first = bring(store_engine, listing(tmp_path, range(5)), guard=guard)
    second = bring(store_engine, listing(tmp_path, range(4)), guard=guard)
    assert held(store_engine, first.run_id) is None
    waiting = held(store_engine, second.run_id)
    assert waiting is not None
    refuse_held(importer(store_engine), waiting)
    assert held(store_engine, second.run_id) is None
    assert (mirror(store_engine), staged(store_engine)) == (kept, 0)
    assert runs(store_engine) == ["done", "refused", "refused"]


def test_records_published_anew_under_new_ids_keep_their_holdings(
    store_engine: Engine, tmp_path: Path
) -> None:
    """盒号 with another year has another id; the 档号 says that it is the same box."""
    head = "档号,题名,全宗号,盒号,年度,kind"
    old = write(tmp_path / "a.csv", head, "BOX,盒,J1,7,2010,盒", "F-1,件,J1,7,2010,件")
    new = write(tmp_path / "b.csv", head, "BOX,盒,J1,7,2011,盒", "F-1,件,J1,7,2011,件")
    bring(store_engine, old)
    before = {row["reference_code"]: row["id"] for row in mirror(store_engine).values()}
    for again in (False, True):
        report = bring(store_engine, new)
        after = {row["reference_code"]: row for row in mirror(store_engine).values()}
        assert {code: row["id"] for code, row in after.items()} == before
        assert after["F-1"]["parent_id"] == before["BOX"]
        assert (report.created, report.withdrawn, gone(store_engine)) == (0, 0, set())
        assert (report.outcome is Outcome.UNCHANGED) is again


def test_a_plan_leaves_no_identity_behind(store_engine: Engine, tmp_path: Path) -> None:
    head = "档号,题名,全宗号,盒号,年度,kind"
    bring(store_engine, write(tmp_path / "a.csv", head, "BOX,盒,J1,7,2010,盒"))
    new = write(tmp_path / "b.csv", head, "BOX,盒,J1,7,2011,盒")
    report = bring(store_engine, new, plan=True)
    assert (report.outcome, report.republished) == (Outcome.PLANNED, 1)
    with store_engine.connect() as connection:
        assert connection.execute(select(catalogue_identities)).all() == []


def test_a_changed_reference_code_leaves_an_alias(store_engine: Engine, tmp_path: Path) -> None:
    head = "档号,题名,全宗号,盒号,kind"
    bring(store_engine, write(tmp_path / "a.csv", head, "OLD,盒,J1,7,盒"))
    bring(store_engine, write(tmp_path / "a.csv", head, "NEW,盒,J1,7,盒"))
    assert codes(store_engine) == {"NEW": "盒"}
    with store_engine.connect() as connection:
        assert connection.scalars(select(code_aliases.c.code)).all() == ["OLD"]


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sets(st.integers(0, 9), min_size=1), min_size=1, max_size=4))
def test_after_any_lists_exactly_the_last_one_is_in_the_catalogue_and_nothing_is_lost(
    sqlite_engine: Engine, tmp_path: Path, lists: list[set[int]]
) -> None:
    before = {row["reference_code"][-4:] for row in mirror(sqlite_engine).values()}
    for numbers in lists:
        bring(sqlite_engine, listing(tmp_path, sorted(numbers)))
    everything = before.union(*({f"{n:04d}" for n in numbers} for numbers in lists))
    there = {row["reference_code"][-4:] for row in mirror(sqlite_engine).values()}
    assert there == everything
    assert gone(sqlite_engine) == everything - {f"{n:04d}" for n in lists[-1]}
