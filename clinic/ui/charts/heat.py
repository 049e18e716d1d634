"""Figures by two things at once, such as weekday and hour: the more, the darker, and each written in its cell."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from typing import Any

from django.utils.translation import gettext as _

from .chart import Chart, figure, is_wide
from .scale import ZERO
from .shapes import HEAT, SMALL_SIZE, Drawing, Sheet, fitted, width_of

GAP, CELL, HEAD = 8.0, 30.0, 22.0
STEPS = len(HEAT) - 1


@dataclass(frozen=True, kw_only=True)
class HeatMap(Chart):
    """`cells[row][column]`; None is where there can be no figure, such as an hour that is closed.

    `most` is what is darkest: the highest figure where it is not given, 100 for shares. `of` heads the rows.
    """

    of: str
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    cells: tuple[tuple[Decimal | None, ...], ...]
    most: Decimal | None = None

    def __post_init__(self) -> None:
        if len(self.cells) != len(self.rows) or any(len(row) != len(self.columns) for row in self.cells):
            raise ValueError("a heat map has a cell for every row and column")

    @property
    def figures(self) -> list[tuple[Decimal, str, str]]:
        """Every figure with its row and column."""
        return [
            (value, row, column)
            for row, line in zip(self.rows, self.cells, strict=True)
            for column, value in zip(self.columns, line, strict=True)
            if value is not None
        ]

    @property
    def is_empty(self) -> bool:
        return not self.figures

    @property
    def summary(self) -> str:
        if self.is_empty:
            return ""
        value, row, column = max(self.figures, key=lambda each: each[0])
        facts = {"row": row, "column": column, "value": self.unit.exact(value)}
        return _("Most in %(row)s, %(column)s: %(value)s.") % facts

    @property
    def table(self) -> dict[str, Any]:
        rows = [
            [
                {"text": row, "head": True},
                *(
                    figure("–" if value is None else self.unit.exact(value), column)
                    for value, column in zip(line, self.columns, strict=True)
                ),
            ]
            for row, line in zip(self.rows, self.cells, strict=True)
        ]
        heads = [{"label": self.of}, *({"label": column, "number": True} for column in self.columns)]
        return {"caption": self.title, "heads": heads, "rows": rows, "foot": []}

    def draw(self, width: int) -> Drawing:
        """On a phone the longer side runs down."""
        turned = not is_wide(width) and len(self.columns) > len(self.rows)
        rows, columns = (self.columns, self.rows) if turned else (self.rows, self.columns)
        sheet = Sheet(self.sheet_name(width), width)
        left = min(max((width_of(row, SMALL_SIZE) for row in rows), default=0.0), width / 3) + GAP
        cell = (width - left - 1) / max(len(columns), 1)
        for number, column in enumerate(columns):
            words = fitted(column, cell, SMALL_SIZE)
            sheet.write("soft", left + cell * (number + 0.5), 14, words, anchor="middle")
        for down, row in enumerate(rows):
            y = HEAD + CELL * down
            sheet.write(
                "soft", left - GAP, y + CELL / 2 + 4, fitted(row, width / 3, SMALL_SIZE), anchor="end"
            )
            for across in range(len(columns)):
                value = self.cells[across][down] if turned else self.cells[down][across]
                self._draw_cell(sheet, left + cell * across, y, cell, value, f"{row}, {columns[across]}")
        return sheet.drawing(HEAD + CELL * len(rows) + 2)

    def _draw_cell(
        self, sheet: Sheet, x: float, y: float, width: float, value: Decimal | None, of: str
    ) -> None:
        if value is None:
            sheet.box("none", x + 1, y + 1, width - 2, CELL - 2, f"{of}: –")
            return
        step = self._step(value)
        sheet.box(f"heat-{step}", x + 1, y + 1, width - 2, CELL - 2, f"{of}: {self.unit.exact(value)}")
        words = self.unit.short(value).removesuffix(" %")
        if width_of(words, SMALL_SIZE) <= width:
            look = "on-heat" if step == STEPS else "in-heat"
            sheet.write(look, x + width / 2, y + CELL / 2 + 4, words, anchor="middle")

    def _step(self, value: Decimal) -> int:
        """0 for nothing, then five equal steps up to the most."""
        most = self.most or max(value for value, _row, _column in self.figures)
        if value <= ZERO or most <= ZERO:
            return 0
        return min(STEPS, int((value * STEPS / most).to_integral_value(rounding=ROUND_CEILING)))
