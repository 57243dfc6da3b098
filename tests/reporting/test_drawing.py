"""The report as a person gets it: PDF read back by poppler, XLSX read back by calamine."""

import re
import subprocess
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import pytest
from python_calamine import CalamineWorkbook

from controller.language import words
from controller.reporting.composing import compose
from controller.reporting.document import Document
from controller.reporting.figures import figures
from controller.reporting.fonts import NoChineseFont, chinese_font
from controller.reporting.pdf import pdf
from controller.reporting.xlsx import xlsx
from tests.reporting.months import AFTER, hour, october, room_month
from tests.services import require, require_program


def document(language: str) -> Document:
    given = room_month()
    made_by = "scheduled"
    return compose(given, figures(given), words(language), made_at=AFTER, made_by=made_by)


def text_of(body: bytes, tmp_path: Path) -> str:
    """What poppler reads; lines as they stand."""
    tool = require_program("pdftotext")
    file = tmp_path / "report.pdf"
    file.write_bytes(body)
    done = subprocess.run([tool, "-layout", str(file), "-"], capture_output=True, check=True)
    return done.stdout.decode()


def font() -> Path:
    found = chinese_font(None)
    require(found is not None, "no font with Chinese is installed")
    assert found is not None
    return found


def test_the_chinese_report_says_who_kept_what_and_how(tmp_path: Path) -> None:
    text = text_of(pdf(document("zh-CN"), font=font(), made_at=AFTER), tmp_path)
    for said in ("库房温湿度月报", "某市人社局档案馆", "J001", "一号库房", "制表人", "审核人",
                 "第 1 页，共", "41.8", "温度 偏高", "空调停机", "wang", "数据缺口"):  # fmt: skip
        assert said in text, said


def test_the_english_report_says_the_same(tmp_path: Path) -> None:
    text = text_of(pdf(document("en"), font=font(), made_at=AFTER), tmp_path)
    assert "Monthly climate report" in text
    assert re.search(r"Page 1 of \d", text)
    assert "某市人社局档案馆" in text


def test_only_the_part_of_the_font_that_is_used_is_embedded() -> None:
    body = pdf(document("zh-CN"), font=font(), made_at=AFTER)
    assert len(body) < font().stat().st_size / 10


def test_the_charts_are_lines_and_not_pixels(tmp_path: Path) -> None:
    tool = require_program("pdfimages")
    file = tmp_path / "report.pdf"
    file.write_bytes(pdf(document("zh-CN"), font=font(), made_at=AFTER))
    done = subprocess.run([tool, "-list", str(file)], capture_output=True, check=True, text=True)
    assert len(done.stdout.splitlines()) == 2  # the heads of an empty list


def test_without_a_font_a_chinese_pdf_says_what_to_install() -> None:
    with pytest.raises(NoChineseFont, match="fonts-wqy-microhei"):
        pdf(document("zh-CN"), font=None, made_at=AFTER)


def test_without_a_font_the_english_report_is_still_made(tmp_path: Path) -> None:
    text = text_of(pdf(document("en"), font=None, made_at=AFTER), tmp_path)
    assert "Monthly climate report" in text
    assert "(room-1)" in text


def test_the_same_report_is_the_same_file() -> None:
    for language in ("zh-CN", "en"):
        same = document(language)
        assert pdf(same, font=font(), made_at=AFTER) == pdf(same, font=font(), made_at=AFTER)
        assert xlsx(same, made_at=AFTER) == xlsx(same, made_at=AFTER)


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_numbers_in_the_workbook_are_numbers(language: str) -> None:
    same = document(language)
    book = CalamineWorkbook.from_filelike(BytesIO(xlsx(same, made_at=AFTER)))
    assert book.sheet_names == [section.sheet for section in same.sections]
    rows = book.get_sheet_by_name("1 th-1").to_python()
    first = next(row for row in rows if row[0] == "2026-10-01")
    assert first[1:7] == pytest.approx([19.5, 20.0, 20.5, 50.0, 52.0, 54.0], abs=0.01)


def test_a_note_that_begins_with_an_equals_sign_is_never_computed() -> None:
    book = xlsx(document("en"), made_at=AFTER)
    sheet = CalamineWorkbook.from_filelike(BytesIO(book)).get_sheet_by_name("Excursions")
    assert any(str(cell).startswith("=HYPERLINK(") for row in sheet.to_python() for cell in row)
    assert all(b"<f>" not in part for part in _parts(book, "xl/worksheets/"))


def _parts(book: bytes, folder: str) -> list[bytes]:
    with ZipFile(BytesIO(book)) as archive:
        return [archive.read(name) for name in archive.namelist() if name.startswith(folder)]


def test_a_month_that_is_not_over_says_so() -> None:
    part = [s for s in october() if s.at_s < hour(11, 0).timestamp()]
    given = room_month(part, known_until=hour(11, 0))
    made = compose(given, figures(given), words("en"), made_at=hour(11, 0), made_by="wang")
    assert "The month is not over: this report is provisional." in made.sections[0].notes


def test_a_sensor_that_said_nothing_has_a_section_that_says_so(tmp_path: Path) -> None:
    given = room_month([])
    made = compose(given, figures(given), words("zh-CN"), made_at=AFTER, made_by="wang")
    text = text_of(pdf(made, font=font(), made_at=AFTER), tmp_path)
    assert "没有测得数据" in text
    assert xlsx(made, made_at=AFTER)
