"""A report before it is drawn: headings, facts, tables and charts in one language.

PDF and XLSX are drawn from the same document, so that both say the same.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

Cell = str | int | float | None
"""``None`` is drawn as a dash: not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column of a table."""

    title: str
    decimals: int | None = None
    """Of its numbers; ``None`` for texts."""
    weight: float = 1.0
    """Its share of the width."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Rows of cells under headings; ``none`` is said where there is no row."""

    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]
    none: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """Lowest, mean and highest of each day; a day that is missing is a gap in the line."""

    title: str
    unit: str
    days: int
    """How many days the axis has, from 1."""
    points: Sequence[tuple[date, float, float, float]]
    limits: tuple[float, float]
    legend: tuple[str, str, str]
    """Words for the mean, for the span of a day, and for the limits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A heading and what stands under it."""

    title: str
    sheet: str
    """Name of its sheet in a workbook: at most 31 characters, none of ``[]:*?/\\``."""
    notes: Sequence[str] = ()
    facts: Sequence[tuple[str, str]] = ()
    tables: Sequence[Table] = ()
    charts: Sequence[Chart] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One report."""

    title: str
    language: str
    header: Sequence[tuple[str, str]]
    """What the cover of a file 全宗卷 says: unit, fonds, room, period."""
    signatures: Sequence[str]
    """Whose signatures have a blank line."""
    sections: Sequence[Section] = field(default=())
    footer: str = ""
    page: str = ""
    """Words with ``%(page)s`` and ``%(pages)s``."""
