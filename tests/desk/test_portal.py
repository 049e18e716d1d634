"""The patient's own page: what it shows, to whom, and to nobody else."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from clinic.models import Clinic, Patient, PatientLink, Role
from clinic.patients.links import make_link, revoke_link
from clinic.tenancy.context import clinic_context
from tests.factories import PatientFactory, complete, member, package, plan, reopen, sale, use, visit

ONE_DAY = timedelta(days=1)


@pytest.fixture
def patient(asha: Clinic) -> Patient:
    return PatientFactory(
        name="Priya Nair", phones=["+919876543210"], email="priya@example.test", notes="ACL tear"
    )


@pytest.fixture
def token(patient: Patient) -> str:
    return make_link(patient, by=None)


def _open(client: Client, token: str, *, clinic: str = "asha", **query: str) -> HttpResponse:
    return client.get(reverse("desk:portal", args=[clinic, token]), query)


def _text(response: HttpResponse) -> str:
    return " ".join(response.content.decode().split())


def test_balance_passbook_visits_and_bills(
    asha: Clinic, patient: Patient, token: str, client: Client
) -> None:
    pack = package(asha, patient, of=plan(validity_count=3, validity_unit="months"))
    (done,) = use(asha, pack)
    therapist = member(asha, Role.THERAPIST, name="Dr Anand Iyer")
    visit(asha, patient, at=timezone.now() + ONE_DAY, therapist=therapist)

    page = _text(_open(client, token))

    assert "Hello Priya" in page
    assert '<b class="balance-left">9</b>' in page
    assert "Session 1 of 10" in page
    assert "Dr Anand Iyer" in page
    assert done.bill.name in page


def test_no_surname_phone_address_note_or_reason(
    asha: Clinic, patient: Patient, token: str, client: Client
) -> None:
    (done,) = use(asha, package(asha, patient))
    reopen(asha, done.visit, reason="Patient had severe back pain")
    visit(asha, patient, at=timezone.now() + ONE_DAY, note="check the scar")

    page = _text(_open(client, token))

    assert "taken back" in page
    for word in ("Nair", "98765", "priya@", "ACL", "back pain", "scar"):
        assert word not in page, word


def test_another_patients_things_are_not_there(asha: Clinic, token: str, client: Client) -> None:
    other = sale(asha, PatientFactory(name="Rohan Das"))

    assert other.bill.name not in _text(_open(client, token))
    asked = reverse("desk:portal_bill", args=["asha", token, other.bill.pk])
    missing = reverse("desk:portal_bill", args=["asha", token, uuid4()])
    assert client.get(asked).status_code == client.get(missing).status_code == 404


def test_a_link_that_does_not_open_looks_like_any_page_that_is_not_there(
    asha: Clinic, other_clinic: Clinic, patient: Patient, token: str, client: Client
) -> None:
    revoked = make_link(patient, by=None)
    revoke_link(PatientLink.objects.latest("created_at", "pk"), by=None, at=timezone.now())
    old = make_link(patient, by=None, at=timezone.now() - timedelta(days=200))

    answers = [
        _open(client, "no-such-token"),
        _open(client, revoked),
        _open(client, old),
        _open(client, token, clinic="other"),
        _open(client, token, clinic="nowhere"),
    ]

    assert {answer.status_code for answer in answers} == {404}
    assert len({_without_token(answer) for answer in answers}) == 1
    assert _open(client, token).status_code == 200


def _without_token(answer: HttpResponse) -> str:
    """The page without the hidden fields that differ on every page: where it is, and its form's token."""
    return re.sub(
        r'(X-CSRFToken": "|csrfmiddlewaretoken" value="|name="next" value=")[^"]*', r"\1", _text(answer)
    )


def test_the_address_is_not_kept_nor_passed_on(
    asha: Clinic, patient: Patient, token: str, client: Client
) -> None:
    bill = sale(asha, patient).bill

    for answer in (
        _open(client, token),
        client.get(reverse("desk:portal_bill", args=["asha", token, bill.pk])),
    ):
        assert answer.status_code == 200
        assert answer.headers["Cache-Control"] == "private, no-store"
        # Not "no-referrer": a form's origin would be "null", and refused.
        assert answer.headers["Referrer-Policy"] == "same-origin"
        assert "noindex" in answer.headers["X-Robots-Tag"]
        assert "session" not in answer.cookies


def test_the_bill_is_the_frozen_one(asha: Clinic, patient: Patient, token: str, client: Client) -> None:
    bill = sale(asha, patient).bill

    answer = client.get(reverse("desk:portal_bill", args=["asha", token, bill.pk]))

    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF-")


@pytest.mark.parametrize(
    ("own", "asked", "expected"),
    [
        ("hi", "", "hi"),
        ("en-in", "hi", "hi"),
        ("hi", "en-in", "en-in"),
        ("hi", "tlh", "hi"),
        ("", "", "en-in"),
    ],
)
def test_in_the_patients_language_unless_another_is_asked_for(
    asha: Clinic, client: Client, own: str, asked: str, expected: str
) -> None:
    token = make_link(PatientFactory(language=own), by=None)

    answer = _open(client, token, language=asked)

    assert answer.headers["Content-Language"] == expected
    assert f'<html lang="{expected}"' in _text(answer)


def test_the_languages_are_links_and_no_form(asha: Clinic, token: str, client: Client) -> None:
    page = _text(_open(client, token))

    assert 'href="?language=hi"' in page
    assert "<form" not in page


def test_the_link_changes_nothing(asha: Clinic, token: str, client: Client) -> None:
    assert client.post(reverse("desk:portal", args=["asha", token])).status_code == 405


def test_it_opens_a_clinic_of_its_own(transactional_db: None, client: Client) -> None:
    """Outside of any clinic, as a browser comes."""
    from tests.factories import found

    clinic = found("far", time_zone="America/New_York")
    with clinic_context(clinic.pk):
        patient = PatientFactory(name="Ana Lopez")
        package(clinic, patient)
        token = make_link(patient, by=None)
        at = (timezone.now() + ONE_DAY).replace(hour=14, minute=30)
        visit(clinic, patient, at=at)

    page = _text(_open(client, token, clinic="far"))

    assert "Hello Ana" in page
    assert f"{clinic.local(at):%H:%M}</time>" in page


def test_a_used_up_pack_steps_back_behind_the_new_one(
    asha: Clinic, patient: Patient, token: str, client: Client, queries: Any
) -> None:
    old = package(asha, patient, of=plan(sessions=3))
    use(asha, old, 3)
    package(asha, patient)

    with queries() as asked:
        page = _text(_open(client, token))

    assert page.index("Earlier packages") < page.index("Used up")
    assert page.index('<b class="balance-left">10</b>') < page.index("Earlier packages")
    assert len(asked) <= 17


def test_who_else_is_treated_does_not_show(
    asha: Clinic, patient: Patient, token: str, client: Client
) -> None:
    mother = PatientFactory(name="Lakshmi Nair")
    complete(asha, visit(asha, mother), package=package(asha, mother))

    assert "Lakshmi" not in _text(_open(client, token))
