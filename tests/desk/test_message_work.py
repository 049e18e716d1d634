"""Messages by hand, one after the other, and what patients write back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from clinic.messages.personal import mark
from clinic.models import AuditEvent, Clinic, Message, PatientLink, Role
from tests.written import everything

from .messaging import again, as_role, by_hand, failed, followed, post, priya, reply, url, waiting, words

State = Message.State


@pytest.fixture
def desk(asha: Clinic) -> Client:
    return as_role(asha, Role.FRONT_DESK)


def test_the_work_list_brings_up_one_message_after_the_other(asha: Clinic, desk: Client) -> None:
    first = by_hand(priya(), body="Hello Priya,\n\n2 left & valid to 30 June.")
    second = by_hand(priya(name="Ravi Rao", phones=["+919820022222"]))

    page = words(desk.get(url("messages_by_hand")))
    assert "https://wa.me/919820011111?text=Hello%20Priya%2C%0A%0A2%20left%20%26%20valid" in page
    assert "919820022222?text" not in page

    after = followed(desk, url("message_settling", first.pk))
    assert "https://wa.me/919820022222?text" in after
    assert (again(first).state, again(second).state) == (State.SENT, State.QUEUED)

    ended = followed(desk, url("message_settling", second.pk), not_needed="1")
    assert "Nothing to send by hand" in ended
    assert again(second).state == State.CANCELLED


def test_what_is_left_for_later_comes_again(asha: Clinic, desk: Client) -> None:
    message = by_hand()

    end = words(desk.get(f"{url('messages_by_hand')}?after={message.pk}"))

    assert "1 message was passed over" in end
    assert again(message).state == State.QUEUED


@pytest.mark.parametrize("lacks", [{"may_message": False}, {"phones": []}])
def test_without_consent_or_phone_it_is_told_in_person(
    asha: Clinic, desk: Client, lacks: dict[str, Any]
) -> None:
    """S57"""
    message = by_hand(priya(**lacks), body=f"2 left. {mark()}")

    page = words(desk.get(url("messages_by_hand")))

    assert "Tell in person" in page
    assert "wa.me" not in page
    assert not PatientLink.objects.exists()
    assert followed(desk, url("message_settling", message.pk))
    assert again(message).state == State.SENT


def test_the_text_in_hand_carries_the_patients_own_link_and_the_same_one_each_time(
    asha: Clinic, desk: Client
) -> None:
    by_hand(body=f"See {mark()}")

    first, second = (desk.get(url("messages_by_hand")).context["work"].task.filled for _ in range(2))

    assert first == second
    assert "/p/asha/" in first
    assert PatientLink.objects.count() == 1


def test_what_the_program_gave_up_can_be_sent_by_hand(asha: Clinic, desk: Client) -> None:
    message = failed(asha)

    page = words(desk.get(url("message_by_hand", message.pk)))
    assert "https://wa.me/919820011111" in page
    post(desk, url("message_settling", message.pk))

    assert again(message).state == State.SENT
    assert "Meena sent it by hand" in words(desk.get(url("message", message.pk)))


def test_what_the_program_is_sending_cannot_be_taken_off(asha: Clinic, desk: Client) -> None:
    message = waiting()
    before = everything()

    refused = post(desk, url("message_settling", message.pk))

    assert refused.status_code == 422
    assert everything() == before


def test_what_is_too_late_to_be_of_use_is_not_brought_up(asha: Clinic, desk: Client) -> None:
    by_hand(good_until=timezone.now() - timedelta(minutes=1))

    assert "Nothing to send by hand" in words(desk.get(url("messages_by_hand")))


def test_replies_are_seen_once_and_lead_to_the_patient(asha: Clinic, desk: Client) -> None:
    patient = priya()
    told, unknown = reply(patient, "<b>Call</b> me"), reply(None, "Who is this?")

    page = words(desk.get(url("replies")))
    assert url("patient_file", patient.pk) in page
    assert "&lt;b&gt;Call&lt;/b&gt; me" in page
    assert "No patient has this address alone" in page

    post(desk, url("reply_seen", told.pk))
    post(desk, url("reply_seen", told.pk))
    told.refresh_from_db()
    unknown.refresh_from_db()
    assert (told.seen_by.name, unknown.seen_at) == ("Meena", None)
    assert AuditEvent.objects.filter(act="see_reply").count() == 1
    assert "seen by Meena" in words(desk.get(url("replies")))
