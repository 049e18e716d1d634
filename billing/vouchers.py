"""Papers over money alone: that it was received, that it was handed back. They charge nothing, and say what for."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Sum

from clinic.acts import act
from clinic.models import Branch, Clinic, Patient, Staff
from clinic.money import in_words, quantise

from .issuing import issue_bill
from .models import Acknowledgement, Allocation, Bill, BillKind, Payment, Refund
from .payments import unapplied_of

ZERO = Decimal(0)


@act
def issue_receipt(
    payments: Sequence[Payment],
    *,
    patient: Patient,
    branch: Branch,
    clinic: Clinic,
    at: datetime,
    by: Staff | None,
    key: uuid.UUID,
) -> Bill:
    """A receipt for money taken outside a bill: what it paid, and what of it is account credit.

    The same key twice is the same receipt; the database refuses a second one for a payment.
    """
    if bill := Bill.objects.filter(key=key).first():
        return bill
    applied = _applied(payments)
    total = sum((payment.amount for payment in payments), ZERO)
    kept = total - sum(applied.values(), ZERO)
    facts = {
        "applied": [{"bill": name, "amount": _text(amount, clinic)} for name, amount in applied.items()],
        "kept": _text(kept, clinic),
        **_sum(total, clinic),
    }
    receipt = issue_bill(
        patient,
        kind=BillKind.MONEY_RECEIPT,
        lines=[],
        branch=branch,
        clinic=clinic,
        at=at,
        by=by,
        key=key,
        payments=payments,
        more=facts,
        is_new=True,
    )
    Acknowledgement.objects.bulk_create(
        Acknowledgement(receipt=receipt, payment=payment) for payment in payments
    )
    return receipt


@act
def issue_refund_note(
    refunds: Sequence[Refund],
    *,
    patient: Patient,
    branch: Branch,
    clinic: Clinic,
    at: datetime,
    by: Staff | None,
    key: uuid.UUID,
) -> Bill:
    """A note over money handed back: how, why, out of which payments, and the account credit that is left.

    The same key twice is the same note.
    """
    total = sum((refund.amount for refund in refunds), ZERO)
    facts = {
        "handed_back": [_handed_back(refund, clinic) for refund in refunds],
        "kept": _text(sum((left for _, left in unapplied_of(patient)), ZERO), clinic),
        **_sum(total, clinic),
    }
    return issue_bill(
        patient,
        kind=BillKind.REFUND_NOTE,
        lines=[],
        branch=branch,
        clinic=clinic,
        at=at,
        by=by,
        key=key,
        reason=refunds[0].reason,
        more=facts,
    )


def note_key(key: uuid.UUID) -> uuid.UUID:
    """The key of the note over the refunds of an act; they carry the act's own."""
    return uuid.uuid5(key, "refund note")


def _applied(payments: Sequence[Payment]) -> dict[str, Decimal]:
    """What the payments pay for now, by bill in the order of issue."""
    paid: dict[str, Decimal] = defaultdict(Decimal)
    rows = Allocation.objects.filter(payment__in=payments).values_list("line__bill__name")
    for name, amount in rows.annotate(sum=Sum("amount")).order_by(
        "line__bill__issued_at", "line__bill__name"
    ):
        if amount:
            paid[name] += amount
    return dict(paid)


def _handed_back(refund: Refund, clinic: Clinic) -> dict[str, Any]:
    return {
        "method": refund.method,
        "reference": refund.reference,
        "amount": _text(refund.amount, clinic),
        "given_on": refund.given_on.isoformat(),
        "received_on": refund.payment.received_on.isoformat(),
    }


def _sum(total: Decimal, clinic: Clinic) -> dict[str, Any]:
    return {
        "moved": _text(total, clinic),
        "words": {code: in_words(total, clinic.currency, code) for code in ("en", "hi")},
    }


def _text(amount: Decimal, clinic: Clinic) -> str:
    return str(quantise(amount, clinic.currency))
