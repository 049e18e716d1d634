"""Giving a bill its number. A bill is made from what is true at that moment, frozen, and never changed (law 3)."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from clinic.acts import act
from clinic.models import Branch, Clinic, Patient, Staff
from packages.models import Entry, Package
from visits.models import Visit

from . import document
from .models import CHARGING, Bill, BillKind, BillLine, Payment
from .series import settings_and_series

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
    more: Mapping[str, Any] | None = None,
    is_new: bool = False,
) -> Bill:
    """Give the lines a number and freeze what will be printed. The same key twice is the same bill.

    A bill with tax on it is a tax invoice. `more` is what else the document keeps. Call it last in an act: the
    number's lock is held until the transaction ends. `is_new` says that the caller has made sure of the key already,
    and saves looking it up.
    """
    if not is_new and (bill := Bill.objects.filter(key=key).first()):
        return bill
    if kind == BillKind.BILL and any(line.tax for line in lines):
        kind = BillKind.INVOICE
    settings, prefix, number_format = settings_and_series(kind, branch)
    bill = Bill(
        kind=kind,
        prefix=prefix,
        format=number_format,
        issued_at=at,
        patient=patient,
        branch=branch,
        visit=visit if kind in CHARGING else None,
        completion=visit.completions if visit and kind in CHARGING else None,
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
    ) | dict(more or {})
    bill.save(force_insert=True)
    for position, line in enumerate(lines, start=1):
        line.bill, line.position = bill, position
    BillLine.objects.bulk_create(lines)
    return bill
