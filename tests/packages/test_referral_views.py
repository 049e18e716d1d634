"""Entering a referral, and booking on it, over HTTP."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from clinic.models import Branch, Clinic, Patient, Role, Service
from clinic.ui.words import day
from packages.models import Package
from tests.factories import PatientFactory, ServiceFactory, complete, member, package, visit
from tests.written import everything
from visits.models import Visit

ONE_DAY = timedelta(days=1)


@pytest.fixture
def desk(asha: Clinic, client: Client) -> Client:
    client.force_login(member(asha, Role.FRONT_DESK).user)
    return client


@pytest.fixture
def patient(asha: Clinic) -> Patient:
    made: Patient = PatientFactory(name="Rohan")
    return made


def words(response: Any) -> str:
    return " ".join(response.content.decode().split())


def entered(client: Client, clinic: Clinic, patient: Patient, **typed: Any) -> Any:
    typed = {
        "key": uuid4(),
        "authorised_by": "Star Health",
        "authorisation": "SH-4711",
        "service": ServiceFactory().pk,
        "branch": Branch.objects.get().pk,
        "visits": "6",
        "valid_from": clinic.today().isoformat(),
        "valid_until": (clinic.today() + 30 * ONE_DAY).isoformat(),
        "note": "",
    } | typed
    return client.post(f"/asha/patients/{patient.pk}/referrals/new/", typed)


def book(client: Client, clinic: Clinic, patient: Patient, days: int, **typed: Any) -> Any:
    on = (clinic.today() + days * ONE_DAY).isoformat()
    facts = {
        "key": uuid4(),
        "on": on,
        "at": "10:30",
        "service": ServiceFactory().pk,
        "minutes": "",
        "note": "",
    }
    facts |= {"therapist": "", "branch": Branch.objects.get().pk}
    return client.post(f"/asha/visits/new/?patient={patient.pk}", facts | typed)


def test_what_the_letter_says_is_entered_once(asha: Clinic, desk: Client, patient: Patient) -> None:
    """S02"""
    key = uuid4()

    answer, again = (entered(desk, asha, patient, key=key) for _ in range(2))

    pack = Package.objects.get()
    assert answer["Location"] == again["Location"] == f"/asha/packages/{pack.pk}/"
    assert (pack.authorised_by, pack.authorisation, pack.sessions_left, pack.price) == (
        "Star Health",
        "SH-4711",
        6,
        0,
    )


def test_page_and_file_say_what_is_used_and_booked(asha: Clinic, desk: Client, patient: Patient) -> None:
    entered(desk, asha, patient)
    pack = Package.objects.get()
    for _ in range(2):
        complete(asha, visit(asha, patient, package=pack))
    for n in (1, 2, 3):
        visit(asha, patient, package=pack, at=timezone.now() + n * ONE_DAY)

    pages = [words(desk.get(f"/asha/packages/{pack.pk}/")), words(desk.get(f"/asha/patients/{patient.pk}/"))]

    said = (
        f"2 of 6 visits used, authorised by Star Health to {day(pack.valid_until)}; "
        "3 booked, 1 more can be booked. Authorisation SH-4711."
    )
    assert [said in page for page in pages] == [True, True]
    visit(asha, patient, package=pack, at=timezone.now() + 4 * ONE_DAY)
    assert "4 booked: it is full." in words(desk.get(f"/asha/packages/{pack.pk}/"))


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"authorised_by": " "}, "This field is required"),
        ({"visits": "0"}, "greater than or equal to 1"),
        ({"valid_until": "2020-01-01"}, "The last day of the referral is before its first."),
    ],
)
def test_a_letter_that_cannot_be_is_asked_again(
    asha: Clinic, desk: Client, patient: Patient, typed: dict[str, Any], sentence: str
) -> None:
    answer = entered(desk, asha, patient, **typed)

    assert answer.status_code == 422
    assert ("SH-4711" in words(answer), sentence in words(answer)) == (True, True)
    assert not Package.objects.exists()


def test_who_has_only_a_referral_is_booked_on_it(asha: Clinic, desk: Client, patient: Patient) -> None:
    entered(desk, asha, patient)
    pack = Package.objects.get()

    page = desk.get("/asha/visits/new/", {"patient": patient.pk})

    assert page.context["form"].initial["package"] == pack.pk
    assert "Referral of Star Health · 6 left, 0 booked" in words(page)


def test_booking_on_a_referral_offers_the_service_of_its_letter(
    asha: Clinic, desk: Client, patient: Patient
) -> None:
    package(asha, patient)
    visit(asha, patient)
    aqua = Service.objects.create(name="Aqua therapy", minutes=45, price=800)
    entered(desk, asha, patient, service=aqua.pk)

    page = desk.get(
        "/asha/visits/new/",
        {"patient": patient.pk, "package": Package.objects.get(authorised_by="Star Health").pk},
    )

    assert page.context["form"].initial["service"] == aqua.pk


def test_who_has_a_pack_beside_it_is_asked(asha: Clinic, desk: Client, patient: Patient) -> None:
    entered(desk, asha, patient)
    package(asha, patient)

    page = desk.get("/asha/visits/new/", {"patient": patient.pk})

    assert "package" not in page.context["form"].initial


@pytest.mark.parametrize(
    ("days", "sentence"),
    [
        (2, "1 left, and 1 booked. Ask for more visits, or book without the referral."),
        (31, "is for visits from"),
    ],
)
def test_a_visit_for_which_it_has_no_place_is_refused_with_the_ways_on(
    asha: Clinic, desk: Client, patient: Patient, days: int, sentence: str
) -> None:
    entered(desk, asha, patient, visits="1")
    pack = Package.objects.get()
    visit(asha, patient, package=pack, at=timezone.now() + ONE_DAY)
    written = everything()

    answer = book(desk, asha, patient, days, package=pack.pk)

    assert answer.status_code == 422
    assert (sentence in words(answer), "Book without the referral" in words(answer)) == (True, True)
    assert f"/asha/patients/{patient.pk}/referrals/new/" in words(answer)
    assert everything() == written
    assert book(desk, asha, patient, days, package=[pack.pk, ""]).status_code == 302  # by its button
    assert list(Visit.objects.order_by("created_at").values_list("package", flat=True)) == [pack.pk, None]


@pytest.mark.parametrize(
    ("role", "status"), [(Role.THERAPIST, 403), (Role.ACCOUNTANT, 403), (Role.FRONT_DESK, 302)]
)
def test_who_may_enter_one(asha: Clinic, client: Client, patient: Patient, role: Role, status: int) -> None:
    client.force_login(member(asha, role).user)

    assert entered(client, asha, patient).status_code == status
