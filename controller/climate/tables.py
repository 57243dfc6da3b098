"""Any table file as rows of text: CSV in any usual encoding and delimiter, or a workbook.

The bytes say what they are, not the file's name: loggers write text into files called .xls.
"""

import codecs
import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from python_calamine import CalamineError, CalamineWorkbook

LARGEST = 64 << 20
"""Bytes; a logger's file of many years has a tenth of that."""
_WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
"""How a workbook begins, since 2007 and before."""
_DELIMITERS = "\t;,|"
_LONGEST_CELL = 1 << 16

Row = Sequence[str]


class UnreadableTable(Exception):
    """The text says file, what is wrong and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One sheet, or the one table of a CSV file."""

    name: str
    told: str
    """How it was read, for a person."""
    rows: Sequence[Row]
    decimal_comma: bool = False


def read_tables(path: Path) -> list[Table]:
    """Every table of a file; raises ``UnreadableTable``."""
    try:
        size = path.stat().st_size
        if size > LARGEST:
            raise UnreadableTable(
                f"{path}: is larger than {LARGEST >> 20} MiB; export a part of it"
            )
        data = path.read_bytes()
    except OSError as error:
        raise UnreadableTable(f"{path}: {error.strerror}") from error
    if data.startswith(_WORKBOOKS):
        return _workbook(path, data)
    return [_text(path, data)]


def _workbook(path: Path, data: bytes) -> list[Table]:
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
        return [
            Table(
                name=f"{path.name}, sheet {name}",
                told="workbook",
                rows=[
                    [_cell(value) for value in row]
                    for row in book.get_sheet_by_name(name).to_python(skip_empty_area=False)
                ],
            )
            for name in book.sheet_names
        ]
    except (CalamineError, ValueError, OSError) as error:
        raise UnreadableTable(
            f"{path}: is no readable workbook ({error}); open it and save it as CSV UTF-8"
        ) from error


def _cell(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, date):
        return f"{value.isoformat()} 00:00:00"
    return str(value).strip()


def _text(path: Path, data: bytes) -> Table:
    encoding, text = _decoded(data)
    if "\x00" in text:
        raise UnreadableTable(f"{path}: is no text; export it from the logger's program as CSV")
    lines = text.splitlines()
    delimiter = _delimiter(lines)
    try:
        csv.field_size_limit(_LONGEST_CELL)
        rows = [
            [cell.strip() for cell in row] for row in csv.reader(lines, delimiter=delimiter or ",")
        ]
    except csv.Error as error:
        raise UnreadableTable(f"{path}: {error}; export it again as CSV") from error
    named = {"\t": "tab", ";": "semicolon", ",": "comma", "|": "bar"}.get(delimiter, "one column")
    return Table(
        name=path.name,
        told=f"{encoding}, {named}",
        rows=rows,
        decimal_comma=delimiter not in (",", ""),
    )


def _decoded(data: bytes) -> tuple[str, str]:
    """The first encoding that fits; Latin-1 fits everything, and is what old loggers write."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "UTF-16", data.decode("utf-16", errors="replace")
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if encoding == "utf-8-sig" or _is_chinese(text):
            return {"utf-8-sig": "UTF-8", "gb18030": "GB18030"}[encoding], text
    return "Latin-1", data.decode("latin-1")


def _is_chinese(text: str) -> bool:
    """Whether what GB18030 made of the bytes has words of a logger; any bytes make characters."""
    return any(word in text for word in ("温", "湿", "时间", "日期", "℃"))


def _delimiter(lines: Sequence[str]) -> str:
    """The mark that splits most lines into the same number of cells, at least two."""
    best, most = "", 0
    sample = [line for line in lines[:400] if line.strip()]
    for mark in _DELIMITERS:
        counts = [line.count(mark) for line in sample if mark in line]
        usual = max(set(counts), key=counts.count, default=0)
        agreeing = counts.count(usual)
        if agreeing > most:
            best, most = mark, agreeing
    return best
