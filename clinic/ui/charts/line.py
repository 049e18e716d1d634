"""A figure over time: a line above its area, from 0."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from .chart import Chart, figure, is_wide
from .scale import Scale, ticks_of
from .shapes import SMALL_SIZE, Drawing, Sheet, width_of

TOP, BOTTOM, GAP, HEAD_ROOM = 26, 28, 8, 12


@dataclass(frozen=True, slots=True)
class Point:
    """A figure and the moment it is of; `url` leads from the table to what is behind it."""

    label: str
    value: Decimal
    url: str = ""


@dataclass(frozen=True, kw_only=True)
class LineChart(Chart):
    """Points in the order of time, at equal distances; `of` and `shows` are the heads of the table."""

    points: tuple[Point, ...]
    of: str
    shows: str

    @property
    def is_empty(self) -> bool:
        return not self.points

    @property
    def summary(self) -> str:
        if self.is_empty:
            return ""
        first, last = self.points[0], self.points[-1]
        if len(self.points) == 1:
            return f"{first.label}: {self.unit.exact(first.value)}."
        most = max(self.points, key=lambda point: point.value)
        facts = {"first": first.label, "last": last.label, "most": most.label}
        facts |= {f"{name}_is": self.unit.exact(p.value) for name, p in (("first", first), ("last", last))}
        facts["most_is"] = self.unit.exact(most.value)
        return (
            _("From %(first_is)s (%(first)s) to %(last_is)s (%(last)s); at most %(most_is)s (%(most)s).")
            % facts
        )

    @property
    def table(self) -> dict[str, Any]:
        rows = [
            [
                {"text": point.label, "head": True},
                figure(self.unit.exact(point.value), self.shows, point.url),
            ]
            for point in self.points
        ]
        heads = [{"label": self.of}, {"label": self.shows, "number": True}]
        return {"caption": self.title, "heads": heads, "rows": rows, "foot": []}

    def draw(self, width: int) -> Drawing:
        sheet = Sheet(self.sheet_name(width), width)
        height = 260 if is_wide(width) else 220
        ticks = ticks_of((p.value for p in self.points), most=4, whole=self.unit.whole)
        labels = [self.unit.short(tick) for tick in ticks]
        left = max(width_of(label, SMALL_SIZE) for label in labels) + GAP
        down = Scale(ticks, height - BOTTOM, TOP)
        for tick, label in zip(ticks, labels, strict=True):
            sheet.rule("grid" if tick else "axis", left, down.at(tick), width, down.at(tick))
            sheet.write("soft", left - GAP, down.at(tick) + 4, label, anchor="end")
        across = _across(len(self.points), left + HEAD_ROOM, width - HEAD_ROOM)
        self._draw_line(sheet, across, down)
        self._draw_values(sheet, across, down, left)
        self._draw_times(sheet, across, height - 8, left)
        return sheet.drawing(height)

    def _draw_line(self, sheet: Sheet, across: list[float], down: Scale) -> None:
        corners = [(x, down.at(p.value)) for x, p in zip(across, self.points, strict=True)]
        if len(corners) > 1:
            ground = [(across[-1], down.zero), (across[0], down.zero)]
            sheet.path("area", [*corners, *ground], closed=True)
            sheet.path("line", corners)
        for (x, y), point in zip(corners, self.points, strict=True):
            sheet.dot("dot", x, y, tip=f"{point.label}: {self.unit.exact(point.value)}")

    def _draw_values(self, sheet: Sheet, across: list[float], down: Scale, left: float) -> None:
        """The last figure, then the first, the highest, the lowest and the others, as far as there is room."""
        taken: list[tuple[float, float]] = []
        for number in self._by_weight():
            words = self.unit.short(self.points[number].value)
            half = width_of(words) / 2 + 2
            x = min(max(across[number], left + half), sheet.width - half)
            if all(x + half < start or x - half > end for start, end in taken):
                taken.append((x - half, x + half))
                y = down.at(self.points[number].value)
                rises = number == 0 and down.at(self.points[-1].value) < y < down.zero - BOTTOM
                sheet.write("value", x, y + 20 if rises else y - 10, words, anchor="middle")

    def _by_weight(self) -> Iterator[int]:
        numbers = range(len(self.points))
        ordered = sorted(numbers, key=lambda number: self.points[number].value)
        first = [numbers[-1], 0, ordered[-1], ordered[0]] if numbers else []
        yield from dict.fromkeys([*first, *(numbers if len(numbers) <= 8 else ())])

    def _draw_times(self, sheet: Sheet, across: list[float], y: float, left: float) -> None:
        """As many as fit, counted back from the last."""
        free = float(sheet.width) + GAP
        for x, point in reversed(list(zip(across, self.points, strict=True))):
            half = width_of(point.label, SMALL_SIZE) / 2
            at = min(max(x, left + half - GAP), sheet.width - half)
            if at + half + GAP <= free:
                sheet.write("soft", at, y, point.label, anchor="middle")
                free = at - half


def _across(count: int, first: float, last: float) -> list[float]:
    """Places at equal distances; one alone stands in the middle."""
    if count == 1:
        return [(first + last) / 2]
    return [first + (last - first) * number / (count - 1) for number in range(count)]
