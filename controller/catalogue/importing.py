"""One catalogue file into the registry, wholly or not at all. Writes the mirror, nothing back."""

import codecs
import hashlib
import io
from array import array
from collections.abc import Callable, Iterable, Iterator
from enum import StrEnum
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from controller.catalogue.ead2002 import read_ead
from controller.catalogue.faults import RowFault, UnreadableFile
from controller.catalogue.runs import (
    Importer,
    Outcome,
    Report,
    finish_interrupted,
    judge,
    rolled_back,
)
from controller.catalogue.table import examine_table, read_table
from controller.catalogue.workbook import MARKS, as_csv
from controller.domain.catalogue import CatalogueRow
from controller.store import catalogue
from controller.store.catalogue import RunBy

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_SNIFFED = 64
_BUFFER = 1 << 17

Progress = Callable[[int], None]
"""Told how many bytes of the file have been read."""


class Format(StrEnum):
    """What a catalogue file is."""

    AUTO = "auto"
    CSV = "csv"
    EAD = "ead"


def import_file(
    importer: Importer,
    path: Path,
    *,
    form: Format = Format.AUTO,
    progress: Progress = lambda _: None,
) -> Report:
    """Bring the mirror of ``importer.source`` up to date with one file.

    The caller has the turn (``controller.store.catalogue.sole_turn``).

    Raises:
        StoreError: nothing was changed, or what was accepted is not all there yet: the next
            import of anything carries it to its end.
    """
    report = Report(file=path.name, outcome=Outcome.UNREADABLE)
    try:
        finish_interrupted(importer)
        digest = _digest(path)
        with io.BufferedReader(_Metered(path, progress), _BUFFER) as stream:
            rows = _rows(stream, path, form, report)
            _run(importer, rows, digest, report)
    except UnreadableFile as error:
        report.faults = [str(error)]
    except OSError as error:
        report.faults = [f"{path}: cannot be read: {error.strerror}"]
    return report


def _run(
    importer: Importer, rows: Iterable[CatalogueRow | RowFault], digest: str, report: Report
) -> None:
    engine = importer.engine
    about = RunBy(
        source=importer.source,
        file=report.file,
        digest=digest,
        by=importer.by,
        computer=importer.computer,
    )
    run_id = catalogue.begin_run(engine, about, at=importer.clock().utc)
    with rolled_back(importer, run_id):
        lines = array("L", [0])  # of each staged row, by its number
        faults: list[RowFault] = []
        for chunk in _chunks(rows, faults):
            catalogue.stage(
                engine,
                run_id,
                source=importer.source,
                first_row_no=len(lines),
                rows=chunk,
                seal=importer.seal,
            )
            lines.extend(row.line for row in chunk)
        report.rows = len(lines) - 1
        judge(importer, run_id, faults, lines, report)


def _chunks(
    rows: Iterable[CatalogueRow | RowFault], faults: list[RowFault]
) -> Iterator[list[CatalogueRow]]:
    """Good rows in lots of one transaction each; the wrong ones are put into ``faults``."""
    waiting = iter(rows)
    while lot := list(islice(waiting, catalogue.ROWS_A_TRANSACTION)):
        faults += [row for row in lot if isinstance(row, RowFault)]
        yield [row for row in lot if isinstance(row, CatalogueRow)]


def _rows(
    stream: BinaryIO, path: Path, form: Format, report: Report
) -> Iterator[CatalogueRow | RowFault]:
    if form is Format.AUTO:
        form = Format.EAD if _looks_like_xml(stream) else Format.CSV
    if form is Format.EAD:
        report.notes.append(f"{path.name}: EAD 2002 or EAD3")
        return read_ead(stream, path.name)
    if _begins(stream).startswith(MARKS):
        report.notes.append(f"{path.name}: the first sheet of a workbook")
        stream = as_csv(stream, path)
    sheet = examine_table(stream, path.name)
    report.notes.append(sheet.told())
    return read_table(stream, sheet)


def _begins(stream: BinaryIO) -> bytes:
    head = stream.read(_SNIFFED)
    stream.seek(0)
    return head


def _looks_like_xml(stream: BinaryIO) -> bool:
    head = _begins(stream)
    for mark in (codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        head = head.removeprefix(mark)
    return head.replace(b"\x00", b"").lstrip().startswith(b"<")


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


class _Metered(io.FileIO):
    """A file that tells how far it has been read."""

    def __init__(self, path: Path, progress: Progress) -> None:
        super().__init__(path)
        self._told = progress

    def readinto(self, buffer: "WriteableBuffer") -> int | None:
        count = super().readinto(buffer)
        self._told(self.tell())
        return count
