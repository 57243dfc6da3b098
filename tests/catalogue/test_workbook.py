"""Workbooks: text stays text, and what a workbook has lost is refused."""

import zipfile
from datetime import date
from pathlib import Path

import pytest
import xlsxwriter
from sqlalchemy import Engine

from controller.catalogue.importing import import_file
from controller.catalogue.runs import Outcome
from controller.domain.numbers.key_fields import KeyField, seal
from tests.catalogue.plain import importer, mirror

PERSON = "11010519491231002X"


def sealed(field: str, text: str) -> KeyField:
    return seal(field, text, b"secret of this site")


def workbook(path: Path, rows: list[list[object]]) -> Path:
    book = xlsxwriter.Workbook(path)
    sheet = book.add_worksheet()
    style = book.add_format({"num_format": "yyyy-mm-dd"})
    for number, row in enumerate(rows):
        for column, cell in enumerate(row):
            if isinstance(cell, str):
                sheet.write_string(number, column, cell)
            elif isinstance(cell, date):
                sheet.write_datetime(number, column, cell, style)
            else:
                sheet.write(number, column, cell)
    book.close()
    return path


def test_cells_come_in_as_they_were_typed_and_personal_numbers_only_sealed(
    store_engine: Engine, tmp_path: Path
) -> None:
    head: list[object] = ["档号!", "题名!", "页数", "条码", "身份证号", "备注"]
    row: list[object] = ["A002-RS-001-002", "=1+1", 7, "00123", PERSON.lower(), date(2020, 1, 2)]
    file = workbook(tmp_path / "a.xlsx", [head, row])
    report = import_file(importer(store_engine, seal=sealed), file)
    assert (report.outcome, report.faults) == (Outcome.IMPORTED, [])
    [kept] = mirror(store_engine).values()
    assert (kept["title"], kept["pages"], kept["barcode"]) == ("=1+1", 7, "00123")
    assert kept["archive_class"] == "RS"
    known = kept["key_fields"]["id_number"]
    assert known["digest"] == sealed("id_number", PERSON).digest
    assert (known["shown"], known["valid"]) == ("110105********002X", True)
    assert PERSON[6:14] not in str(kept)


def test_without_a_secret_of_the_site_personal_numbers_are_not_kept_at_all(
    sqlite_engine: Engine, tmp_path: Path
) -> None:
    file = workbook(tmp_path / "a.xlsx", [["档号", "题名", "身份证号"], ["A", "t", PERSON]])
    import_file(importer(sqlite_engine), file)
    [kept] = mirror(sqlite_engine).values()
    assert kept["key_fields"] is None
    assert b"19491231" not in (tmp_path / "store.db").read_bytes()


def test_a_number_that_has_lost_its_last_digits_is_refused_with_its_row(
    sqlite_engine: Engine, tmp_path: Path
) -> None:
    file = workbook(tmp_path / "a.xlsx", [["档号", "题名"], ["A", "t"], [110105194912310021, "t"]])
    report = import_file(importer(sqlite_engine), file)
    assert report.outcome is Outcome.UNREADABLE
    assert report.faults[0].startswith("a.xlsx:3: 110105194912310")
    assert "format the column as text" in report.faults[0]


@pytest.mark.parametrize("content", [b"PK\x03\x04 nothing", b"\xd0\xcf\x11\xe0" + bytes(900)])
def test_a_damaged_workbook_is_one_message(
    sqlite_engine: Engine, tmp_path: Path, content: bytes
) -> None:
    (tmp_path / "a.xlsx").write_bytes(content)
    report = import_file(importer(sqlite_engine), tmp_path / "a.xlsx")
    assert report.outcome is Outcome.UNREADABLE
    assert "cannot be read as a workbook" in report.faults[0]


def test_an_archive_that_is_no_workbook_is_one_message(
    sqlite_engine: Engine, tmp_path: Path
) -> None:
    with zipfile.ZipFile(tmp_path / "a.xlsx", "w") as archive:
        archive.writestr("a.txt", "hello")
    report = import_file(importer(sqlite_engine), tmp_path / "a.xlsx")
    assert report.outcome is Outcome.UNREADABLE
