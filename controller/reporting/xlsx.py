"""Writes a report as a workbook: one sheet a section, numbers as numbers, charts as charts.

Texts are written as texts, whatever they begin with: a note such as ``=HYPERLINK(…)`` is shown and
never computed (formula injection, OWASP).
"""

from datetime import datetime
from io import BytesIO
from typing import Any

from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

from controller.reporting.document import Cell, Chart, Document, Section, Table

_NEVER_GUESS = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_numbers": False,
    "strings_to_urls": False,
}
WIDTH = 13
CHART_ROWS, CHART_COLUMN = 16, 9


def xlsx(document: Document, *, made_at: datetime) -> bytes:
    """The report as an XLSX file."""
    target = BytesIO()
    with Workbook(target, _NEVER_GUESS) as book:
        book.set_properties({"title": document.title, "created": made_at.replace(tzinfo=None)})
        writer = _Writer(book, document)
        for section in document.sections:
            writer.section(section)
    return target.getvalue()


class _Writer:
    """Writes sheet after sheet."""

    def __init__(self, book: Workbook, document: Document) -> None:
        self._book = book
        self._document = document
        self._title = book.add_format({"bold": True, "font_size": 14})
        self._head = book.add_format(
            {"bold": True, "text_wrap": True, "bg_color": "#E8ECF0", "valign": "top", "border": 1}
        )
        self._text = book.add_format({"num_format": "@"})
        self._blank = book.add_format({"border": 1})
        self._numbers: dict[int, Any] = {}

    def section(self, section: Section) -> None:
        """One sheet: notes and facts, then each table, its charts to the right."""
        first = not self._book.worksheets()
        sheet = self._book.add_worksheet(section.sheet)
        sheet.set_paper(9)  # A4
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        sheet.set_column(0, 16, WIDTH)
        sheet.set_footer(f"&L{_plain(self._document.footer)}&R&P / &N")
        row = self._cover(sheet) if first else 0
        self._write(sheet, row, 0, section.title, self._title)
        row += 1
        for note in section.notes:
            self._write(sheet, row, 0, note)
            row += 1
        for name, value in section.facts:
            self._write(sheet, row, 0, name)
            self._write(sheet, row, 2, value)
            row += 1
        for number, chart in enumerate(section.charts):
            self._chart(sheet, section, chart, row + 1, number)
        for table in section.tables:
            row = self._table(sheet, table, row + 1)

    def _cover(self, sheet: Worksheet) -> int:
        self._write(sheet, 0, 0, self._document.title, self._title)
        row = 1
        for name, value in self._document.header:
            self._write(sheet, row, 0, name)
            self._write(sheet, row, 2, value)
            row += 1
        for number, name in enumerate(self._document.signatures):
            self._write(sheet, row, 2 * number, name, self._blank)
            sheet.write_blank(row, 2 * number + 1, None, self._blank)
        return row + 2

    def _table(self, sheet: Worksheet, table: Table, row: int) -> int:
        if not table.rows:
            self._write(sheet, row, 0, table.none)
            return row + 1
        for number, column in enumerate(table.columns):
            self._write(sheet, row, number, column.title, self._head)
        for cells in table.rows:
            row += 1
            for number, (cell, column) in enumerate(zip(cells, table.columns, strict=True)):
                self._cell(sheet, row, number, cell, column.decimals)
        return row + 1

    def _cell(
        self, sheet: Worksheet, row: int, column: int, cell: Cell, places: int | None
    ) -> None:
        if cell is None:
            self._write(sheet, row, column, "–")
        elif isinstance(cell, str):
            self._write(sheet, row, column, cell)
        else:
            sheet.write_number(row, column, cell, self._number(places or 0))

    def _number(self, decimals: int) -> Any:
        if decimals not in self._numbers:
            places = "." + "0" * decimals if decimals else ""
            self._numbers[decimals] = self._book.add_format({"num_format": f"0{places}"})
        return self._numbers[decimals]

    def _write(self, sheet: Worksheet, row: int, column: int, text: str, form: Any = None) -> None:
        """As text in any case: ``write`` would make a formula of what begins with ``=``."""
        sheet.write_string(row, column, _plain(text), form or self._text)

    def _chart(
        self, sheet: Worksheet, section: Section, chart: Chart, row: int, number: int
    ) -> None:
        """Lines over the days of the section's table: lowest, mean, highest."""
        first, last = row + 1, row + len(section.tables[0].rows)
        begin = 1 + 3 * number
        drawn = self._book.add_chart({"type": "line"})
        for offset, colour in enumerate(("#7FA6CC", "#19508C", "#7FA6CC")):
            drawn.add_series(
                {
                    "name": [section.sheet, row, begin + offset],
                    "categories": [section.sheet, first, 0, last, 0],
                    "values": [section.sheet, first, begin + offset, last, begin + offset],
                    "line": {"color": colour, "width": 1.5},
                }
            )
        drawn.set_title({"name": f"{chart.title}, {chart.unit}", "name_font": {"size": 11}})
        drawn.set_legend({"position": "bottom"})
        sheet.insert_chart(row + number * CHART_ROWS, CHART_COLUMN, drawn)


def _plain(text: str) -> str:
    """Without characters that XML 1.0 cannot carry."""
    return "".join(c for c in text if c >= " " or c in "\t\n")
