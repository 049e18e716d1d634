"""Receipts and bills on their way to the patient: when they are written into the outbox, and by which way they go."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.utils import timezone, translation

from billing.models import Bill
from clinic import audit
from clinic.acts import act
from clinic.messages import by_hand, outbox
from clinic.messages.enclosures import Enclosure
from clinic.messages.outbox import Occasion
from clinic.models import Clinic, Message, Staff

from . import ways
from .receipt_kinds import BILL
from .receipt_words import fields_of, kind_of

# What is entered later than this (a paper register, a day without power) is no news to the patient.
NEWS = timedelta(days=1)
State = Message.State


def queue_receipt(bill: Bill, *, clinic: Clinic) -> Message | None:
    """Put the receipt of a bill that was just issued into the outbox, once."""
    now = timezone.now()
    if not bill.patient.may_message or bill.issued_at < now - NEWS:
        return None
    return outbox.post(bill.patient, _occasion(bill, f"receipt:{bill.pk}"), clinic=clinic, at=now)


def queue_correction(note: Bill, *, clinic: Clinic) -> None:
    """A bill was answered by a note: its receipt is taken back where it still waits, else the note follows it.

    A note over a part follows in any case: the rest of the bill counts.
    """
    if not note.patient.may_message:
        return
    occasion, told = f"receipt:{note.corrects_id}", [State.SENDING, *Message.GONE]
    if note.document.get("in_part"):
        told.append(State.QUEUED)
    elif outbox.cancel(occasion=occasion):
        return
    if Message.objects.filter(occasion=occasion, state__in=told).exists():
        queue_receipt(note, clinic=clinic)


@act
def send_bill(
    bill: Bill, *, channel: str = "", clinic: Clinic, at: datetime, by: Staff | None, key: UUID
) -> Message:
    """Send a bill now, by this channel or the first that reaches the patient. The same key twice is once.

    Refuses where none does, or not this one; and without consent.
    """
    way = ways.chosen(ways.ways_of(bill.patient, clinic=clinic, kind=BILL), channel)
    message = ways.write(bill.patient, _occasion(bill, f"sending:{key}"), way, clinic=clinic, at=at)
    audit.record("send_bill", bill, by=by, after={"channel": message.channel})
    return message


@act
def note_sent_by_hand(bill: Bill, *, clinic: Clinic, at: datetime, by: Staff | None, key: UUID) -> Message:
    """Somebody at the desk has sent the bill's text themselves. The same key twice is once."""
    about, way = _occasion(bill, f"sending:{key}"), ways.by_hand(bill.patient)
    message = ways.write(bill.patient, about, way, clinic=clinic, at=at)
    return by_hand.mark_sent_by_hand(message, by=by, at=at)


def text_of(bill: Bill, *, clinic: Clinic) -> str:
    """What is sent by hand."""
    way = ways.by_hand(bill.patient)
    return ways.draft(bill.patient, _occasion(bill, ""), way, clinic=clinic, at=timezone.now()).body


def messages_of(bill: Bill) -> list[Message]:
    """What was sent of the bill, or waits, newest first."""
    sent = Message.objects.filter(patient=bill.patient_id, enclosure=enclosure_of(bill))
    return list(sent.order_by("-created_at", "-pk"))


def enclosure_of(bill: Bill) -> str:
    return f"bill:{bill.pk}"


def paper(key: str, at: datetime) -> Enclosure | None:
    """The bill as PDF, as of when the message was written; nothing where this machine can make none."""
    from billing import pdf
    from billing.rendering import language_of

    bill = Bill.objects.select_related("corrects").get(pk=key)
    try:
        return Enclosure(pdf.file_name(bill), pdf.bill_pdf(bill, language=language_of(bill), at=at))
    except pdf.NoPdf:
        return None


def _occasion(bill: Bill, name: str) -> Occasion:
    with translation.override(bill.patient.language):
        return Occasion(name, kind_of(bill), fields_of(bill), enclosure=enclosure_of(bill))
