"""Messages on the patient's file, consent at the desk, and the owner's banner."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from clinic.messages import consent
from clinic.messages.personal import mark
from clinic.messages.reasons import tally
from clinic.models import Clinic, Consent, Message, Patient, PatientLink, Role
from tests.factories import visit

from .messaging import as_role, failed, priya, sent, waiting, words


@pytest.fixture
def desk(asha: Clinic) -> Client:
    return as_role(asha, Role.FRONT_DESK)


def file_of(patient: Patient) -> str:
    return reverse("desk:patient_file", args=["asha", patient.pk])


def say(client: Client, patient: Patient, given: str) -> Any:
    where = reverse("patients:consent", args=["asha", patient.pk])
    return client.post(where, {"key": uuid4(), "given": given})


def test_the_file_shows_the_last_messages_and_how_far_they_came(asha: Clinic, desk: Client) -> None:
    patient = priya()
    for n in range(5):
        sent(asha, patient, body=f"Hello Priya,\n\nNumber {n}. {mark()}")
    failed(asha, patient, body="Hello Priya,\n\nLost.")

    page = words(desk.get(file_of(patient)))

    assert "Lost." in page
    assert "not sent" in page
    assert "Number 4." in page
    assert "Number 1." not in page
    assert reverse("desk:patient_messages", args=["asha", patient.pk]) in page
    assert not PatientLink.objects.exists()


def test_the_file_asks_as_much_for_one_message_as_for_many(asha: Clinic, desk: Client, queries: Any) -> None:
    patient = priya()
    waiting(patient)
    desk.get(file_of(patient))
    with queries() as few:
        desk.get(file_of(patient))
    for _ in range(6):
        waiting(patient)
    with queries() as many:
        desk.get(file_of(patient))

    assert many.count == few.count <= 16, "\n".join(many.statements)


def test_consent_is_recorded_at_the_desk_with_its_history(asha: Clinic, desk: Client) -> None:
    patient = priya(may_message=False)
    assert "Has agreed now" in words(desk.get(file_of(patient)))

    assert say(desk, patient, "yes").status_code == 302
    message = waiting(patient)
    assert say(desk, patient, "no").status_code == 302

    patient.refresh_from_db()
    message.refresh_from_db()
    assert (patient.may_message, message.state) == (False, Message.State.CANCELLED)
    lines = Consent.objects.filter(patient=patient).order_by("at", "pk")
    assert [(line.given, line.source, line.by.name) for line in lines] == [
        (True, "desk", "Meena"),
        (False, "desk", "Meena"),
    ]
    page = words(desk.get(file_of(patient)))
    assert "Wanted no more messages" in page
    assert "said at the front desk, Meena" in page


def test_what_the_patient_wrote_is_told_as_it_is(asha: Clinic, desk: Client) -> None:
    patient = priya()
    consent.withdraw(patient, source=Consent.Source.WORD, at=timezone.now(), words="<b>STOP</b>")

    page = words(desk.get(file_of(patient)))

    assert "by a reply" in page
    assert "&lt;b&gt;STOP&lt;/b&gt;" in page


@pytest.mark.parametrize("role", [Role.THERAPIST, Role.ACCOUNTANT])
def test_others_see_the_file_without_messages_and_record_no_consent(asha: Clinic, role: Role) -> None:
    patient, client = priya(may_message=False), as_role(asha, role)
    page = words(client.get(file_of(patient)))

    assert "All messages to this patient" not in page
    assert "Has agreed now" not in page
    assert say(client, patient, "yes").status_code == 403
    assert not Consent.objects.exists()


def test_the_preferred_channel_is_chosen_in_the_patients_details(asha: Clinic, desk: Client) -> None:
    patient = priya()
    details = reverse("patients:patient_details", args=["asha", patient.pk])
    given = {"name": "Priya Nair", "phones": "+919820011111", "email": patient.email, "language": "en-in"}

    desk.post(details, given | {"may_message": "on", "channels": "whatsapp"})
    patient.refresh_from_db()
    assert patient.channels == ["whatsapp"]
    assert '<option value="whatsapp" selected>' in words(desk.get(details))

    refused = desk.post(details, given | {"may_message": "on", "channels": "pigeon"})
    patient.refresh_from_db()
    assert (refused.status_code, patient.channels) == (422, ["whatsapp"])


def test_an_order_of_channels_stays_when_something_else_is_changed(asha: Clinic, desk: Client) -> None:
    patient = priya(channels=["sms", "email"])
    details = reverse("patients:patient_details", args=["asha", patient.pk])
    given = {"name": "Priya N Nair", "phones": "+919820011111", "language": "en-in", "channels": "sms"}

    desk.post(details, given | {"email": patient.email, "may_message": "on", "somebody_else": ""})

    patient.refresh_from_db()
    assert (patient.name, patient.channels) == ("Priya N Nair", ["sms", "email"])


def today(client: Client) -> str:
    return words(client.get(reverse("desk:today", args=["asha"])))


def test_the_day_says_how_many_messages_could_not_be_sent_and_why(asha: Clinic, desk: Client) -> None:
    for said in ("550 No such user", "550 No such user", "TimeoutError: timed out"):
        failed(asha, words=said)

    page = today(desk)

    assert "3 messages could not be sent" in page
    assert "The mailbox or number does not exist (2), no answer (1)" in page
    assert "could not be sent" not in today(as_role(asha, Role.THERAPIST))


def test_nothing_is_said_once_they_are_settled_or_old(asha: Clinic, desk: Client) -> None:
    assert "could not be sent" not in today(desk)
    settled, old = failed(asha), failed(asha)
    Message.objects.filter(pk=settled.pk).update(state=Message.State.CANCELLED)
    assert "1 message could not be sent" in today(desk)

    # The role of the program may not change when a message was written: ask as of later.
    assert tally(timezone.now() + timedelta(days=31)) == []
    assert old.state == Message.State.FAILED


def test_the_banner_is_a_part_of_the_days_own_statement(asha: Clinic, desk: Client, queries: Any) -> None:
    visit(asha, priya())
    failed(asha)
    assert "1 message could not be sent" in today(desk)
    with queries() as asked:
        today(desk)

    (only,) = [sql for sql in asked.statements if "clinic_message" in sql]
    assert only.startswith('SELECT "visits_visit"')
