"""Imports into the store, on both databases: wholly or not at all, and twice is once."""

import subprocess
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import pytest
from sqlalchemy import Engine

from controller.catalogue.importing import Format, import_file
from controller.catalogue.runs import FAULTS_TOLD, Outcome
from controller.domain.events import CatalogueImported
from controller.store.audit import verify
from controller.store.catalogue import ROWS_A_TRANSACTION, sole_turn
from controller.store.database import StoreBusy, StoreError
from controller.store.journal import Recorded
from controller.store.ledger import OutgoingMessage, Unpublished
from tests.catalogue.plain import barcodes, codes, events, importer, mirror, runs, staged, write
from tests.services import eventually, require_shared

PRINCETON = "data/catalogue/princeton"


def test_the_eight_real_finding_aids_come_in_once_and_are_unchanged_the_second_time(
    store_engine: Engine,
) -> None:
    files = sorted(require_shared(PRINCETON).glob("*.xml"))
    assert len(files) == 8
    archive = importer(store_engine, "princeton")
    first = [import_file(archive, file) for file in files]
    kept = mirror(store_engine)

    assert [report.outcome for report in first] == [Outcome.IMPORTED] * 8
    assert sum(report.created for report in first) == len(kept) == 5862
    assert len(set(barcodes(kept.values()))) == 3565
    tops = [row for row in kept.values() if row["parent_id"] is None]
    assert Counter(row["kind"] for row in tops) == {"file": 2996, "box": 533, "volume": 36}
    numbers = {tuple(row["external_id"].split("/")[:3]) for row in tops}
    assert len(numbers) == 2934
    assert {row["parent_id"] for row in kept.values()} - {None} <= kept.keys()

    second = [import_file(archive, file) for file in files]
    assert [report.outcome for report in second] == [Outcome.UNCHANGED] * 8
    assert sum(report.unchanged for report in second) == 5862
    assert mirror(store_engine) == kept
    assert staged(store_engine) == 0
    told = [event for event in events(store_engine) if isinstance(event, CatalogueImported)]
    assert [event.created + event.unchanged for event in told[:8]] == [
        event.unchanged for event in told[8:]
    ]
    with store_engine.connect() as connection:
        assert verify(connection) is None


def test_only_what_differs_is_written_and_the_rest_keeps_the_run_that_wrote_it(
    store_engine: Engine, tmp_path: Path
) -> None:
    old = write(tmp_path / "old.csv", "档号,题名", "A,one", "B,two")
    new = write(tmp_path / "new.csv", "档号,题名", "A,one", "B,二", "C,three")
    office = importer(store_engine)
    import_file(office, old)
    before = {row["reference_code"]: row["run_id"] for row in mirror(store_engine).values()}
    report = import_file(office, new)
    after = {row["reference_code"]: row["run_id"] for row in mirror(store_engine).values()}

    assert (report.created, report.changed, report.unchanged) == (1, 1, 1)
    assert codes(store_engine) == {"A": "one", "B": "二", "C": "three"}
    assert after["A"] == before["A"]
    assert after["B"] == after["C"] != before["B"]


def test_every_field_that_changes_is_a_change_and_goes_back_again(
    store_engine: Engine, tmp_path: Path
) -> None:
    heading = "档号,题名,全宗号,存放位置,条码,保管期限,年度,页数,kind"
    base = ["A", "one", "J1", "1-2", "77", "D30", "2011", "7", "件"]
    other = ["A", "two", "J2", "1-3", "78", "Y", "2012", "8", "卷"]
    office = importer(store_engine)
    for column in range(1, len(base)):
        changed = [*base[:column], other[column], *base[column + 1 :]]
        import_file(office, write(tmp_path / "a.csv", heading, ",".join(base)))
        report = import_file(office, write(tmp_path / "a.csv", heading, ",".join(changed)))
        assert (report.created, report.changed) == (0, 1), heading.split(",")[column]


def test_a_repeated_reference_code_refuses_the_file_and_names_both_lines(
    store_engine: Engine, tmp_path: Path
) -> None:
    office = importer(store_engine)
    import_file(office, write(tmp_path / "good.csv", "档号,题名", "A,one"))
    kept, told = mirror(store_engine), events(store_engine)
    bad = write(tmp_path / "bad.csv", "档号,题名", "A,changed", "B,two", "C,three", "B,four")
    report = import_file(office, bad)

    assert report.outcome is Outcome.REFUSED
    assert report.faults == [
        "bad.csv:5: reference_code: 'B' stands in line 3 already; one 档号 is one holding"
    ]
    assert (mirror(store_engine), events(store_engine)) == (kept, told)
    assert runs(store_engine) == ["done", "refused"]
    assert staged(store_engine) == 0


