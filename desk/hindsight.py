"""A package that was bought after a visit is applied to it, by the owner's decision (S34)."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from billing import payments as money
from billing import services as billing
from billing.models import Bill
from clinic import access, audit
from clinic.acts import act
from clinic.keys import part
from clinic.models import Clinic, Staff
from clinic.refusals import Refused
from packages.eligibility import packages_for
from packages.ledger import ReasonMissing
from packages.models import Package
from visits import services as visits
from visits.models import Visit

from . import checkout, receipts
from .checkout import Completed


class NotPaidSingly(Refused):
    """Only a completed visit that was charged by itself has something to give back."""

    def __init__(self) -> None:
        super().__init__(
            _("A package can be applied to a completed visit that was paid singly, and to no other.")
        )


@act
def apply_package(
    visit: Visit,
    *,
    package: Package,
    clinic: Clinic,
    at: datetime,
    by: Staff | None,
    key: uuid.UUID,
    reason: str,
) -> Completed:
    """Settle a visit that was paid singly by a session of a package instead, also of one bought since.

    A credit note takes the charge back, what was paid becomes account credit, and the passbook's line and the note name
    each other. The same key twice is the same answer. Refuses a visit that was not charged, and a package that does not
    cover it.
    """
    access.require(by, "apply_package")
    money.hold_payer(Visit.objects.values_list("patient_id", flat=True).get(pk=visit.pk))
    visit = visits.locked(visit)
    if done := checkout.completed_before(key):
        return done
    if visit.state != Visit.State.COMPLETED or visit.settlement != Visit.Settlement.CHARGE:
        raise NotPaidSingly
    if not reason.strip():
        raise ReasonMissing
    packages_for(visit.patient, lock=True)  # before any bill takes its number
    charged = Bill.objects.get(visit=visit, completion=visit.completions)
    facts: dict[str, Any] = {"clinic": clinic, "at": at, "by": by}
    told = _("%(reason)s (package no. %(number)s)") % {"reason": reason.strip(), "number": package.number}
    note = checkout.reopen_visit(visit, key=part(key, "reopen"), reason=told, **facts)
    told = _("%(reason)s (bill %(bill)s, taken back by %(note)s)") % {
        "reason": reason.strip(),
        "bill": charged.name,
        "note": note.name,
    }
    visit = visits.settle(
        visits.locked(visit), key=key, package=package, reason=told, in_hindsight=True, **facts
    )
    bill = billing.bill_visit(visit, key=part(key, "bill"), **facts)
    receipts.queue_receipt(bill, clinic=clinic)
    audit.record("apply_package", visit, by=by, after={"package": package.number, "note": note.name})
    return Completed(visit, bill, visit.entry)
