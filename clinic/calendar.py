"""The day that counts is the clinic's local day (law 6): days, financial years and how long a pack is valid.

Nothing here reads the clock or a setting; moments, days and time zones are passed in.
"""

from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

ONE_DAY = timedelta(days=1)
Zone = str | tzinfo


class ValidityUnit(TextChoices):
    DAYS = "days", _("days")
    WEEKS = "weeks", _("weeks")
    MONTHS = "months", _("months")


@dataclass(frozen=True)
class FinancialYear:
    """A year of accounts; both `start` and `end` are days in it."""

    start: date
    end: date

    def __contains__(self, day: date) -> bool:
        return self.start <= day <= self.end

    @property
    def label(self) -> str:
        """As it is printed: 2026-27, or 2026 where it is the calendar year."""
        if self.start.year == self.end.year:
            return f"{self.start.year:04}"
        return f"{self.start.year:04}-{self.end.year % 100:02}"

    @property
    def short_label(self) -> str:
        """As it stands in a bill's number: 26-27, or 26."""
        return self.label[2:]


def local_day(moment: datetime, tz: Zone) -> date:
    """The day it is in the zone at that moment. Refuses a moment without a time zone."""
    if moment.utcoffset() is None:
        raise ValueError(f"a moment without a time zone has no local day: {moment!r}")
    return moment.astimezone(_zone(tz)).date()


def day_bounds(day: date, tz: Zone) -> tuple[datetime, datetime]:
    """The first moment of the local day and that of the next, in UTC; a day may have 23 or 25 hours."""
    # In UTC, because Python compares two moments of one zone by their wall clock and would lose the hour.
    start, end = (
        datetime.combine(each, time.min, _zone(tz)).astimezone(UTC) for each in (day, day + ONE_DAY)
    )
    return start, end


def financial_year(day: date, start_month: int) -> FinancialYear:
    """The financial year of the day, where years begin on the first of `start_month` (4 in India)."""
    if not 1 <= start_month <= 12:
        raise ValueError(f"no such month: {start_month}")
    start = date(day.year - (day.month < start_month), start_month, 1)
    return FinancialYear(start, date(start.year + 1, start_month, 1) - ONE_DAY)


def valid_until(bought_on: date, count: int, unit: str) -> date:
    """The last day of a validity whose first day is `bought_on`; "90 days" from 1 March end on 29 May.

    Months end on the day before the same day N months on, or on that month's last day where it has no such
    day: 1 March + 3 → 31 May; 31 January + 1 → 28 February. Refuses a count below 1 and an unknown unit.
    """
    if count < 1:
        raise ValueError(f"a validity lasts at least one of its {unit}: {count}")
    match ValidityUnit(unit):
        case ValidityUnit.DAYS:
            return bought_on + (count - 1) * ONE_DAY
        case ValidityUnit.WEEKS:
            return bought_on + (7 * count - 1) * ONE_DAY
        case ValidityUnit.MONTHS:
            return _months_on(bought_on, count)


def describe_validity(count: int, unit: str) -> str:
    """The validity in words of the active language: "3 months"."""
    match ValidityUnit(unit):
        case ValidityUnit.DAYS:
            words = ngettext("%(count)d day", "%(count)d days", count)
        case ValidityUnit.WEEKS:
            words = ngettext("%(count)d week", "%(count)d weeks", count)
        case ValidityUnit.MONTHS:
            words = ngettext("%(count)d month", "%(count)d months", count)
    return words % {"count": count}


def _months_on(day: date, count: int) -> date:
    years, month = divmod(day.month - 1 + count, 12)
    year, month = day.year + years, month + 1
    last = monthrange(year, month)[1]
    return date(year, month, day.day) - ONE_DAY if day.day <= last else date(year, month, last)


def _zone(tz: Zone) -> tzinfo:
    return ZoneInfo(tz) if isinstance(tz, str) else tz
