"""Recordings as CSV: ``time_s, epc, antenna, rssi_dbm, phase_rad``, one read a line.

``rssi_dbm`` and ``phase_rad`` may be empty. The heading may be left out when the columns stand in
that order. Reads may stand in any order of time.
"""

import csv
import io
import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from controller.recording.values import Heard

COLUMNS: Final = Heard._fields
MAY_BE_ABSENT: Final = frozenset({"phase_rad"})
_EPC = re.compile(r"[0-9A-Fa-f]{2,124}")


class BadRecordingFile(Exception):
    """A file that is no recording of reads: which line and column, and what to do."""


def read_recording(path: Path, *, may_be_empty: bool = False) -> list[Heard]:
    """The reads of the CSV file at ``path``, in the order of time.

    Raises:
        BadRecordingFile: unreadable, or a line that is no read.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise BadRecordingFile(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        where = f"not UTF-8 at byte {error.start}"
        raise BadRecordingFile(f"{path}: {where}; save it as CSV in UTF-8") from error
    try:
        found = sorted(parse(text), key=lambda read: read.time_s)
    except BadRecordingFile as error:
        raise BadRecordingFile(f"{path}: {error}") from error
    if not (found or may_be_empty):
        raise BadRecordingFile(f"{path}: holds no read; record again, nearer to the antennas")
    return found


def parse(text: str) -> Iterator[Heard]:
    """The reads of a CSV text, in its order.

    Raises:
        BadRecordingFile: says line and column.
    """
    rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        heading = next(rows, None)
        if heading is None:
            return
        if _is_number(heading[0] if heading else ""):
            columns: tuple[str, ...] = COLUMNS[: len(heading)]
            yield _read(heading, columns, rows.line_num)
        else:
            columns = _heading(heading)
        for row in rows:
            if any(cell.strip() for cell in row):
                yield _read(row, columns, rows.line_num)
    except csv.Error as error:
        raise BadRecordingFile(
            f"line {rows.line_num}: not CSV: {error}; look for a quotation mark too many"
        ) from error


def write(reads: Iterable[Heard]) -> str:
    """``reads`` as such a file, with its heading."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for read in reads:
        writer.writerow(
            (
                f"{read.time_s:.4f}",
                read.epc,
                read.antenna,
                "" if read.rssi_dbm is None else f"{read.rssi_dbm:g}",
                "" if read.phase_rad is None else f"{read.phase_rad:.4f}",
            )
        )
    return out.getvalue()


def _heading(cells: list[str]) -> tuple[str, ...]:
    names = tuple(cell.strip().lower() for cell in cells)
    for number, name in enumerate(names, start=1):
        if name not in COLUMNS:
            raise BadRecordingFile(
                f"line 1, column {number}: {cells[number - 1]!r} is not known; "
                f"remove the column or call it one of {', '.join(COLUMNS)}"
            )
        if names.index(name) != number - 1:
            raise BadRecordingFile(
                f"line 1, column {number}: {name!r} stands there twice; remove one of the two"
            )
    missing = [name for name in COLUMNS if name not in names and name not in MAY_BE_ABSENT]
    if missing:
        raise BadRecordingFile(
            f"line 1: the column {missing[0]!r} is missing; the first line names the columns "
            f"{', '.join(COLUMNS)}"
        )
    return names


def _read(row: list[str], columns: tuple[str, ...], line: int) -> Heard:
    if len(row) != len(columns) or len(columns) < len(COLUMNS) - len(MAY_BE_ABSENT):
        raise BadRecordingFile(
            f"line {line}: has {len(row)} columns instead of {max(len(columns), 4)}; "
            "write an empty column where a value is missing"
        )
    values: dict[str, Any] = {"phase_rad": None}
    for number, (name, cell) in enumerate(zip(columns, row, strict=True), start=1):
        try:
            values[name] = _CELLS[name](cell.strip())
        except ValueError as error:
            raise BadRecordingFile(
                f"line {line}, column {number} ({name}): {cell.strip()!r} {error}"
            ) from None
    return Heard(**values)


def _time(cell: str) -> float:
    return _number(cell, -1e12, 1e12, "is no time; write seconds, as 12.345")


def _epc(cell: str) -> str:
    if not _EPC.fullmatch(cell):
        raise ValueError("is no tag number; write it in hexadecimal digits, without spaces")
    return cell.upper()


def _antenna(cell: str) -> int:
    if not (cell.isascii() and cell.isdigit()) or not 1 <= int(cell) <= 255:
        raise ValueError("is no antenna; write the reader's port number, 1 to 255")
    return int(cell)


def _rssi(cell: str) -> float | None:
    if not cell:
        return None
    return _number(cell, -130.0, 40.0, "is no level; write dBm, as -61.5, or leave it empty")


def _phase(cell: str) -> float | None:
    if not cell:
        return None
    return _number(cell, -64.0, 64.0, "is no phase; write radians, 0 to 6.283, or leave it empty")


def _number(cell: str, low: float, high: float, words: str) -> float:
    value = float(cell) if _is_number(cell) else math.nan
    if not low <= value <= high:
        raise ValueError(words)
    return value


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return "_" not in cell


_CELLS: Final[Mapping[str, Callable[[str], Any]]] = {
    "time_s": _time,
    "epc": _epc,
    "antenna": _antenna,
    "rssi_dbm": _rssi,
    "phase_rad": _phase,
}
