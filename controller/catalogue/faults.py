"""What is wrong with a file from outside, and exactly where."""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from controller.domain.catalogue import CatalogueRow


class UnreadableFile(Exception):
    """A file that cannot be read to its end; the text says file, line, what, and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RowFault:
    """One thing wrong in one row: the row cannot be taken, and so the file is not."""

    line: int
    column: str
    """The heading or element concerned, as the file or the template names it."""
    text: str
    """What is wrong and what to do about it."""


_LONGEST = {
    "external_id": 400,
    "reference_code": 200,
    "title": 4000,
    "fonds": 64,
    "home": 200,
    "barcode": 64,
    "retention": 16,
    "archive_class": 16,
}
"""Characters the registry keeps of each field."""

_ALLOWED_CONTROLS = {"\t", "\n", "\r"}


def row_faults(row: CatalogueRow) -> Iterator[RowFault]:
    """What keeps ``row`` out of the registry, whichever reader made it."""
    for field, longest in _LONGEST.items():
        text = getattr(row, field)
        if text is None:
            continue
        if len(text) > longest:
            complaint = f"is {len(text)} characters long; {longest} fit, shorten it"
            yield RowFault(line=row.line, column=field, text=complaint)
        elif field != "external_id" and (unwritten := _complaint(field, text)) is not None:
            yield RowFault(line=row.line, column=field, text=unwritten)


def _complaint(field: str, text: str) -> str | None:
    """Why ``text`` cannot be kept: characters that never came from a keyboard."""
    if text.isprintable():
        return None
    unwritten, excused = _UNWRITTEN.get(field, _UNWRITTEN_ANYWHERE)
    for character in text:
        if unicodedata.category(character) in unwritten and character not in excused:
            return f"holds the invisible character U+{ord(character):04X}; type the text anew"
    return None


_UNWRITTEN_ANYWHERE = ({"Cc", "Cs"}, "\t\r\n")
_UNWRITTEN = dict.fromkeys(("reference_code", "barcode"), ({"Cc", "Cs", "Cf", "Zl", "Zp"}, ""))
"""By field: Unicode categories refused, and what is excused. A number has no hidden part."""
