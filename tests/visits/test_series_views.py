"""Booking several visits at once, over HTTP."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from clinic.models import Branch, Clinic, Role
from packages.models import Package
from packages.referrals import Letter, open_referral
from tests.factories import PatientFactory, ServiceFactory, member, owner_of, package, plan
from tests.written import everything
from visits.models import Series, Visit

BOOKING, SERIES = "/asha/visits/new/", "/asha/visits/series/new/"


@pytest.fixture
def desk(asha: Clinic, client: Client) -> Client:
    client.force_login(member(asha, Role.FRONT_DESK).user)
    return client


def words(response: Any) -> str:
    return " ".join(response.content.decode().split())


def asked(
    clinic: Clinic, *, visits: int = 6, weekdays: tuple[int, ...] = tuple(range(7)), **more: Any
) -> dict[str, Any]:
    """The booking form as it is sent: from tomorrow on, at half past ten."""
    facts = {"on": clinic.today() + timedelta(days=1), "at": "10:30", "service": ServiceFactory().pk}
    facts |= {"branch": Branch.objects.get().pk, "therapist": "", "minutes": "", "note": "", "package": ""}
    return {"key": uuid4(), **facts, "visits": visits, "weekdays": weekdays, **more}


def local_days(clinic: Clinic) -> list[date]:
    return [clinic.day_of(visit.starts_at) for visit in Visit.objects.order_by("starts_at")]


def test_before_anything_is_booked_every_date_says_what_it_will_take(asha: Clinic, desk: Client) -> None:
    """S11"""
    pack = package(asha, PatientFactory(name="Rohan"), of=plan(sessions=2))
    written = everything()

    answer = desk.post(f"{BOOKING}?patient={pack.patient_id}", asked(asha))
    page = words(desk.get(answer["Location"]))

    assert answer["Location"].startswith(SERIES)
    assert ("6 visits: Rohan" in page, "2 held · 4 need payment" in page) == (True, True)
    assert page.index("held: 2 left → 1") < page.index("held: 1 left → 0") < page.index("needs payment")
    assert page.count("The last session of the package goes to the visit on") == 4
    assert everything() == written


def test_the_visits_that_were_listed_are_booked_once(asha: Clinic, desk: Client) -> None:
    """S02, S11"""
    pack = package(asha, of=plan(sessions=2))
    fields, page = asked(asha, note="Knee"), f"{SERIES}?patient={pack.patient_id}"

    answer, again = desk.post(page, fields), desk.post(page, fields)

    assert answer["Location"] == again["Location"] == f"/asha/visits/series/{Series.objects.get().pk}/"
    assert local_days(asha) == [asha.today() + timedelta(days=n) for n in range(1, 7)]
    assert set(Visit.objects.values_list("note", "minutes")) == {("Knee", 60)}
    listed = words(desk.get(answer["Location"]))
    assert ("6 visits booked." in listed, "2 held · 4 need payment" in listed) == (True, True)
    for visit in Visit.objects.all():
        assert f"/asha/visits/{visit.pk}/" in listed
        assert answer["Location"] in words(desk.get(f"/asha/visits/{visit.pk}/"))
    pack.refresh_from_db()
    assert pack.sessions_left == 2


def test_a_series_keeps_to_the_days_of_the_week(asha: Clinic, desk: Client) -> None:
    fields = asked(asha, visits=4, weekdays=(0, 3))

    desk.post(f"{SERIES}?patient={PatientFactory().pk}", fields)

    days = local_days(asha)
    assert [day.weekday() in {0, 3} for day in days] == [True] * 4
    assert (days[2] - days[0], days[3] - days[1]) == (timedelta(7), timedelta(7))


def test_dates_beyond_the_expiry_say_both_days(asha: Clinic, desk: Client) -> None:
    """S37"""
    pack = package(asha, of=plan(validity_count=10, validity_unit="days"))

    page = words(desk.get(SERIES, {"patient": pack.patient_id} | asked(asha, visits=12)))

    assert "9 held · 3 need payment" in page
    assert page.count("is valid to") == 3


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"weekdays": ()}, "Choose on which days of the week."),
        ({"visits": 61}, "less than or equal to 60"),
    ],
)
def test_half_a_question_is_asked_again(
    asha: Clinic, desk: Client, more: dict[str, Any], sentence: str
) -> None:
    answer = desk.post(f"{BOOKING}?patient={PatientFactory().pk}", asked(asha) | more)

    assert answer.status_code == 422
    assert sentence in words(answer)
    assert not Visit.objects.exists()


def test_days_of_the_week_without_a_number_are_asked_again(asha: Clinic, desk: Client) -> None:
    answer = desk.post(f"{BOOKING}?patient={PatientFactory().pk}", asked(asha) | {"visits": ""})

    assert (answer.status_code, Visit.objects.count()) == (422, 0)
    assert "Write how many visits there are to be." in words(answer)


def test_one_visit_is_booked_as_ever(asha: Clinic, desk: Client) -> None:
    answer = desk.post(f"{BOOKING}?patient={PatientFactory().pk}", asked(asha, visits=1, weekdays=()))

    assert answer.status_code == 302
    assert Visit.objects.get().series is None


def test_what_was_chosen_can_be_changed(asha: Clinic, desk: Client) -> None:
    patient = PatientFactory()

    page = desk.get(BOOKING, {"patient": patient.pk} | asked(asha, visits=4, weekdays=(0, 3)))

    form = page.context["form"]
    assert form["visits"].value() == "4"
    assert [box.data["selected"] for box in form["weekdays"]] == [
        True,
        False,
        False,
        True,
        False,
        False,
        False,
    ]


def test_a_series_for_which_a_referral_has_no_place_is_refused_with_the_ways_on(
    asha: Clinic, desk: Client
) -> None:
    referral = letter(asha, visits=2)
    page, fields = f"{SERIES}?patient={referral.patient_id}", asked(asha, visits=3, package=referral.pk)
    written = everything()

    answer = desk.post(page, fields)

    assert answer.status_code == 422
    assert "2 left, and 2 booked. Ask for more visits, or book without the referral." in words(answer)
    assert f"/asha/patients/{referral.patient_id}/referrals/new/" in words(answer)
    assert everything() == written
    desk.post(page, fields | {"package": ["", ""]})  # the button beneath the sentence
    assert list(Visit.objects.values_list("package", flat=True)) == [None] * 3


def test_a_long_series_asks_the_database_as_little_as_a_short_one(
    asha: Clinic, desk: Client, queries: Callable[[], Any]
) -> None:
    pack = package(asha, of=plan(sessions=30))
    therapist = member(asha, Role.THERAPIST)

    def statements(visits: int) -> int:
        sent = {"patient": pack.patient_id} | asked(asha, visits=visits, therapist=therapist.pk)
        with queries() as seen:
            assert desk.get(SERIES, sent).status_code == 200
        return int(seen.count)

    statements(2)
    assert statements(60) == statements(2)


def test_nobody_opens_a_series_that_is_not_there(asha: Clinic, desk: Client) -> None:
    assert desk.get(f"/asha/visits/series/{uuid4()}/").status_code == 404


def letter(clinic: Clinic, *, visits: int) -> Package:
    said = Letter("Star Health", visits, clinic.today(), clinic.today() + timedelta(days=60))
    facts = {
        "service": ServiceFactory(),
        "branch": Branch.objects.get(),
        "clinic": clinic,
        "on": clinic.today(),
    }
    return open_referral(PatientFactory(), letter=said, by=owner_of(clinic), key=uuid4(), **facts)