def test_all_faults_of_a_file_are_told_in_the_order_of_its_lines(
    store_engine: Engine, tmp_path: Path
) -> None:
    lines = ["档号,题名,年度,案卷档号", "A,one,x,", "B,,,", "C,c,,nowhere", "D,d,,", "D,d,,"]
    report = import_file(importer(store_engine), write(tmp_path / "bad.csv", *lines))
    assert [fault.split(": ")[:2] for fault in report.faults] == [
        ["bad.csv:2", "年度"],
        ["bad.csv:3", "题名"],
        ["bad.csv:4", "parent"],
        ["bad.csv:6", "reference_code"],
    ]
    assert (report.created, report.changed) == (0, 0)


def test_a_flood_of_faults_is_counted_not_told_one_by_one(
    store_engine: Engine, tmp_path: Path
) -> None:
    lines = ["档号,题名", *["A,"] * (FAULTS_TOLD + 7)]
    report = import_file(importer(store_engine), write(tmp_path / "bad.csv", *lines))
    assert (len(report.faults), report.faults_left_out) == (FAULTS_TOLD, 7)


def test_a_file_may_lie_in_a_volume_that_an_earlier_file_brought(
    store_engine: Engine, tmp_path: Path
) -> None:
    office = importer(store_engine)
    volumes = write(tmp_path / "v.csv", "档号,题名,kind", "V,卷,卷")
    files = write(tmp_path / "f.csv", "档号,题名,案卷档号", "V-1,件,V")
    assert import_file(office, files).outcome is Outcome.REFUSED
    assert import_file(office, volumes).outcome is Outcome.IMPORTED
    assert import_file(office, files).outcome is Outcome.IMPORTED
    by_code = {row["reference_code"]: row for row in mirror(store_engine).values()}
    assert by_code["V-1"]["parent_id"] == by_code["V"]["id"]


def test_things_that_lie_in_each_other_in_a_circle_are_refused(
    store_engine: Engine, tmp_path: Path
) -> None:
    circle = write(tmp_path / "c.csv", "档号,题名,案卷档号", "A,a,B", "B,b,C", "C,c,A", "D,d,")
    report = import_file(importer(store_engine), circle)
    assert [fault.split(": ")[0] for fault in report.faults] == ["c.csv:2", "c.csv:3", "c.csv:4"]


def test_a_box_described_after_what_lies_in_it_is_told_to_come_first(
    store_engine: Engine, tmp_path: Path
) -> None:
    lines = ["档号,题名,盒号,kind", "J1-1,a,7,件", "J1-H7,第七盒,7,盒"]
    [fault] = import_file(importer(store_engine), write(tmp_path / "b.csv", *lines)).faults
    assert fault.startswith("b.csv:3: reference_code: 'J1-H7' is the same box as in line 2")


def test_two_catalogues_may_use_the_same_number_for_different_things(
    store_engine: Engine, tmp_path: Path
) -> None:
    file = write(tmp_path / "a.csv", "档号,题名", "A,one")
    assert import_file(importer(store_engine, "one"), file).created == 1
    assert import_file(importer(store_engine, "two"), file).created == 1
    assert len(mirror(store_engine)) == 2


def test_a_plan_says_what_would_change_and_changes_nothing(
    store_engine: Engine, tmp_path: Path
) -> None:
    office = importer(store_engine)
    planner = importer(store_engine, plan=True)
    import_file(office, write(tmp_path / "a.csv", "档号,题名", "A,one", "B,two"))
    kept, told = mirror(store_engine), events(store_engine)
    new = write(tmp_path / "a.csv", "档号,题名", "A,eins", "B,two", "C,three")
    report = import_file(planner, new)
    assert report.outcome is Outcome.PLANNED
    assert (report.created, report.changed, report.unchanged) == (1, 1, 1)
    assert report.differences == ["changed A: title 'one' → 'eins'", "new C: 'three'"]
    assert (mirror(store_engine), events(store_engine)) == (kept, told)
    assert (runs(store_engine), staged(store_engine)) == (["done"], 0)


def test_an_accepted_import_that_cannot_be_told_of_is_carried_out_and_told_of_by_the_next(
    store_engine: Engine, tmp_path: Path
) -> None:
    class Failing(Unpublished):
        def events(self, recorded: Recorded) -> Iterable[OutgoingMessage]:
            raise RuntimeError("cannot compose")

    file = write(tmp_path / "a.csv", "档号,题名", "A,one")
    with pytest.raises(RuntimeError, match="cannot compose"):
        import_file(importer(store_engine, compose=Failing()), file)
    assert events(store_engine) == []
    assert runs(store_engine) == ["applying"]
    report = import_file(importer(store_engine), file)
    assert report.outcome is Outcome.UNCHANGED
    first, _ = events(store_engine)
    assert isinstance(first, CatalogueImported)
    assert (first.created, first.by) == (1, "li")
    assert runs(store_engine) == ["done", "done"]
    assert staged(store_engine) == 0


