"""Money that goes back: handed to the patient out of account credit, or never come in because a payment bounced."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from django.db.models import Sum
from django.utils.translation import gettext as _

from clinic import access, audit
from clinic.acts import act
from clinic.models import Branch, Patient, Staff
from clinic.refusals import Refused
from clinic.ui import words
from packages.ledger import ReasonMissing
from packages.models import Package

from .models import Allocation, BillLine, Bounce, GatewayRefund, Method, Payment, Refund
from .payments import PaymentRefused, Tender, hold_payer, unapplied, unapplied_of

ZERO = Decimal(0)


class NotThatMuchCredit(PaymentRefused):
    """More would be handed back than the patient has as account credit."""

    def __init__(self, amount: Decimal) -> None:
        self.amount = amount
        super().__init__(_("The patient has less account credit than that. Hand back what there is."))


class CannotBounce(Refused):
    """The payment bounced before, or its money is gone."""


@act
def pay_back(
    patient: Patient,
    *,
    tender: Tender,
    branch: Branch,
    on: date,
    today: date,
    by: Staff | None,
    key: uuid.UUID,
    reason: str,
    payments: Sequence[Payment] = (),
) -> list[Refund]:
    """Hand account credit back: one row for each payment that it comes out of, the newest first.

    Only of `payments` where they are given. The same key twice is the same money. Refuses more than is unapplied, an
    amount that is not positive, a day in the future, and to hand it back as account credit.
    """
    access.require(by, "pay_back")
    hold_payer(patient.pk, *{payment.patient_id for payment in payments})
    if before := list(Refund.objects.filter(key=key).order_by("id")):
        return before
    _refuse_tender(tender, on=on, today=today, reason=reason)
    free = _free(patient, payments)
    if tender.amount > sum((left for _, left in free), ZERO):
        raise NotThatMuchCredit(tender.amount)
    refunds, still = [], tender.amount
    for payment, left in free:
        amount = min(left, still)
        if amount > 0:
            refunds.append(_hand_over(payment, amount, tender, branch, on=on, by=by, key=key, reason=reason))
            still -= amount
    return refunds


@act
def bounce_payment(
    payment: Payment,
    *,
    on: date,
    by: Staff | None,
    key: uuid.UUID,
    reason: str,
    charge: BillLine | None = None,
) -> Bounce:
    """A payment did not come in: what it paid for is owed again, and it counts as nothing. Its row stays.

    What was handed back out of it is charged by the line `charge` (decision 0009). The same key twice is the same
    bounce. Refuses a payment that bounced before, account credit, which never came in, and by hand one whose money is
    on its way back through the provider.
    """
    access.require(by, "bounce_payment")
    hold_payer(payment.patient_id)
    if done := Bounce.objects.filter(key=key).first():
        return done
    refuse_bounce(payment, reason, on, by=by)
    for line_id, amount in _pays(payment).items():
        Allocation.objects.create(
            payment=payment, line_id=line_id, amount=-amount, by=by, key=key, reason=reason.strip()
        )
    bounce = Bounce.objects.create(
        payment=payment, bounced_on=on, by=by, key=key, reason=reason.strip(), charge=charge
    )
    audit.record("bounce_payment", payment, by=by, after={"amount": payment.amount, "reason": bounce.reason})
    return bounce


@act
def give_credit(
    package: Package,
    *,
    amount: Decimal,
    branch: Branch,
    on: date,
    by: Staff | None,
    key: uuid.UUID,
) -> Payment:
    """Account credit from the refund of a package that no bill of ours sold: one of before go-live, or transferred.

    No money comes in by it. The database refuses more than the refund came to. The same key twice is the same credit.
    """
    if before := Payment.objects.filter(key=key).first():
        return before
    credit = Payment.objects.create(
        patient=package.patient,
        branch=branch,
        method=Method.CREDIT,
        reference=_("package no. %(number)s") % {"number": package.number},
        amount=amount,
        received_on=on,
        package=package,
        by=by,
        key=key,
    )
    audit.record("give_credit", credit, by=by, after={"package": package.number, "amount": amount})
    return credit


def handed_back(payment: Payment) -> Decimal:
    """What was handed back out of a payment."""
    return Refund.objects.filter(payment=payment).aggregate(sum=Sum("amount"))["sum"] or ZERO


def _pays(payment: Payment) -> dict[uuid.UUID, Decimal]:
    """What a payment pays for now: lines and how much of each."""
    rows = Allocation.objects.filter(payment=payment).values_list("line").annotate(sum=Sum("amount"))
    return {line_id: amount for line_id, amount in rows.order_by("line") if amount}


def _refuse_tender(tender: Tender, *, on: date, today: date, reason: str) -> None:
    if not reason.strip():
        raise ReasonMissing
    if tender.amount <= 0:
        raise PaymentRefused(_("An amount handed back must be more than 0."))
    if on > today:
        raise PaymentRefused(_("A payment cannot be dated in the future."))
    if tender.method == Method.CREDIT:
        raise PaymentRefused(_("It is account credit already. Choose how it is handed back."))
    if tender.method == Method.GATEWAY:
        raise PaymentRefused(_("Money that was paid online goes back from the page of its payment link."))


def _free(patient: Patient, payments: Sequence[Payment]) -> list[tuple[Payment, Decimal]]:
    if payments:
        return [(payment, unapplied(payment)) for payment in payments]
    return unapplied_of(patient)[::-1]


def _hand_over(
    payment: Payment,
    amount: Decimal,
    tender: Tender,
    branch: Branch,
    *,
    on: date,
    by: Staff | None,
    key: uuid.UUID,
    reason: str,
) -> Refund:
    refund = Refund.objects.create(
        payment=payment,
        branch=branch,
        amount=amount,
        method=tender.method,
        reference=tender.reference.strip(),
        given_on=on,
        reason=reason.strip(),
        by=by,
        key=key,
    )
    audit.record(
        "pay_back", refund, by=by, after={"method": tender.method, "amount": amount, "reason": refund.reason}
    )
    return refund


def refuse_bounce(payment: Payment, reason: str, on: date, *, by: Staff | None) -> None:
    """Refuse what cannot have bounced, or not yet: see bounce_payment."""
    if not reason.strip():
        raise ReasonMissing
    if on < payment.received_on:
        raise CannotBounce(
            _("The payment was received on %(day)s; it cannot have bounced before.")
            % {"day": words.day(payment.received_on)}
        )
    if Bounce.objects.filter(payment=payment).exists():
        raise CannotBounce(_("This payment was marked as bounced before."))
    if payment.method == Method.CREDIT:
        raise CannotBounce(_("This is account credit of a refund; it cannot bounce."))
    if by and GatewayRefund.objects.filter(payment=payment, state__in=GatewayRefund.WAITING).exists():
        raise CannotBounce(
            _(
                "Money of this payment is on its way back through the payment provider. Mark it as bounced when that"
                " has arrived or failed."
            )
        )
