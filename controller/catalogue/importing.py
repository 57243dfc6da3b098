"""One catalogue file into the registry, wholly or not at all. Writes the mirror, nothing back."""

import codecs
import hashlib
import io
from array import array
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from sqlalchemy import Connection, Engine

from controller.catalogue.ead2002 import read_ead
from controller.catalogue.faults import RowFault, UnreadableFile
from controller.catalogue.table import examine_table, read_table
from controller.domain.catalogue import CatalogueRow
from controller.domain.decision import Decision
from controller.domain.events import CatalogueImported
from controller.store import catalogue
from controller.store.audit import AuditEntry, record
from controller.store.database import StoreError
from controller.store.ledger import Ledger
from controller.store.misfits import Misfit, misfits
from drivers.observations import Clock

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

FAULTS_TOLD = 100
"""Faults told of one file; the rest is counted."""

_SNIFFED = 64
_BUFFER = 1 << 17

Progress = Callable[[int], None]
"""Told how many bytes of the file have been read."""


class Format(StrEnum):
    """What a catalogue file is."""

    AUTO = "auto"
    CSV = "csv"
    EAD = "ead"


class Outcome(StrEnum):
    """What became of one file. Only ``IMPORTED`` changed a holding."""

    IMPORTED = "imported"
    UNCHANGED = "unchanged"
    PLANNED = "planned"
    REFUSED = "refused"
    """Some rows are wrong."""
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Importer:
    """Who imports, from which catalogue, into which store."""

    engine: Engine
    ledger: Ledger
    source: str
    """The catalogue's name: the same every time, or its holdings are taken for others."""
    by: str
    computer: str
    clock: Clock


@dataclass(slots=True, kw_only=True)
class Report:
    """What became of one file, and why."""

    file: str
    outcome: Outcome
    rows: int = 0
    """Holdings found in it, boxes that are only numbered included."""
    created: int = 0
    changed: int = 0
    unchanged: int = 0
    """Three counts of what was done, or with ``plan`` would be; nothing is done when refused."""
    faults: list[str] = field(default_factory=list)
    """``file:line: column: what is wrong and what to do``."""
    faults_left_out: int = 0
    notes: list[str] = field(default_factory=list)
    """What was found out about the file."""


def import_file(
    importer: Importer,
    path: Path,
    *,
    form: Format = Format.AUTO,
    plan: bool = False,
    progress: Progress = lambda _: None,
) -> Report:
    """Bring the mirror of ``importer.source`` up to date with one file; ``plan``: only compare.

    The caller has the turn (``controller.store.catalogue.sole_turn``).

    Raises:
        StoreError: nothing was changed.
    """
    report = Report(file=path.name, outcome=Outcome.UNREADABLE)
    try:
        digest = _digest(path)
        with io.BufferedReader(_Metered(path, progress), _BUFFER) as stream:
            rows = _rows(stream, path, form, report)
            _run(importer, rows, digest, report, plan=plan)
    except UnreadableFile as error:
        report.faults = [str(error)]
    except OSError as error:
        report.faults = [f"{path}: cannot be read: {error.strerror}"]
    return report


def _run(
    importer: Importer,
    rows: Iterable[CatalogueRow | RowFault],
    digest: str,
    report: Report,
    *,
    plan: bool,
) -> None:
    engine = importer.engine
    at = importer.clock().utc
    run_id = catalogue.begin_run(
        engine, source=importer.source, file=report.file, digest=digest, at=at
    )
    try:
        _judge(importer, run_id, rows, report)
        if report.faults:
            report.outcome = Outcome.REFUSED
        elif plan:
            report.outcome = Outcome.PLANNED
        else:
            _apply(importer, run_id, report)
    except BaseException:
        with suppress(StoreError):  # else what is left is removed by the next run
            catalogue.discard_run(engine, run_id, at=importer.clock().utc)
        raise
    if plan:
        catalogue.forget_run(engine, run_id)
    else:
        catalogue.discard_run(engine, run_id, at=importer.clock().utc)


