"""The personal link: consent, language, way, what was sent, and the one press that ends all messages."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from clinic.messages import outbox
from clinic.messages.outbox import Occasion
from clinic.models import ChannelAccount, Clinic, Consent, Message, MessageSettings, Patient, Role
from clinic.patients.links import make_link, revoke_link, token_for_messages
from desk.portal_messages import MOST_CHANGES
from tests.factories import PatientFactory, member, package, use


@pytest.fixture
def patient(asha: Clinic) -> Patient:
    return PatientFactory(
        name="Priya Nair", phones=["+919876543210"], email="priya@example.test", may_message=True
    )


@pytest.fixture
def token(patient: Patient) -> str:
    return make_link(patient, by=None)


def url(page: str, token: str) -> str:
    return reverse(f"desk:portal_{page}", args=["asha", token])


def words(response: Any) -> str:
    return " ".join(response.content.decode().split())


def save(client: Client, token: str, **sent: Any) -> Any:
    return client.post(url("messages", token), {"language": "en-in"} | sent)


def test_consent_is_taken_back_with_what_waits_and_given_again(
    asha: Clinic, patient: Patient, token: str, client: Client
) -> None:
    use(asha, package(asha, patient))
    assert Message.objects.filter(state="queued").count() == 2

    assert save(client, token).status_code == 303

    patient.refresh_from_db()
    assert patient.may_message is False
    assert not Message.objects.filter(state="queued").exists()
    assert "You get no messages from us." in words(client.get(url("messages", token)))
    save(client, token, may_message="on")
    patient.refresh_from_db()
    assert patient.may_message is True
    said = list(Consent.objects.filter(source="link").order_by("at", "pk").values_list("given", flat=True))
    assert said == [False, True]
    assert "You agreed on" in words(client.get(url("messages", token)))


def test_the_language_and_the_way_are_the_patients(
    asha: Clinic, patient: Patient, token: str, client: Client
) -> None:
    assert "First by" not in words(client.get(url("messages", token)))
    MessageSettings.objects.update(channels=["email", "sms"])
    ChannelAccount.objects.create(channel="sms")

    save(client, token, may_message="on", language="hi", first="sms")

    patient.refresh_from_db()
    assert (patient.language, patient.channels) == ("hi", ["sms"])
    use(asha, package(asha, patient))
    assert {each.channel for each in Message.objects.filter(kind="receipt.deduction")} == {"sms"}


@pytest.mark.parametrize("sent", [{"language": "xx"}, {"first": "pigeon"}])
def test_what_is_not_offered_is_refused_and_nothing_changes(
    asha: Clinic, patient: Patient, token: str, client: Client, sent: dict[str, str]
) -> None:
    MessageSettings.objects.update(channels=["email", "sms"])
    ChannelAccount.objects.create(channel="sms")

    assert save(client, token, **sent).status_code == 422

    patient.refresh_from_db()
    assert (patient.may_message, patient.language, patient.channels) == (True, "en-in", [])


def test_who_changes_it_all_day_is_asked_to_call_but_may_always_stop(
    asha: Clinic, patient: Patient, token: str, client: Client
) -> None:
    answers = [
        save(client, token, **({"may_message": "on"} if n % 2 else {})).status_code
        for n in range(MOST_CHANGES + 2)
    ]

    assert answers == [303] * (MOST_CHANGES + 1) + [429]
    patient.refresh_from_db()
    assert patient.may_message is False


def test_what_was_sent_is_shown_without_links_and_not_what_waits(
    asha: Clinic, patient: Patient, token: str, client: Client
) -> None:
    use(asha, package(asha, patient))
    Message.objects.filter(kind="receipt.deduction").update(state="delivered", sent_at=timezone.now())

    page = words(client.get(url("messages", token)))

    assert "Session 1 of 10" in page
    assert "Is this right? …" in page
    assert "[[link" not in page
    assert "10 sessions bought" not in page


def test_one_press_stops_all_and_looking_stops_nothing(
    asha: Clinic, patient: Patient, token: str, client: Client
) -> None:
    assert "Send me nothing more" in words(client.get(url("stop", token)))
    patient.refresh_from_db()
    assert patient.may_message is True

    for _ in range(2):
        assert "You get no more messages" in words(client.post(url("stop", token)))

    patient.refresh_from_db()
    assert patient.may_message is False
    assert Consent.objects.filter(source="link", given=False).count() == 1
    occasion = Occasion("late", "receipt.payment", {})
    assert outbox.post(patient, occasion, clinic=asha, at=timezone.now()) is None


def test_a_mail_program_presses_for_the_patient_without_our_forms_token(
    asha: Clinic, patient: Patient, token: str
) -> None:
    """RFC 8058: https://www.rfc-editor.org/rfc/rfc8058"""
    answer = Client(enforce_csrf_checks=True).post(url("stop", token), {"List-Unsubscribe": "One-Click"})

    assert answer.status_code == 200
    patient.refresh_from_db()
    assert patient.may_message is False


def test_the_stop_page_says_nothing_of_the_patient_and_needs_no_second_factor(
    asha: Clinic, patient: Patient, token: str, client: Client
) -> None:
    """S57"""
    patient.birth_date = timezone.now().date()
    patient.save(update_fields=["birth_date"])
    PatientFactory(name="Rohan Nair", phones=patient.phones)

    assert "Priya" not in words(client.get(url("stop", token)))
    assert "Date of birth" in words(client.get(url("messages", token)))
    client.post(url("stop", token))

    patient.refresh_from_db()
    assert patient.may_message is False


def test_the_desk_sees_the_link_of_messages_apart_and_closes_it(asha: Clinic, patient: Patient) -> None:
    from clinic.models import PatientLink

    token = token_for_messages(patient, at=timezone.now())
    desk = Client()
    desk.force_login(member(asha, Role.FRONT_DESK).user)
    page = reverse("patients:patient_link", args=["asha", patient.pk])
    assert "In our messages" in words(desk.get(page))
    assert "Links that open now" not in words(desk.get(page))

    desk.post(reverse("patients:link_revoking", args=["asha", patient.pk, PatientLink.objects.get().pk]))

    assert desk.get(url("messages", token)).status_code == 404
    assert token_for_messages(patient, at=timezone.now()) != token
    revoke_link(PatientLink.objects.latest("created_at", "pk"), by=None, at=timezone.now())
