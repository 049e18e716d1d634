"""Figures side by side: bars, and bars of several parts that are told apart by their patterns."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from .chart import Chart, figure
from .rows import AXIS, Rows, rows_of
from .scale import ZERO
from .shapes import FILLS, Drawing, Sheet, width_of

KEY, KEY_ROW = 14.0, 22.0


@dataclass(frozen=True, slots=True)
class Bar:
    """A label and as many figures as the chart has parts; `url` leads from the table to what is behind it."""

    label: str
    values: tuple[Decimal, ...]
    url: str = ""

    @property
    def value(self) -> Decimal:
        return sum(self.values, ZERO)


@dataclass(frozen=True, kw_only=True)
class Bars(Chart):
    """Bars in the order given; `of` is the head of their labels, `parts` name the figures of each: five at most.

    `adds_up` says that a total of all bars means something.
    """

    of: str
    parts: tuple[str, ...]
    bars: tuple[Bar, ...]
    adds_up: bool = False

    def __post_init__(self) -> None:
        if not 1 <= len(self.parts) <= len(FILLS):
            raise ValueError(f"a bar has from 1 to {len(FILLS)} parts, not {len(self.parts)}")
        if any(len(bar.values) != len(self.parts) for bar in self.bars):
            raise ValueError("every bar has a figure for every part")

    @property
    def is_empty(self) -> bool:
        return not self.bars

    @property
    def has_parts(self) -> bool:
        return len(self.parts) > 1

    @property
    def summary(self) -> str:
        if self.is_empty:
            return ""
        most = max(self.bars, key=lambda bar: bar.value)
        facts = {"label": most.label, "value": self.unit.exact(most.value), "count": len(self.bars)}
        return _("%(count)s bars; the longest is %(label)s with %(value)s.") % facts

    @property
    def table(self) -> dict[str, Any]:
        heads = [*self.parts, *([_("Together")] if self.has_parts else [])]
        rows = [
            [
                {"text": bar.label, "head": True, "url": bar.url},
                *self._figures(bar.values, heads),
            ]
            for bar in self.bars
        ]
        sums = tuple(sum(each, ZERO) for each in zip(*(bar.values for bar in self.bars), strict=True))
        foot = [{"text": _("Together")}, *self._figures(sums, heads)] if self.adds_up and sums else []
        columns = [{"label": self.of}, *({"label": head, "number": True} for head in heads)]
        return {"caption": self.title, "heads": columns, "rows": rows, "foot": foot}

    def _figures(self, values: tuple[Decimal, ...], heads: list[str]) -> list[dict[str, Any]]:
        whole = (*values, sum(values, ZERO)) if self.has_parts else values
        return [figure(self.unit.exact(value), head) for value, head in zip(whole, heads, strict=True)]

    def draw(self, width: int) -> Drawing:
        sheet = Sheet(self.sheet_name(width), width)
        top = self._draw_key(sheet) if self.has_parts else 0.0
        labels = [bar.label for bar in self.bars]
        reached = [end for bar in self.bars for _part, _start, end in _laid(bar)]
        written = [self.unit.short(bar.value) for bar in self.bars]
        rows = rows_of(sheet, labels, reached, written, self.unit, top)
        rows.draw_axis(self.unit)
        for number, bar in enumerate(self.bars):
            self._draw_bar(rows, number, bar)
        return sheet.drawing(rows.bottom + AXIS)

    def _draw_bar(self, rows: Rows, number: int, bar: Bar) -> None:
        rows.draw_label(number)
        furthest = ZERO
        for part, start, end in _laid(bar):
            of = f"{bar.label}, {self.parts[part]}" if self.has_parts else bar.label
            rows.draw_bar(number, FILLS[part], start, end, f"{of}: {self.unit.exact(bar.values[part])}")
            furthest = max(furthest, start, end)
        rows.draw_value(number, self.unit.short(bar.value), furthest)

    def _draw_key(self, sheet: Sheet) -> float:
        """What each pattern stands for, in as many lines as it takes."""
        x, y = 1.0, 1.0
        for look, words in zip(FILLS, self.parts, strict=False):
            room = KEY + 6 + width_of(words)
            if x > 1 and x + room > sheet.width:
                x, y = 1.0, y + KEY_ROW
            sheet.box(look, x, y, KEY, KEY)
            sheet.write("words", x + KEY + 6, y + 11.5, words)
            x += room + 16
        return y + KEY_ROW


def _laid(bar: Bar) -> Iterator[tuple[int, Decimal, Decimal]]:
    """Each part that is not 0 with where it begins and ends: one behind the other, what is negative the other way."""
    ends = {True: ZERO, False: ZERO}
    for part, value in enumerate(bar.values):
        start = ends[value >= 0]
        ends[value >= 0] = start + value
        if value:
            yield part, start, start + value
