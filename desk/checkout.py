"""The acts at the counter that need several apps: each one transaction, one key, one answer."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from billing import instalment_paper, references
from billing import payments as money
from billing import services as billing
from billing.instalment_dates import Due
from billing.instalments import agree_instalments
from billing.models import Allocation, Bill, BillKind, BillLine, Payment
from billing.payments import Tender
from billing.splitting import Split
from billing.vouchers import issue_receipt
from clinic import access
from clinic.acts import act
from clinic.keys import hold, part
from clinic.models import Branch, Clinic, Patient, Service, Staff
from packages import nudges
from packages import services as packages
from packages.agreements import Agreed
from packages.eligibility import packages_for
from packages.models import Entry, Package, Plan
from visits import services as visits
from visits.models import Visit

from . import bouncing, instalments_reminders, receipts


@dataclass(frozen=True)
class Completed:
    """A visit that was completed, and what came of it."""

    visit: Visit
    bill: Bill
    entry: Entry | None = None
    payments: list[Payment] = field(default_factory=list)


@dataclass(frozen=True)
class Sale:
    """A package that was sold, and what came of it."""

    package: Package
    bill: Bill
    payments: list[Payment] = field(default_factory=list)
    first_visit: Completed | None = None


@dataclass(frozen=True)
class HereNow:
    """The patient is here for a session today: sell, deduct and bill as one act (S33)."""

    service: Service
    therapist: Staff | None = None
    visit: Visit | None = None  # the visit that was booked for today, if there was one


@act
def complete_visit(
    visit: Visit,
    *,
    clinic: Clinic,
    at: datetime,
    by: Staff | None,
    key: uuid.UUID,
    how: str = "",
    package: Package | None = None,
    sessions: Decimal | None = None,
    reason: str = "",
    tenders: Sequence[Tender] = (),
    same_reference: bool = False,
) -> Completed:
    """Complete a visit: settle it, bill it, take the money. The same key twice is the same completion.

    Refuses as visits.services.complete_visit does; then nothing is written.
    """
    if tenders:  # the payer before the visit, as selling does
        access.require(by, "take_payment")
        money.hold_payer(Visit.objects.values_list("patient_id", flat=True).get(pk=visit.pk))
    # Whoever brings the same key at the same moment waits for the visit here, and then finds the answer. A visit that
    # was never completed has none to find.
    visit = visits.locked(visit)
    if visit.completions and (done := completed_before(key, len(tenders))):
        return done
    visit = visits.settle(
        visit,
        clinic=clinic,
        at=at,
        by=by,
        key=key,
        how=how,
        package=package,
        sessions=sessions,
        reason=reason,
    )
    facts: dict[str, Any] = {"clinic": clinic, "at": at, "by": by}
    payments = taken(visit.patient, tenders, visit.branch, key=key, same_reference=same_reference, **facts)
    bill = billing.bill_visit(visit, key=part(key, "bill"), payments=payments, **facts)
    money.allocate(payments, list(bill.lines.order_by("position")) if payments else [], by=by)
    receipts.queue_receipt(bill, clinic=clinic)
    return Completed(visit, bill, visit.entry, payments)


@act
def reopen_visit(
    visit: Visit, *, clinic: Clinic, at: datetime, by: Staff | None, key: uuid.UUID, reason: str
) -> Bill:
    """Take a completion back: the session returns, and a note answers the bill, which itself never changes (S06).

    What was paid becomes account credit. Where the package was refunded since, the session does not come back to life;
    desk.refunds.short_of says what that refund was short of (S42).
    """
    money.hold_payer(Visit.objects.values_list("patient_id", flat=True).get(pk=visit.pk))
    completed = visits.locked(visit)
    if note := Bill.objects.filter(key=part(key, "note")).first():
        return note
    package = completed.entry.package if completed.entry else None
    reopened = visits.reopen_visit(visit, at=at, clinic=clinic, by=by, key=key, reason=reason)
    bill = Bill.objects.select_related("patient", "branch").get(
        visit=reopened, completion=reopened.completions
    )
    if package:
        package.refresh_from_db()
    note = billing.correct_bill(
        bill, clinic=clinic, at=at, by=by, key=part(key, "note"), reason=reason.strip(), package=package
    )
    receipts.queue_correction(note, clinic=clinic)
    return note


@act
def sell_package(
    patient: Patient,
    *,
    plan: Plan,
    branch: Branch,
    clinic: Clinic,
    at: datetime,
    by: Staff | None,
    key: uuid.UUID,
    price: Decimal | None = None,
    discount_reason: str = "",
    tenders: Sequence[Tender] = (),
    same_reference: bool = False,
    here_now: HereNow | None = None,
    shown: str | None = None,
    agreed: Agreed | None = None,
    instalments: Sequence[Due] = (),
) -> Sale:
    """Sell a plan: package, bill, payments and, if the patient is here now, the first visit with its receipt.

    One act: all of it or nothing. The same key twice is the same sale. `instalments` say when what is not paid now is
    paid; the first may be due today. Refuses what its parts refuse, for instance a first visit on a pack that its terms
    lock until it is paid in full.
    """
    hold(key)
    if bill := Bill.objects.filter(key=part(key, "bill")).first():
        package = Package.objects.get(key=part(key, "package"))
        return Sale(
            package, bill, taken_before(key, len(tenders)), completed_before(part(key, "first visit"))
        )
    _hold(patient, here_now)
    package = packages.open_package(
        patient,
        plan=plan,
        branch=branch,
        clinic=clinic,
        on=clinic.day_of(at),
        by=by,
        key=part(key, "package"),
        price=price,
        shown=shown,
        agreed=agreed,
    )
    payments = taken(
        patient, tenders, branch, clinic=clinic, at=at, by=by, key=key, same_reference=same_reference
    )
    line = instalment_paper.put_on(
        billing.package_line(package, discount_reason=discount_reason), instalments
    )
    bill = billing.issue_bill(
        patient,
        kind=BillKind.BILL,
        lines=[line],
        branch=branch,
        clinic=clinic,
        at=at,
        by=by,
        key=part(key, "bill"),
        package=package,
        payments=payments,
    )
    if instalments:
        agree_instalments(line, rows=instalments, clinic=clinic, at=at, by=by, key=part(key, "instalments"))
    money.allocate(payments, [line], by=by)
    receipts.queue_receipt(bill, clinic=clinic)
    nudges.withdraw(patient.pk)
    first = _first_visit(
        package, here_now, branch=branch, clinic=clinic, at=at, by=by, key=part(key, "first visit")
    )
    package.refresh_from_db()
    return Sale(package, bill, payments, first)


def _hold(patient: Patient, here_now: HereNow | None) -> None:
    """Lock what completing a visit of this patient locks too, in the same order and before any number is taken."""
    money.hold_payer(patient.pk)
    if here_now is None:
        return
    if here_now.visit:
        visits.locked(here_now.visit)
    packages_for(patient, lock=True)


@act
def take_payment(
    patient: Patient,
    *,
    tenders: Sequence[Tender],
    lines: Sequence[BillLine] = (),
    branch: Branch,
    clinic: Clinic,
    at: datetime,
    by: Staff | None,
    key: uuid.UUID,
    on: date | None = None,
    split: Split | None = None,
    same_reference: bool = False,
) -> list[Payment]:
    """Money for what is owed: each tender pays the lines in their order, or each line gets its amount of `split`;
    what is over stays unapplied, by name. It was received today, or `on` that day.

    A receipt says what was received and what it pays.

    A package that was suspended because a payment bounced goes on when that is made good.
    """
    money.refuse_parts_of_coins(*(tender.amount for tender in tenders), currency=clinic.currency)
    facts: dict[str, Any] = {"clinic": clinic, "at": at, "by": by}
    payments = taken(patient, tenders, branch, key=key, on=on, same_reference=same_reference, **facts)
    money.allocate(payments, lines, by=by, split=split, key=part(key, "allocate"))
    paid_for = lines if split is None else list(split)
    _withdraw_reminders(patient, paid_for)
    bouncing.resume_paid(paid_for, on=clinic.day_of(at), by=by, key=key)
    if payments:
        receipt = issue_receipt(payments, patient=patient, branch=branch, key=part(key, "receipt"), **facts)
        receipts.queue_receipt(receipt, clinic=clinic)
    return payments


@act
def apply_unapplied(
    patient: Patient,
    *,
    lines: Sequence[BillLine] = (),
    on: date,
    by: Staff | None,
    key: uuid.UUID,
    split: Split | None = None,
) -> list[Allocation]:
    """Pay lines with money that the patient paid before and that pays for nothing yet. Only ever when asked (S47).

    In their order, or each line its amount of `split`. The same key twice is the same money.
    """
    hold(key)
    payments = [payment for payment, _ in money.unapplied_of(patient)]
    made = money.allocate(payments, lines, by=by, split=split, key=part(key, "apply"))
    paid_for = lines if split is None else list(split)
    _withdraw_reminders(patient, paid_for)
    bouncing.resume_paid(paid_for, on=on, by=by, key=key)
    return made


def _withdraw_reminders(payer: Patient, lines: Sequence[BillLine]) -> None:
    """Nobody is reminded of what was paid just now: not the payer, and not whose bill it was."""
    owing = BillLine.objects.filter(pk__in=[line.pk for line in lines]).values_list(
        "bill__patient", flat=True
    )
    instalments_reminders.withdraw_settled(patient__in={payer.pk, *owing})


def _first_visit(
    package: Package,
    here_now: HereNow | None,
    *,
    branch: Branch,
    clinic: Clinic,
    at: datetime,
    by: Staff | None,
    key: uuid.UUID,
) -> Completed | None:
    if here_now is None:
        return None
    visit = here_now.visit or visits.book_visit(
        package.patient,
        service=here_now.service,
        therapist=here_now.therapist,
        branch=branch,
        starts_at=at,
        arrived_at=at,
        by=by,
        key=part(key, "book"),
    )
    return complete_visit(visit, clinic=clinic, at=at, by=by, key=key, package=package)


def completed_before(key: uuid.UUID, tenders: int = 0) -> Completed | None:
    """What an earlier completion with this key answered, also when the visit was reopened since."""
    bill = Bill.objects.filter(key=part(key, "bill")).select_related("visit").first()
    if bill is None or bill.visit is None:
        return None
    entry = Entry.objects.filter(key=part(key, "deduct")).select_related("package").first()
    return Completed(bill.visit, bill, entry, taken_before(key, tenders))


def taken_before(key: uuid.UUID, tenders: int) -> list[Payment]:
    """The money that an earlier act with this key took."""
    keys = [money.key_of_tender(part(key, "pay"), n) for n in range(tenders)]
    return list(Payment.objects.filter(key__in=keys).order_by("id")) if keys else []


def taken(
    patient: Patient,
    tenders: Sequence[Tender],
    branch: Branch,
    *,
    clinic: Clinic,
    at: datetime,
    by: Staff | None,
    key: uuid.UUID,
    on: date | None = None,
    same_reference: bool = False,
) -> list[Payment]:
    """Money for an act at the counter, received now. The same key twice is the same money.

    Refuses a UPI reference that was entered before, unless it is confirmed: it is the `same_reference` all the same.
    """
    if tenders:
        hold(part(key, "pay"))
    if done := taken_before(key, len(tenders)):
        return done
    today = clinic.day_of(at)
    references.refuse_repeated(tenders, on=on or today, confirmed=same_reference)
    return money.take_payment(
        patient, tenders=tenders, branch=branch, on=on or today, today=today, by=by, key=part(key, "pay")
    )
