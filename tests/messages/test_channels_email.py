"""Messages by e-mail: in the clinic's name, with a way to answer and a way out."""

from __future__ import annotations

import re
from email.header import decode_header, make_header
from email.utils import parseaddr
from typing import Any

from django.utils import timezone

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

    assert re.fullmatch(f"<{LINK}>", letter["List-Unsubscribe"].strip())  # folded, for it is long


def test_the_link_is_in_the_letter_and_not_in_what_is_kept(asha: Clinic, mailbox: Mailbox) -> None:
    letter = send(asha, mailbox, body=f"See {personal.mark()} or {personal.mark('visits/1/')}")

    first, second = re.findall(rf"{LINK}(\S*)", letter.get_payload())
    assert (first, second) == ("", "visits/1/")
    assert Message.objects.get().body == "See [[link]] or [[link:visits/1/]]"
