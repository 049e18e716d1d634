"""The personal link asks: was this right? And, on a phone that two people share: is it you?"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from clinic.models import AuditEvent, Clinic, Patient
from clinic.patients.links import make_link
from desk import portal_door
from packages.naming import name_person
from tests.factories import PatientFactory, complete, owner_of, package, plan, sale, use, visit
from visits import disputes
from visits.models import Answer, Dispute, DisputeNote, Visit

SHARED = "+919876543210"


@pytest.fixture
def patient(asha: Clinic) -> Patient:
    return PatientFactory(name="Priya Nair", phones=[SHARED], birth_date=date(1988, 2, 29))


@pytest.fixture
def token(patient: Patient) -> str:
    return make_link(patient, by=None)


def page(client: Client, token: str, **query: str) -> HttpResponse:
    return client.get(reverse("desk:portal", args=["asha", token]), query)


def words(response: HttpResponse) -> str:
    return " ".join(response.content.decode().split())


def answer(client: Client, token: str, visit: Visit, says: str = "yes", **sent: Any) -> HttpResponse:
    url = reverse("desk:portal_answer", args=["asha", token, visit.pk])
    return client.post(url, {"key": uuid4(), "says": says} | sent)


def note(client: Client, token: str, visit: Visit, said: str) -> HttpResponse:
    url = reverse("desk:portal_note", args=["asha", token, visit.pk])
    return client.post(url, {"key": uuid4(), "words": said})


def test_each_deduction_asks_and_yes_is_kept(
    asha: Clinic, patient: Patient, token: str, client: Client
) -> None:
    (done,) = use(asha, package(asha, patient))
    assert "Was this right?" in words(page(client, token))
    asked = words(client.get(reverse("desk:portal_answer", args=["asha", token, done.visit.pk])))
    assert "Yes, this is right" in asked

    told = answer(client, token, done.visit)

    assert told.status_code == 303
    assert told.headers["Referrer-Policy"] == "same-origin"
    given = Answer.objects.get()
    assert (given.says, given.via, given.by) == ("yes", "link", None)
    after = words(client.get(told.headers["Location"]))
    assert "Was this right?" not in after
    assert "You said: right" in after


def test_not_right_opens_a_case_that_the_patient_can_follow(
    asha: Clinic, patient: Patient, token: str, client: Client
) -> None:
    (done,) = use(asha, package(asha, patient))

    answer(client, token, done.visit, "no", words="I was in Pune.")
    note(client, token, done.visit, "I can show the ticket.")
    case = Dispute.objects.get()
    by = {"by": owner_of(asha)}
    disputes.add_note(case, words="He always says so", key=uuid4(), **by)
    disputes.add_note(case, words="We are asking Dr Iyer", key=uuid4(), is_shown=True, **by)

    shown = words(client.get(reverse("desk:portal_answer", args=["asha", token, done.visit.pk])))
    assert case.words == "I was in Pune."
    for told in ("I was in Pune.", "I can show the ticket.", "We are asking Dr Iyer", "Case 1"):
        assert told in shown
    assert "always says so" not in shown
    assert "0 used, 9 left, 1 set aside" in words(page(client, token))


def test_the_same_form_twice_is_one_answer(
    asha: Clinic, patient: Patient, token: str, client: Client
) -> None:
    (done,) = use(asha, package(asha, patient))
    key = uuid4()

    statuses = {answer(client, token, done.visit, "no", key=key).status_code for _ in range(2)}

    assert statuses == {303}
    assert (Answer.objects.count(), Dispute.objects.count()) == (1, 1)


def test_a_refusal_is_a_sentence(asha: Clinic, patient: Patient, token: str, client: Client) -> None:
    (done,) = use(asha, package(asha, patient))
    answer(client, token, done.visit, "no")

    refused = answer(client, token, done.visit)

    assert refused.status_code == 422
    assert "in dispute: case 1" in words(refused)
    assert answer(client, token, done.visit, "maybe").status_code == 422
    assert answer(client, token, done.visit, key="").status_code == 422


def test_who_attended_answers(asha: Clinic, patient: Patient, token: str, client: Client) -> None:
    """S22: the owner of the pack sees that a session was used, and is not asked about another's visit."""
    mother = PatientFactory(name="Lakshmi Nair")
    pack = package(asha, patient, of=plan(sharing="named"))
    name_person(pack, person=mother, kind="mother", on=asha.today(), by=owner_of(asha), key=uuid4())
    hers = complete(asha, visit(asha, mother)).visit
    assert hers.package_id == pack.pk

    assert answer(client, token, hers).status_code == 404
    her_token = make_link(mother, by=None)
    assert answer(client, her_token, hers, "no", words="I had left after five minutes").status_code == 303
    assert note(client, token, hers, "What is this?").status_code == 404

    own = words(page(client, token))
    assert "1 set aside" in own
    assert "five minutes" not in own


