"""A CSV file from a stranger's spreadsheet: which encoding, which delimiter, which columns.

Every cell stays text: ``007``, an ID number and ``=1+1`` come out as they went in. What the
bytes mean is found by trying, in a fixed order, and told; it is never guessed per line.
"""

import codecs
import csv
import io
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import BinaryIO

from controller.catalogue.faults import RowFault, UnreadableFile

_CHUNK = 1 << 16
_LONGEST_CELL = 1 << 17
"""Characters; an opening quote without its end otherwise swallows the rest of the file."""
_WIDE_BY_CHANCE = 8
"""Three-byte UTF-8 characters that GB18030 text may show by chance before it stops being UTF-8."""
_WORKBOOK = b"PK\x03\x04"
_DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """How one CSV file is to be read."""

    name: str
    """As the reader of messages knows it."""
    encoding: str
    """``utf-8``, ``utf-8-sig`` or ``gb18030``."""
    delimiter: str
    headings: tuple[str, ...]
    """As written."""
    fields: tuple[str | None, ...]
    """What each column means to us; ``None``: nothing, it is left out."""

    @property
    def unused(self) -> tuple[str, ...]:
        """Headings that mean nothing to us."""
        pairs = zip(self.headings, self.fields, strict=True)
        return tuple(heading for heading, field in pairs if field is None)

    def heading(self, field: str) -> str:
        """The column of ``field`` as the file calls it, or our own name where it has none."""
        return self.headings[self.fields.index(field)] if field in self.fields else field

    def told(self) -> str:
        """One line for a person: what was found."""
        encoding = {"utf-8-sig": "UTF-8 with BOM", "utf-8": "UTF-8", "gb18030": "GB18030"}
        parts = f"{encoding[self.encoding]}, {_DELIMITERS[self.delimiter]}-delimited"
        unused = f"; columns not used: {', '.join(self.unused)}" if self.unused else ""
        return f"{self.name}: {parts}{unused}"


@dataclass(frozen=True, slots=True)
class Record:
    """One line of a sheet (several, where a quoted cell has line breaks)."""

    line: int
    """Where it begins, from 1; the headings are line 1."""
    cells: Mapping[str, str]
    """Trimmed, by field; a field without a column is absent."""


def examine(stream: BinaryIO, name: str, aliases: Mapping[str, str]) -> Sheet:
    """How to read ``stream``, which is at its start and is left there.

    ``aliases`` maps folded headings (``fold``) to fields.

    Raises:
        UnreadableFile: neither encoding fits, no heading is known, or one field has two columns.
    """
    encoding = _encoding(stream, name)
    text = io.TextIOWrapper(stream, encoding=encoding, newline="")
    first = text.readline(_LONGEST_CELL)
    text.detach()
    stream.seek(0)
    delimiter = max(_DELIMITERS, key=lambda mark: _known(first, mark, aliases))
    headings = _cells_of(first, delimiter)
    fields = tuple(aliases.get(fold(heading)) for heading in headings)
    if not any(fields):
        wanted = ", ".join(sorted(set(aliases.values())))
        raise UnreadableFile(
            f"{name}:1: no heading is known. The first line must name the columns: {wanted}"
        )
    for field in sorted(field for field in fields if field is not None):
        if fields.count(field) > 1:
            twice = [h for h, f in zip(headings, fields, strict=True) if f == field]
            raise UnreadableFile(
                f"{name}:1: {' and '.join(twice)} both mean {field}; rename or remove one"
            )
    return Sheet(
        name=name, encoding=encoding, delimiter=delimiter, headings=headings, fields=fields
    )


def records(stream: BinaryIO, sheet: Sheet) -> Iterator[Record | RowFault]:
    """Every line that is not blank, in order; memory holds one at a time.

    Raises:
        UnreadableFile: the quoting is broken, so that what follows cannot be told apart.
    """
    text = io.TextIOWrapper(stream, encoding=sheet.encoding, newline="")
    csv.field_size_limit(_LONGEST_CELL)
    reader = csv.reader(text, delimiter=sheet.delimiter, strict=True)
    line = 1
    try:
        for row in reader:
            begun, line = line, reader.line_num + 1
            if begun > 1 and any(cell.strip() for cell in row):
                yield _record(begun, row, sheet)
    except csv.Error as error:
        raise UnreadableFile(
            f"{sheet.name}:{line}: {error}. Look for a quotation mark without its pair "
            "in this line; inside a quoted cell it is written twice"
        ) from error
    finally:
        text.detach()


def fold(heading: str) -> str:
    """A heading without what people vary: width, case, spaces, underscores, required marks."""
    plain = unicodedata.normalize("NFKC", heading).casefold()
    return "".join(c for c in plain if c not in " _-*!\t\r\n\ufeff")


def _record(line: int, row: list[str], sheet: Sheet) -> Record | RowFault:
    surplus = [cell for cell in row[len(sheet.fields) :] if cell.strip()]
    if surplus:
        text = (
            f"{len(row)} cells under {len(sheet.fields)} headings; "
            f"put cells that contain a {_DELIMITERS[sheet.delimiter]} into quotation marks"
        )
        return RowFault(line=line, column="(whole row)", text=text)
    pairs = zip(sheet.fields, row, strict=False)
    return Record(line, {field: cell.strip() for field, cell in pairs if field is not None})


def _known(line: str, delimiter: str, aliases: Mapping[str, str]) -> int:
    return sum(fold(cell) in aliases for cell in _cells_of(line, delimiter))


def _cells_of(line: str, delimiter: str) -> tuple[str, ...]:
    try:
        return tuple(cell.strip() for cell in next(csv.reader([line], delimiter=delimiter), []))
    except csv.Error:
        return ()


def _encoding(stream: BinaryIO, name: str) -> str:
    head = stream.read(4)
    stream.seek(0)
    if head == _WORKBOOK:
        raise UnreadableFile(f"{name}: is a workbook; save it as CSV UTF-8 and import that")
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise UnreadableFile(f"{name}: is UTF-16; save it as CSV UTF-8 and import that")
    encoding = "utf-8-sig" if head.startswith(codecs.BOM_UTF8) else "utf-8"
    utf8_fault, wide = _decoding_fault(stream, encoding)
    if utf8_fault is None:
        return encoding
    if encoding == "utf-8" and wide < _WIDE_BY_CHANCE:
        gb_fault, _ = _decoding_fault(stream, "gb18030")
        if gb_fault is None:
            return "gb18030"
        where = f"neither UTF-8 (byte {utf8_fault}) nor GB18030 (byte {gb_fault})"
    else:
        where = f"UTF-8 as far as byte {utf8_fault}, which is damaged"
    raise UnreadableFile(f"{name}: is {where}; save it as CSV UTF-8 and import that")


def _decoding_fault(stream: BinaryIO, encoding: str) -> tuple[int | None, int]:
    """The offset of the first byte that is not ``encoding``, and how many wide characters before.

    The file is never held whole; wide characters are counted as far as they matter.
    """
    decoder = codecs.getincrementaldecoder(encoding)()
    offset = wide = pending = 0
    stream.seek(0)
    try:
        while True:
            chunk = stream.read(_CHUNK)
            pending = len(decoder.getstate()[0])
            text = decoder.decode(chunk, final=not chunk)
            if wide < _WIDE_BY_CHANCE:
                wide += sum(character > "\u07ff" for character in text)
            if not chunk:
                return None, wide
            offset += len(chunk)
    except UnicodeDecodeError as error:
        good = error.object[: error.start].decode(encoding)
        return offset - pending + error.start, wide + sum(c > "\u07ff" for c in good)
    finally:
        stream.seek(0)
