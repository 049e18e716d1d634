"""What is billed, and what answers a bill: for a visit, for one that did not take place, for a package sold."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from clinic.acts import act
from clinic.models import Clinic, Staff
from visits.models import Visit

from .credits import correct_bill, credit_fee, credit_sale
from .issuing import issue_bill
from .lines import fee_line, package_line, returned_line, visit_lines
from .models import Bill, BillKind, BillLine, LineKind, Payment

__all__ = [
    "bill_fee",
    "bill_returned",
    "bill_visit",
    "correct_bill",
    "credit_fee",
    "credit_sale",
    "issue_bill",
    "package_line",
]


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

    What is to be paid beside the session stands on the same bill (S18, S51). Whoever completed the visit has asked for
    the key; the database refuses a second bill of one completion.
    """
    lines = visit_lines(visit, clinic=clinic)
    charged = any(line.kind == LineKind.VISIT for line in lines)
    entry = visit.entry
    return issue_bill(
        visit.patient,
        kind=BillKind.BILL if charged else BillKind.RECEIPT,
        lines=lines,
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
def bill_returned(
    payment: Payment, amount: Decimal, *, clinic: Clinic, at: datetime, by: Staff | None, key: uuid.UUID
) -> BillLine:
    """Ask for what was handed back out of a payment that bounced (decision 0009). The same key twice is the same."""
    bill = issue_bill(
        payment.patient,
        kind=BillKind.BILL,
        lines=[returned_line(payment, amount)],
        branch=payment.branch,
        clinic=clinic,
        at=at,
        by=by,
        key=key,
    )
    return bill.lines.get()


@act
def bill_fee(visit: Visit, *, clinic: Clinic, at: datetime, by: Staff | None, key: uuid.UUID) -> Bill:
    """The fee of a visit that did not take place. The same key twice is the same bill.

    It belongs to no completion. The database refuses it beside a session for the same visit (S49), and refuses a fee
    that is not billed.
    """
    return issue_bill(
        visit.patient,
        kind=BillKind.BILL,
        lines=[fee_line(visit, clinic=clinic)],
        branch=visit.branch,
        clinic=clinic,
        at=at,
        by=by,
        key=key,
    )
