"""Messages by e-mail: in the clinic's name, with a way to answer and a way out."""

from __future__ import annotations

import re
from email.header import decode_header, make_header
from email.utils import parseaddr
from typing import Any

import pytest
from django.utils import timezone
from pytest_httpserver import HTTPServer

from clinic.messages import personal, tasks
from clinic.models import Clinic, ClinicSettings, Message
from tests.factories import PatientFactory
from tests.messages.real import Mailbox, mailbox

__all__ = ["mailbox"]
LINK = r"http://localhost:8000/p/asha/[\w-]{43}/"


def send(clinic: Clinic, mailbox: Mailbox, **facts: Any) -> Any:
    patient = PatientFactory(email="priya@example.test", may_message=True)
    known = {"channel": "email", "address": patient.email, "subject": "Left", "body": "4 left."}
    Message.objects.create(patient=patient, occasion="1", not_before=timezone.now(), **known | facts)
    tasks.send_waiting(clinic_id=clinic.pk)
    (letter,) = mailbox.letters
    return letter


def test_a_letter_comes_from_the_clinic_by_the_installations_address(asha: Clinic, mailbox: Mailbox) -> None:
    ClinicSettings.objects.update(legal_name="आशा Physiotherapy, Pune", email="desk@asha.example")

    letter = send(asha, mailbox)

    name, address = parseaddr(letter["From"])
    assert (str(make_header(decode_header(name))), address) == ("आशा Physiotherapy, Pune", "ginti@localhost")
    assert letter["Reply-To"] == "desk@asha.example"


def test_without_a_name_on_bills_the_clinics_own_stands_there(asha: Clinic, mailbox: Mailbox) -> None:
    letter = send(asha, mailbox)

    assert letter["From"] == f"{asha.name} <ginti@localhost>"
    assert letter["Reply-To"] is None


def test_every_letter_has_a_way_out(asha: Clinic, mailbox: Mailbox) -> None:
    letter = send(asha, mailbox)

    assert re.fullmatch(f"<{LINK}stop/>", letter["List-Unsubscribe"].strip())  # folded, for it is long
    assert letter["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_the_link_is_in_the_letter_and_not_in_what_is_kept(asha: Clinic, mailbox: Mailbox) -> None:
    letter = send(asha, mailbox, body=f"See {personal.mark()} or {personal.mark('visits/1/')}")

    first, second = re.findall(rf"{LINK}(\S*)", letter.get_payload())
    assert (first, second) == ("", "visits/1/")
    assert Message.objects.get().body == "See [[link]] or [[link:visits/1/]]"


@pytest.fixture
def provider(httpserver: HTTPServer, settings: Any) -> HTTPServer:
    """A provider of e-mail that takes letters by HTTP, as Postmark does."""
    settings.EMAIL_BACKEND = "anymail.backends.postmark.EmailBackend"
    settings.ANYMAIL = {"POSTMARK_SERVER_TOKEN": "canary", "POSTMARK_API_URL": httpserver.url_for("/")}
    return httpserver


def by_provider(clinic: Clinic, provider: HTTPServer, answer: dict[str, Any], status: int) -> Message:
    provider.expect_request("/email/batch").respond_with_json([answer] if status == 200 else answer, status)
    provider.expect_request("/email").respond_with_json(answer, status)
    patient = PatientFactory(email="priya@example.test", may_message=True)
    message = Message.objects.create(
        patient=patient,
        occasion="1",
        channel="email",
        address=patient.email,
        body="4 left.",
        not_before=timezone.now(),
    )
    tasks.send_waiting(clinic_id=clinic.pk)
    message.refresh_from_db()
    return message


def test_a_provider_of_email_says_how_it_calls_the_letter(asha: Clinic, provider: HTTPServer) -> None:
    taken = {"To": "priya@example.test", "MessageID": "abc-1", "ErrorCode": 0, "Message": "OK"}

    message = by_provider(asha, provider, taken, 200)

    assert (message.state, message.provider_id) == ("sent", "abc-1")


@pytest.mark.parametrize(
    ("status", "code", "state", "attempts"),
    [(422, 300, "failed", 1), (401, 10, "queued", 0), (429, 0, "queued", 0), (500, 0, "queued", 1)],
)
def test_what_a_provider_of_email_answers(
    asha: Clinic, provider: HTTPServer, status: int, code: int, state: str, attempts: int
) -> None:
    """Refused for good; the key is wrong; too many; it does not do its work."""
    message = by_provider(asha, provider, {"ErrorCode": code, "Message": "Said so"}, status)

    assert (message.state, message.attempts) == (state, attempts)
    assert "canary" not in message.last_words
