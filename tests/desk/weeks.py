"""What tests of the owner's week tell: what happened on the days of a week in May, and how it was counted."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import uuid4

from clinic.models import Clinic, Patient, Role, Staff
from desk.week_counts import Counted
from desk.week_days import Span, week_of
from desk.week_figures import BY_NAME
from desk.week_list import WeekList
from desk.week_report import Report, report
from desk.week_rows import Row
from packages.models import Package
from tests.factories import PatientFactory, complete, member, owner_of, package, plan, visit
from visits import absences
from visits.hours import Stretch, set_hours
from visits.models import Availability, Visit

MONDAY = date(2026, 5, 25)
SUNDAY = date(2026, 5, 31)
MUCH_LATER = date(2026, 8, 1)
ONE_DAY, A_WEEK = timedelta(days=1), timedelta(weeks=1)
HALF_AN_HOUR = timedelta(minutes=30)


def at(clinic: Clinic, day: date, hour: int, minute: int = 0) -> datetime:
    """A time on the clinic's clock."""
    return datetime.combine(day, time(hour, minute), clinic.zone)


def facts(clinic: Clinic, moment: datetime) -> dict[str, Any]:
    return {"clinic": clinic, "at": moment, "by": owner_of(clinic), "key": uuid4()}


def the_week(clinic: Clinic, day: date = MONDAY, *, now: datetime | None = None) -> Span:
    """The week of a day as it is asked for in August, or at another moment."""
    return week_of(day, clinic, now=now or at(clinic, MUCH_LATER, 12))


def told(clinic: Clinic, day: date = MONDAY, *, now: datetime | None = None) -> Report:
    now = now or at(clinic, MUCH_LATER, 12)
    return report(the_week(clinic, day, now=now), clinic.day_of(now))


def counted(report: Report, name: str) -> Counted:
    return report.lines[name].now


def numbers(report: Report, *names: str) -> list[int]:
    return [counted(report, name).n for name in names]


def rows(report: Report, name: str, *, week: Span | None = None, **narrowed: Any) -> list[Row]:
    """The list behind a figure."""
    today = report.week.clinic.day_of(at(report.week.clinic, MUCH_LATER, 12))
    asked = WeekList(BY_NAME[name], week or report.week, narrowed.pop("today", today), **narrowed)
    return list(asked.rows(asked.found(), by=owner_of(report.week.clinic)))


def sold(
    clinic: Clinic, day: date, patient: Patient | None = None, *, hour: int = 9, **facts: Any
) -> Package:
    return package(clinic, patient or PatientFactory(), at=at(clinic, day, hour), **facts)


def used_up(clinic: Clinic, day: date, *, sold_on: date | None = None) -> Patient:
    """A pack of one session whose only session was used on the day."""
    patient = PatientFactory()
    sold(clinic, sold_on or day - ONE_DAY, patient, of=plan(sessions=1, price=1000))
    came(clinic, patient, at(clinic, day, 10))
    return patient


def booked(clinic: Clinic, patient: Patient, moment: datetime, **facts: Any) -> Visit:
    return visit(clinic, patient, at=moment, **facts)


def came(clinic: Clinic, patient: Patient, moment: datetime, **seen: Any) -> Visit:
    """A visit that was completed an hour after it began."""
    how = {"how": seen.pop("how")} if "how" in seen else {}
    made = booked(clinic, patient, moment, **seen)
    return complete(clinic, made, at=moment + timedelta(hours=1), **how).visit


def missed(clinic: Clinic, patient: Patient, moment: datetime) -> Visit:
    made = booked(clinic, patient, moment)
    return absences.mark_no_show(made, **facts(clinic, moment + HALF_AN_HOUR))


def cancelled(
    clinic: Clinic, patient: Patient, moment: datetime, before: timedelta, *, by_clinic: bool = False
) -> Visit:
    made = booked(clinic, patient, moment)
    return absences.cancel_visit(made, by_clinic=by_clinic, **facts(clinic, moment - before))


def therapist(clinic: Clinic, **who: Any) -> Staff:
    return member(clinic, Role.THERAPIST, **who)


def works(clinic: Clinic, staff: Staff, *hours: Stretch, since: date = MONDAY - 10 * A_WEEK) -> Availability:
    return set_hours(staff, hours=hours, since=since, by=owner_of(clinic), key=uuid4())