def test_other_peoples_visits_and_those_that_are_not_there_look_alike(
    asha: Clinic, token: str, client: Client
) -> None:
    other = use(asha, package(asha))[0].visit

    answers = [answer(client, token, each) for each in (other, Visit(pk=uuid4()))]

    assert [each.status_code for each in answers] == [404, 404]
    assert not Answer.objects.exists()


def test_a_form_without_its_token_is_refused(asha: Clinic, patient: Patient, token: str) -> None:
    (done,) = use(asha, package(asha, patient))
    strict = Client(enforce_csrf_checks=True)

    assert answer(strict, token, done.visit).status_code == 403
    assert not Answer.objects.exists()


def test_a_thread_takes_so_many_notes_a_day(
    asha: Clinic, patient: Patient, token: str, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("desk.portal_asked.MOST_NOTES", 2)
    (done,) = use(asha, package(asha, patient))
    answer(client, token, done.visit, "no")

    statuses = [note(client, token, done.visit, f"Note {n}").status_code for n in range(3)]

    assert statuses == [303, 303, 429]
    assert DisputeNote.objects.count() == 2


@pytest.fixture
def shared_phone(asha: Clinic, patient: Patient) -> Patient:
    """The husband has the same number."""
    return PatientFactory(name="Suresh Nair", phones=[SHARED])


def identify(client: Client, token: str, day: str = "1988-02-29") -> HttpResponse:
    year, month, number = day.split("-")
    sent = {"birth_year": year, "birth_month": month, "birth_day": number}
    return client.post(reverse("desk:portal_identification", args=["asha", token]), sent)


def test_a_shared_phone_asks_one_thing_before_anything_is_shown(
    asha: Clinic, patient: Patient, token: str, client: Client, shared_phone: Patient
) -> None:
    """S57"""
    bill = sale(asha, patient).bill
    (done,) = use(asha, package(asha, patient))
    urls = [
        reverse("desk:portal", args=["asha", token]),
        reverse("desk:portal_bill", args=["asha", token, bill.pk]),
        reverse("desk:portal_answer", args=["asha", token, done.visit.pk]),
    ]

    for url in urls:
        shut = client.get(url)
        assert shut.status_code == 200
        assert "Is it you?" in words(shut)
        for secret in ("Priya", "Nair", "left", bill.name):
            assert secret not in words(shut), secret
    assert answer(client, token, done.visit).status_code == 200
    assert not Answer.objects.exists()

    assert identify(client, token).status_code == 303
    assert "Hello Priya" in words(page(client, token))
    assert client.get(urls[1]).headers["Content-Type"] == "application/pdf"


def test_the_answer_opens_this_link_and_no_other(
    asha: Clinic, patient: Patient, token: str, client: Client, shared_phone: Patient
) -> None:
    identify(client, token)
    other = make_link(patient, by=None)
    client.cookies["known"]["path"] = "/"

    assert "Is it you?" in words(page(client, other))


@pytest.mark.parametrize("forged", ["", "yes", "{}", "a:b:c"])
def test_a_forged_answer_opens_nothing(
    asha: Clinic, token: str, client: Client, shared_phone: Patient, forged: str
) -> None:
    client.cookies["known"] = forged

    assert "Is it you?" in words(page(client, token))


def test_tries_are_limited(
    asha: Clinic, patient: Patient, token: str, client: Client, shared_phone: Patient
) -> None:
    """S57"""
    wrong = [identify(client, token, "1990-01-01").status_code for _ in range(portal_door.MOST_TRIES)]

    assert wrong == [422] * portal_door.MOST_TRIES
    shut = identify(client, token)
    assert shut.status_code == 429, "the right answer comes too late"
    assert "Too many wrong answers" in words(shut)
    assert "Is it you?" in words(page(client, token))
    assert AuditEvent.objects.filter(act=portal_door.WRONG).count() == portal_door.MOST_TRIES
    link = patient.links.get()
    tomorrow = timezone.now() + timedelta(days=1, minutes=1)
    assert portal_door.knows(link, birth_date=patient.birth_date, at=tomorrow)


@pytest.mark.parametrize("typed", ["1988-02-31", "88-2-29", "x-y-z", "1988-13-01"])
def test_what_is_no_date_is_a_wrong_answer(
    asha: Clinic, token: str, client: Client, shared_phone: Patient, typed: str
) -> None:
    assert identify(client, token, typed).status_code == 422


def test_who_has_the_phone_alone_or_no_birth_date_is_not_asked(
    asha: Clinic, patient: Patient, token: str, client: Client
) -> None:
    assert "Hello Priya" in words(page(client, token))

    unknown = PatientFactory(name="Meera Rao", phones=[SHARED])
    assert "Hello Meera" in words(page(client, make_link(unknown, by=None)))
    assert "Is it you?" in words(page(client, token)), "now the phone is shared"
