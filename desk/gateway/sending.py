"""A link on its way to the patient: by e-mail through the outbox, or by hand. Nothing clinical is in it."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.utils import translation
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from billing.gateways import links
from billing.models import PaymentLink
from clinic import audit
from clinic.acts import act
from clinic.messages import by_hand, outbox
from clinic.messages.wording import letter
from clinic.models import Clinic, Message, Staff
from clinic.money import format_money
from clinic.refusals import Refused

from ..receipts import NoEmail


class NotPayable(Refused):
    def __init__(self, link: PaymentLink) -> None:
        words = _("This link is %(state)s; there is nothing to send.")
        super().__init__(words % {"state": link.get_state_display()})


@act
def email_link(link: PaymentLink, *, clinic: Clinic, by: Staff | None, key: UUID) -> Message:
    """Send a link now. The same key twice is once. Refuses one that cannot be paid by, and a patient without an
    address or without consent."""
    _refuse(link)
    subject, body = words_of(link, clinic=clinic)
    message = outbox.queue(link.patient, occasion=occasion_of(link, key), subject=subject, body=body)
    if message is None:
        raise NoEmail
    audit.record("send_link", link, by=by, after={"channel": message.channel})
    return message


@act
def note_sent_by_hand(
    link: PaymentLink, *, clinic: Clinic, at: datetime, by: Staff | None, key: UUID
) -> Message:
    """Somebody has sent it themselves. The same key twice is once."""
    _refuse(link)
    subject, body = words_of(link, clinic=clinic)
    occasion = occasion_of(link, key)
    channel = Message.Channel.BY_HAND
    outbox.put([outbox.plain(link.patient, channel=channel, occasion=occasion, subject=subject, body=body)])
    return by_hand.mark_sent_by_hand(Message.objects.get(occasion=occasion), by=by, at=at)


def words_of(link: PaymentLink, *, clinic: Clinic) -> tuple[str, str]:
    """Subject and body in the patient's own language."""
    with translation.override(link.patient.language):
        amount = format_money(link.amount, link.currency, get_language() or "en-in")
        bills = ", ".join(dict.fromkeys(row.line.bill.name for row in links.lines_of(link)))
        facts = {"amount": amount, "bills": bills, "address": link.short_url}
        sentences = [
            _("We never ask for a card number or a PIN ourselves: you pay on the page of our provider."),
            _("You can pay %(amount)s for %(bills)s here: %(address)s") % facts,
        ]
        subject = _("%(clinic)s: pay %(amount)s") % {"clinic": clinic.name, "amount": amount}
        return subject, letter(link.patient, sentences, clinic=clinic)


def messages_of(link: PaymentLink) -> list[Message]:
    """What was sent of the link, or waits, newest first."""
    sent = Message.objects.filter(patient=link.patient_id, occasion__startswith=f"paylink:{link.pk}:")
    return list(sent.order_by("-created_at", "-pk"))


def occasion_of(link: PaymentLink, key: UUID) -> str:
    return f"paylink:{link.pk}:{key}"


def _refuse(link: PaymentLink) -> None:
    if not link.is_payable:
        raise NotPayable(link)
