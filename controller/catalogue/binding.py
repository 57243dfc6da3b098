"""Which tag is on which holding, from a CSV: all of it or nothing.

A tag that already stands for something else, or a holding that already bears another tag, is a
fault unless the caller says that tags are being replaced.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from sqlalchemy import Connection, Engine

from controller.catalogue.faults import RowFault, UnreadableFile
from controller.catalogue.sheet import Record, Sheet, examine, fold, records
from controller.domain.decision import Decision
from controller.domain.events import Event, TagBound, TagUnbound
from controller.store import taggable
from controller.store.audit import AuditEntry, record
from controller.store.ledger import Ledger
from drivers.observations import Clock

FAULTS_TOLD = 100
"""Faults told of one list; the rest is counted."""

_HEADINGS = {
    "epc": "epc tag rfid 标签 标签号 芯片号 epc编码",
    "reference_code": "reference_code 档号",
    "barcode": "barcode 条码 条形码 条码号",
}
COLUMNS = {fold(alias): field for field, names in _HEADINGS.items() for alias in names.split()}

_EPC = re.compile(r"(?:[0-9A-F]{4}){1,32}")
"""Whole 16-bit words in hexadecimal (Gen2 memory has no other), as many as we keep."""


class BindOutcome(StrEnum):
    """What became of the list. Only ``BOUND`` changed a binding."""

    BOUND = "bound"
    UNCHANGED = "unchanged"
    PLANNED = "planned"
    REFUSED = "refused"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Binder:
    """Who binds, in which store."""

    engine: Engine
    ledger: Ledger
    by: str
    computer: str
    clock: Clock


@dataclass(slots=True, kw_only=True)
class BindReport:
    """What became of a list of tags, and why."""

    file: str
    outcome: BindOutcome
    rows: int = 0
    bound: int = 0
    """Tags that newly stand for their holding."""
    unbound: int = 0
    """Tags that stood for one of these holdings and no longer do."""
    unchanged: int = 0
    faults: list[str] = field(default_factory=list)
    faults_left_out: int = 0
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wish:
    """One row: this tag on that holding."""

    line: int
    epc: str
    reference_code: str
    barcode: str


@dataclass(slots=True)
class _Changes:
    """What a list amounts to against what is bound now."""

    unbound: list[tuple[str, str]] = field(default_factory=list)
    """EPC and holding."""
    bound: list[tuple[str, str]] = field(default_factory=list)
    unchanged: int = 0


def bind_file(
    binder: Binder, path: Path, *, rebind: bool = False, plan: bool = False
) -> BindReport:
    """Bind every tag of one list, or none; ``plan``: only say what would change.

    The caller has the turn (``controller.store.catalogue.sole_turn``).

    Raises:
        StoreError: nothing was changed.
    """
    report = BindReport(file=path.name, outcome=BindOutcome.UNREADABLE)
    try:
        wishes, faults = _read(path, report)
    except UnreadableFile as error:
        report.faults = [str(error)]
        return report
    except OSError as error:
        report.faults = [f"{path}: cannot be read: {error.strerror}"]
        return report
    with binder.engine.connect() as connection:
        meant = _resolve(connection, wishes, faults)
        changes = _compare(connection, meant, faults, rebind=rebind)
    report.rows = len(wishes)
    report.outcome = _outcome(faults, changes, plan=plan)
    if not faults:
        report.bound, report.unbound = len(changes.bound), len(changes.unbound)
        report.unchanged = changes.unchanged
    faults.sort(key=lambda fault: fault.line)
    report.faults = [f"{path.name}:{f.line}: {f.column}: {f.text}" for f in faults[:FAULTS_TOLD]]
    report.faults_left_out = len(faults) - len(report.faults)
    if report.outcome is BindOutcome.BOUND:
        _write(binder, changes, report.file)
    return report


def _outcome(faults: Sequence[RowFault], changes: _Changes, *, plan: bool) -> BindOutcome:
    if faults:
        return BindOutcome.REFUSED
    if plan:
        return BindOutcome.PLANNED
    return BindOutcome.BOUND if changes.bound else BindOutcome.UNCHANGED


def _read(path: Path, report: BindReport) -> tuple[list[_Wish], list[RowFault]]:
    faults: list[RowFault] = []
    wishes: list[_Wish] = []
    with path.open("rb") as stream:
        sheet = examine(stream, path.name, COLUMNS)
        keys = {"reference_code", "barcode"} & set(sheet.fields)
        if "epc" not in sheet.fields or not keys:
            raise UnreadableFile(
                f"{path.name}:1: needs columns epc 标签 and reference_code 档号 or barcode 条码"
            )
        report.notes.append(sheet.told())
        for row in records(stream, sheet):
            read = row if isinstance(row, RowFault) else _wish(row, sheet)
            if isinstance(read, RowFault):
                faults.append(read)
            else:
                wishes.append(read)
    faults += _repeated(wishes, sheet)
    return wishes, faults


def _wish(row: Record, sheet: Sheet) -> _Wish | RowFault:
    epc = "".join(row.cells.get("epc", "").split()).upper()
    if not _EPC.fullmatch(epc):
        text = f"{epc!r} is no EPC: 4 to 128 hexadecimal digits, in fours; format the cells as text"
        return RowFault(line=row.line, column=sheet.heading("epc"), text=text)
    reference_code = row.cells.get("reference_code", "")
    barcode = "".join(row.cells.get("barcode", "").split())
    if not (reference_code or barcode):
        text = "neither 档号 nor 条码 says which holding the tag is on"
        return RowFault(line=row.line, column="(whole row)", text=text)
    return _Wish(line=row.line, epc=epc, reference_code=reference_code, barcode=barcode)


def _repeated(wishes: Iterable[_Wish], sheet: Sheet) -> Iterable[RowFault]:
    first: dict[str, int] = {}
    for wish in wishes:
        line = first.setdefault(wish.epc, wish.line)
        if line != wish.line:
            text = f"{wish.epc} stands in line {line} already; one tag is on one holding"
            yield RowFault(line=wish.line, column=sheet.heading("epc"), text=text)


def _resolve(
    connection: Connection, wishes: Sequence[_Wish], faults: list[RowFault]
) -> list[tuple[_Wish, taggable.Candidate]]:
    """The one holding each row means; a row that means none or several becomes a fault."""
    by_code, by_barcode = taggable.find_for_binding(
        connection,
        reference_codes={wish.reference_code for wish in wishes if wish.reference_code},
        barcodes={wish.barcode for wish in wishes if wish.barcode},
    )
    meant: list[tuple[_Wish, taggable.Candidate]] = []
    first: dict[str, int] = {}
    for wish in wishes:
        found = _candidates(wish, by_code, by_barcode)
        if len(found) != 1:
            faults.append(_unclear(wish, found))
            continue
        line = first.setdefault(found[0].id, wish.line)
        if line != wish.line:
            text = f"{found[0].reference_code!r} gets a tag in line {line} already"
            faults.append(RowFault(line=wish.line, column="(whole row)", text=text))
            continue
        meant.append((wish, found[0]))
    return meant


def _candidates(
    wish: _Wish,
    by_code: dict[str, list[taggable.Candidate]],
    by_barcode: dict[str, list[taggable.Candidate]],
) -> list[taggable.Candidate]:
    coded = by_code.get(wish.reference_code, [])
    if not wish.barcode:
        return coded
    barcoded = by_barcode.get(wish.barcode, [])
    return [each for each in barcoded if not wish.reference_code or each in coded]


def _unclear(wish: _Wish, found: Sequence[taggable.Candidate]) -> RowFault:
    key = " and ".join(
        f"{name} {value!r}"
        for name, value in (("档号", wish.reference_code), ("条码", wish.barcode))
        if value
    )
    if found:
        names = ", ".join(f"{each.reference_code} ({each.source})" for each in found[:5])
        text = f"{key} is on {len(found)} holdings: {names}; give 档号 and 条码 together"
    else:
        text = f"no holding has {key}; import its catalogue first or correct it"
    return RowFault(line=wish.line, column="(whole row)", text=text)


def _compare(
    connection: Connection,
    meant: Sequence[tuple[_Wish, taggable.Candidate]],
    faults: list[RowFault],
    *,
    rebind: bool,
) -> _Changes:
    now = taggable.holdings_of_tags(connection, {wish.epc for wish, _ in meant})
    worn = taggable.tags_of_holdings(connection, {holding.id for _, holding in meant})
    listed = {wish.epc for wish, _ in meant}
    changes = _Changes()
    for wish, holding in meant:
        was_on, name = now.get(wish.epc, (None, ""))
        if was_on == holding.id:
            changes.unchanged += 1
            continue
        others = worn.get(holding.id, [])
        if not rebind and (was_on is not None or others):
            taken = f"{wish.epc} is on {name!r}" if was_on else f"it bears tag {others[0]}"
            text = f"{holding.reference_code!r}: {taken} already; --rebind replaces that"
            faults.append(RowFault(line=wish.line, column="epc", text=text))
            continue
        changes.unbound += [(epc, holding.id) for epc in others if epc not in listed]
        changes.bound.append((wish.epc, holding.id))
    return changes


def _write(binder: Binder, changes: _Changes, file: str) -> None:
    at = binder.clock().utc
    by = binder.by
    events: list[Event] = [
        *(TagUnbound(at=at, epc=epc, holding_id=of, by=by) for epc, of in changes.unbound),
        *(TagBound(at=at, epc=epc, holding_id=to, by=by) for epc, to in changes.bound),
    ]
    entry = AuditEntry(
        at=at,
        user=by,
        computer=binder.computer,
        operation="BindTags",
        object=file,
        success=True,
        reason="accepted",
    )
    binder.ledger.add(Decision(events=tuple(events)))
    binder.ledger.commit(also=lambda connection: record(connection, [entry]))
