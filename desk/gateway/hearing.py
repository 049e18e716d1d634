"""What the provider says, kept word for word and made into payments, refunds and bounces.

It may say things twice, late, or in any order. So nothing is done for the sake of one message: each is kept, and then
all that is known of its link and payment is gone through again, every step of which is done once.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Q
from django.utils.translation import gettext as _

from billing import payments as money
from billing.gateways import links, refunds
from billing.gateways.interface import DisputeTold, PaymentTold, RefundTold, Told
from billing.gateways.reading import told_by_webhook
from billing.models import Bounce, GatewayEvent, GatewayQuestion, Method, Payment, PaymentLink
from billing.payments import Tender
from clinic.acts import act
from clinic.keys import hold, part
from clinic.models import Clinic
from clinic.refusals import Refused
from clinic.tenancy.context import current_clinic_id

from .. import bouncing, checkout
from ..day_close import last_of
from ..models import DayClose

NAMES = uuid.UUID("5b0e7a52-6d1f-4c3f-9a55-0c6a1f5d3c11")
Asks = GatewayQuestion.Kind


@dataclass(frozen=True)
class Heard:
    """One thing that was said, with the row that keeps it."""

    event: GatewayEvent
    told: Told


@act
def hear(told: Told, *, clinic: Clinic, at: datetime) -> bool:
    """Keep what was said and do what follows from all that was. Says whether it is news; the same twice is not."""
    _hold_names(told)
    if GatewayEvent.objects.filter(event_id=told.event_id).exists():
        return False
    GatewayEvent.objects.create(
        event_id=told.event_id,
        kind=told.kind[:60],
        body=told.body,
        reference=told.reference[:40],
        link_id=told.link_id[:40],
        payment_id=told.payment_id[:40],
    )
    if link := _link_of(told):
        money.hold_payer(link.patient_id)
        _go_through(_locked(link), clinic, at)
    return True


def _go_through(link: PaymentLink, clinic: Clinic, at: datetime) -> None:
    """All that is known of a link: first its own state, then money in, money back, and what the bank says."""
    for heard in _all_of(link):
        links.take_in(link, heard.told, at)
    known = _all_of(link)  # by now it may have a name at the provider, and more that goes by it
    for heard in known:
        links.take_in(link, heard.told, at)
        for paid in heard.told.payments:
            _take(link, paid, heard, clinic, at)
    for heard in known:
        if heard.told.refund:
            _give_back(link, heard.told.refund, heard, clinic, at)
    won = {heard.told.dispute.id for heard in known if heard.told.dispute and heard.told.dispute.is_won}
    for heard in known:
        if heard.told.dispute:
            _dispute(link, heard.told.dispute, heard, won, clinic, at)


def _take(link: PaymentLink, paid: PaymentTold, heard: Heard, clinic: Clinic, at: datetime) -> None:
    """Money came in: it pays what the link was for as far as that is still owed; the rest is account credit (S47)."""
    if not paid.is_captured or paid.amount <= 0 or _payment(paid.id):
        return
    if paid.currency != clinic.currency:
        _ask(Asks.CURRENCY, link, heard, amount=paid.amount, currency=paid.currency, payment=paid.id)
        return
    checkout.take_payment(
        link.patient,
        tenders=[Tender(Method.GATEWAY, paid.amount, paid.id)],
        lines=[row.line for row in links.lines_of(link)],
        branch=link.branch,
        clinic=clinic,
        at=at,  # of the receipt: those of its series were issued since
        on=_counted_on(link, paid.at, clinic, at),
        by=None,
        key=part(link.key, paid.id),
    )


def _give_back(link: PaymentLink, back: RefundTold, heard: Heard, clinic: Clinic, at: datetime) -> None:
    payment = _payment(back.payment_id)
    if payment is None:  # never captured here: it went back by itself
        return
    on = _counted_on(link, back.at, clinic, at)
    fits = back.currency == clinic.currency and refunds.take_in(back, payment, on=on)
    if not fits:
        facts = {"amount": back.amount, "currency": back.currency, "payment": payment.reference}
        if why := refunds.why_not(payment):
            facts["why"] = why
        _ask(Asks.SPENT, link, heard, refund=back.id, **facts)


def _dispute(
    link: PaymentLink, dispute: DisputeTold, heard: Heard, won: set[str], clinic: Clinic, at: datetime
) -> None:
    """From the chargeback on the money is gone: the payment bounces. An enquiry, or a part of it, a person answers."""
    payment = _payment(dispute.payment_id)
    if payment is None:
        return
    facts = _facts_of(dispute)
    bounced = Bounce.objects.filter(payment=payment).exists()
    if dispute.is_won:
        if bounced:
            _ask(Asks.WON, link, heard, **facts)
        return
    if bounced or dispute.id in won:
        return
    if not dispute.takes_money:
        _ask(Asks.DISPUTE, link, heard, **facts)
    elif dispute.amount < payment.amount or dispute.currency != clinic.currency:
        _ask(Asks.BOUNCE, link, heard, **facts)
    else:
        _bounce(payment, dispute, link, heard, clinic, at)


def _bounce(
    payment: Payment, dispute: DisputeTold, link: PaymentLink, heard: Heard, clinic: Clinic, at: datetime
) -> None:
    key = part(payment.key, dispute.id)
    reason = _("The payer’s bank took the money back (%(dispute)s).") % {"dispute": dispute.id}
    try:
        bouncing.bounce_payment(payment, clinic=clinic, at=at, by=None, key=key, reason=reason)
    except Refused as refused:
        _ask(Asks.BOUNCE, link, heard, why=str(refused), **_facts_of(dispute))


def _facts_of(dispute: DisputeTold) -> dict[str, object]:
    facts: dict[str, object] = {"amount": dispute.amount, "currency": dispute.currency}
    return facts | {"payment": dispute.payment_id, "dispute": dispute.id}


def _ask(kind: str, link: PaymentLink, heard: Heard, **facts: object) -> None:
    """Have a person look at it. Asked once of the same thing, however often it is said or gone through."""
    plain = {name: str(fact) for name, fact in facts.items()}
    if not GatewayQuestion.objects.filter(link=link, kind=kind, facts=plain).exists():
        defaults = {"link": link, "facts": plain}
        GatewayQuestion.objects.get_or_create(event=heard.event, kind=kind, defaults=defaults)


def _counted_on(link: PaymentLink, moved_at: datetime, clinic: Clinic, at: datetime) -> date:
    """When money counts: on the day it moved, unless that was closed meanwhile; then today, in the open."""
    moved_on = clinic.day_of(min(moved_at, at))
    last = last_of(moved_on, link.branch)
    return clinic.day_of(at) if last and last.kind == DayClose.Kind.CLOSED else moved_on


def _locked(link: PaymentLink) -> PaymentLink:
    found: PaymentLink = PaymentLink.objects.select_for_update(no_key=True).get(pk=link.pk)
    return found


def _payment(provider_id: str) -> Payment | None:
    found: Payment | None = Payment.objects.filter(method=Method.GATEWAY, reference=provider_id).first()
    return found


def _hold_names(told: Told) -> None:
    """Whoever hears of the same link or payment at the same moment waits here, and then finds what was kept."""
    names = {told.event_id, told.reference, told.link_id, told.payment_id} - {""}
    for key in sorted(uuid.uuid5(NAMES, f"{current_clinic_id()}:{name}").int for name in names):
        hold(uuid.UUID(int=key))


def _link_of(told: Told) -> PaymentLink | None:
    """Our link that this is about, by any of its names; None while nobody has said which."""
    if link := _link_named(told.reference, told.link_id):
        return link
    others = GatewayEvent.objects.filter(payment_id=told.payment_id) if told.payment_id else ()
    return next((link for other in others if (link := _link_named(other.reference, other.link_id))), None)


def _link_named(reference: str, link_id: str) -> PaymentLink | None:
    named = Q(provider_id=link_id) if link_id else Q(pk=None)
    with suppress(ValueError):  # a reference that is somebody else's, or none
        named |= Q(pk=uuid.UUID(reference))
    found: PaymentLink | None = PaymentLink.objects.filter(named).first()
    return found


def _all_of(link: PaymentLink) -> Sequence[Heard]:
    """All that was said of a link and its payments, in the order in which it came."""
    of_link = Q(reference=link.reference)
    if link.provider_id:
        of_link |= Q(link_id=link.provider_id)
    payments = (
        GatewayEvent.objects.filter(of_link).exclude(payment_id="").values_list("payment_id", flat=True)
    )
    named = of_link | Q(payment_id__in=sorted(set(payments)))
    events = GatewayEvent.objects.filter(named).order_by("received_at", "pk")
    return [Heard(event, told_by_webhook(event.body, event_id=event.event_id)) for event in events]
