"""The message centre: what could not be sent and why, and one message with its story."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from clinic.messages import reasons
from clinic.messages.personal import mark
from clinic.models import AuditEvent, Clinic, Message, PatientLink, Role
from tests.factories import PatientFactory
from tests.written import everything

from .messaging import again, as_role, failed, followed, post, priya, sent, url, waiting, words

State = Message.State


@pytest.fixture
def desk(asha: Clinic) -> Client:
    return as_role(asha, Role.FRONT_DESK)


def test_what_could_not_be_sent_stands_first_with_its_reason_and_the_providers_words(
    asha: Clinic, desk: Client
) -> None:
    failed(asha, words="550 5.1.1 <priya@example.test>: No such user here")
    sent(asha, PatientFactory(name="Ravi Rao", email="ravi@example.test", may_message=True))

    page = words(desk.get(url("messages")))

    assert "Priya Nair" in page
    assert "The mailbox or number does not exist" in page
    assert "550 5.1.1 &lt;priya@example.test&gt;" in page
    assert "Ravi Rao" not in page


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("550 5.1.1 <x@y>: Recipient address rejected: User unknown", "address"),
        ("131026: Message undeliverable", "address"),
        ("TimeoutError: timed out", "silent"),
        ("ConnectionRefusedError: [Errno 111] Connection refused", "silent"),
        ("503 Service Unavailable", "silent"),
        ("535 5.7.8 Authentication failed", "keys"),
        ("190: Invalid OAuth access token", "keys"),
        ("132001: Template name does not exist in the translation", "wording"),
        ("552 5.2.2 Mailbox full", "full"),
        ("429 Too many requests", "busy"),
        ("Given up after too many attempts.", "other"),
        ("", "other"),
    ],
)
def test_what_a_provider_says_is_sorted_into_a_reason(asha: Clinic, said: str, reason: str) -> None:
    failed(asha, words=said or " ")

    assert [(each.name, n) for each, n in reasons.tally(timezone.now())] == [(reason, 1)]


def test_each_view_and_filter_lists_its_own(asha: Clinic, desk: Client) -> None:
    ravi, mira = (
        PatientFactory(name=name, email=f"{name[:4]}@example.test", may_message=True)
        for name in ("Ravi Rao", "Mira Sen")
    )
    sent(asha, ravi)
    waiting(mira)

    def names(query: str) -> list[str]:
        page = words(desk.get(f"{url('messages')}?{query}"))
        return [name for name in ("Ravi Rao", "Mira Sen") if name in page]

    assert names("view=sent") == ["Ravi Rao"]
    assert names("view=waiting") == ["Mira Sen"]
    assert names("view=all") == ["Ravi Rao", "Mira Sen"]
    assert names("view=all&q=mira") == ["Mira Sen"]
    assert names("view=all&channel=sms") == []
    assert names(f"view=all&day={asha.today()}") == ["Ravi Rao", "Mira Sen"]
    assert names(f"view=all&day={asha.today() - timedelta(days=1)}") == []
    assert names("view=nonsense") == []
    assert names("view=all&day=soon&channel=pigeon&older_than=x") == ["Ravi Rao", "Mira Sen"]


def test_the_list_is_paged_and_asks_as_much_for_three_as_for_a_page(
    asha: Clinic, desk: Client, queries: Any
) -> None:
    someone = priya()
    for n in range(3):
        waiting(someone, body=f"Number {n}.")
    desk.get(f"{url('messages')}?view=all")
    with queries() as few:
        desk.get(f"{url('messages')}?view=all")
    for n in range(3, 45):
        waiting(someone, body=f"Number {n}.")
    with queries() as many:
        first = desk.get(f"{url('messages')}?view=all")

    assert many.count == few.count <= 9, "\n".join(many.statements)
    assert "Number 44." in words(first)
    assert "Number 4." not in words(first)
    older = desk.get(f"{url('messages')}?view=all&older_than={first.context['page'].older_than}")
    assert [shown.first_line for shown in older.context["rows"]] == [f"Number {n}." for n in (4, 3, 2, 1, 0)]
    newer = desk.get(f"{url('messages')}?view=all&newer_than={older.context['page'].newer_than}")
    assert newer.context["rows"][0].first_line == "Number 44."


def test_texts_are_told_as_they_are_and_never_the_token(asha: Clinic, desk: Client) -> None:
    message = waiting(body=f"<b>Bold</b>\n\n{mark('visits/1/')} here", subject="<i>Subject</i>")

    for page in (desk.get(f"{url('messages')}?view=all"), desk.get(url("message", message.pk))):
        assert "<b>Bold" not in words(page)
        assert "<i>Subject" not in words(page)
        assert "(the patient’s personal link) here" in words(page)
        assert "[[link" not in words(page)
    assert not PatientLink.objects.exists()


def test_the_story_says_who_tried_and_what_the_provider_said(asha: Clinic, desk: Client) -> None:
    message = failed(asha, words="550 5.1.1 No such user here")
    retried = post(desk, url("message_retry", message.pk))
    assert retried.status_code == 302
    assert again(message).state == State.QUEUED

    page = words(desk.get(url("message", message.pk)))

    assert "Tried by E-mail to priya@example.test: refused" in page
    assert "550 5.1.1 No such user here" in page
    assert "Meena asked to try again" in page


def test_pressing_try_again_twice_is_pressing_once(asha: Clinic, desk: Client) -> None:
    message, key = failed(asha), uuid4()

    post(desk, url("message_retry", message.pk), key=key)
    post(desk, url("message_retry", message.pk), key=key)

    assert AuditEvent.objects.filter(act="retry_message").count() == 1


def test_a_message_that_has_gone_out_is_not_tried_again(asha: Clinic, desk: Client) -> None:
    message = sent(asha)
    before = everything()

    refused = post(desk, url("message_retry", message.pk))

    assert refused.status_code == 422
    assert "there is nothing to try again" in words(refused)
    assert everything() == before


def test_all_that_failed_for_one_reason_is_tried_again_with_one_press(asha: Clinic, desk: Client) -> None:
    lost = [failed(asha, words="TimeoutError: timed out") for _ in range(2)]
    other = failed(asha, words="550 5.1.1 No such user")
    assert "No answer" in words(desk.get(url("messages")))

    pressed = post(desk, url("message_retries"), reason="silent")

    assert pressed.status_code == 302
    assert [again(message).state for message in [*lost, other]] == [State.QUEUED] * 2 + [State.FAILED]


def test_one_press_takes_no_more_than_so_many(
    asha: Clinic, desk: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reasons, "AT_ONCE", 2)
    for _ in range(3):
        failed(asha)

    said = followed(desk, url("message_retries"), reason="address")

    assert "press again" in said
    assert Message.objects.filter(state=State.FAILED).count() == 1


def test_a_reason_that_nobody_knows_sends_nothing(asha: Clinic, desk: Client) -> None:
    failed(asha)

    post(desk, url("message_retries"), reason="' OR 1=1")

    assert Message.objects.filter(state=State.FAILED).count() == 1


def test_messages_of_one_patient(asha: Clinic, desk: Client) -> None:
    patient = priya()
    waiting(patient, body="Hello Priya,\n\nYours.")
    waiting(priya(name="Ravi Rao"), body="Hello Ravi,\n\nHis.")

    page = words(desk.get(url("patient_messages", patient.pk)))

    assert "Yours." in page
    assert "His." not in page


@pytest.mark.parametrize("role", [Role.THERAPIST, Role.ACCOUNTANT])
def test_who_does_not_write_to_patients_does_not_see_messages(asha: Clinic, role: Role) -> None:
    message, client = failed(asha), as_role(asha, role)

    for where in ("messages", "messages_by_hand", "replies"):
        assert client.get(url(where)).status_code == 403
    assert client.get(url("message", message.pk)).status_code == 403
    assert post(client, url("message_retry", message.pk)).status_code == 403
    assert again(message).state == State.FAILED
