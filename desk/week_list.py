"""The list behind one figure of a week: exactly the rows that were counted, in pages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.db.models import Sum
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _

from clinic.models import Staff

from .week_capacity import Hour, capacities, minutes_of, visits_of
from .week_days import Span
from .week_exceptions import of_week
from .week_figures import CAPACITY, EXCEPTIONS, Figure
from .week_rows import Row, listed, row_of
from .week_sources import VISITS, Rows


@dataclass(frozen=True)
class WeekList:
    """Which rows are asked for: of a figure and a week; of capacity perhaps one hour, of exceptions one giver."""

    figure: Figure
    week: Span
    today: date
    hour: Hour | None = None
    by_id: UUID | None = None

    @property
    def query(self) -> str:
        """The same list in an address."""
        asked = dict(self.week.query)
        if self.hour:
            asked["hour"] = f"{self.hour[0]}-{self.hour[1]}"
        if self.by_id:
            asked["by"] = str(self.by_id)
        return urlencode(asked)

    @property
    def of_what(self) -> str:
        """What narrows it: Monday 9:00 to 10:00, or who gave the exceptions."""
        if self.hour:
            weekday, hour = self.hour
            facts = {"weekday": WEEKDAYS[weekday], "from": f"{hour}:00", "to": f"{hour + 1}:00"}
            return _("%(weekday)s, %(from)s to %(to)s") % facts
        if self.by_id:
            return str(Staff.objects.filter(pk=self.by_id).values_list("name", flat=True).first() or "")
        return ""

    @property
    def has_amounts(self) -> bool:
        return bool(self.figure.amount)

    def found(self) -> Rows:
        """The rows themselves, in order."""
        if self.figure.name == EXCEPTIONS:
            return of_week(self.week, self.by_id).rows
        if self.figure.name == CAPACITY:
            return listed(VISITS, visits_of(self.week, capacities([self.week])[0], self.hour))
        assert self.figure.source
        return listed(
            self.figure.source, self.figure.source.of(self.week, self.today).filter(self.figure.which)
        )

    def total(self, found: Rows) -> Decimal | int | None:
        """What the rows add up to: an amount, or of capacity minutes; None where they are only counted."""
        if self.figure.name == CAPACITY:
            taken: timedelta = found.aggregate(sum=Sum("taken"))["sum"] or timedelta()
            return minutes_of(Decimal(str(taken.total_seconds())))
        if self.figure.amount:
            return found.aggregate(sum=Sum(self.figure.amount))["sum"] or Decimal(0)
        return None

    def rows(self, found: Any, *, by: Staff) -> Iterator[Row]:
        """Some of the rows as they look."""
        source = VISITS if self.figure.name == CAPACITY else self.figure.source
        return (row_of(source, each, clinic=self.week.clinic, by=by) for each in found)


def asked_list(asked: Mapping[str, str], *, figure: Figure, week: Span, today: date) -> WeekList:
    """The list that an address names; what is not understood narrows nothing."""
    hour = _hour(asked.get("hour", "")) if figure.name == CAPACITY else None
    by_id = _id(asked.get("by", "")) if figure.name == EXCEPTIONS else None
    return WeekList(figure, week, today, hour, by_id)


def _hour(text: str) -> Hour | None:
    weekday, _dash, hour = text.partition("-")
    if not (weekday.isascii() and weekday.isdigit() and hour.isascii() and hour.isdigit()):
        return None
    return (int(weekday), int(hour)) if int(weekday) < 7 and int(hour) < 24 else None


def _id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
