"""Draws a report as PDF/A4: vector charts, page numbers, repeated table heads, blanks to sign.

The same document gives the same bytes: the time in the file is the report's own.
"""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

from fpdf import FPDF
from fpdf.fonts import FontFace

from controller.reporting.charts import draw
from controller.reporting.document import Cell, Document, Section, Table
from controller.reporting.fonts import NoChineseFont

MARGIN_MM: Final = 18
LINE_MM: Final = 5
SIGNATURE_MM: Final = 14
CHART_MM: Final = 58
GREY: Final = (110, 110, 110)
HEAD_FILL: Final = (232, 236, 240)
FAMILY: Final = "report"
BUILT_IN: Final = "helvetica"
"""Needs no file and is not embedded; knows Latin-1 only."""


def pdf(document: Document, *, font: Path | None, made_at: datetime) -> bytes:
    """The report as a PDF file.

    Raises:
        NoChineseFont: the report is Chinese and there is no ``font``.
    """
    if font is None and document.language != "en":
        raise NoChineseFont
    sheet = _Sheet(document, font)
    sheet.set_creation_date(made_at)
    sheet.set_title(sheet.known(document.title))
    sheet.set_lang(document.language)
    sheet.cover()
    for section in document.sections:
        sheet.section(section)
    return bytes(sheet.output())


class _Sheet(FPDF):
    """A4 upright, with the report's footer on every page."""

    def __init__(self, document: Document, font: Path | None) -> None:
        super().__init__(format="A4")
        self._document = document
        self._latin_only = font is None
        if font is not None:
            self.add_font(FAMILY, fname=font)
        self.set_font(BUILT_IN if font is None else FAMILY, size=9)
        self.set_margin(MARGIN_MM)
        self.set_auto_page_break(auto=True, margin=MARGIN_MM + 4)
        self.add_page()

    def known(self, text: str) -> str:
        """``text`` as the font can draw it: without one, what is not Latin-1 is a question mark."""
        if not self._latin_only:
            return text
        plain = text.replace("–", "-").replace("…", "...").replace("Ø", "mean")
        return plain.encode("latin-1", "replace").decode("latin-1")

    def footer(self) -> None:
        """Called by the library at each page's end."""
        self.set_y(-MARGIN_MM)
        self.set_font_size(7)
        self.set_text_color(*GREY)
        half = self.epw / 2
        self.cell(half, LINE_MM, self.known(self._document.footer))
        page = self._document.page % {"page": self.page_no(), "pages": "{nb}"}
        self.cell(half, LINE_MM, self.known(page), align="R")
        self.set_text_color(0)

    def cover(self) -> None:
        """Title, the cover's lines, and blanks for signatures."""
        self.set_font_size(18)
        self.cell(0, 12, self.known(self._document.title), align="C", new_x="LMARGIN", new_y="NEXT")
        self.ln(2)
        self._pairs(self._document.header, boxed=True)
        self.ln(2)
        width = self.epw / len(self._document.signatures)
        self.set_font_size(9)
        for name in self._document.signatures:
            x, y = self.get_x(), self.get_y()
            self.cell(width, SIGNATURE_MM, self.known(f"{name}:"), border=1)
            self.set_xy(x + width, y)
        self.ln(SIGNATURE_MM + 3)

    def section(self, section: Section) -> None:
        """A heading, then notes, facts, charts and tables."""
        if self.will_page_break(40):
            self.add_page()
        self.set_font_size(12)
        self.set_fill_color(*HEAD_FILL)
        title = self.known(section.title)
        self.cell(0, 8, title, fill=True, new_x="LMARGIN", new_y="NEXT")
        self.start_section(title)
        self.set_fill_color(255)  # a table takes the page's own where it names none
        self.ln(1)
        self.set_font_size(9)
        for note in section.notes:
            self.multi_cell(0, LINE_MM, self.known(note), new_x="LMARGIN", new_y="NEXT")
        self._pairs(section.facts)
        for chart in section.charts:
            if self.will_page_break(CHART_MM):
                self.add_page()
            draw(self, chart, self.known, height=CHART_MM)
        for table in section.tables:
            self._table(table)
        self.ln(3)

    def _pairs(self, pairs: Sequence[tuple[str, str]], *, boxed: bool = False) -> None:
        if not pairs:
            return
        self.set_font_size(9)
        layout = "ALL" if boxed else "NONE"
        with self.table(
            col_widths=(1, 3.2),
            first_row_as_headings=False,
            borders_layout=layout,
            text_align="LEFT",
            line_height=LINE_MM,
            padding=0.6,
        ) as drawn:
            for name, value in pairs:
                drawn.row([self.known(name), self.known(value)])
        self.ln(1)

    def _table(self, table: Table) -> None:
        self.set_font_size(7.5)
        if not table.rows:
            self.cell(0, LINE_MM, self.known(table.none), new_x="LMARGIN", new_y="NEXT")
            return
        with self.table(
            col_widths=[column.weight for column in table.columns],
            text_align=["LEFT" if c.decimals is None else "RIGHT" for c in table.columns],
            headings_style=FontFace(fill_color=HEAD_FILL, emphasis=None),
            borders_layout="HORIZONTAL_LINES",
            line_height=4,
            padding=(0.5, 1),
        ) as drawn:
            drawn.row([self.known(column.title) for column in table.columns])
            for cells in table.rows:
                texts = zip(cells, table.columns, strict=True)
                drawn.row([self.known(written(cell, c.decimals)) for cell, c in texts])
        self.ln(2)


def written(cell: Cell, decimals: int | None) -> str:
    """A cell as text: a dash for what is not known."""
    if cell is None:
        return "–"
    if isinstance(cell, str):
        return cell
    return f"{cell:.{decimals or 0}f}"
