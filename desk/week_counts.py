"""How many of each figure there were in a week and in the four before it, and whether that is better or worse."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import groupby
from typing import Any

from django.db.models import Case, Count, Q, Sum, Value, When

from .week_days import Span
from .week_figures import FIGURES, Figure
from .week_sources import RENEWED_WITHIN, Source

ZERO = Decimal(0)
HUNDRED = Decimal(100)
TENTH, HUNDREDTH = Decimal("0.1"), Decimal("0.01")


@dataclass(frozen=True)
class Counted:
    """What was counted in one week; `of` is what it is a part of, `amount` what was added up."""

    n: int = 0
    of: int | None = None
    amount: Decimal = ZERO


@dataclass(frozen=True)
class Line:
    """A figure with its weeks, the oldest first and the one that is looked at last.

    `judged` is as much of each as is compared: of what is known by its day alone, the days that are over.
    """

    figure: Figure
    weeks: tuple[Counted, ...]
    judged: tuple[Counted, ...]
    is_decided: tuple[bool, ...]

    @property
    def now(self) -> Counted:
        return self.weeks[-1]

    @property
    def before(self) -> list[Counted]:
        """The weeks to compare with: of what shows only later, those that are decided."""
        return [week for week, decided in zip(self.judged[:-1], self.is_decided, strict=False) if decided]

    @property
    def average(self) -> Counted:
        """Of the weeks before added together; a rate is that of all of them together."""
        of = sum(week.of or 0 for week in self.before) if self.is_rate else None
        amount = sum((week.amount for week in self.before), ZERO)
        return Counted(sum(week.n for week in self.before), of, amount)

    @property
    def is_rate(self) -> bool:
        return self.now.of is not None

    def value(self, week: Counted) -> Decimal | None:
        """The number itself: a count, an amount, or of a rate the percentage; None for a part of nothing."""
        if self.figure.is_money:
            return week.amount
        if week.of is None:
            return Decimal(week.n)
        return (HUNDRED * week.n / week.of).quantize(TENTH) if week.of else None

    @property
    def mean(self) -> Decimal | None:
        """The average that the week is compared with; None where there is nothing to compare with."""
        if not self.before:
            return None
        value = self.value(self.average)
        if self.is_rate or value is None:
            return value
        return (value / len(self.before)).quantize(HUNDREDTH if self.figure.is_money else TENTH)

    @property
    def change(self) -> int:
        """1 for more than the average, −1 for less, 0 for the same or where nothing can be compared."""
        value, mean = self.value(self.judged[-1]), self.mean
        return 0 if value is None or mean is None else (value > mean) - (value < mean)

    @property
    def verdict(self) -> str:
        """better, worse, more, fewer or same; early where it is not decided yet, nothing where none can be."""
        if not self.is_decided[-1]:
            return "early"
        if self.value(self.judged[-1]) is None or self.mean is None:
            return ""
        if not self.change:
            return "same"
        way = "more" if self.change > 0 else "fewer"
        if not self.figure.better:
            return way
        return "better" if self.figure.better == way else "worse"


def count(weeks: Sequence[Span], today: date) -> dict[str, Line]:
    """Every figure that is a number of rows. One statement for each kind of rows, however many weeks and figures; while
    a week goes on, another where only its days that are over are compared."""
    over = [week.over for week in weeks]
    days = [week for week in over if week]
    lines: dict[str, Line] = {}
    for source, group in groupby(FIGURES, key=lambda figure: figure.source):
        if source is None:
            continue
        figures = list(group)
        counted = judged = _of_source(source, figures, weeks, today)
        if source.by_day and over != weeks:
            judged = _of_source(source, figures, days, today) if days else counted
        is_early = source.by_day and not days
        for figure in figures:
            decided = (
                not is_early and (not figure.waits or week.last + RENEWED_WITHIN < today) for week in weeks
            )
            lines[figure.name] = Line(figure, _parts(figure, counted), _parts(figure, judged), tuple(decided))
    return lines


def _of_source(
    source: Source, figures: Sequence[Figure], weeks: Sequence[Span], today: date
) -> dict[str, list[Counted]]:
    asked: dict[str, Any] = {}
    for figure in figures:
        asked[f"n_{figure.name}"] = Count("pk", filter=figure.which)
        if figure.amount:
            asked[f"amount_{figure.name}"] = Sum(figure.amount, filter=figure.which)
    rows = (
        source.rows(weeks, today).annotate(week=which_week(source.within, weeks)).filter(week__isnull=False)
    )
    found = {row["week"]: row for row in rows.order_by().values("week").annotate(**asked)}
    return {
        figure.name: [
            Counted(
                found.get(n, {}).get(f"n_{figure.name}", 0),
                amount=found.get(n, {}).get(f"amount_{figure.name}") or ZERO,
            )
            for n in range(len(weeks))
        ]
        for figure in figures
    }


def which_week(within: Callable[[Span], Q], weeks: Sequence[Span]) -> Case:
    """Which of the weeks a row is in."""
    return Case(*[When(within(week), then=Value(n)) for n, week in enumerate(weeks)])


def _parts(figure: Figure, counted: dict[str, list[Counted]]) -> tuple[Counted, ...]:
    """Each week of the figure, with what it is a part of."""
    own = counted[figure.name]
    whole = counted[figure.of] if figure.of else own
    return tuple(
        Counted(each.n, of.n if figure.of else None, each.amount) for each, of in zip(own, whole, strict=True)
    )
