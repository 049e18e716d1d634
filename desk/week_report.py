"""An owner's week: every figure with the four weeks before, who gave exceptions, and the map of capacity."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from .exceptions import Tally
from .week_capacity import Capacity, capacities
from .week_counts import Line, count
from .week_days import Span, five
from .week_exceptions import count_exceptions
from .week_figures import BY_NAME, CAPACITY, EXCEPTIONS


@dataclass(frozen=True)
class Report:
    """`lines` by the name of their figure; `weeks` with the one that is looked at last."""

    weeks: tuple[Span, ...]
    lines: dict[str, Line]
    givers: list[Tally]
    capacity: Capacity

    @property
    def week(self) -> Span:
        return self.weeks[-1]


def report(week: Span, today: date) -> Report:
    """The figures of a week by what is known now; as many statements whatever there is to count."""
    weeks = five(week)
    lines = count(weeks, today)
    lines[EXCEPTIONS], givers = count_exceptions(weeks)
    by_week = capacities(weeks)
    lines[CAPACITY] = _line(by_week)
    return Report(tuple(weeks), lines, givers, by_week[-1])


def _line(by_week: Sequence[Capacity]) -> Line:
    """Weeks without hours have no capacity to compare with."""
    has_hours = tuple(each.has_hours for each in by_week[:-1])
    counted = tuple(each.counted for each in by_week)
    return Line(BY_NAME[CAPACITY], counted, counted, (*has_hours, True))
