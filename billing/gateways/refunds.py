"""Money of an online payment that goes back the way it came."""

from __future__ import annotations

import uuid
from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _

from billing.models import Bounce, GatewayRefund, Method, Payment, Refund
from billing.payments import PaymentRefused, hold_payer, unapplied
from billing.returns import NotThatMuchCredit
from clinic import access, audit
from clinic.acts import act
from clinic.models import Staff
from clinic.money import quantise
from packages.ledger import ReasonMissing

from . import accounts
from .interface import RefundTold
from .links import ring

State = GatewayRefund.State


@act
def ask_for_refund(
    payment: Payment, *, amount: Decimal, currency: str, by: Staff | None, key: uuid.UUID, reason: str
) -> GatewayRefund:
    """Give back what an online payment has left, through the provider. From now on nothing else can spend it.

    The same key twice is the same refund. Refuses more than is unapplied, a payment that was not made online, and a
    missing reason.
    """
    access.require(by, "pay_back")
    hold_payer(payment.patient_id)
    if before := GatewayRefund.objects.filter(key=key).first():
        return before
    _refuse(payment, amount, currency, reason)
    facts = {"currency": currency, "reason": reason.strip(), "by": by, "key": key}
    wanted = GatewayRefund.objects.create(payment=payment, amount=amount, **facts)
    audit.record("ask_for_refund", wanted, by=by, after={"amount": amount, "reason": wanted.reason})
    ring()
    return wanted


def take_in(told: RefundTold, payment: Payment, *, on: date) -> bool:
    """What was said of a refund; one that is done becomes a Refund, once. Says whether it fits.

    It does not where the money of the payment pays for bills meanwhile: that was given back at the provider's own
    pages; nor where the payment bounced. A person is asked then, the provider no more. The payer is held.
    """
    ours = _ours(told)
    if told.is_done:
        return _record(told, payment, ours, on)
    if ours and told.has_failed and ours.state in GatewayRefund.WAITING:
        words = _("The provider could not pay it back.")
        _write(ours, state=State.FAILED, provider_id=told.id, due_at=None, last_words=words)
    elif ours and ours.state == State.WANTED:
        _write(ours, state=State.ASKED, provider_id=told.id)
    return True


def _record(told: RefundTold, payment: Payment, ours: GatewayRefund | None, on: date) -> bool:
    if Refund.objects.filter(method=Method.GATEWAY, reference=told.id).exists():
        return True
    held = ours.amount if ours and ours.state in GatewayRefund.WAITING else Decimal(0)
    why = why_not(payment)
    if why or told.amount > unapplied(payment) + held:
        if ours:
            _write(ours, provider_id=told.id, due_at=None, last_words=why)
        return False
    reason = ours.reason if ours else _("Given back at the provider.")
    refund = Refund.objects.create(
        payment=payment,
        branch_id=payment.branch_id,
        amount=told.amount,
        method=Method.GATEWAY,
        reference=told.id,
        given_on=max(on, payment.received_on),
        reason=reason,
        by=ours.by if ours else None,
        key=ours.key if ours else uuid.uuid5(payment.key, told.id),
    )
    after = {"method": Method.GATEWAY, "amount": told.amount, "reason": reason}
    audit.record("pay_back", refund, by=refund.by, after=after)
    if ours:
        _write(ours, state=State.DONE, provider_id=told.id, refund=refund, due_at=None, last_words="")
    return True


def why_not(payment: Payment) -> str:
    """Why no money of a payment can have gone back from here: it bounced. Else nothing."""
    return _("The payment had bounced.") if Bounce.objects.filter(payment=payment).exists() else ""


def _ours(told: RefundTold) -> GatewayRefund | None:
    rows = GatewayRefund.objects.select_for_update(no_key=True)
    if found := rows.filter(provider_id=told.id).first():
        return found
    try:
        return rows.filter(key=uuid.UUID(told.key)).first()
    except ValueError:  # a note that is not ours
        return None


def _write(ours: GatewayRefund, **facts: object) -> None:
    for name, fact in facts.items():
        setattr(ours, name, fact)
    ours.save(update_fields=list(facts))


def _refuse(payment: Payment, amount: Decimal, currency: str, reason: str) -> None:
    if not reason.strip():
        raise ReasonMissing
    if payment.method != Method.GATEWAY:
        raise PaymentRefused(_("This payment was not made online. Hand its money back another way."))
    if amount <= 0 or amount != quantise(amount, currency):
        raise PaymentRefused(_("An amount handed back must be more than 0."))
    if amount > unapplied(payment):
        raise NotThatMuchCredit(amount)
    accounts.gateway_of(accounts.account())
