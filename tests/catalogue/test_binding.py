"""Tags onto holdings from a list: all of it or nothing, and never one tag on two things."""

from pathlib import Path

import pytest
from sqlalchemy import Engine

from controller.catalogue.binding import BindOutcome, BindReport
from controller.catalogue.importing import import_file
from controller.domain.events import TagBound, TagUnbound
from controller.store.audit import verify
from controller.store.ledger import Ledger, Unpublished
from tests.catalogue.plain import (
    barcodes,
    bind_list,
    bound,
    events,
    importer,
    mirror,
    tags_for,
    write,
)
from tests.services import require_shared

T1, T2, T3 = "E28011702000000000000001", "E28011702000000000000002", "0001"


@pytest.fixture
def filled(store_engine: Engine, tmp_path: Path) -> Engine:
    lines = ["档号,题名,条码", "A,one,11", "B,two,22", "C,three,33"]
    import_file(importer(store_engine), write(tmp_path / "office.csv", *lines))
    return store_engine


def bind(engine: Engine, folder: Path, *lines: str, rebind: bool = False) -> BindReport:
    return bind_list(engine, write(folder / "tags.csv", *lines), rebind=rebind)


def tag_events(engine: Engine) -> list[tuple[str, str]]:
    found = [event for event in events(engine) if isinstance(event, TagBound | TagUnbound)]
    return [(type(event).__name__, event.epc) for event in found]


def test_tags_are_bound_by_reference_code_or_by_barcode(filled: Engine, tmp_path: Path) -> None:
    rows = [f"{T1.lower()},A,", f"{T2[:8]} {T2[8:]},,2 2", f"{T3},C,33"]
    report = bind(filled, tmp_path, "标签,档号,条码", *rows)
    assert (report.outcome, report.bound) == (BindOutcome.BOUND, 3)
    assert bound(filled) == {T1: "A", T2: "B", T3: "C"}
    with filled.connect() as connection:
        assert verify(connection) is None


def test_the_same_list_again_changes_nothing(filled: Engine, tmp_path: Path) -> None:
    bind(filled, tmp_path, "epc,档号", f"{T1},A", f"{T2},B")
    told = events(filled)
    report = bind(filled, tmp_path, "epc,档号", f"{T1},A", f"{T2},B")
    assert (report.outcome, report.unchanged) == (BindOutcome.UNCHANGED, 2)
    assert events(filled) == told


def test_the_registry_answers_by_the_tag_that_was_bound(filled: Engine, tmp_path: Path) -> None:
    bind(filled, tmp_path, "epc,档号", f"{T1},A")
    ledger = Ledger(filled, source="t-01/test", compose=Unpublished())
    holding = ledger.registry.holding_by_epc(T1)
    ledger.close()
    assert holding is not None
    assert holding.reference_code == "A"


@pytest.mark.parametrize(
    ("lines", "wanted"),
    [
        (["epc,档号", "xyz,A"], "tags.csv:2: epc: 'XYZ' is no EPC"),
        (["epc,档号", "ABC,A"], "tags.csv:2: epc: 'ABC' is no EPC"),
        (["epc,档号", "3.04E+23,A"], "tags.csv:2: epc: '3.04E+23' is no EPC"),
        (["epc,档号", "AB" * 66 + ",A"], "is no EPC: 4 to 128"),
        (["epc,档号", ",A"], "tags.csv:2: epc: '' is no EPC"),
        (["epc,档号", f"{T1},"], "tags.csv:2: (whole row): neither 档号 nor 条码"),
        (["epc,档号", f"{T1},Z"], "tags.csv:2: (whole row): no holding has 档号 'Z'"),
        (["epc,条码", f"{T1},99"], "no holding has 条码 '99'"),
        (["epc,档号,条码", f"{T1},A,22"], "no holding has 档号 'A' and 条码 '22'"),
        (["epc,档号", f"{T1},A", f"{T1},B"], f"tags.csv:3: epc: {T1} stands in line 2 already"),
        (["epc,档号", f"{T1},A", f"{T2},A"], "tags.csv:3: (whole row): 'A' gets a tag in line 2"),
    ],
)
def test_one_wrong_row_refuses_the_list_and_is_named(
    filled: Engine, tmp_path: Path, lines: list[str], wanted: str
) -> None:
    report = bind(filled, tmp_path, *lines, f"{T3},C" if "档号" in lines[0] else f"{T3},33")
    assert report.outcome is BindOutcome.REFUSED
    assert wanted in report.faults[0]
    assert (bound(filled), tag_events(filled)) == ({}, [])


