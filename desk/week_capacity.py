"""How much of the therapists' working hours visits took, by weekday and hour of the clinic's clock."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import DateTimeField, DurationField, ExpressionWrapper, F, Value
from django.db.models.functions import Greatest, Least

from clinic.calendar import ONE_DAY
from clinic.models import Branch, Staff
from clinic.tenancy.context import current_clinic_id
from visits.closed_days import ClosedDays, closed_between
from visits.diary import LONGEST_VISIT
from visits.models import Availability, Visit

from .week_counts import Counted
from .week_days import A_WEEK, Span

TAKES_TIME = sorted(Visit.OPEN | {Visit.State.COMPLETED})
AN_HOUR = timedelta(hours=1)
LAST_MINUTE = time(23, 59)
ZERO = Decimal(0)
Hour = tuple[int, int]  # weekday, of which 0 is Monday; hour

USED = """
SELECT week.n, visit.therapist_id, extract(isodow FROM hour)::int - 1, extract(hour FROM hour)::int,
       sum(extract(epoch FROM least(hour + interval '1 hour', local.ends) - greatest(hour, local.starts)))
  FROM unnest(%(ns)s::int[], %(starts)s::timestamptz[], %(ends)s::timestamptz[]) AS week (n, starts, ends)
  JOIN visits_visit visit ON visit.clinic_id = %(clinic)s AND visit.state = ANY (%(states)s)
   AND visit.starts_at > week.starts - %(longest)s::interval AND visit.starts_at < week.ends
 CROSS JOIN LATERAL (
   SELECT greatest(visit.starts_at, week.starts) AT TIME ZONE %(zone)s AS starts,
          least(visit.starts_at + visit.minutes * interval '1 minute', week.ends) AT TIME ZONE %(zone)s AS ends
 ) local
 CROSS JOIN LATERAL generate_series(
   date_trunc('hour', local.starts), local.ends - interval '1 second', interval '1 hour') AS hour
 GROUP BY 1, 2, 3, 4
"""


@dataclass
class Capacity:
    """Of one week by hour the minutes that were worked, and the seconds that visits took.

    Where hours are written down, `used` is of the therapists who have some, and `elsewhere` of all others.
    """

    worked: Counter[Hour] = field(default_factory=Counter)
    used: dict[Hour, Decimal] = field(default_factory=dict)
    elsewhere: Decimal = ZERO
    working: frozenset[UUID] = frozenset()

    @property
    def has_hours(self) -> bool:
        return bool(self.working)

    @property
    def counted(self) -> Counted:
        """Minutes used, of those worked."""
        return Counted(minutes_of(sum(self.used.values(), ZERO)), self.worked.total())


def minutes_of(seconds: Decimal) -> int:
    """Whole minutes, to the nearest."""
    return int((seconds / 60).to_integral_value(ROUND_HALF_UP))


def capacities(weeks: Sequence[Span]) -> list[Capacity]:
    """Of each of the weeks; closed days are worked by nobody."""
    first, last = weeks[0].first, weeks[-1].last
    written = _written(last)
    closed = _closed_days(closed_between(first, last))
    found = [_worked(week, written, closed) for week in weeks]
    for n, staff_id, weekday, hour, seconds in _used(weeks):
        each = found[n]
        if each.has_hours and staff_id not in each.working:
            each.elsewhere += seconds
        else:
            each.used[weekday, hour] = each.used.get((weekday, hour), ZERO) + seconds
    return found


def visits_of(week: Span, capacity: Capacity, hour: Hour | None = None) -> Any:
    """The visits whose time was counted, in the week or in one hour of it, with `taken`: how much of it they took."""
    start, end = _window(week, hour) if hour else (week.start, week.end)
    length = ExpressionWrapper(F("minutes") * Value(timedelta(minutes=1)), DurationField())
    visits = Visit.objects.between(start - LONGEST_VISIT, end).filter(state__in=TAKES_TIME)
    visits = visits.annotate(ends_at=ExpressionWrapper(F("starts_at") + length, DateTimeField()))
    if capacity.has_hours:
        visits = visits.filter(therapist__in=capacity.working)
    until, since = Least("ends_at", Value(end)), Greatest("starts_at", Value(start))
    return visits.filter(ends_at__gt=start).annotate(
        taken=ExpressionWrapper(until - since, output_field=DurationField())
    )


def _window(week: Span, hour: Hour) -> tuple[datetime, datetime]:
    """That hour of the clinic's clock in this week, as far as the week has come."""
    day = next(each for each in _days(week.first) if each.weekday() == hour[0])
    start = datetime.combine(day, time(hour[1]))
    start, end = (each.replace(tzinfo=week.clinic.zone).astimezone(UTC) for each in (start, start + AN_HOUR))
    return start, min(end, week.end)


def _worked(week: Span, written: dict[UUID, list[Availability]], closed: set[date]) -> Capacity:
    end = week.clinic.local(week.end).replace(tzinfo=None)
    capacity, working = Capacity(), set()
    for day in _days(week.first):
        for staff_id, rows in written.items():
            in_force = next((each for each in rows if each.since <= day), None)
            hours = (
                [each for each in in_force.hours.all() if each.weekday == day.weekday()] if in_force else []
            )
            if in_force and in_force.hours.all():
                working.add(staff_id)
            for each in hours if day not in closed else ():
                until = min(_closing(day, each.ends), end)
                for hour, minutes in _minutes(datetime.combine(day, each.starts), until):
                    capacity.worked[day.weekday(), hour] += minutes
    capacity.working = frozenset(working)
    return capacity


def _minutes(start: datetime, end: datetime) -> Iterator[tuple[int, int]]:
    """The minutes of each hour of the clock between two times of a day."""
    while start < end:
        until = min(datetime.combine(start, time(start.hour)) + AN_HOUR, end)
        yield start.hour, (until - start).seconds // 60
        start = until


def _closing(day: date, ends: time) -> datetime:
    """The last minute of a day stands for its end."""
    return datetime.combine(day + ONE_DAY, time.min) if ends == LAST_MINUTE else datetime.combine(day, ends)


def _written(last: date) -> dict[UUID, list[Availability]]:
    """The hours of each therapist who works here, the newest first."""
    rows = Availability.objects.filter(since__lte=last, staff__in=Staff.objects.therapists())
    written: dict[UUID, list[Availability]] = {}
    for each in rows.prefetch_related("hours").order_by("-since", "-created_at", "-pk"):
        written.setdefault(each.staff_id, []).append(each)
    return written


def _closed_days(closures: Iterable[ClosedDays]) -> set[date]:
    """Days on which the whole clinic is closed; its only branch is the whole of it."""
    closures = list(closures)
    named = {each.branch_id for each in closures} - {None}
    branches = set(Branch.objects.filter(is_active=True).values_list("pk", flat=True)) if named else set()
    return {
        each.first_day + n * ONE_DAY
        for each in closures
        if each.branch_id is None or branches == {each.branch_id}
        for n in range((each.last_day - each.first_day).days + 1)
    }


def _used(weeks: Sequence[Span]) -> list[Any]:
    facts: dict[str, Any] = {
        "ns": list(range(len(weeks))),
        "starts": [week.start for week in weeks],
        "ends": [week.end for week in weeks],
        "clinic": current_clinic_id(),
        "states": TAKES_TIME,
        "longest": LONGEST_VISIT,
        "zone": weeks[0].clinic.time_zone,
    }
    with connection.cursor() as cursor:
        cursor.execute(USED, facts)
        return list(cursor.fetchall())


def _days(first: date) -> list[date]:
    return [first + n * ONE_DAY for n in range(A_WEEK.days)]
