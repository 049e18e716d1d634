"""Receipts and bills on their way to the patient: what they say, and when they are written into the outbox.

Nothing clinical stands in them, of the name only the first, and all figures come from the bill's frozen copy.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.utils import timezone, translation
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from billing.models import NOTES, Bill, BillKind
from clinic import audit
from clinic.acts import act
from clinic.messages import by_hand, outbox
from clinic.messages.enclosures import Enclosure
from clinic.messages.wording import letter
from clinic.models import Clinic, Message, Staff
from clinic.money import format_money
from clinic.refusals import Refused
from clinic.ui.words import day, session_count
from visits.models import Visit

# What is entered later than this (a paper register, a day without power) is no news to the patient.
NEWS = timedelta(days=1)
Channel, State = Message.Channel, Message.State


class NoEmail(Refused):
    """The patient has no e-mail address, or has not agreed to messages."""

    def __init__(self) -> None:
        super().__init__(_("This patient has no e-mail address, or has not agreed to messages."))


def queue_receipt(bill: Bill, *, clinic: Clinic) -> Message | None:
    """Put the receipt of a bill that was just issued into the outbox, once."""
    patient = bill.patient
    if not outbox.may_email(patient) or bill.issued_at < timezone.now() - NEWS:
        return None
    subject, body = words_of(bill, clinic=clinic)
    return outbox.queue(
        patient, occasion=f"receipt:{bill.pk}", subject=subject, body=body, enclosure=enclosure_of(bill)
    )


def queue_correction(note: Bill, *, clinic: Clinic) -> None:
    """A bill was answered by a note: its receipt is taken back where it still waits, else the note follows it.

    A note over a part follows in any case: the rest of the bill counts.
    """
    if not outbox.may_email(note.patient):
        return
    occasion, told = f"receipt:{note.corrects_id}", [State.SENDING, State.SENT]
    if note.document.get("in_part"):
        told.append(State.QUEUED)
    elif outbox.cancel(occasion=occasion):
        return
    if Message.objects.filter(occasion=occasion, state__in=told).exists():
        queue_receipt(note, clinic=clinic)


@act
def email_bill(bill: Bill, *, clinic: Clinic, by: Staff | None, key: UUID) -> Message:
    """Send a bill now. The same key twice is once. Refuses a patient without an address or without consent."""
    subject, body = words_of(bill, clinic=clinic)
    occasion = f"sending:{key}"
    message = outbox.queue(
        bill.patient, occasion=occasion, subject=subject, body=body, enclosure=enclosure_of(bill)
    )
    if message is None:
        raise NoEmail
    audit.record("send_bill", bill, by=by, after={"channel": message.channel})
    return message


@act
def note_sent_by_hand(bill: Bill, *, clinic: Clinic, at: datetime, by: Staff | None, key: UUID) -> Message:
    """Somebody at the desk has sent the bill's text themselves. The same key twice is once."""
    subject, body = words_of(bill, clinic=clinic)
    occasion = f"sending:{key}"
    draft = outbox.plain(
        bill.patient,
        channel=Channel.BY_HAND,
        occasion=occasion,
        subject=subject,
        body=body,
        enclosure=enclosure_of(bill),
    )
    outbox.put([draft])
    return by_hand.mark_sent_by_hand(Message.objects.get(occasion=occasion), by=by, at=at)


def words_of(bill: Bill, *, clinic: Clinic) -> tuple[str, str]:
    """Subject and body in the patient's own language."""
    with translation.override(bill.patient.language):
        subject = f"{clinic.name}: {_named(bill)}"
        phone = bill.document["clinic"]["phone"]
        return subject, letter(bill.patient, _sentences(bill), clinic=clinic, phone=phone)


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


def _sentences(bill: Bill) -> Iterator[str]:
    frozen = bill.document
    box = frozen["package"]
    if "moved" in frozen:
        yield _moved(bill)
    elif bill.kind in NOTES:
        yield _corrected(frozen)
    elif frozen["visit"]:
        yield _visit(frozen)
    elif absence := _absence(frozen):
        yield from absence_words(absence)
    elif box:
        yield _bought(box)
    if box and (frozen["visit"] or bill.kind == BillKind.CORRECTION):
        yield _left(box)
    if bill.total > 0:
        yield from _sums(frozen)
    yield _closed(_named(bill))


