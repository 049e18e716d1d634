"""What moved on a patient's account, line by line, each on the day that it counts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from django.db.models import F, Q, Sum
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clinic.models import Clinic, Patient

from .models import Allocation, Bill, BillLine, Bounce, Payment, Refund

ZERO = Decimal(0)


class Kind(StrEnum):
    BILL = "bill"
    NOTE = "note"
    PAYMENT = "payment"
    CREDIT = "credit"
    APPLIED = "applied"
    RELEASED = "released"
    REFUND = "refund"
    BOUNCE = "bounce"
    PAID_FOR_OTHER = "paid_for_other"
    PAID_BY_OTHER = "paid_by_other"


@dataclass(frozen=True)
class Line:
    """One movement. `amount` is what it adds to the balance that is told: of the credit, or of what is owed."""

    on: date
    at: datetime
    kind: Kind
    amount: Decimal
    subject: Payment | Bill
    bill: Bill | None = None
    reason: str = ""
    method: str = ""
    reference: str = ""
    person: str = ""

    @property
    def words(self) -> str:
        """What happened, in the reader's language."""
        facts = {"method": self.method, "name": self.person, "bill": self.bill.name if self.bill else ""}
        if self.kind == Kind.APPLIED and self.person:
            return _("Paid for %(name)s, bill %(bill)s") % facts
        match self.kind:
            case Kind.BILL | Kind.NOTE:
                assert self.bill is not None
                return f"{self.bill.get_kind_display()} {self.bill.name}"
            case _:
                return str(WORDS[self.kind] % facts)

    @property
    def detail(self) -> str:
        return " · ".join(part for part in (self.reference, self.reason) if part)


WORDS = {
    Kind.PAYMENT: gettext_lazy("Received by %(method)s"),
    Kind.CREDIT: gettext_lazy("Credit of a refund"),
    Kind.APPLIED: gettext_lazy("Set against bill %(bill)s"),
    Kind.RELEASED: gettext_lazy("Taken off bill %(bill)s"),
    Kind.REFUND: gettext_lazy("Handed back by %(method)s"),
    Kind.BOUNCE: gettext_lazy("The payment bounced"),
    Kind.PAID_FOR_OTHER: gettext_lazy("Paid for %(name)s, bill %(bill)s"),
    Kind.PAID_BY_OTHER: gettext_lazy("Bill %(bill)s paid by %(name)s"),
}


def day_of_allocation(allocation: Allocation, clinic: Clinic) -> date:
    """The day that money counts as set against a bill: that on which it was said.

    What is said of a payment on the day it was entered counts from when it was received, or from the bill's day.
    """
    said = clinic.day_of(allocation.recorded_at)
    if clinic.day_of(allocation.payment.recorded_at) != said:
        return said
    return max(allocation.payment.received_on, allocation.line.bill.issued_on)


def payments_of(patient: Patient) -> list[Payment]:
    return list(Payment.objects.filter(patient=patient))


def allocations_of(patient: Patient) -> list[Allocation]:
    """Everything that was set against a bill, or taken off it: money of the patient, or for the patient's bills."""
    of_patient = Q(payment__patient=patient) | Q(line__bill__patient=patient)
    related = ("payment__patient", "line__bill__patient")
    rows = Allocation.objects.filter(of_patient).select_related(*related).order_by("recorded_at", "pk")
    return list(rows.defer("line__bill__document"))


def refunds_of(patient: Patient) -> list[Refund]:
    return list(Refund.objects.filter(payment__patient=patient).select_related("payment"))


def bounces_of(patient: Patient) -> list[Bounce]:
    return list(Bounce.objects.filter(payment__patient=patient).select_related("payment", "charge"))


def gone_by(bounce: Bounce) -> Decimal:
    """What a bounce takes off the account: the payment, less what had been handed back, which a bill asks for."""
    return bounce.payment.amount - (bounce.charge.amount if bounce.charge else ZERO)


def charges_of(patient: Patient) -> list[tuple[Bill, Decimal]]:
    """Bills and credit notes that ask for money or take it back, and how much."""
    sums = BillLine.objects.filter(bill__patient=patient).values("bill").annotate(sum=Sum("amount"))
    amounts: dict[UUID, Decimal] = dict(sums.exclude(sum=0).values_list("bill", "sum"))
    bills = Bill.objects.filter(pk__in=amounts).defer("document").order_by("issued_at", "pk")
    return [(bill, amounts[bill.pk]) for bill in bills]


def asked_lines_of(patient: Patient) -> list[tuple[BillLine, date]]:
    """Each line that asks for money or takes it back, and its bill's day."""
    lines = BillLine.objects.filter(bill__patient=patient).exclude(amount=0)
    return [(line, line.issued_on) for line in lines.annotate(issued_on=F("bill__issued_on"))]


def in_order(lines: list[Line]) -> list[Line]:
    """By the day that counts, then as they were written down."""
    return sorted(lines, key=lambda line: (line.on, line.at))
