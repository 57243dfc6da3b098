"""Holdings from a CSV catalogue 案卷目录, 卷内目录, 归档文件目录; Chinese or English headings.

A 档号 is kept as written, only trimmed: dialects of dots and hyphens are for searching to fold.
"""

from collections.abc import Callable, Iterator
from typing import BinaryIO, TypeVar

from controller.catalogue.faults import RowFault, UnreadableFile, row_faults
from controller.catalogue.sheet import Record, Sheet, examine, fold, records
from controller.domain.catalogue import CatalogueRow
from controller.domain.model import HoldingKind
from controller.domain.numbers.key_fields import KEY_FIELDS
from controller.domain.numbers.reference_code import NotAReferenceCode, parse

_HEADINGS = {
    "reference_code": "reference_code 档号 reference_number call_number",
    "title": "title 题名 案卷题名 文件题名",
    "kind": "kind 实体类型 type",
    "fonds": "fonds 全宗号 fonds_code",
    "parent": "parent 案卷档号 所属案卷档号 parent_reference_code",
    "box": "box 盒号 box_number",
    "barcode": "barcode 条码 条形码 条码号",
    "retention": "retention 保管期限 retention_period",
    "year": "year 年度 归档年度",
    "pages": "pages 页数 总页数 page_count",
    "location": "location 存放位置 原件存放位置 存储位置 库位 home",
    "rack": "rack 密集架 架号",
    "aisle": "aisle 通道 通道号",
    "side": "side 侧 左右侧",
    "bay": "bay 列 列号",
    "level": "level 层 层号",
    "slot": "slot 格 格号",
    "archive_class": "archive_class 门类代码 门类",
    "id_number": "id_number 身份证号 身份证号码 公民身份号码",
    "approval_number": "approval_number 审批编号",
    "social_security_account": "social_security_account 社保账户 社保账户信息 社会保障号码",
}
"""DA/T 18-2022, DA/T 22-2015 and the templates in use; the first name of each is our own."""

COLUMNS = {fold(alias): field for field, names in _HEADINGS.items() for alias in names.split()}

_KINDS = {
    "": HoldingKind.FILE,
    "file": HoldingKind.FILE,
    "件": HoldingKind.FILE,
    "volume": HoldingKind.VOLUME,
    "卷": HoldingKind.VOLUME,
    "案卷": HoldingKind.VOLUME,
    "box": HoldingKind.BOX,
    "盒": HoldingKind.BOX,
    "bag": HoldingKind.BAG,
    "袋": HoldingKind.BAG,
}
_STEPS = ("rack", "aisle", "side", "bay", "level", "slot")
"""The columns of a place in a rack, from the outside in."""
_YEARS = range(1000, 10_000)
_PAGES = range(1_000_000)

Value = TypeVar("Value")


def examine_table(stream: BinaryIO, name: str) -> Sheet:
    """How to read a catalogue in CSV.

    Raises:
        UnreadableFile: as ``sheet.examine``, or 档号 or 题名 has no column.
    """
    sheet = examine(stream, name, COLUMNS)
    for field in ("reference_code", "title"):
        if field not in sheet.fields:
            names = _HEADINGS[field].replace(" ", " or ", 1).split(" ")
            wanted = " ".join(names[:3])
            raise UnreadableFile(f"{name}:1: no column {wanted}; every holding needs one")
    return sheet


def read_table(stream: BinaryIO, sheet: Sheet) -> Iterator[CatalogueRow | RowFault]:
    """Every row as a holding, or what is wrong with it; a box 盒 before the first thing in it.

    A box is known by fonds, year, retention and number, since 盒号 begins anew with each of
    these (DA/T 22-2015). One that has no row of its own before them is made from what lies in it.

    Raises:
        UnreadableFile: as ``sheet.records``.
    """
    boxes: set[str] = set()
    for record in records(stream, sheet):
        if isinstance(record, RowFault):
            yield record
            continue
        reading = _Reading(record, sheet)
        row = reading.row()
        if reading.faults:
            yield from reading.faults
            continue
        box = reading.box(row)
        if box is not None and box.external_id not in boxes:
            boxes.add(box.external_id)
            if row.kind is not HoldingKind.BOX:
                yield box
        yield row


