"""A UPI reference is of one payment: the same one again is a slip, or a screenshot shown twice."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from django.utils.translation import gettext as _

from clinic.ui import words

from .models import Allocation, Method, Payment
from .payment_refusals import PaymentRefused
from .payments import Tender

LOOKED_BACK = timedelta(days=90)


class ReferenceEnteredBefore(PaymentRefused):
    """Another payment of the last 90 days has this UPI reference; somebody who knows better may confirm it."""

    def __init__(self, payment: Payment) -> None:
        self.payment = payment
        facts = {
            "reference": payment.reference,
            "day": words.day(payment.received_on),
            "patient": payment.patient.name,
            "bill": _bill_of(payment),
        }
        said = _(
            "UPI reference %(reference)s was entered for bill %(bill)s of %(patient)s on %(day)s. Look at it again;"
            " where it is right all the same, say so below."
        )
        ahead = _(
            "UPI reference %(reference)s was entered for %(patient)s on %(day)s, as account credit. Look at it again;"
            " where it is right all the same, say so below."
        )
        super().__init__((said if facts["bill"] else ahead) % facts)


class ReferenceTwice(PaymentRefused):
    def __init__(self, reference: str) -> None:
        super().__init__(
            _("UPI reference %(reference)s is written twice. Each payment has its own.")
            % {"reference": reference}
        )


def refuse_repeated(tenders: Sequence[Tender], *, on: date, confirmed: bool = False) -> None:
    """Refuse a UPI reference that is written twice, or was entered in the 90 days around the day of the payment.

    Not where it is `confirmed`. A payment that bounced may be tried again with its reference.
    """
    seen: set[str] = set()
    for tender in tenders:
        reference = tender.reference.strip()
        if tender.method != Method.UPI or not reference:
            continue
        if reference.upper() in seen:
            raise ReferenceTwice(reference)
        seen.add(reference.upper())
        if not confirmed and (payment := _entered(reference, on)):
            raise ReferenceEnteredBefore(payment)


def _entered(reference: str, on: date) -> Payment | None:
    days = (on - LOOKED_BACK, on + LOOKED_BACK)
    same = Payment.objects.filter(
        reference__iexact=reference, method=Method.UPI, received_on__range=days, bounces=None
    )
    return same.select_related("patient").order_by("-received_on", "-pk").first()


def _bill_of(payment: Payment) -> str:
    """The bill that it was entered for: the first it was set against."""
    first = Allocation.objects.filter(payment=payment).select_related("line__bill").order_by("recorded_at")
    allocation = first.first()
    return allocation.line.bill.name if allocation else ""
