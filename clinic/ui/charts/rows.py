"""Charts whose bars lie: one row a figure, its label before it or, on a phone, above it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from .chart import is_wide
from .scale import Scale, ticks_of
from .shapes import SMALL_SIZE, Sheet, fitted, width_of
from .units import Unit

MOST_LABEL, GAP, BAR, AXIS = 215.0, 8.0, 18.0, 24.0
ROW, TALL_ROW = 28.0, 48.0


@dataclass(frozen=True)
class Rows:
    """Where the rows of a chart lie, below `top`."""

    sheet: Sheet
    scale: Scale
    labels: Sequence[str]
    top: float

    @property
    def beside(self) -> bool:
        return is_wide(self.sheet.width)

    @property
    def step(self) -> float:
        return ROW if self.beside else TALL_ROW

    @property
    def bottom(self) -> float:
        return self.top + self.step * len(self.labels)

    def bar_top(self, number: int) -> float:
        return self.top + self.step * number + (ROW - BAR) / 2 + (0 if self.beside else TALL_ROW - ROW - 2)

    def draw_axis(self, unit: Unit) -> None:
        """The ticks below all rows, and a line up from each."""
        free = 0.0
        for tick in self.scale.ticks:
            x = self.scale.at(tick)
            self.sheet.rule("grid" if tick else "axis", x, self.top, x, self.bottom)
            words = unit.short(tick)
            half = width_of(words, SMALL_SIZE) / 2
            at = min(max(x, half), self.sheet.width - half)
            if at - half >= free:
                self.sheet.write("soft", at, self.bottom + 16, words, anchor="middle")
                free = at + half + GAP

    def draw_label(self, number: int) -> None:
        words, top = self.labels[number], self.top + self.step * number
        if self.beside:
            short = fitted(words, MOST_LABEL)
            end = self.scale.start - GAP
            tip = words if short != words else ""
            self.sheet.write("words", end, top + ROW / 2 + 4.5, short, anchor="end", tip=tip)
        else:
            self.sheet.write("words", GAP, top + 17, fitted(words, self.sheet.width * 0.66), tip=words)

    def draw_bar(self, number: int, look: str, start: Decimal, end: Decimal, tip: str) -> None:
        """From one figure to another; what is not 0 is never thinner than a hair."""
        left, right = sorted((self.scale.at(start), self.scale.at(end)))
        if start != end:
            self.sheet.box(look, left, self.bar_top(number), max(right - left, 1.5), BAR, tip)

    def draw_value(self, number: int, words: str, beyond: Decimal) -> None:
        """Beside the end of the bar, or at the end of the line above it."""
        if self.beside:
            x = self.scale.at(beyond) + GAP
            self.sheet.write("value", x, self.bar_top(number) + BAR / 2 + 4.5, words)
        else:
            y = self.top + self.step * number + 17
            self.sheet.write("value", self.sheet.width, y, words, anchor="end")


def rows_of(
    sheet: Sheet,
    labels: Sequence[str],
    reached: Iterable[Decimal],
    written: Iterable[str],
    unit: Unit,
    top: float,
) -> Rows:
    """Rows for these labels; `reached` are all figures that bars end at, `written` what stands at their ends."""
    wide = is_wide(sheet.width)
    ticks = ticks_of(reached, most=5 if wide else 3, whole=unit.whole)
    if not wide:
        return Rows(sheet, Scale(ticks, 1, sheet.width - 1), labels, top)
    before = min(max((width_of(label) for label in labels), default=0.0), MOST_LABEL)
    after = max((width_of(words) for words in written), default=0.0)
    scale = Scale(ticks, before + GAP + 2, sheet.width - after - GAP - 4)
    return Rows(sheet, scale, labels, top)
