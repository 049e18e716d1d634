"""Visits booked together."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from clinic.models import Branch, Clinic, Patient
from tests.committing import check_now
from tests.factories import PatientFactory, ServiceFactory, package, plan
from tests.written import everything
from visits.models import Series, Visit
from visits.series import SeriesDoesNotFit, book_series, covers_of, weekly


def book(patient: Patient, times: list[datetime], **facts: object) -> list[Visit]:
    facts = {"service": ServiceFactory(), "branch": Branch.objects.get(), "by": None, "key": uuid4()} | facts
    return book_series(patient, times=times, **facts)  # type: ignore[arg-type]


def days(count: int) -> list[datetime]:
    return [timezone.now() + timedelta(days=n) for n in range(1, count + 1)]


@pytest.mark.parametrize(("left", "booked"), [(2, 6), (1, 3), (6, 6), (0, 2)])
def test_of_a_series_as_many_are_held_as_are_left_and_the_rest_needs_payment(
    asha: Clinic, left: int, booked: int
) -> None:
    """S11"""
    patient = PatientFactory()
    pack = package(asha, patient, of=plan(sessions=left)) if left else None

    visits = book(patient, days(booked))
    check_now()

    covers = covers_of(visits, asha)
    held = [covers[visit.pk].package for visit in visits]
    assert held == [pack] * min(left, booked) + [None] * (booked - left if booked > left else 0)
    assert all(covers[visit.pk].reason for visit in visits[left:])
    if pack:
        pack.refresh_from_db()
        assert (pack.sessions_left, pack.entries_count) == (left, 1)


def test_booked_twice_with_one_key_is_one_series(asha: Clinic) -> None:
    """S02"""
    patient, key, times = PatientFactory(), uuid4(), days(3)

    first = book(patient, times, key=key)

    assert book(patient, times, key=key) == first
    assert (Series.objects.count(), Visit.objects.count()) == (1, 3)


@pytest.mark.parametrize("count", [0, 61])
def test_a_series_of_none_or_of_too_many_is_refused(asha: Clinic, count: int) -> None:
    patient = PatientFactory()
    ServiceFactory()
    written = everything()

    with pytest.raises(SeriesDoesNotFit):
        book(patient, days(count))

    assert everything() == written


def test_the_same_time_twice_is_refused(asha: Clinic) -> None:
    at = timezone.now()

    with pytest.raises(SeriesDoesNotFit, match="same time"):
        book(PatientFactory(), [at, at])


def test_mondays_and_thursdays_keep_their_time_on_the_wall(asha: Clinic) -> None:
    asha.time_zone = "America/Los_Angeles"
    zone = ZoneInfo(asha.time_zone)
    first = datetime(2026, 10, 26, 9, tzinfo=zone)  # the hour changes on 1 November

    times = weekly(first, clinic=asha, weekdays=[0, 3], count=4)

    assert [f"{asha.local(each):%a %d %H:%M}" for each in times] == [
        "Mon 26 09:00",
        "Thu 29 09:00",
        "Mon 02 09:00",
        "Thu 05 09:00",
    ]
    assert (times[2] - times[0]) == timedelta(days=7)
