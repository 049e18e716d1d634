"""What led from an opening to a closing figure: each change begins where the one before it ended."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from itertools import accumulate
from typing import Any

from django.utils.translation import gettext as _

from .chart import Chart, figure
from .rows import AXIS, BAR, Rows, rows_of
from .scale import ZERO
from .shapes import Drawing, Sheet
from .units import signed


@dataclass(frozen=True, slots=True)
class Step:
    """A change with its sign; `url` leads from the table to what is behind it."""

    label: str
    change: Decimal
    url: str = ""


@dataclass(frozen=True, kw_only=True)
class Waterfall(Chart):
    """The opening figure and what changed it; the closing one is their sum. `of` and `shows` head the table."""

    of: str
    shows: str
    opening_label: str
    closing_label: str
    opening: Decimal
    steps: tuple[Step, ...]

    @property
    def closing(self) -> Decimal:
        return self.opening + sum((step.change for step in self.steps), ZERO)

    @property
    def is_empty(self) -> bool:
        return not self.opening and not any(step.change for step in self.steps)

    @property
    def summary(self) -> str:
        facts = {"opening": self.unit.exact(self.opening), "closing": self.unit.exact(self.closing)}
        moved = [step for step in self.steps if step.change]
        if not moved:
            return _("From %(opening)s to %(closing)s; nothing changed it.") % facts
        most = max(moved, key=lambda step: abs(step.change))
        facts |= {"label": most.label, "change": signed(self.unit.exact(most.change), most.change)}
        return _("From %(opening)s to %(closing)s; most by %(label)s, %(change)s.") % facts

    @property
    def table(self) -> dict[str, Any]:
        ends = [
            [{"text": label, "head": True}, figure(self.unit.exact(value), self.shows)]
            for label, value in ((self.opening_label, self.opening), (self.closing_label, self.closing))
        ]
        rows = [
            [
                {"text": step.label, "head": True},
                figure(signed(self.unit.exact(step.change), step.change), self.shows, step.url),
            ]
            for step in self.steps
        ]
        heads = [{"label": self.of}, {"label": self.shows, "number": True}]
        foot = [{"text": self.closing_label}, ends[1][1]]
        return {"caption": self.title, "heads": heads, "rows": [ends[0], *rows], "foot": foot}

    def draw(self, width: int) -> Drawing:
        sheet = Sheet(self.sheet_name(width), width)
        shown = [step for step in self.steps if step.change]
        reached = list(accumulate((step.change for step in shown), initial=self.opening))
        changes = [signed(self.unit.short(step.change), step.change) for step in shown]
        written = [self.unit.short(self.opening), *changes, self.unit.short(self.closing)]
        labels = [self.opening_label, *(step.label for step in shown), self.closing_label]
        rows = rows_of(sheet, labels, reached, written, self.unit, 0.0)
        rows.draw_axis(self.unit)
        starts = [ZERO, *reached[:-1], ZERO]
        for number, (start, end) in enumerate(zip(starts, [*reached, self.closing], strict=True)):
            self._draw_row(rows, number, start, end, written[number])
        return sheet.drawing(rows.bottom + AXIS)

    def _draw_row(self, rows: Rows, number: int, start: Decimal, end: Decimal, words: str) -> None:
        """Totals are grey from 0, what adds is full, what takes away is hatched; a line leads on to the next row."""
        is_total = number in (0, len(rows.labels) - 1)
        look = "total" if is_total else "solid" if end > start else "hatch"
        change = end - start
        exact = self.unit.exact(change) if is_total else signed(self.unit.exact(change), change)
        rows.draw_label(number)
        rows.draw_bar(number, look, start, end, f"{rows.labels[number]}: {exact}")
        rows.draw_value(number, words, max(start, end, ZERO) if is_total else max(start, end))
        if number < len(rows.labels) - 1:
            x = rows.scale.at(end)
            rows.sheet.rule("link", x, rows.bar_top(number) + BAR, x, rows.bar_top(number + 1))
