"""The statement of a patient's account credit: money in, applied, set free, handed back, bounced, with its balance."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from clinic.models import Clinic, Patient

from .account_lines import (
    Kind,
    Line,
    allocations_of,
    bounces_of,
    day_of_allocation,
    gone_by,
    in_order,
    payments_of,
    refunds_of,
)
from .models import Allocation, Method, Payment

ZERO = Decimal(0)


@dataclass(frozen=True)
class Movement:
    """A line and the credit after it."""

    line: Line
    balance: Decimal


def credit_statement(patient: Patient, *, clinic: Clinic, as_of: date) -> list[Movement]:
    """Every movement of the credit up to the end of a day, in order. The last balance is what pays for nothing yet.

    A bounce counts on the day that it was written down, as what it paid for is owed again since then.
    """
    lines = in_order([*_moved(patient, clinic)])
    movements, balance = [], ZERO
    for line in (line for line in lines if line.on <= as_of):
        balance += line.amount
        movements.append(Movement(line, balance))
    return movements


def _moved(patient: Patient, clinic: Clinic) -> Iterable[Line]:
    for payment in payments_of(patient):
        yield _received(payment)
    for allocation in allocations_of(patient):
        if allocation.payment.patient_id == patient.pk:
            yield _set_against(allocation, patient, clinic)
    for refund in refunds_of(patient):
        facts: dict[str, Any] = {
            "reason": refund.reason,
            "method": refund.get_method_display(),
            "reference": refund.reference,
        }
        yield Line(refund.given_on, refund.recorded_at, Kind.REFUND, -refund.amount, refund.payment, **facts)
    for bounce in bounces_of(patient):
        on, gone = clinic.day_of(bounce.recorded_at), gone_by(bounce)
        yield Line(on, bounce.recorded_at, Kind.BOUNCE, -gone, bounce.payment, reason=bounce.reason)


def _received(payment: Payment) -> Line:
    kind = Kind.CREDIT if payment.method == Method.CREDIT else Kind.PAYMENT
    facts: dict[str, Any] = {"method": payment.get_method_display(), "reference": payment.reference}
    return Line(payment.received_on, payment.recorded_at, kind, payment.amount, payment, **facts)


def _set_against(allocation: Allocation, patient: Patient, clinic: Clinic) -> Line:
    bill = allocation.line.bill
    return Line(
        day_of_allocation(allocation, clinic),
        allocation.recorded_at,
        Kind.APPLIED if allocation.amount > 0 else Kind.RELEASED,
        -allocation.amount,
        allocation.payment,
        bill=bill,
        reason=allocation.reason,
        person=bill.patient.name if bill.patient_id != patient.pk else "",
    )