def _judge(
    importer: Importer, run_id: str, rows: Iterable[CatalogueRow | RowFault], report: Report
) -> None:
    """Stage every row and note what is wrong and what would change."""
    lines = array("L", [0])  # of each staged row, by its number
    faults: list[RowFault] = []
    for chunk in _chunks(rows, faults):
        catalogue.stage(
            importer.engine, run_id, source=importer.source, first_row_no=len(lines), rows=chunk
        )
        lines.extend(row.line for row in chunk)
    found = misfits(importer.engine, run_id, limit=FAULTS_TOLD)
    faults += [_misfit_fault(misfit, lines) for misfit in found]
    faults.sort(key=lambda fault: fault.line)
    report.faults = [
        f"{report.file}:{fault.line}: {fault.column}: {fault.text}"
        for fault in faults[:FAULTS_TOLD]
    ]
    report.faults_left_out = len(faults) - len(report.faults)
    report.rows = len(lines) - 1
    if faults:
        return
    difference = catalogue.compare_run(importer.engine, run_id)
    report.created = difference.created
    report.changed = difference.changed
    report.unchanged = difference.unchanged


def _apply(importer: Importer, run_id: str, report: Report) -> None:
    catalogue.forget_unchanged(importer.engine, run_id)
    difference = catalogue.Difference(
        created=report.created, changed=report.changed, unchanged=report.unchanged
    )
    at = importer.clock().utc
    event = CatalogueImported(
        at=at,
        run_id=run_id,
        source=importer.source,
        created=report.created,
        changed=report.changed,
        unchanged=report.unchanged,
        by=importer.by,
    )
    entry = AuditEntry(
        at=at,
        user=importer.by,
        computer=importer.computer,
        operation="ImportCatalogue",
        object=f"{importer.source}: {report.file}",
        success=True,
        reason="accepted",
    )

    def work(connection: Connection) -> None:
        catalogue.apply_run(
            connection, run_id, source=importer.source, difference=difference, at=at
        )
        record(connection, [entry])

    importer.ledger.add(Decision(events=(event,)))
    importer.ledger.commit(also=work)
    differs = report.created or report.changed
    report.outcome = Outcome.IMPORTED if differs else Outcome.UNCHANGED


def _chunks(
    rows: Iterable[CatalogueRow | RowFault], faults: list[RowFault]
) -> Iterator[list[CatalogueRow]]:
    """Good rows in lots of one transaction each; the wrong ones are put into ``faults``."""
    waiting = iter(rows)
    while lot := list(islice(waiting, catalogue.ROWS_A_TRANSACTION)):
        faults += [row for row in lot if isinstance(row, RowFault)]
        yield [row for row in lot if isinstance(row, CatalogueRow)]


def _misfit_fault(misfit: Misfit, lines: "array[int]") -> RowFault:
    code = repr(misfit.reference_code)
    other = 0 if misfit.other_row_no is None else lines[misfit.other_row_no]
    texts = {
        "repeated": f"{code} stands in line {other} already; one 档号 is one holding",
        "same": f"{code} is the same box as in line {other}; put boxes before what lies in them",
        "orphan": f"{code} lies in something that is neither in this file nor in the catalogue; "
        "import that first or correct the number",
        "nested": f"{code} lies in something that lies in something … without end; "
        "correct the number of what it lies in",
    }
    column = "parent" if misfit.kind in ("orphan", "nested") else "reference_code"
    return RowFault(line=lines[misfit.row_no], column=column, text=texts[misfit.kind])


def _rows(
    stream: BinaryIO, path: Path, form: Format, report: Report
) -> Iterator[CatalogueRow | RowFault]:
    if form is Format.AUTO:
        form = Format.EAD if _looks_like_xml(stream) else Format.CSV
    if form is Format.EAD:
        report.notes.append(f"{path.name}: EAD 2002")
        return read_ead(stream, path.name)
    sheet = examine_table(stream, path.name)
    report.notes.append(sheet.told())
    return read_table(stream, sheet)


def _looks_like_xml(stream: BinaryIO) -> bool:
    head = stream.read(_SNIFFED)
    stream.seek(0)
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
