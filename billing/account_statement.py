"""The account statement of a patient: bills, notes, payments and what went back, with what is owed after each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any
from uuid import UUID

from clinic.models import Clinic, Patient

from .account_lines import (
    Kind,
    Line,
    allocations_of,
    asked_lines_of,
    bounces_of,
    charges_of,
    day_of_allocation,
    gone_by,
    in_order,
    payments_of,
    refunds_of,
)
from .models import Allocation, Method

ZERO = Decimal(0)
AGES = (30, 60, 90)  # days


@dataclass(frozen=True)
class Balance:
    """What is owed; negative: credit with the clinic. `size` is told with one word or the other."""

    amount: Decimal

    @property
    def size(self) -> Decimal:
        return abs(self.amount)

    @property
    def is_credit(self) -> bool:
        return self.amount < 0


@dataclass(frozen=True)
class Entry:
    """A line and what is owed after it."""

    line: Line
    balance: Balance


@dataclass(frozen=True)
class AccountStatement:
    """What happened from `first` to `last`, both days in it."""

    patient: Patient
    first: date
    last: date
    opening: Balance
    entries: list[Entry]
    ages: list[Decimal]  # what is owed by bills of up to 30, 60, 90 and of more days

    @property
    def closing(self) -> Balance:
        return self.entries[-1].balance if self.entries else self.opening

    @cached_property
    def owed(self) -> Decimal:
        """What bills ask for at the end; credit is not counted against it."""
        return sum(self.ages, ZERO)

    @property
    def credit(self) -> Decimal:
        """What pays for nothing at the end."""
        return self.owed - self.closing.amount


def account_statement(patient: Patient, *, clinic: Clinic, first: date, last: date) -> AccountStatement:
    """The account between two days, with the balance before and after, and how old is what is owed.

    A bounce counts on the day that it was written down. Bills that ask for nothing are left out.
    """
    allocations = allocations_of(patient)
    lines = in_order([*_charged(patient), *_paid(patient, clinic), *_of_others(patient, allocations, clinic)])
    opening = sum((line.amount for line in lines if line.on < first), ZERO)
    entries, balance = [], opening
    for line in (line for line in lines if first <= line.on <= last):
        balance += line.amount
        entries.append(Entry(line, Balance(balance)))
    ages = _ages(patient, allocations, clinic=clinic, on=last)
    return AccountStatement(patient, first, last, Balance(opening), entries, ages)


def _charged(patient: Patient) -> Iterable[Line]:
    for bill, amount in charges_of(patient):
        kind = Kind.BILL if amount > 0 else Kind.NOTE
        yield Line(bill.issued_on, bill.issued_at, kind, amount, bill, bill=bill, reason=bill.reason)


def _paid(patient: Patient, clinic: Clinic) -> Iterable[Line]:
    for payment in payments_of(patient):
        kind = Kind.CREDIT if payment.method == Method.CREDIT else Kind.PAYMENT
        facts: dict[str, Any] = {"method": payment.get_method_display(), "reference": payment.reference}
        yield Line(payment.received_on, payment.recorded_at, kind, -payment.amount, payment, **facts)
    for refund in refunds_of(patient):
        facts = {"method": refund.get_method_display(), "reference": refund.reference}
        yield Line(refund.given_on, refund.recorded_at, Kind.REFUND, refund.amount, refund.payment, **facts)
    for bounce in bounces_of(patient):
        on, gone = clinic.day_of(bounce.recorded_at), gone_by(bounce)
        yield Line(on, bounce.recorded_at, Kind.BOUNCE, gone, bounce.payment, reason=bounce.reason)


def _of_others(patient: Patient, allocations: list[Allocation], clinic: Clinic) -> Iterable[Line]:
    """Where payer and patient differ: the payer's money went, and the patient's bill was paid."""
    for each in allocations:
        payer, ower = each.payment.patient, each.line.bill.patient
        if payer == ower:
            continue
        paid = payer == patient
        yield Line(
            day_of_allocation(each, clinic),
            each.recorded_at,
            Kind.PAID_FOR_OTHER if paid else Kind.PAID_BY_OTHER,
            each.amount if paid else -each.amount,
            each.payment,
            bill=each.line.bill,
            person=(ower if paid else payer).name,
        )


def _ages(patient: Patient, allocations: list[Allocation], *, clinic: Clinic, on: date) -> list[Decimal]:
    """What each bill line is still owed at the end of a day, by how many days ago it was billed."""
    owed: dict[UUID, Decimal] = {}
    issued: dict[UUID, date] = {}
    for line, issued_on in asked_lines_of(patient):
        if issued_on <= on:
            asked = line.credits_id or line.pk
            owed[asked] = owed.get(asked, ZERO) + line.amount
            if not line.credits_id:
                issued[line.pk] = issued_on
    for each in allocations:
        if each.line_id in issued and day_of_allocation(each, clinic) <= on:
            owed[each.line_id] -= each.amount
    ages = [ZERO] * (len(AGES) + 1)
    for line_id, issued_on in issued.items():
        days = (on - issued_on).days
        ages[sum(days > age for age in AGES)] += owed[line_id]
    return ages
