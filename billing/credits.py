"""What takes a bill back, whole or in part: a note that points at it. The bill itself never changes (S06).

The money that paid for what is taken back becomes unapplied: account credit by name, until it is asked for (S47).
"""

from __future__ import annotations

import uuid
from datetime import datetime
from decimal import Decimal

from django.db.models import Sum
from django.db.models.functions import Coalesce

from clinic import audit
from clinic.acts import act
from clinic.models import Clinic, Staff
from packages.models import Package
from visits.models import Visit

from .issuing import issue_bill
from .lines import credit_line
from .models import Allocation, Bill, BillKind, BillLine, LineKind, Payment

ZERO = Decimal(0)


@act
def correct_bill(
    bill: Bill,
    *,
    clinic: Clinic,
    at: datetime,
    by: Staff | None,
    key: uuid.UUID,
    reason: str,
    package: Package | None,
) -> Bill:
    """What answers a bill whose visit was reopened; the bill itself never changes (S06).

    Charged lines are taken back by a credit note and their money becomes unapplied; a bill whose session came from
    a package gets a correction note with the balance as it is now. One note does both where the bill had both.
    """
    lines = bill.lines.order_by("position")
    if bill.visit_id:  # a package or goods that stand on the visit's bill are no part of the visit
        lines = lines.filter(visit=bill.visit_id)
    charged = [line for line in lines if standing(line) > 0]
    for line in charged:
        release(line, keep=ZERO, by=by)
    note = issue_bill(
        bill.patient,
        kind=BillKind.CREDIT_NOTE if charged else BillKind.CORRECTION,
        lines=[note_line(line, standing(line), clinic=clinic) for line in charged],
        branch=bill.branch,
        clinic=clinic,
        at=at,
        by=by,
        key=key,
        package=package,
        corrects=bill,
        reason=reason,
    )
    record_note(note, bill, by=by)
    return note


@act
def credit_sale(
    package: Package,
    *,
    amount: Decimal,
    clinic: Clinic,
    at: datetime,
    by: Staff | None,
    key: uuid.UUID,
    reason: str,
) -> Bill:
    """Take back so much of what the sale of a package charged: all of it (S54), or what a refund comes to (S39).

    As much of its money becomes unapplied as is more than what still stands; the package's own figure falls by it.
    The same key twice is the same note. For a package that has a bill; see `sale_line`.
    """
    if note := Bill.objects.filter(key=key).first():
        return note
    line = sale_line(package)
    assert line is not None
    release(line, keep=standing(line) - amount, by=by)
    package.refresh_from_db()
    note = issue_bill(
        line.bill.patient,
        kind=BillKind.CREDIT_NOTE,
        lines=[note_line(line, amount, clinic=clinic)],
        branch=line.bill.branch,
        clinic=clinic,
        at=at,
        by=by,
        key=key,
        package=package,
        corrects=line.bill,
        reason=reason,
        is_new=True,
    )
    record_note(note, line.bill, by=by)
    return note


@act
def credit_fee(
    visit: Visit, *, clinic: Clinic, at: datetime, by: Staff | None, key: uuid.UUID, reason: str
) -> Bill | None:
    """Take back the fee of a visit that did not take place; None where no bill of one stands."""
    bill = fee_bill(visit)
    if bill is None:
        return None
    return correct_bill(bill, clinic=clinic, at=at, by=by, key=key, reason=reason, package=None)


def fee_bill(visit: Visit) -> Bill | None:
    """The bill of a visit's fee that was not taken back; there is at most one."""
    lines = BillLine.objects.filter(visit=visit, kind=LineKind.FEE, credits__isnull=True)
    for line in lines.select_related("bill__patient", "bill__branch").order_by("-bill__issued_at"):
        if standing(line):
            return line.bill
    return None


def sale_line(package: Package) -> BillLine | None:
    """The line that sold the package; None for one of before go-live, or from a transfer: no bill was ever made."""
    lines = BillLine.objects.filter(package=package, kind=LineKind.PACKAGE, credits__isnull=True)
    return lines.select_related("bill__patient", "bill__branch").first()


def note_line(line: BillLine, amount: Decimal, *, clinic: Clinic) -> BillLine:
    """The line of a note that takes back so much of what stands of a line."""
    return credit_line(line, amount, before=line.amount - standing(line), clinic=clinic)


def standing(line: BillLine) -> Decimal:
    """What of a line was not taken back."""
    credited: Decimal = BillLine.objects.filter(credits=line).aggregate(sum=Coalesce(Sum("amount"), ZERO))[
        "sum"
    ]
    return line.amount + credited


@act
def release(line: BillLine, *, keep: Decimal, by: Staff | None) -> list[tuple[Payment, Decimal]]:
    """Take money off a line until no more than `keep` is on it; what was set against it last goes first.

    Returns the payments and how much of each is free again. The payers are locked by whoever calls.
    """
    freed = []
    paid = paid_on(line)
    over = sum((amount for _, amount in paid), ZERO) - keep
    for payment, amount in paid:
        taken = min(amount, over)
        if taken > 0:
            Allocation.objects.create(payment=payment, line=line, amount=-taken, by=by)
            audit.record("release_payment", line, by=by, after={"payment": payment.pk, "amount": -taken})
            freed.append((payment, taken))
            over -= taken
    return freed


def paid_on(line: BillLine) -> list[tuple[Payment, Decimal]]:
    """The payments that pay for a line now, the last first, and how much each. Taking some of it off is no paying."""
    paid: dict[Payment, Decimal] = {}
    allocations = Allocation.objects.filter(line=line).select_related("payment")
    for allocation in allocations.order_by("recorded_at", "pk"):
        payment, amount = allocation.payment, allocation.amount
        before = paid.pop(payment, ZERO) if amount > 0 else paid.get(payment, ZERO)
        paid[payment] = before + amount
    return [(payment, amount) for payment, amount in reversed(paid.items()) if amount]


def record_note(note: Bill, bill: Bill, *, by: Staff | None) -> None:
    """The audit's line over a note."""
    audit.record(
        "correct_bill", note, by=by, after={"corrects": bill.name, "name": note.name, "total": note.total}
    )
