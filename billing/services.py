"""Issuing bills. A bill is made from what is true at that moment, frozen, and never changed (law 3)."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from clinic import audit
from clinic.acts import act
from clinic.models import Branch, Clinic, ClinicSettings, Patient, Staff
from packages.models import Entry, Package
from visits.models import Visit

from . import document
from .models import Allocation, Bill, BillKind, BillLine, LineKind, Payment

ZERO = Decimal(0)


@act
def issue_bill(
    patient: Patient,
    *,
    kind: BillKind,
    lines: Sequence[BillLine],
    branch: Branch,
    clinic: Clinic,
    at: datetime,
    by: Staff | None,
    key: uuid.UUID,
    visit: Visit | None = None,
    package: Package | None = None,
    entry: Entry | None = None,
    corrects: Bill | None = None,
    reason: str = "",
    payments: Sequence[Payment] = (),
    is_new: bool = False,
) -> Bill:
    """Give the lines a number and freeze what will be printed. The same key twice is the same bill.

    Call it last in an act: the number's lock is held until the transaction ends. `is_new` says that the caller has
    made sure of the key already, and saves looking it up.
    """
    if not is_new and (bill := Bill.objects.filter(key=key).first()):
        return bill
    settings = ClinicSettings.objects.get()
    bill = Bill(
        kind=kind,
        prefix=getattr(settings, document.PREFIX_OF[kind]),
        issued_at=at,
        patient=patient,
        branch=branch,
        visit=visit if kind in {BillKind.BILL, BillKind.RECEIPT} else None,
        completion=visit.completions if visit and kind in {BillKind.BILL, BillKind.RECEIPT} else None,
        corrects=corrects,
        total=sum((line.amount for line in lines), ZERO),
        by=by,
        reason=reason,
        key=key,
    )
    bill.document = document.freeze(
        bill,
        lines,
        settings=settings,
        clinic=clinic,
        visit=visit,
        package=package,
        entry=entry,
        payments=payments,
    )
    bill.save(force_insert=True)
    for position, line in enumerate(lines, start=1):
        line.bill, line.position = bill, position
    BillLine.objects.bulk_create(lines)
    return bill


@act
def bill_visit(
    visit: Visit,
    *,
    clinic: Clinic,
    at: datetime,
    by: Staff | None,
    key: uuid.UUID,
    payments: Sequence[Payment] = (),
) -> Bill:
    """The one bill of a completed visit: a receipt with the package box, a charge, or a free visit with its reason.

    Whoever completed the visit has asked for the key; the database refuses a second bill of one completion.
    """
    line = visit_line(visit, clinic=clinic)
    kind = BillKind.BILL if line.kind == LineKind.VISIT else BillKind.RECEIPT
    entry = visit.entry
    return issue_bill(
        visit.patient,
        kind=kind,
        lines=[line],
        branch=visit.branch,
        clinic=clinic,
        at=at,
        by=by,
        key=key,
        visit=visit,
        package=entry.package if entry else None,
        entry=entry,
        payments=payments,
        is_new=True,
    )


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
    a package gets a correction note with the balance as it is now.
    """
    charged = [
        line for line in bill.lines.order_by("position") if line.kind == LineKind.VISIT and line.amount > 0
    ]
    for line in charged:
        _release(line, by=by)
    note = issue_bill(
        bill.patient,
        kind=BillKind.CREDIT_NOTE if charged else BillKind.CORRECTION,
        lines=[_credit(line) for line in charged],
        branch=bill.branch,
        clinic=clinic,
        at=at,
        by=by,
        key=key,
        package=package,
        corrects=bill,
        reason=reason,
    )
    audit.record(
        "correct_bill", note, by=by, after={"corrects": bill.name, "name": note.name, "total": note.total}
    )
    return note


def visit_line(visit: Visit, *, clinic: Clinic) -> BillLine:
    """The line that a completed visit puts on its bill."""
    service = visit.service
    common: dict[str, Any] = {"text": service.name, "visit": visit, "service": service}
    if visit.settlement == Visit.Settlement.PACKAGE:
        return BillLine(kind=LineKind.COVERED, unit_price=ZERO, amount=ZERO, package=visit.package, **common)
    if visit.settlement == Visit.Settlement.FREE:
        return BillLine(kind=LineKind.FREE, unit_price=ZERO, amount=ZERO, **common)
    return BillLine(
        kind=LineKind.VISIT,
        unit_price=service.price,
        amount=service.price,
        tax_percent=service.tax_percent,
        tax=document.included_tax(service.price, service.tax_percent, clinic.currency),
        **common,
    )


def package_line(package: Package) -> BillLine:
    """The line that sells a package: the plan's price, the discount, and what is to be paid."""
    return BillLine(
        kind=LineKind.PACKAGE,
        text=package.name,
        unit_price=package.list_price,
        discount=package.list_price - package.price,
        amount=package.price,
        package=package,
    )


def _credit(line: BillLine) -> BillLine:
    return BillLine(
        kind=line.kind,
        text=line.text,
        unit_price=-line.unit_price,
        tax_percent=line.tax_percent,
        tax=-line.tax,
        amount=-line.amount,
        visit_id=line.visit_id,
        service_id=line.service_id,
        credits=line,
    )


def _release(line: BillLine, *, by: Staff | None) -> None:
    """Take the money off a line; it stays with the patient as unapplied."""
    paid: dict[Any, Decimal] = {}
    for allocation in Allocation.objects.filter(line=line):
        paid[allocation.payment_id] = paid.get(allocation.payment_id, ZERO) + allocation.amount
    for payment_id, amount in paid.items():
        if amount:
            Allocation.objects.create(payment_id=payment_id, line=line, amount=-amount, by=by)
            audit.record("release_payment", line, by=by, after={"payment": payment_id, "amount": -amount})
