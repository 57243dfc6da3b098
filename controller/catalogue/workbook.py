"""A workbook (.xlsx, .xls, .ods) as the CSV it would be, cell for cell: text stays text.

A number of more than fifteen digits has lost digits in the workbook already: it is refused, never
guessed. A formula gives the value it had when the workbook was saved.
"""

import csv
import io
from datetime import date, datetime
from pathlib import Path
from typing import BinaryIO

from python_calamine import CalamineError, CalamineWorkbook

from controller.catalogue.faults import UnreadableFile

LARGEST = 64 << 20
"""Bytes; a workbook is unpacked in memory, and it holds a million rows at most."""
MARKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
"""How a workbook begins, since 2007 and before."""
_EXACT = 10**15


def as_csv(stream: BinaryIO, path: Path) -> BinaryIO:
    """The first sheet of the workbook in ``stream`` as UTF-8 CSV; line numbers are its rows'.

    Raises:
        UnreadableFile: damaged, encrypted, too large, or with a number that lost its digits.
    """
    if path.stat().st_size > LARGEST:
        raise UnreadableFile(
            f"{path.name}: is larger than {LARGEST >> 20} MiB; save it as CSV UTF-8 and import that"
        )
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(stream.read()))
        rows = book.get_sheet_by_index(0).to_python(skip_empty_area=False)
    except (CalamineError, IndexError) as error:
        raise UnreadableFile(
            f"{path.name}: cannot be read as a workbook ({error}); save it anew, without password"
        ) from error
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    for line, row in enumerate(rows, start=1):
        writer.writerow([_text(cell, path.name, line) for cell in row])
    return io.BytesIO(text.getvalue().encode("utf-8", "replace"))


def _text(cell: object, name: str, line: int) -> str:
    if isinstance(cell, bool):
        return str(cell)
    if isinstance(cell, int | float):
        return _number(cell, name, line)
    if isinstance(cell, datetime):
        return cell.isoformat(sep=" ") if cell.time() != datetime.min.time() else str(cell.date())
    if isinstance(cell, date):
        return cell.isoformat()
    return " ".join(str(cell).splitlines()).replace("\x00", "")


def _number(cell: float, name: str, line: int) -> str:
    if abs(cell) >= _EXACT:
        raise UnreadableFile(
            f"{name}:{line}: {cell:.0f} is a number of more than 15 digits, of which the workbook "
            "has lost the last ones; format the column as text and type it anew"
        )
    return str(int(cell)) if cell == int(cell) else repr(cell)
