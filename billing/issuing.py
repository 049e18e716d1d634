"""Giving a bill its number. A bill is made from what is true at that moment, frozen, and never changed (law 3)."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from clinic.acts import act
from clinic.models import Branch, Clinic, ClinicSettings, Patient, Staff
from packages.models import Entry, Package
from visits.models import Visit

from . import document
from .models import Bill, BillKind, BillLine, Payment

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
