"""A link on its way to the patient: by a channel of the clinic's, or by hand. Nothing clinical is in it."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.utils import timezone, translation
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from billing.gateways import links
from billing.models import PaymentLink
from clinic import audit
from clinic.acts import act
from clinic.messages import by_hand
from clinic.messages.outbox import Occasion
from clinic.models import Clinic, Message, Staff
from clinic.money import format_money
from clinic.refusals import Refused

from .. import ways
from ..letter_kinds import PAYMENT_LINK


class NotPayable(Refused):
    def __init__(self, link: PaymentLink) -> None:
        words = _("This link is %(state)s; there is nothing to send.")
        super().__init__(words % {"state": link.get_state_display()})


@act
def send_link(
    link: PaymentLink, *, channel: str = "", clinic: Clinic, at: datetime, by: Staff | None, key: UUID
) -> Message:
    """Send a link now, by this channel or the first that reaches the patient. The same key twice is once.

    Refuses one that cannot be paid by, and where no channel reaches the patient, or not this one.
    """
    _refuse(link)
    way = ways.chosen(ways.ways_of(link.patient, clinic=clinic, kind=PAYMENT_LINK), channel)
    message = ways.write(link.patient, _occasion(link, occasion_of(link, key)), way, clinic=clinic, at=at)
    audit.record("send_link", link, by=by, after={"channel": message.channel})
    return message


@act
def note_sent_by_hand(
    link: PaymentLink, *, clinic: Clinic, at: datetime, by: Staff | None, key: UUID
) -> Message:
    """Somebody has sent it themselves. The same key twice is once."""
    _refuse(link)
    about, way = _occasion(link, occasion_of(link, key)), ways.by_hand(link.patient)
    message = ways.write(link.patient, about, way, clinic=clinic, at=at)
    return by_hand.mark_sent_by_hand(message, by=by, at=at)


def text_of(link: PaymentLink, *, clinic: Clinic) -> str:
    """What is sent by hand; nothing for a link that has no address yet."""
    if not link.short_url:
        return ""
    about, way = _occasion(link, ""), ways.by_hand(link.patient)
    return ways.draft(link.patient, about, way, clinic=clinic, at=timezone.now()).body


def _occasion(link: PaymentLink, name: str) -> Occasion:
    with translation.override(link.patient.language):
        fields = {
            "amount": format_money(link.amount, link.currency, get_language() or "en-in"),
            "bills": ", ".join(dict.fromkeys(row.line.bill.name for row in links.lines_of(link))),
            "address": link.short_url,
        }
    return Occasion(name, PAYMENT_LINK, fields)


def messages_of(link: PaymentLink) -> list[Message]:
    """What was sent of the link, or waits, newest first."""
    sent = Message.objects.filter(patient=link.patient_id, occasion__startswith=f"paylink:{link.pk}:")
    return list(sent.order_by("-created_at", "-pk"))


def occasion_of(link: PaymentLink, key: UUID) -> str:
    return f"paylink:{link.pk}:{key}"


def _refuse(link: PaymentLink) -> None:
    if not link.is_payable:
        raise NotPayable(link)
