"""Which days a week is, and the four before it that it is compared with."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db.models import Q

from clinic.calendar import ONE_DAY, day_bounds
from clinic.models import Clinic

A_WEEK = timedelta(days=7)
A_SECOND = timedelta(seconds=1)
BEFORE = 4


@dataclass(frozen=True)
class Span:
    """A week of the clinic's local days, or its beginning: from the first moment of `first` to before `end`.

    What is known by its day alone counts up to `last`, what has a moment up to `end`: while a week goes on, the former
    is compared by the days that are `over`.
    """

    first: date
    start: datetime
    end: datetime
    clinic: Clinic

    @property
    def last(self) -> date:
        """The last day of which some is in it."""
        return max(self.clinic.day_of(self.end - timedelta(microseconds=1)), self.first)

    @property
    def over(self) -> Span | None:
        """Its days that are over; None on its first day."""
        end = _start(self.clinic.day_of(self.end), self.clinic)
        return replace(self, end=end) if end > self.start else None

    @property
    def is_whole(self) -> bool:
        return self.end == day_bounds(self.first + A_WEEK - ONE_DAY, self.clinic.zone)[1]

    def on(self, field: str) -> Q:
        """Rows whose day is in it."""
        return Q(**{f"{field}__gte": self.first, f"{field}__lte": self.last})

    def at(self, field: str) -> Q:
        """Rows whose moment is in it."""
        return Q(**{f"{field}__gte": self.start, f"{field}__lt": self.end})

    def earlier(self, weeks: int) -> Span:
        """As much of the week so many weeks before: to the same weekday and time on the clinic's clock."""
        first = self.first - weeks * A_WEEK
        return replace(self, first=first, start=_start(first, self.clinic), end=_back(self, weeks))

    @property
    def query(self) -> dict[str, Any]:
        """The same span in an address."""
        asked: dict[str, Any] = {"of": self.first.isoformat()}
        if not self.is_whole:
            asked["until"] = self.clinic.local(self.end).strftime("%Y-%m-%dT%H:%M:%S")
        return asked


def week_of(day: date, clinic: Clinic, *, now: datetime) -> Span:
    """The week that the day is in; of the present one so much as has passed, of one to come the present one."""
    day = min(day, clinic.day_of(now))
    first = day - timedelta(days=(day.weekday() - clinic.profile.week_starts) % 7)
    end = day_bounds(first + A_WEEK - ONE_DAY, clinic.zone)[1]
    return Span(first, _start(first, clinic), min(end, _whole_second(now)), clinic)


def asked_week(asked: dict[str, str], clinic: Clinic, *, now: datetime) -> Span:
    """The week that an address names, the present one where it names none that can be."""
    week = week_of(_day(asked.get("of", "")) or clinic.day_of(now), clinic, now=now)
    until = _moment(asked.get("until", ""), clinic)
    return replace(week, end=until) if until and week.start < until < week.end else week


def five(week: Span) -> list[Span]:
    """The week and the four before it, the oldest first."""
    return [week.earlier(weeks) for weeks in range(BEFORE, 0, -1)] + [week]


def _whole_second(now: datetime) -> datetime:
    """An address names whole seconds; what was done just now is in it."""
    return now.replace(microsecond=0) + A_SECOND if now.microsecond else now


def _start(first: date, clinic: Clinic) -> datetime:
    return day_bounds(first, clinic.zone)[0]


def _back(week: Span, weeks: int) -> datetime:
    if week.is_whole:
        return _start(week.first - weeks * A_WEEK + A_WEEK, week.clinic)
    clock = week.clinic.local(week.end).replace(tzinfo=None) - weeks * A_WEEK
    return clock.replace(tzinfo=week.clinic.zone).astimezone(UTC)


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if 2000 <= day.year < 2200 else None


def _moment(text: str, clinic: Clinic) -> datetime | None:
    try:
        clock = datetime.fromisoformat(text)
    except ValueError:
        return None
    return clock.replace(tzinfo=clinic.zone).astimezone(UTC) if clock.tzinfo is None else None
