"""Visits that do not take place, with their money: the fee that the terms ask for, and its return (S49, S50)."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.utils.translation import gettext as _

from billing import payments as money
from billing import services as billing
from billing.credits import fee_bill
from billing.models import Bill
from clinic.acts import act
from clinic.keys import part
from clinic.models import Clinic, Staff
from clinic.refusals import Refused
from packages.absences import passes_used
from packages.models import Package
from visits import absences as visits
from visits.consequences import figures
from visits.models import Visit

from . import absence_letters, receipts

ZERO = Decimal(0)

__all__ = ["Absence", "cancel_visit", "fee_bill", "let_off", "mark_no_show", "restore_visit"]


@dataclass(frozen=True)
class Absence:
    """A visit that did not take place, and what came of it: never a fee and a session both."""

    visit: Visit
    consequence: str
    package: Package | None
    sessions: Decimal = ZERO
    passes_left: int = 0
    fee: Decimal = ZERO
    bill: Bill | None = None  # of the fee
    note: Bill | None = None  # what took that bill back


class HasChanged(Refused):
    """It would come to something else than whoever asked for it has read."""

    def __init__(self) -> None:
        super().__init__(_("Something has changed since this page was opened. Read again what it comes to."))


@act
def mark_no_show(visit: Visit, *, clinic: Clinic, at: datetime, by: Staff | None, key: uuid.UUID) -> Absence:
    """The patient did not come: the rule of the package applies, and a fee is billed. Doing it again changes nothing.

    Refuses as visits.absences.mark_no_show does.
    """
    visit = visits.mark_no_show(visit, clinic=clinic, at=at, by=by, key=key)
    return _billed(visit, clinic=clinic, at=at, by=by, key=key)


@act
def cancel_visit(
    visit: Visit,
    *,
    clinic: Clinic,
    at: datetime,
    by: Staff | None,
    key: uuid.UUID,
    by_clinic: bool,
    reason: str = "",
    shown: str | None = None,
) -> Absence:
    """Cancel an open visit; too late by the patient, the package's rule applies. By the clinic it never counts.

    Refuses where it comes to something else than the figures that were `shown`, if they are given.
    """
    visit = visits.cancel_visit(
        visit, clinic=clinic, at=at, by=by, key=key, by_clinic=by_clinic, reason=reason
    )
    done = _billed(visit, clinic=clinic, at=at, by=by, key=key)
    if shown is not None and figures(done.consequence, done.sessions, done.fee) != shown:
        raise HasChanged
    return done


@act
def let_off(visit: Visit, *, clinic: Clinic, at: datetime, by: Staff, key: uuid.UUID, reason: str) -> Absence:
    """The owner gives back what an absence took: the session, the pass, or the fee by a credit note.

    What was paid of the fee becomes account credit. Doing it again changes nothing.
    """
    _hold(visit)
    visit = visits.let_off(visit, clinic=clinic, at=at, by=by, key=key, reason=reason)
    note = _taken_back(visit, clinic=clinic, at=at, by=by, key=key, reason=reason.strip())
    absence_letters.take_back(visit, clinic=clinic)
    return _answer(visit, note=note)


@act
def restore_visit(visit: Visit, *, clinic: Clinic, at: datetime, by: Staff | None, key: uuid.UUID) -> Absence:
    """Undo a cancellation or a no-show: what it took comes back, a fee by a credit note; the visit is booked."""
    _hold(visit)
    held = visits.locked(visit)
    reason = _("The visit was booked again.")
    # Before the visit is booked again: the note says of which absence the fee was.
    note = _taken_back(held, clinic=clinic, at=at, by=by, key=key, reason=reason)
    visit = visits.restore_visit(visit, clinic=clinic, at=at, by=by, key=key, fee_answered=True)
    absence_letters.take_back(visit, clinic=clinic)
    return _answer(visit, note=note)


def _hold(visit: Visit) -> None:
    money.hold_payer(Visit.objects.values_list("patient_id", flat=True).get(pk=visit.pk))


def _billed(visit: Visit, *, clinic: Clinic, at: datetime, by: Staff | None, key: uuid.UUID) -> Absence:
    if not visit.charge:
        absence_letters.tell(visit, clinic=clinic)
        return _answer(visit)
    bill = fee_bill(visit)
    if bill is None:
        bill = billing.bill_fee(visit, clinic=clinic, at=at, by=by, key=part(key, "fee"))
        # Whom the bill of the fee does not reach is told by the desk.
        if receipts.queue_receipt(bill, clinic=clinic) is None:
            absence_letters.tell(visit, clinic=clinic)
    return _answer(visit, bill=bill)


def _taken_back(
    visit: Visit, *, clinic: Clinic, at: datetime, by: Staff | None, key: uuid.UUID, reason: str
) -> Bill | None:
    if note := Bill.objects.filter(key=part(key, "note")).first():
        return note
    note = billing.credit_fee(visit, clinic=clinic, at=at, by=by, key=part(key, "note"), reason=reason)
    if note:
        receipts.queue_correction(note, clinic=clinic)
    return note


def _answer(visit: Visit, *, bill: Bill | None = None, note: Bill | None = None) -> Absence:
    package = visit.package
    return Absence(
        visit,
        visit.consequence,
        package,
        sessions=visit.entry.taken if visit.entry else ZERO,
        passes_left=max(package.free_passes - passes_used(package), 0) if package else 0,
        fee=visit.charge,
        bill=bill,
        note=note,
    )
