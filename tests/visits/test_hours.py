"""Who works when."""

from __future__ import annotations

from datetime import date, time, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import DatabaseError, transaction
from django.test import Client

from clinic.access import NotAllowed
from clinic.keys import new_key
from clinic.models import AuditEvent, Clinic, Role, Staff
from tests.factories import found, member, owner_of
from tests.written import everything
from visits.hours import HoursDoNotFit, Stretch, hours_of, set_hours
from visits.models import Availability, WorkingHours

MORNING, EVENING = Stretch(0, time(9), time(13)), Stretch(0, time(16), time(20))
MAY, JUNE = date(2027, 5, 1), date(2027, 6, 1)


@pytest.fixture
def anand(asha: Clinic) -> Staff:
    return member(asha, Role.THERAPIST, name="Dr Anand Iyer")


@pytest.fixture
def owner(asha: Clinic, client: Client) -> Client:
    client.force_login(owner_of(asha).user)
    return client


def write(clinic: Clinic, staff: Staff, *hours: Stretch, since: date = MAY, **facts: Any) -> Availability:
    return set_hours(staff, hours=hours, **{"since": since, "by": owner_of(clinic), "key": uuid4()} | facts)


def in_force(staff: Staff, day: date) -> list[str]:
    found = hours_of(staff, day)
    return [str(each) for each in found.hours.order_by("starts")] if found else []


def test_hours_are_in_force_from_their_day_until_the_next_ones(asha: Clinic, anand: Staff) -> None:
    write(asha, anand, MORNING, EVENING)
    write(asha, anand, EVENING, since=JUNE)

    assert in_force(anand, MAY - timedelta(days=1)) == []
    assert in_force(anand, JUNE - timedelta(days=1)) == ["09:00–13:00", "16:00–20:00"]
    assert in_force(anand, JUNE) == ["16:00–20:00"]
    assert AuditEvent.objects.filter(act="set_hours", subject_id=anand.pk).count() == 2


def test_the_same_key_twice_is_the_same_hours(asha: Clinic, anand: Staff) -> None:
    key = uuid4()

    assert write(asha, anand, MORNING, key=key) == write(asha, anand, MORNING, key=key)

    assert WorkingHours.objects.count() == 1


@pytest.mark.parametrize(
    "hours",
    [
        [Stretch(0, time(13), time(9))],
        [Stretch(0, time(9), time(9))],
        [MORNING, Stretch(0, time(12), time(14))],
        [MORNING, MORNING],
    ],
)
def test_hours_that_cannot_be_are_refused_and_nothing_is_written(
    asha: Clinic, anand: Staff, hours: list[Stretch]
) -> None:
    before = everything()

    with pytest.raises(HoursDoNotFit, match="Monday"):
        write(asha, anand, *hours)

    assert everything() == before


@pytest.mark.parametrize("role", [Role.FRONT_DESK, Role.THERAPIST, Role.ACCOUNTANT])
def test_only_the_owner_sets_hours(asha: Clinic, anand: Staff, role: Role) -> None:
    with pytest.raises(NotAllowed):
        write(asha, anand, MORNING, by=member(asha, role))

    assert not Availability.objects.exists()


def test_the_database_refuses_hours_of_one_day_that_overlap(asha: Clinic, anand: Staff) -> None:
    made = write(asha, anand, MORNING)
    touching = {"availability": made, "weekday": 0, "starts": time(13), "ends": time(14)}

    WorkingHours.objects.create(**touching)
    with pytest.raises(DatabaseError, match="overlap"), transaction.atomic():
        WorkingHours.objects.create(**touching | {"starts": time(12, 59)})


def _form(**days: str) -> dict[str, str]:
    return {"key": str(new_key()), "since": "2027-05-01"} | days


def test_hours_are_typed_a_line_a_day_in_any_usual_notation(
    owner: Client, asha: Clinic, anand: Staff
) -> None:
    page = f"/asha/staff/{anand.pk}/hours/"

    answer = owner.post(page, _form(day_0="9-13, 16:30 - 20", day_6="20.30–24"), follow=True)

    assert answer.status_code == 200
    assert "The hours of Dr Anand Iyer are saved." in answer.content.decode()
    assert in_force(anand, MAY) == ["09:00–13:00", "16:30–20:00", "20:30–23:59"]


@pytest.mark.parametrize("typed", ["nine to one", "9-25", "9-13-14", "9", "9:75-10", "13-9", "9-12, 11-13"])
def test_what_is_no_hour_comes_back_as_typed_with_a_sentence_that_names_the_day(
    owner: Client, anand: Staff, typed: str
) -> None:
    before = everything()

    answer = owner.post(f"/asha/staff/{anand.pk}/hours/", _form(day_2=typed))

    assert answer.status_code == 422
    page = answer.content.decode()
    assert f'value="{typed}"' in page
    assert "Wednesday</a>: " in page
    assert everything() == before


def test_the_page_shows_the_hours_in_force_and_proposes_from_when_new_ones_count(
    owner: Client, asha: Clinic, anand: Staff
) -> None:
    page = f"/asha/staff/{anand.pk}/hours/"
    first = owner.get(page).context["form"]
    write(asha, anand, MORNING, since=asha.today())
    then = owner.get(page).context["form"]

    assert first["since"].value() == asha.today() - timedelta(weeks=6)
    assert then["since"].value() == asha.today()
    assert (then["day_0"].value(), then["day_1"].value()) == ("09:00–13:00", None)


def test_a_week_begins_as_in_the_clinics_country(db: None) -> None:
    firsts = {
        country: found(country.lower(), country=country).profile.week_starts for country in ("IN", "US")
    }
    others = {
        country: found(country.lower(), country=country).profile.week_starts for country in ("DE", "JP")
    }

    assert firsts | others == {"IN": 0, "US": 6, "DE": 0, "JP": 6}
