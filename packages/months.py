"""The books of a clinic by months: closing them, and adding them up so that no report counts from the beginning."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import OperationalError, connection
from django.utils.translation import gettext as _

from clinic import access, audit
from clinic.acts import act
from clinic.calendar import ONE_DAY
from clinic.keys import hold
from clinic.models import Clinic, Staff
from clinic.refusals import Refused
from clinic.tenancy.context import clinic_context, current_clinic_id
from clinic.ui import words

from .models import MonthClose, MonthEnd, Step

ZERO = Decimal(0)
PATIENCE = "SET LOCAL lock_timeout = '5s'"


class CannotClose(Refused):
    """The month is not over, or is closed."""


class Busy(Refused):
    def __init__(self) -> None:
        super().__init__(_("Something is being written at this moment. Try again in a minute."))


def closed_through() -> date | None:
    """The last day of the books that are closed; None where none are."""
    return MonthClose.objects.order_by("-last_day").values_list("last_day", flat=True).first()


def month_end(day: date) -> date:
    """The last day of its month."""
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1) - ONE_DAY


@act
def close_month(last_day: date, *, clinic: Clinic, today: date, by: Staff, key: uuid.UUID) -> MonthClose:
    """Close the books through `last_day`, the last of a month: what is recorded later for a day before is posted to
    the first open day. It cannot be undone. The same key twice is the same closing.

    Refuses a month that is not over, a day that ends no month, what is closed already, and while somebody is writing
    for longer than a few seconds.
    """
    access.require(by, "close_month")
    hold(key)
    if done := MonthClose.objects.filter(key=key).first():
        return done
    _refuse(last_day, today)
    audit.record("close_month", clinic, by=by, after={"last_day": last_day})
    try:
        with connection.cursor() as cursor:
            cursor.execute(PATIENCE)
        return MonthClose.objects.create(last_day=last_day, by=by, key=key)  # last: it locks the clinic
    except OperationalError as error:
        raise Busy from error


def _refuse(last_day: date, today: date) -> None:
    if last_day != month_end(last_day):
        raise CannotClose(_("Books are closed to the last day of a month."))
    if last_day >= today:
        raise CannotClose(
            _("%(day)s is not over yet: close the month when it is.") % {"day": words.day(last_day)}
        )
    closed = closed_through()
    if closed and last_day <= closed:
        raise CannotClose(_("The books are closed through %(day)s already.") % {"day": words.day(closed)})


class Sums(NamedTuple):
    """What moved, of everything that is added up."""

    sessions: Decimal = ZERO
    free: Decimal = ZERO
    value: Decimal = ZERO
    owed: Decimal = ZERO
    owed_by_patient: Decimal = ZERO
    paid_back: Decimal = ZERO

    def plus(self, other: Sums) -> Sums:
        return Sums(*(mine + others for mine, others in zip(self, other, strict=True)))


@dataclass(frozen=True)
class EndOfMonth:
    """How it stood at the end of a month."""

    last_day: date
    value: Decimal
    sessions: Decimal
    receivable: Decimal


# Of each month the latest count, unless something of the month moved since.
FRESH = """
WITH latest AS (
  SELECT DISTINCT ON (last_day) id, last_day, counted_at FROM packages_monthend
   WHERE clinic_id = %(clinic)s AND last_day BETWEEN %(first)s AND %(last)s ORDER BY last_day, counted_at DESC
), moved AS (
  SELECT date_trunc('month', posted_on)::date AS month, max(late_at) AS at FROM packages_movement
   WHERE clinic_id = %(clinic)s AND late_at > (SELECT min(counted_at) FROM latest) GROUP BY 1
)
SELECT id, last_day FROM latest LEFT JOIN moved ON month = date_trunc('month', last_day)::date
 WHERE at IS NULL OR at <= counted_at ORDER BY last_day
"""
ADDED_UP = """
SELECT e.last_day, s.step, s.sessions, s.free, s.value, s.owed, s.owed_by_patient, s.paid_back
  FROM packages_monthsum s JOIN packages_monthend e ON e.clinic_id = s.clinic_id AND e.id = s.month_end_id
 WHERE s.clinic_id = %(clinic)s AND s.month_end_id = ANY(%(counted)s)
