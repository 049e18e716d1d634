"""A package is refunded: closed by its own rule, its sale credited, the money paid out or kept as account credit."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from billing import payments as money
from billing import returns
from billing import services as billing
from billing.credits import paid_on, sale_line, standing
from billing.models import Bill, BillLine, Payment, Refund
from billing.payments import PaymentRefused, Tender
from billing.vouchers import issue_refund_note, note_key
from clinic.acts import act
from clinic.keys import part
from clinic.models import Branch, Clinic, Patient, Staff
from packages import ledger, liability, refunds
from packages.models import Change, Entry, Kind, Package

from . import receipts

ZERO = Decimal(0)


class MoreThanTheRefund(PaymentRefused):
    def __init__(self) -> None:
        super().__init__(_("More would be paid out than the refund comes to."))


@dataclass(frozen=True)
class Refunded:
    """A package that was refunded. What was not paid out stays with the patient as account credit."""

    change: Change
    note: Bill | None
    paid_out: list[Refund] = field(default_factory=list)

    @property
    def amount(self) -> Decimal:
        return self.change.amount or ZERO

    @property
    def credit(self) -> Decimal:
        return self.amount - sum((refund.amount for refund in self.paid_out), ZERO)


@dataclass(frozen=True)
class Short:
    """A session that came back to a package after its refund: the refund was short of it (S42)."""

    package: Package
    sessions: Decimal
    amount: Decimal
    reason: str


@act
def refund_package(
    package: Package,
    *,
    clinic: Clinic,
    at: datetime,
    by: Staff | None,
    key: uuid.UUID,
    reason: str,
    shown: str | None = None,
    pay_out: Tender | None = None,
) -> Refunded:
    """Refund a package by the rule of its terms; `shown` is the quote's `key_figures` that was agreed to.

    The amount is credited on the bill of the sale and becomes account credit; `pay_out` hands of it back at once. A
    refund of 0 closes the package all the same (S40). Refuses as packages.refunds.refund does, and to pay out more.
    """
    on = clinic.day_of(at)
    money.hold_payer(package.patient_id, *payers_of(package))
    package = ledger.locked(package)
    if change := Change.objects.filter(key=part(key, "refund")).first():
        return _answer(change, key)
    change = refunds.refund(package, on=on, by=by, key=part(key, "refund"), reason=reason, shown=shown)
    assert change.amount is not None
    if pay_out and pay_out.amount > change.amount:
        raise MoreThanTheRefund
    payments = _credit(package, change, clinic=clinic, at=at, by=by, key=key)
    if pay_out:
        facts: dict[str, Any] = {"branch": package.branch, "on": on, "today": on, "payments": payments}
        own_key = part(key, "pay out")
        paid_out = returns.pay_back(
            package.patient, tender=pay_out, by=by, key=own_key, reason=change.reason, **facts
        )
        _note_over(paid_out, package.patient, package.branch, clinic=clinic, at=at, by=by, key=own_key)
    return _answer(change, key)


@act
def pay_back(
    patient: Patient,
    *,
    tender: Tender,
    branch: Branch,
    reason: str,
    clinic: Clinic,
    at: datetime,
    by: Staff | None,
    key: uuid.UUID,
) -> list[Refund]:
    """Hand account credit back. The same key twice is the same money. Refuses more than the patient has."""
    today = clinic.day_of(at)
    refunds = returns.pay_back(
        patient, tender=tender, branch=branch, on=today, today=today, by=by, key=key, reason=reason
    )
    _note_over(refunds, patient, branch, clinic=clinic, at=at, by=by, key=key)
    return refunds


def _note_over(
    refunds: Sequence[Refund],
    patient: Patient,
    branch: Branch,
    *,
    clinic: Clinic,
    at: datetime,
    by: Staff | None,
    key: uuid.UUID,
) -> None:
    """The refund note, and its way to the patient."""
    papers: dict[str, Any] = {"branch": branch, "clinic": clinic, "at": at, "by": by}
    note = issue_refund_note(refunds, patient=patient, key=note_key(key), **papers)
    receipts.queue_receipt(note, clinic=clinic)


def short_of(visit_id: uuid.UUID) -> list[Short]:
    """What the refund of a package was short of, because this visit was reopened after it (S42)."""
    gone = Entry.objects.filter(kind=Kind.REFUNDED, reverses__visit_id=visit_id)
    found = {
        ledger.key_of_short(entry.reverses): entry  # type: ignore[arg-type]
        for entry in gone.select_related("package", "reverses").order_by("number")
    }
    amounts = dict(Change.objects.filter(key__in=found).values_list("key", "amount"))
    return [
        Short(entry.package, entry.taken, amounts[key] or ZERO, entry.reason) for key, entry in found.items()
    ]


def payers_of(package: Package) -> list[uuid.UUID]:
    """Whose money pays for the package now."""
    line = sale_line(package)
    return sorted({payment.patient_id for payment, _ in paid_on(line)}) if line else []


def _credit(
    package: Package, change: Change, *, clinic: Clinic, at: datetime, by: Staff | None, key: uuid.UUID
) -> Sequence[Payment]:
    """Take back on the bill what is not kept; returns the payments whose money is free by it."""
    line, amount = sale_line(package), change.amount or ZERO
    if line is None:
        return [_brought(package, amount, on=clinic.day_of(at), by=by, key=key)] if amount else []
    credited = standing(line) - _kept(package, line, amount, at=at, clinic=clinic)
    payments = [payment for payment, _ in paid_on(line)]
    # What was carried over was paid on another month's bill.
    if (beyond := amount - sum((each for _, each in paid_on(line)), ZERO)) > 0:
        payments.append(_brought(package, beyond, on=clinic.day_of(at), by=by, key=key))
    if credited > 0:
        note = billing.credit_sale(
            package,
            amount=credited,
            clinic=clinic,
            at=at,
            by=by,
            key=part(key, "note"),
            reason=change.reason,
        )
        receipts.queue_correction(note, clinic=clinic)
    return payments


def _kept(package: Package, line: BillLine, amount: Decimal, *, clinic: Clinic, at: datetime) -> Decimal:
    """What stands of the sale: the money that is not paid back; of a pack used, or moved to others, beyond its money,
    what is owed for that too."""
    paid = sum((each for _, each in paid_on(line)), ZERO)
    if amount:
        return max(paid - amount, ZERO)
    owed = liability.of_package(package, clinic.day_of(at)).owed_by_patient
    return min(paid + owed, standing(line))


def _brought(package: Package, amount: Decimal, *, on: date, by: Staff | None, key: uuid.UUID) -> Payment:
    return returns.give_credit(
        package, amount=amount, branch=package.branch, on=on, by=by, key=part(key, "credit")
    )


def _answer(change: Change, key: uuid.UUID) -> Refunded:
    note = Bill.objects.filter(key=part(key, "note")).first()
    return Refunded(change, note, list(Refund.objects.filter(key=part(key, "pay out")).order_by("id")))