class _Reading:
    """One record being turned into a holding; every fault is noted, not only the first."""

    def __init__(self, record: Record, sheet: Sheet) -> None:
        self.faults: list[RowFault] = []
        self._record = record
        self._sheet = sheet

    def row(self) -> CatalogueRow:
        """The holding; worth something only while there are no faults."""
        code = self._needed("reference_code")
        kind = self._parsed("kind", _kind, HoldingKind.FILE)
        box = self._box_id(code)
        parent = self._text("parent") or None
        row = CatalogueRow(
            line=self._record.line,
            external_id=box if box and kind is HoldingKind.BOX else code,
            reference_code=code,
            title=self._needed("title"),
            kind=kind,
            fonds=self._text("fonds") or _fonds_of(code),
            home=self._home(),
            barcode="".join(self._text("barcode").split()) or None,
            retention=self._text("retention"),
            year=self._parsed("year", lambda text: _whole(text, _YEARS), None),
            pages=self._parsed("pages", lambda text: _whole(text, _PAGES), None),
            archive_class=self._text("archive_class").upper() or _class_of(code),
            key_fields=tuple((name, self._text(name)) for name in KEY_FIELDS if self._text(name)),
            parent_external_id=parent if parent or kind is HoldingKind.BOX else box,
        )
        for fault in row_faults(row):
            self._note("location" if fault.column == "home" else fault.column, fault.text)
        if parent == code:
            self._note("parent", "is the row's own 档号; leave it empty or name what it lies in")
        return row

    def box(self, row: CatalogueRow) -> CatalogueRow | None:
        """The box ``row`` lies in or is, as far as its number tells."""
        code = self._box_id(row.reference_code)
        if code is None or self._text("parent"):
            return None
        return CatalogueRow(
            line=row.line,
            external_id=code,
            reference_code=code,
            title=f"{row.fonds} 盒 {self._text('box')}".strip(),
            kind=HoldingKind.BOX,
            fonds=row.fonds,
            home=row.home,
            retention=row.retention,
            year=row.year,
        )

    def _home(self) -> str:
        """The place as one text: by its columns where there are any, as ``rack/aisle/side/…``."""
        steps = [self._text(field) for field in _STEPS]
        if not any(steps):
            return self._text("location")
        for field in _STEPS[:2]:
            if not self._text(field):
                self._note(field, "is empty; a place in a rack needs at least rack and aisle")
        while not steps[-1]:
            steps.pop()
        return "/".join(step or "-" for step in steps)

    def _box_id(self, code: str) -> str | None:
        number = self._text("box")
        if not number:
            return None
        fonds = self._text("fonds") or _fonds_of(code)
        parts = (fonds, self._text("year"), self._text("retention"), f"盒{number}")
        return "-".join(part for part in parts if part)

    def _text(self, field: str) -> str:
        return self._record.cells.get(field, "")

    def _needed(self, field: str) -> str:
        text = self._text(field)
        if not text:
            self._note(field, "is empty; every holding needs one")
        return text

    def _parsed(self, field: str, parse: Callable[[str], Value], otherwise: Value) -> Value:
        text = self._text(field)
        try:
            return parse(text) if text else otherwise
        except ValueError as error:
            self._note(field, f"{text!r} {error}")
            return otherwise

    def _note(self, field: str, text: str) -> None:
        heading = self._sheet.heading(field)
        self.faults.append(RowFault(line=self._record.line, column=heading, text=text))


def _fonds_of(code: str) -> str:
    """全宗号 is what stands before the first hyphen of a 档号 (DA/T 13-2022)."""
    fonds, hyphen, _ = code.partition("-")
    return fonds if hyphen else ""


def _class_of(code: str) -> str:
    """门类 is what a 档号 says, where it follows one of the dialects."""
    try:
        return parse(code).archive_class
    except NotAReferenceCode:
        return ""


def _kind(text: str) -> HoldingKind:
    kind = _KINDS.get(text.casefold())
    if kind is None:
        raise ValueError("is no kind of holding; write file 件, volume 卷, box 盒 or bag 袋")
    return kind


def _whole(text: str, allowed: range) -> int:
    if not (text.isascii() and text.isdigit()) or int(text[:10]) not in allowed:
        raise ValueError(f"is not a whole number from {allowed.start} to {allowed.stop - 1}")
    return int(text)
