"""How much of the working hours visits took."""

from __future__ import annotations

from datetime import time, timedelta
from uuid import uuid4

from django.test import Client

from clinic.models import Branch, Clinic, Staff
from clinic.tenancy.context import clinic_context
from desk.week_capacity import Capacity
from desk.week_counts import Counted
from tests.factories import PatientFactory, found, owner_of
from visits.closures import close_clinic
from visits.hours import Stretch

from .weeks import (
    A_WEEK,
    MONDAY,
    ONE_DAY,
    SUNDAY,
    at,
    booked,
    came,
    cancelled,
    missed,
    rows,
    therapist,
    told,
    works,
)

MORNING = Stretch(0, time(9), time(13))
HOUR = timedelta(hours=1)


def hours(capacity: Capacity) -> dict[tuple[int, int], int]:
    return {hour: int(seconds / 60) for hour, seconds in capacity.used.items()}


def treated(clinic: Clinic, who: Staff | None, hour: int, minute: int = 0, minutes: int = 60) -> None:
    when = at(clinic, MONDAY, hour, minute)
    came(clinic, PatientFactory(), when, how="charge", therapist=who, minutes=minutes)


def test_capacity_is_minutes_booked_arrived_or_completed_of_the_minutes_worked(asha: Clinic) -> None:
    who = therapist(asha)
    works(asha, who, MORNING)
    treated(asha, who, 9, 30)
    booked(asha, PatientFactory(), at(asha, MONDAY, 11), therapist=who)
    missed(asha, PatientFactory(), at(asha, MONDAY, 12))
    cancelled(asha, PatientFactory(), at(asha, MONDAY, 12), HOUR)

    week = told(asha)

    assert week.lines["capacity"].now == Counted(120, 240)
    assert hours(week.capacity) == {(0, 9): 30, (0, 10): 30, (0, 11): 60}
    assert dict(week.capacity.worked) == {(0, hour): 60 for hour in range(9, 13)}
    assert len(rows(week, "capacity")) == 2
    assert len(rows(week, "capacity", hour=(0, 10))) == 1


def test_a_visit_over_the_end_of_the_week_counts_in_both_by_its_minutes(asha: Clinic) -> None:
    who = therapist(asha)
    works(asha, who, MORNING)
    booked(asha, PatientFactory(), at(asha, SUNDAY, 23, 45), therapist=who)

    assert hours(told(asha).capacity) == {(6, 23): 15}
    assert hours(told(asha, SUNDAY + ONE_DAY).capacity) == {(0, 0): 45}
    assert ["15 min" in row.detail for row in rows(told(asha), "capacity")] == [True]


def test_hours_are_those_of_the_clinics_clock(db: None) -> None:
    clinic = found("far", time_zone="America/Los_Angeles")
    with clinic_context(clinic.pk):
        who = therapist(clinic)
        works(clinic, who, Stretch(6, time(22), time(23, 59)))
        booked(clinic, PatientFactory(), at(clinic, SUNDAY, 22, 30), therapist=who)

        week = told(clinic)

        assert week.lines["capacity"].now == Counted(60, 120)
        assert hours(week.capacity) == {(6, 22): 30, (6, 23): 30}


def test_closed_days_are_worked_by_nobody(asha: Clinic) -> None:
    works(asha, therapist(asha), MORNING, Stretch(1, time(9), time(13)))
    act = {"at": at(asha, MONDAY, 8), "by": owner_of(asha), "reason": "Holiday", "clinic": asha}
    close_clinic(first_day=MONDAY, last_day=MONDAY, key=uuid4(), **act)

    assert told(asha).lines["capacity"].now.of == 240


def test_a_closed_branch_closes_the_clinic_only_where_it_is_the_only_one(asha: Clinic) -> None:
    works(asha, therapist(asha), MORNING)
    act = {"at": at(asha, MONDAY, 8), "by": owner_of(asha), "reason": "Painting", "clinic": asha}
    close_clinic(first_day=MONDAY, last_day=MONDAY, branch=Branch.objects.get(), key=uuid4(), **act)
    assert told(asha).lines["capacity"].now.of == 0

    Branch.objects.create(name="Second")
    assert told(asha).lines["capacity"].now.of == 240


def test_a_past_week_keeps_the_hours_that_it_had(asha: Clinic) -> None:
    who = therapist(asha)
    works(asha, who, MORNING)
    works(asha, who, since=MONDAY)
    works(asha, who, Stretch(0, time(9), time(10)), since=MONDAY + A_WEEK)

    weeks = [told(asha, MONDAY + n * A_WEEK).lines["capacity"].now.of for n in (-1, 0, 1)]

    assert weeks == [240, 0, 60]


def test_visits_of_who_has_no_hours_are_left_out_and_said(asha: Clinic, client: Client) -> None:
    who = therapist(asha)
    works(asha, who, MORNING)
    treated(asha, who, 9)
    treated(asha, None, 10)
    treated(asha, therapist(asha), 11, minutes=45)
    client.force_login(owner_of(asha).user)

    week = told(asha)

    assert week.lines["capacity"].now == Counted(60, 240)
    assert len(rows(week, "capacity")) == 1
    page = client.get("/asha/reports/week/?of=2026-05-25").content.decode()
    assert "105 minutes of visits with nobody, or with a therapist whose hours" in page


def test_without_hours_the_map_shows_the_minutes_treated(asha: Clinic, client: Client) -> None:
    treated(asha, None, 9)
    treated(asha, therapist(asha), 10, minutes=30)
    client.force_login(owner_of(asha).user)

    context = client.get("/asha/reports/week/?of=2026-05-25").context

    assert [(hour, cells[0].text) for hour, cells in context["map"].rows] == [("09", "60"), ("10", "30")]
    assert not context["map"].has_hours
    assert context["sheet"].report.lines["capacity"].verdict == ""


def test_weeks_without_hours_are_not_compared_with(asha: Clinic) -> None:
    works(asha, therapist(asha), MORNING, since=MONDAY)

    line = told(asha).lines["capacity"]

    assert (line.before, line.mean, line.verdict) == ([], None, "")


def test_of_a_week_that_goes_on_only_the_hours_that_have_passed_count(asha: Clinic) -> None:
    who = therapist(asha)
    works(asha, who, MORNING)
    booked(asha, PatientFactory(), at(asha, MONDAY, 10, 30), therapist=who)

    assert told(asha, now=at(asha, MONDAY, 11)).lines["capacity"].now == Counted(30, 120)


def test_who_has_left_is_worked_by_no_more(asha: Clinic) -> None:
    who = therapist(asha)
    works(asha, who, MORNING)
    Staff.objects.filter(pk=who.pk).update(is_active=False)

    assert told(asha).lines["capacity"].now.of == 0