@pytest.mark.parametrize("heading", ["档号,条码", "epc", "a,b"])
def test_a_list_without_the_columns_it_needs_is_refused(
    sqlite_engine: Engine, tmp_path: Path, heading: str
) -> None:
    report = bind(sqlite_engine, tmp_path, heading)
    assert report.outcome is BindOutcome.UNREADABLE
    assert report.faults[0].startswith("tags.csv:1: ")


def test_a_barcode_on_two_boxes_needs_the_reference_code_too(
    filled: Engine, tmp_path: Path
) -> None:
    import_file(importer(filled, "b"), write(tmp_path / "b.csv", "档号,题名,条码", "S,shared,11"))
    report = bind(filled, tmp_path, "epc,barcode", f"{T1},11")
    assert "条码 '11' is on 2 holdings: S (b), A (office)" in report.faults[0]
    assert bind(filled, tmp_path, "epc,barcode,档号", f"{T1},11,S").bound == 1
    assert bound(filled) == {T1: "S"}


def test_a_tag_that_stands_for_something_else_moves_only_when_told_so(
    filled: Engine, tmp_path: Path
) -> None:
    bind(filled, tmp_path, "epc,档号", f"{T1},A")
    report = bind(filled, tmp_path, "epc,档号", f"{T1},B")
    assert f"'B': {T1} is on 'A' already; --rebind replaces that" in report.faults[0]
    assert bound(filled) == {T1: "A"}
    assert bind(filled, tmp_path, "epc,档号", f"{T1},B", rebind=True).bound == 1
    assert bound(filled) == {T1: "B"}


def test_a_holding_gets_a_new_tag_only_when_told_so_and_loses_the_old_one(
    filled: Engine, tmp_path: Path
) -> None:
    bind(filled, tmp_path, "epc,档号", f"{T1},A")
    report = bind(filled, tmp_path, "epc,档号", f"{T2},A")
    assert f"'A': it bears tag {T1} already" in report.faults[0]
    report = bind(filled, tmp_path, "epc,档号", f"{T2},A", rebind=True)
    assert (report.bound, report.unbound) == (1, 1)
    assert bound(filled) == {T2: "A"}


def test_two_tags_that_were_swapped_are_put_right_in_one_list(
    filled: Engine, tmp_path: Path
) -> None:
    bind(filled, tmp_path, "epc,档号", f"{T1},A", f"{T2},B")
    report = bind(filled, tmp_path, "epc,档号", f"{T1},B", f"{T2},A", rebind=True)
    assert (report.bound, report.unbound) == (2, 0)
    assert bound(filled) == {T1: "B", T2: "A"}


def test_a_plan_says_what_would_be_bound_and_binds_nothing(filled: Engine, tmp_path: Path) -> None:
    file = write(tmp_path / "tags.csv", "epc,档号", f"{T1},A")
    report = bind_list(filled, file, plan=True)
    assert (report.outcome, report.bound) == (BindOutcome.PLANNED, 1)
    assert bound(filled) == {}


def test_every_real_piece_gets_a_tag_by_its_barcode(store_engine: Engine, tmp_path: Path) -> None:
    archive = importer(store_engine, "princeton")
    for file in sorted(require_shared("data/catalogue/princeton").glob("*.xml")):
        import_file(archive, file)
    keys = barcodes(mirror(store_engine).values())
    tags = tags_for(tmp_path / "tags.csv", keys)
    report = bind_list(store_engine, tmp_path / "tags.csv")
    assert (report.bound, report.faults) == (3565, [])
    code_of = {r["barcode"]: r["reference_code"] for r in mirror(store_engine).values()}
    assert bound(store_engine) == {epc: code_of[key] for key, epc in tags.items()}
