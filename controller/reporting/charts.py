"""Draws a chart of days as lines and areas, never as pixels: it prints sharp at any size."""

from collections.abc import Callable, Sequence
from itertools import pairwise
from math import ceil, floor
from typing import Final

from fpdf import FPDF

from controller.reporting.document import Chart

INK: Final = (25, 80, 140)
BAND: Final = (190, 210, 232)
LIMIT: Final = (178, 34, 34)
GRID: Final = (215, 215, 215)
LEFT_MM, BOTTOM_MM, TOP_MM = 12.0, 6.0, 8.0
STEPS: Final = (0.5, 1, 2, 5, 10, 20, 50)


class _Scale:
    """From a day's number and a value to a place on the page, in millimetres."""

    def __init__(self, sheet: FPDF, chart: Chart, height: float) -> None:
        values = [value for _, *three in chart.points for value in three]
        lowest, highest = min([*values, chart.limits[0]]), max([*values, chart.limits[1]])
        self.step = next(s for s in (*STEPS, highest - lowest) if (highest - lowest) / s <= 8)
        self.low = floor(lowest / self.step) * self.step
        self.high = max(ceil(highest / self.step) * self.step, self.low + self.step)
        self.left, self.right = sheet.l_margin + LEFT_MM, sheet.l_margin + sheet.epw
        self.top = sheet.get_y() + TOP_MM
        self.bottom = sheet.get_y() + height - BOTTOM_MM
        self._days = chart.days

    def x(self, day: float) -> float:
        """The middle of day ``day``, from 1."""
        return self.left + (day - 0.5) / self._days * (self.right - self.left)

    def y(self, value: float) -> float:
        """Where ``value`` lies."""
        share = (value - self.low) / (self.high - self.low)
        return self.bottom - share * (self.bottom - self.top)

    def ticks(self) -> list[float]:
        """Round values from the lowest to the highest."""
        count = round((self.high - self.low) / self.step)
        return [self.low + number * self.step for number in range(count + 1)]


def draw(sheet: FPDF, chart: Chart, known: Callable[[str], str], *, height: float) -> None:
    """Draw at the current place, ``height`` millimetres high; goes on below."""
    began = sheet.get_y()
    scale = _Scale(sheet, chart, height)
    sheet.set_line_width(0.15)
    _axes(sheet, chart, scale)
    with sheet.local_context(fill_color=BAND, draw_color=BAND):
        for day, low, _, high in chart.points:
            x = scale.x(day.day)
            half = 0.35 * (scale.right - scale.left) / chart.days
            sheet.rect(x - half, scale.y(high), 2 * half, scale.y(low) - scale.y(high), style="DF")
    _limits(sheet, chart, scale)
    _means(sheet, chart, scale)
    _legend(sheet, chart, known, began)
    sheet.set_xy(sheet.l_margin, began + height + 1)


def _axes(sheet: FPDF, chart: Chart, scale: _Scale) -> None:
    sheet.set_font_size(6.5)
    sheet.set_draw_color(*GRID)
    for value in scale.ticks():
        sheet.line(scale.left, scale.y(value), scale.right, scale.y(value))
        sheet.set_xy(scale.left - LEFT_MM, scale.y(value) - 2)
        sheet.cell(LEFT_MM - 1, 4, f"{value:g}", align="R")
    for day in range(1, chart.days + 1, 2):
        sheet.set_xy(scale.x(day) - 3, scale.bottom + 0.5)
        sheet.cell(6, 4, str(day), align="C")


def _limits(sheet: FPDF, chart: Chart, scale: _Scale) -> None:
    with sheet.local_context(draw_color=LIMIT, line_width=0.3, dash_pattern={"dash": 2, "gap": 1}):
        for value in chart.limits:
            sheet.line(scale.left, scale.y(value), scale.right, scale.y(value))


def _means(sheet: FPDF, chart: Chart, scale: _Scale) -> None:
    """A line from day to day, interrupted where days are missing."""
    with sheet.local_context(draw_color=INK, fill_color=INK, line_width=0.5):
        for earlier, later in pairwise(chart.points):
            if (later[0] - earlier[0]).days == 1:
                here, there = scale.x(earlier[0].day), scale.x(later[0].day)
                sheet.line(here, scale.y(earlier[2]), there, scale.y(later[2]))
        for day, _, mean, _ in chart.points:
            sheet.circle(scale.x(day.day), scale.y(mean), 0.6, style="F")


def _legend(sheet: FPDF, chart: Chart, known: Callable[[str], str], top: float) -> None:
    sheet.set_font_size(8.5)
    sheet.set_xy(sheet.l_margin, top + 1)
    sheet.cell(70, 5, known(f"{chart.title}, {chart.unit}"))
    sheet.set_font_size(7)
    x = sheet.l_margin + sheet.epw
    for colour, text in _entries(chart):
        width = sheet.get_string_width(known(text)) + 8
        x -= width
        with sheet.local_context(fill_color=colour):
            sheet.rect(x, top + 2.5, 4, 2, style="F")
        sheet.set_xy(x + 4.5, top + 1)
        sheet.cell(width - 4.5, 5, known(text))


def _entries(chart: Chart) -> Sequence[tuple[tuple[int, int, int], str]]:
    mean, span, limits = chart.legend
    return ((LIMIT, limits), (BAND, span), (INK, mean))