UNION ALL
SELECT (date_trunc('month', m.posted_on) + interval '1 month - 1 day')::date, m.step, sum(m.sessions), sum(m.free),
       sum(m.value), sum(m.owed), sum(m.owed_by_patient), sum(m.paid_back)
  FROM unnest(%(starts)s::date[], %(stops)s::date[]) gap (start, stop)
  JOIN packages_movement m ON m.clinic_id = %(clinic)s AND m.posted_on BETWEEN gap.start AND gap.stop
 GROUP BY 1, 2
"""


def sums(first: date, last: date) -> dict[date, dict[Step, Sums]]:
    """What moved from `first` to `last`, by the last day of each month and by step.

    Months that were counted are read; the days between are added up.
    """
    facts: dict[str, Any] = {"clinic": current_clinic_id(), "first": first, "last": last}
    with connection.cursor() as cursor:
        cursor.execute(FRESH, facts)
        counted = [(pk, day) for pk, day in cursor.fetchall() if day.replace(day=1) >= first]
        gaps = list(_gaps(first, last, (day for _pk, day in counted)))
        facts |= {"counted": [pk for pk, _day in counted]}
        facts |= {"starts": [start for start, _ in gaps], "stops": [stop for _, stop in gaps]}
        cursor.execute(ADDED_UP, facts)
        rows = cursor.fetchall()
    found: dict[date, dict[Step, Sums]] = defaultdict(dict)
    for day, step, *numbers in rows:
        of_step = found[day].get(Step(step), Sums())
        found[day][Step(step)] = of_step.plus(Sums(*numbers))
    return found


def _gaps(first: date, last: date, counted: Iterable[date]) -> Iterator[tuple[date, date]]:
    start = first
    for month in counted:
        if month.replace(day=1) > start:
            yield start, month.replace(day=1) - ONE_DAY
        start = month + ONE_DAY
    if start <= last:
        yield start, last


def whole(found: dict[date, dict[Step, Sums]]) -> Sums:
    """All of it together."""
    total = Sums()
    for steps in found.values():
        for each in steps.values():
            total = total.plus(each)
    return total


def over_time(last_day: date, months: int = 24) -> list[EndOfMonth]:
    """How it stood at each of the last month ends, and on `last_day` itself; from the first month with anything."""
    found = sums(date.min, last_day)
    stood, points = Sums(), []
    for day in _month_ends(found, last_day):
        for each in found.get(day, {}).values():
            stood = stood.plus(each)
        points.append(EndOfMonth(min(day, last_day), stood.owed, stood.sessions, stood.owed_by_patient))
    return points[-months:]


def _month_ends(found: Iterable[date], last_day: date) -> Iterator[date]:
    day = min(found, default=month_end(last_day))
    while day <= month_end(last_day):
        yield day
        day = month_end(day + ONE_DAY)


def count_months(clinic: Clinic, *, today: date) -> list[date]:
    """Add up each month that is over and is not added up, or was and moved since. For the nightly task.

    Nobody waits for it longer than for a glance: it waits until whoever is writing has finished, and then counts.
    """
    with clinic_context(clinic.pk):
        if not _uncounted(today):
            return []
        at = _when_all_is_written(clinic)
    with clinic_context(clinic.pk):
        uncounted = _uncounted(today)
        for last_day in uncounted:
            MonthEnd.objects.create(last_day=last_day, counted_at=at)
    return uncounted


def _when_all_is_written(clinic: Clinic) -> datetime:
    """What moved before this moment is there to see; what moves later says so (late_at)."""
    with connection.cursor() as cursor:
        cursor.execute(PATIENCE)
        cursor.execute("SELECT FROM clinic_clinic WHERE id = %s FOR UPDATE", [clinic.pk])
        cursor.execute("SELECT clock_timestamp()")  # the clock that late_at is of
        at: datetime = cursor.fetchone()[0]
    return at


def _uncounted(today: date) -> list[date]:
    this_month = today.replace(day=1)
    facts: dict[str, Any] = {
        "clinic": current_clinic_id(),
        "first": date.min,
        "last": this_month - ONE_DAY,
    }
    with connection.cursor() as cursor:
        cursor.execute(FRESH, facts)
        counted = {day for _pk, day in cursor.fetchall()}
        cursor.execute("SELECT min(posted_on) FROM packages_movement WHERE clinic_id = %(clinic)s", facts)
        (first,) = cursor.fetchone()
    if first is None:
        return []
    return [day for day in _month_ends([month_end(first)], this_month - ONE_DAY) if day not in counted]
