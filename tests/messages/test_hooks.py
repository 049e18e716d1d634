"""What providers and patients tell us: only what is genuine, once each, in whatever order."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from clinic.messages import accounts, consent, delivery, hearing
from clinic.messages.hearing import Said
from clinic.models import Clinic, Consent, Message, MessageAttempt, MessageReport, Patient, Reply
from clinic.tenancy.context import clinic_context
from tests.factories import PatientFactory, found, owner_of
from tests.fake_whatsapp import APP_SECRET, VERIFY, account, send, status, text, told
from tests.written import everything

State = Message.State


@pytest.fixture
def clinic(asha: Clinic) -> Clinic:
    account(asha)
    return asha


def sent(occasion: str = "1", **facts: Any) -> Message:
    patient = PatientFactory(phones=["+919820011111"], email="a@example.test", may_message=True)
    known = {"channel": "whatsapp", "address": patient.phone, "body": "4 left.", "state": State.SENT}
    known |= {"sent_at": timezone.now(), "provider_id": "wamid.1", "attempts": 1}
    return Message.objects.create(patient=patient, occasion=occasion, **known | facts)


def told_of(message: Message, what: str = "delivered", **facts: Any) -> bytes:
    known = {"id": "wamid.1", "to": "919820011111", "biz_opaque_callback_data": str(message.pk)}
    return told(statuses=[status(known, what, **facts)])


def again(message: Message) -> Message:
    message.refresh_from_db()
    return message


def ask(clinic: str = "asha", **asked: str) -> Any:
    known = {"mode": "subscribe", "verify_token": VERIFY, "challenge": "1158201444"} | asked
    query = {f"hub.{name}": value for name, value in known.items()}
    return Client().get(reverse("hook_whatsapp", args=[clinic]), query)


def test_whatsapp_is_told_that_the_address_is_ours(clinic: Clinic) -> None:
    answer = ask()

    assert (answer.status_code, answer.content, answer["Content-Type"]) == (200, b"1158201444", "text/plain")


@pytest.mark.parametrize(
    "asked",
    [
        {"verify_token": "another"},
        {"verify_token": ""},
        {"mode": "unsubscribe"},
        {"challenge": "<script>"},
        {"challenge": ""},
        {"clinic": "nobody"},
    ],
)
def test_nobody_else_is_told_anything(clinic: Clinic, asked: dict[str, str]) -> None:
    assert ask(**asked).status_code == 403


@pytest.mark.parametrize("what", ["delivered", "read"])
def test_a_report_brings_its_message_on_and_twice_is_once(clinic: Clinic, what: str) -> None:
    message = sent()

    answers = [send(told_of(message, what)) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert again(message).state == what
    assert MessageReport.objects.count() == 1


def test_reports_may_come_in_the_wrong_order(clinic: Clinic) -> None:
    message = sent()

    for what in ("read", "sent", "delivered"):
        send(told_of(message, what))

    assert again(message).state == State.READ
    assert message.delivered_at
    assert message.read_at


def test_a_report_may_come_before_we_know_the_id(clinic: Clinic) -> None:
    message = sent(state=State.SENDING, sent_at=None, provider_id="")

    assert send(told_of(message)).status_code == 200
    delivery.record_sent(message, timezone.now(), provider_id="wamid.1")

    assert again(message).state == State.DELIVERED


def test_a_report_of_a_message_that_is_not_ours_is_kept_and_does_nothing(clinic: Clinic) -> None:
    message = sent(provider_id="wamid.other")

    assert send(told_of(message, biz_opaque_callback_data="something else")).status_code == 200

    assert again(message).state == State.SENT
    assert MessageReport.objects.get().about == ""


def test_what_could_not_be_delivered_goes_the_next_way_with_whatsapps_words(clinic: Clinic) -> None:
    message = sent(route=["email"])
    error = {"code": 131026, "title": "Message undeliverable", "error_data": {"details": "No WhatsApp there"}}

    send(told_of(message, "failed", errors=[error]))

    assert (again(message).channel, message.last_words) == ("email", "131026 No WhatsApp there")


@pytest.mark.parametrize("secret", ["another", ""])
def test_what_is_not_signed_by_the_clinics_secret_is_refused(clinic: Clinic, secret: str) -> None:
    message = sent()
    before = everything()

    assert send(told_of(message), secret=secret).status_code == 401
    assert send(told_of(message), **{"X-Hub-Signature-256": ""}).status_code == 401
    assert send(told_of(message), **{"X-Hub-Signature-256": "sha256=ü"}).status_code == 401
    assert send(told_of(message), clinic="nobody").status_code == 401

    assert everything() == before


def test_a_clinic_without_an_account_hears_nothing(asha: Clinic) -> None:
    assert send(told(), secret="").status_code == 401
    assert ask(verify_token="").status_code == 403


def test_an_account_that_is_off_still_hears(clinic: Clinic) -> None:
    row = accounts.account_row("whatsapp")
    assert row
    accounts.switch(row, is_on=False, by=owner_of(clinic), at=timezone.now())
    message = sent()

    assert send(told_of(message)).status_code == 200
    assert again(message).state == State.DELIVERED


def test_another_number_of_the_same_app_is_none_of_our_business(clinic: Clinic) -> None:
    before = everything()

    assert send(told(number_id="999", messages=[text("STOP")])).status_code == 200

    assert everything() == before


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"entry": {"a": 1}}',
        b'{"entry": [{"changes": [{"value": {"metadata": 7}}]}]}',
        told(
            statuses=[
                {},
                None,
                7,
                {"id": 5},
                {"id": "", "status": "sent"},
                {"id": "x" * 121, "status": "sent"},
            ]
        ),  # type: ignore[list-item]
        told(statuses=[{"id": "wamid.1", "status": "warning"}, {"id": "wamid.1", "status": ["sent"]}]),
        told(messages=[{}, None, {"id": "a", "from": "me"}, {"id": "a", "from": "１２３"}]),  # type: ignore[list-item]
    ],
)
def test_what_is_genuine_and_cannot_be_read_is_passed_over(clinic: Clinic, body: bytes) -> None:
    before = everything()

    assert send(body).status_code == 200

    assert everything() == before


def test_strange_letters_and_times_are_kept_as_far_as_they_can_be(clinic: Clinic) -> None:
    words = text("a\0b\ud800", timestamp="999999999999999999")

    assert send(told(messages=[words])).status_code == 200

    reply = Reply.objects.get()
    assert reply.words == "ab?"
    assert reply.received_at <= timezone.now()


def test_a_giant_body_is_not_read(clinic: Clinic) -> None:
    assert send(b"x" * (2 * 1024 * 1024 + 1)).status_code == 413


def test_a_reply_is_kept_once_with_the_patient_who_has_the_number(clinic: Clinic) -> None:
    patient = PatientFactory(phones=["+919820099999", "+919820011111"])

    for _ in range(2):
        send(told(messages=[text("Can I come at five?")]))

    reply = Reply.objects.get()
    assert (reply.patient, reply.words, reply.sender) == (patient, "Can I come at five?", "+919820011111")


def test_a_reply_from_a_shared_or_unknown_number_has_no_patient(clinic: Clinic) -> None:
    """S57"""
    PatientFactory(phones=["+919820011111"])
    PatientFactory(phones=["+919820011111"])

    send(told(messages=[text("Hello"), text("Who?", sender="4915112345678", name="wamid.in.2")]))

    assert [reply.patient for reply in Reply.objects.order_by("pk")] == [None, None]


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"type": "button", "button": {"text": "Confirm"}, "text": None}, "Confirm"),
        ({"type": "interactive", "interactive": {"button_reply": {"title": "Yes"}}, "text": None}, "Yes"),
        ({"type": "image", "image": {"caption": "My knee"}, "text": None}, "My knee"),
        ({"type": "audio", "text": None}, "[audio]"),
    ],
)
def test_other_replies_are_kept_in_words(clinic: Clinic, facts: dict[str, Any], words: str) -> None:
    send(told(messages=[text("", **facts)]))

    assert Reply.objects.get().words == words


@pytest.mark.parametrize("word", ["STOP", " stop. ", "Unsubscribe", "बंद", "बंद करें", "रोकें"])
def test_a_word_stops_the_messages_to_everybody_with_that_number(clinic: Clinic, word: str) -> None:
    first, second, other = (
        PatientFactory(phones=[phone], may_message=True)
        for phone in ("+919820011111", "+919820011111", "+919820022222")
    )
    waits = Message.objects.create(
        patient=first, channel="whatsapp", address="+919820011111", occasion="1", body=""
    )

    send(told(messages=[text(word)]))

    assert set(Patient.objects.filter(may_message=True)) == {other}
    assert again(waits).state == State.CANCELLED
    lines = Consent.objects.filter(source=Consent.Source.WORD, given=False)
    assert {line.patient for line in lines} == {first, second}
    assert lines[0].words == word.strip() or lines[0].words == word


@pytest.mark.parametrize("word", ["Start", "शुरू"])
def test_a_word_brings_them_back(clinic: Clinic, word: str) -> None:
    patient = PatientFactory(phones=["+919820011111"], may_message=True)

    send(told(messages=[text("STOP")]))
    send(told(messages=[text(word, name="wamid.in.2")]))

    patient.refresh_from_db()
    assert patient.may_message
    latest = Consent.objects.filter(patient=patient).order_by("-at", "-pk")[0]
    assert (latest.given, latest.source) == (True, Consent.Source.WORD)


def test_a_word_counts_from_when_it_was_written(clinic: Clinic) -> None:
    patient = PatientFactory(phones=["+919820011111"], may_message=True)
    later = timezone.now() + timedelta(minutes=5)

    hearing.hear_reply(Said("wamid.in.1", "+919820011111", "STOP", later), channel="whatsapp")

    last = consent.latest(patient)
    assert last
    assert (last.given, last.at) == (False, later)


@pytest.mark.parametrize(("word", "after"), [("STOP", True), ("START", False)])
def test_an_older_word_that_comes_late_does_not_undo_a_newer_one(
    clinic: Clinic, word: str, after: bool
) -> None:
    patient = PatientFactory(phones=["+919820011111"], may_message=True)
    if word == "START":
        send(told(messages=[text("STOP")]))
    hour_ago = str(int(timezone.now().timestamp()) - 3600)

    send(told(messages=[text(word, name="wamid.in.2", timestamp=hour_ago)]))

    patient.refresh_from_db()
    assert patient.may_message is after
    assert Reply.objects.filter(words=word, provider_id="wamid.in.2").exists()


def test_a_word_gives_back_only_what_a_word_took(clinic: Clinic) -> None:
    """S57"""
    phones = ["+919820011111"]
    PatientFactory(phones=phones, may_message=False)
    said_no, stopped = (PatientFactory(phones=phones, may_message=True) for _ in range(2))
    consent.withdraw(said_no, source=Consent.Source.DESK, at=timezone.now(), by=owner_of(clinic))
    send(told(messages=[text("STOP")]))

    send(told(messages=[text("START", name="wamid.in.2")]))

    assert list(Patient.objects.filter(may_message=True)) == [stopped]


def test_two_webhooks_about_the_same_wait_for_each_other_in_the_same_order(clinic: Clinic) -> None:
    first = {"id": "wamid.1", "to": "919820011111", "biz_opaque_callback_data": ""}
    statuses = [status(first), status(first | {"id": "wamid.2"}), status(first, "read")]
    words = [text("One"), text("Two", name="wamid.in.2")]

    def locks(statuses: list[Any], messages: list[Any]) -> list[str]:
        with CaptureQueriesContext(connection) as asked:
            send(told(statuses=statuses, messages=messages))
        return [each["sql"] for each in asked.captured_queries if "advisory" in each["sql"]]

    assert locks(statuses, words) == locks(statuses[::-1], words[::-1])


def test_an_old_word_that_is_told_again_does_not_undo_a_newer_one(clinic: Clinic) -> None:
    patient = PatientFactory(phones=["+919820011111"], may_message=True)
    stop, start = told(messages=[text("STOP")]), told(messages=[text("START", name="wamid.in.2")])

    for body in (stop, start, stop):
        send(body)

    patient.refresh_from_db()
    assert patient.may_message


@pytest.mark.parametrize("words", ["Please do not stop", "बंद कब होता है?", "restart", ""])
def test_a_sentence_with_such_a_word_in_it_is_no_wish(clinic: Clinic, words: str) -> None:
    patient = PatientFactory(phones=["+919820011111"], may_message=True)

    send(told(messages=[text(words)]))

    patient.refresh_from_db()
    assert patient.may_message


def test_a_word_to_one_clinic_says_nothing_to_another(clinic: Clinic) -> None:
    other = found("other")
    with clinic_context(other.pk):
        account(other)
        patient = PatientFactory(phones=["+919820011111"], may_message=True)

    send(told(messages=[text("STOP")]))

    with clinic_context(other.pk):
        assert Patient.objects.get(pk=patient.pk).may_message
        assert not Reply.objects.exists()


def sms_account(clinic: Clinic) -> str:
    accounts.set_up(
        "sms",
        facts={"url": "https://sms.example.com/send"},
        secrets={"login": "authkey: 1"},
        by=owner_of(clinic),
        at=timezone.now(),
    )
    return accounts.account_of("sms").secrets[accounts.HOOK]


@pytest.mark.parametrize(
    ("words", "state"), [("DELIVRD", "delivered"), ("Delivered", "delivered"), ("sent", "sent")]
)
@pytest.mark.parametrize("as_json", [True, False])
def test_a_report_of_an_sms_brings_its_message_on(
    asha: Clinic, words: str, state: str, as_json: bool
) -> None:
    url = reverse("hook_sms", args=["asha", sms_account(asha)])
    message = sent(channel="sms", provider_id="sms-7")
    MessageAttempt.objects.create(message=message, channel="sms", provider_id="sms-7")
    body = {"reference": str(message.pk), "status": words}

    for _ in range(2):
        answer = (
            Client().post(url, json.dumps(body), content_type="application/json")
            if as_json
            else Client().post(url, body)
        )
        assert answer.status_code == 200

    assert again(message).state == state
    assert MessageReport.objects.get().provider_id == "sms-7"


def test_an_sms_that_did_not_arrive_goes_the_next_way(asha: Clinic) -> None:
    url = reverse("hook_sms", args=["asha", sms_account(asha)])
    message = sent(channel="sms", provider_id="", route=["email"])
    attempt = MessageAttempt.objects.create(message=message, channel="sms")
    Message.objects.filter(pk=message.pk).update(provider_id=str(attempt.pk))

    Client().post(url, {"reference": str(message.pk), "status": "UNDELIV"})

    assert (again(message).channel, message.last_words) == ("email", "UNDELIV")


def test_only_who_knows_the_secret_in_the_address_reports_of_sms(asha: Clinic) -> None:
    sms_account(asha)
    message = sent(channel="sms")
    before = everything()
    body = {"reference": str(message.pk), "status": "delivered"}

    for slug, secret in (("asha", "guess"), ("nobody", "guess"), ("asha", "ü")):
        assert Client().post(reverse("hook_sms", args=[slug, secret]), body).status_code == 401

    assert everything() == before


@pytest.mark.parametrize(
    "body", ["{", "[]", "null", '{"reference": 7, "status": []}', '{"status": "delivered"}']
)
def test_a_report_of_sms_that_cannot_be_read_is_passed_over(asha: Clinic, body: str) -> None:
    url = reverse("hook_sms", args=["asha", sms_account(asha)])
    before = everything()

    assert Client().post(url, body, content_type="application/json").status_code == 200
    assert Client().post(url, {"reference": str(uuid4()), "status": "delivered"}).status_code == 200

    assert everything() == before


def test_a_hook_is_asked_by_programs_that_have_no_session(clinic: Clinic) -> None:
    client = Client(enforce_csrf_checks=True)
    url = reverse("hook_whatsapp", args=["asha"])

    assert client.post(url, b"{}", content_type="application/json").status_code == 401  # and not 403
    assert client.put(url).status_code == 405
    assert APP_SECRET not in client.post(url, b"{}", content_type="application/json").content.decode()