def _moved(bill: Bill) -> str:
    """Money that came or went without a bill of its own."""
    frozen = bill.document
    amount = format_money(Decimal(frozen["moved"]), frozen["currency"], get_language() or "en-in")
    facts = {"amount": amount, "day": day(bill.issued_on)}
    if bill.kind == BillKind.REFUND_NOTE:
        return _("%(amount)s was handed back to you on %(day)s.") % facts
    return _("%(amount)s was received from you on %(day)s.") % facts


def _corrected(frozen: dict[str, Any]) -> str:
    if frozen.get("in_part") and not Decimal(frozen["total"]):
        return _("The visit on bill %(bill)s no longer counts; the rest of the bill does.") % {
            "bill": frozen["corrects"]
        }
    if frozen.get("in_part"):
        amount = format_money(-Decimal(frozen["total"]), frozen["currency"], get_language() or "en-in")
        return _("Of bill %(bill)s %(amount)s was taken back.") % {
            "bill": frozen["corrects"],
            "amount": amount,
        }
    return _("A correction: %(bill)s no longer counts.") % {"bill": frozen["corrects"]}


def _visit(frozen: dict[str, Any]) -> str:
    facts = {"day": day(date.fromisoformat(frozen["visit"]["starts_at"][:10]))}
    facts["therapist"] = frozen["therapist"]["name"] if frozen["therapist"] else ""
    box = frozen["package"]
    if box and box["session"]:
        facts |= {"k": session_count(box["session"]), "n": session_count(box["sold"])}
        if facts["therapist"]:
            return _("Session %(k)s of %(n)s on %(day)s with %(therapist)s.") % facts
        return _("Session %(k)s of %(n)s on %(day)s.") % facts
    if facts["therapist"]:
        return _("Visit on %(day)s with %(therapist)s.") % facts
    return _("Visit on %(day)s.") % facts


def _absence(frozen: dict[str, Any]) -> tuple[str, str] | None:
    """The visit that did not take place and asks for a fee: its state and day; bills of before know none."""
    found = (line["absence"] for line in frozen["lines"] if line.get("absence"))
    return next(((each["state"], each["starts_at"][:10]) for each in found), None)


def absence_words(absence: tuple[str, str]) -> Iterator[str]:
    """What the patient is told first of a visit that did not take place: its state, its local day."""
    state, on = absence
    facts = {"day": day(date.fromisoformat(on))}
    if state == Visit.State.NO_SHOW:
        yield _("You did not come to the visit of %(day)s.") % facts
    else:
        yield _("You cancelled the visit of %(day)s late.") % facts


def _bought(box: dict[str, Any]) -> str:
    sold = Decimal(box["sold"])
    words = ngettext("%(sold)s session bought", "%(sold)s sessions bought", 1 if sold == 1 else 2)
    return _closed(words % {"sold": session_count(sold)} + _until(box))


def _left(box: dict[str, Any]) -> str:
    return _closed(_("%(left)s left") % {"left": session_count(box["left"])} + _until(box))


def _closed(words: str) -> str:
    """The words as a sentence: Hindi ends one with a danda."""
    return _("%(words)s.") % {"words": words}


def _until(box: dict[str, Any]) -> str:
    until = box["valid_until"]
    return _(", valid to %(day)s") % {"day": day(date.fromisoformat(until))} if until else ""


def _sums(frozen: dict[str, Any]) -> Iterator[str]:
    def amount(name: str) -> str:
        return format_money(Decimal(frozen[name]), frozen["currency"], get_language() or "en-in")

    yield _("Total %(total)s, paid %(paid)s.") % {"total": amount("total"), "paid": amount("paid")}
    if Decimal(frozen["due"]):
        yield _("To pay: %(due)s.") % {"due": amount("due")}


def _named(bill: Bill) -> str:
    return f"{NAMES[BillKind(bill.kind)]()} {bill.name}"


NAMES = {
    BillKind.BILL: lambda: _("Bill"),
    BillKind.INVOICE: lambda: _("Bill"),
    BillKind.MONEY_RECEIPT: lambda: _("Receipt"),
    BillKind.REFUND_NOTE: lambda: _("Refund note"),
    BillKind.RECEIPT: lambda: _("Receipt"),
    BillKind.CREDIT_NOTE: lambda: _("Credit note"),
    BillKind.CORRECTION: lambda: _("Correction note"),
}