@pytest.mark.parametrize(
    ("content", "form", "told"),
    [
        ("档号,题名\nA,一\n".encode("gb18030"), Format.AUTO, "GB18030"),
        ("档号,题名\nA,一\n".encode("utf-8-sig"), Format.AUTO, "UTF-8 with BOM"),
        ("档号;题名\nA;一\n".encode(), Format.CSV, "semicolon"),
        (b'<ead xmlns="urn:isbn:1-931666-22-9"><eadid>A</eadid></ead>', Format.AUTO, "EAD 2002"),
    ],
)
def test_what_the_file_turned_out_to_be_is_told(
    sqlite_engine: Engine, tmp_path: Path, content: bytes, form: Format, told: str
) -> None:
    (tmp_path / "a").write_bytes(content)
    report = import_file(importer(sqlite_engine), tmp_path / "a", form=form)
    assert told in report.notes[0]
    assert report.faults == []


def test_a_file_that_breaks_off_after_thousands_of_good_rows_leaves_nothing(
    store_engine: Engine, tmp_path: Path
) -> None:
    good = [f"A{number},title" for number in range(3 * ROWS_A_TRANSACTION)]
    report = import_file(
        importer(store_engine), write(tmp_path / "a.csv", "档号,题名", *good, 'B,"open')
    )
    assert report.outcome is Outcome.UNREADABLE
    assert "a.csv:3002:" in report.faults[0]
    assert (mirror(store_engine), staged(store_engine)) == ({}, 0)
    assert runs(store_engine) == ["refused"]


def test_a_missing_file_is_told_in_one_line(sqlite_engine: Engine, tmp_path: Path) -> None:
    report = import_file(importer(sqlite_engine), tmp_path / "none.csv")
    assert report.outcome is Outcome.UNREADABLE
    assert report.faults == [f"{tmp_path / 'none.csv'}: cannot be read: No such file or directory"]


def test_only_one_process_at_a_time_brings_a_catalogue_in(store_engine: Engine) -> None:
    with (
        sole_turn(store_engine),
        pytest.raises(StoreBusy, match="wait until it has ended"),
        sole_turn(store_engine),
    ):
        pass
    with sole_turn(store_engine):
        pass


def test_a_folder_that_cannot_be_written_is_one_plain_error(
    sqlite_engine: Engine, tmp_path: Path
) -> None:
    (tmp_path / "store.db.turn").mkdir()
    with pytest.raises(StoreError, match="cannot be written"), sole_turn(sqlite_engine):
        pass


@pytest.mark.parametrize("where", ["staging", "applying"])
def test_an_import_killed_in_the_middle_never_was_or_is_carried_to_its_end(
    store_url: str, store_engine: Engine, tmp_path: Path, where: str
) -> None:
    file = write(tmp_path / "a.csv", "档号,题名", *(f"A{n},{'title' * 40}" for n in range(4_000)))
    office = importer(store_engine)
    import_file(office, write(tmp_path / "b.csv", "档号,题名", "A1,old"))
    kept, told = mirror(store_engine), events(store_engine)
    with subprocess.Popen(
        [sys.executable, "-m", "tests.catalogue.dying_import", store_url, str(file), where],
        stdout=subprocess.PIPE,
    ) as dying:
        try:
            assert dying.stdout is not None
            assert dying.stdout.readline() == b"here\n"
            assert staged(store_engine) > 0
        finally:
            dying.kill()

    def free_turn() -> bool:
        try:
            with sole_turn(store_engine):
                return True
        except StoreBusy:
            return False

    eventually(free_turn, bool)
    if where == "staging":
        assert (mirror(store_engine), events(store_engine)) == (kept, told)
    report = import_file(office, file)
    if where == "staging":
        assert (report.created, report.changed) == (3_999, 1)
    else:
        assert report.outcome is Outcome.UNCHANGED
    counts = [e.created for e in events(store_engine) if isinstance(e, CatalogueImported)]
    assert sum(counts) == len(mirror(store_engine)) == 4_000
    assert staged(store_engine) == 0
    refused = ["refused"] if where == "staging" else ["done"]
    assert sorted(runs(store_engine)) == ["done", "done", *refused]
