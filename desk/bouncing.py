"""A payment bounces: what it paid for is owed again, and its packages are suspended until that is made good."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db.models import Q, QuerySet, Sum
from django.utils.translation import gettext as _

from billing import payments as money
from billing import returns
from billing import services as billing
from billing.models import Allocation, BillLine, Bounce, LineKind, Payment
from billing.payments import owed_lines
from clinic.acts import act
from clinic.keys import part
from clinic.models import Clinic, Patient, Relation, Staff
from packages import liability, standing
from packages.eligibility import packages_for
from packages.models import Activation, Change, ChangeKind, Package
from visits.holds import Holds
from visits.models import Visit

ZERO = Decimal(0)


@dataclass(frozen=True)
class Bounced:
    """A payment that bounced, and what follows: what is suspended, owed, and no longer held.

    `owed` is all that the patient has to pay now, line by line; `owed_for_care` what of it was used already (S46).
    """

    bounce: Bounce
    suspended: list[Package]
    owed: list[BillLine]
    owed_for_care: Decimal
    lost: list[Visit]


@act
def bounce_payment(
    payment: Payment,
    *,
    clinic: Clinic,
    at: datetime,
    by: Staff | None,
    key: uuid.UUID,
    reason: str,
    on: date | None = None,
) -> Bounced:
    """A payment did not come in: the bank says so of today, or of the day `on`. The packages it pays for are suspended
    today, until it is made good. What was handed back out of it is owed by a bill (decision 0009).

    The same key twice is the same bounce. Refuses as billing.returns.bounce_payment does, and a day to come.
    """
    today = clinic.day_of(at)
    money.hold_payer(payment.patient_id)
    if bounce := Bounce.objects.filter(key=key).first():
        return answer(bounce, clinic=clinic, on=today)
    if on and on > today:
        raise returns.CannotBounce(_("That day has not come yet. Write the day that the bank says."))
    for package in paid_now(payment, lock=True):
        if package.state == Package.State.ACTIVE:
            standing.suspend(package, on=today, by=by, key=_suspension(key, package), reason=reason)
    returns.refuse_bounce(payment, reason, on or today, by=by)
    charge = _charge(payment, clinic=clinic, at=at, by=by, key=key)
    bounce = returns.bounce_payment(payment, on=on or today, by=by, key=key, reason=reason, charge=charge)
    return answer(bounce, clinic=clinic, on=today)


@act
def resume_paid(lines: Iterable[BillLine], *, on: date, by: Staff | None, key: uuid.UUID) -> list[Package]:
    """Packages sold by these lines that were suspended for a bounced payment go on, where that is made good.

    One that its terms lock until it is paid in full needs all of it again, any other what was used of it.
    """
    ids = {line.package_id for line in lines if line.kind == LineKind.PACKAGE}
    packages = Package.objects.filter(pk__in=ids, state=Package.State.SUSPENDED).order_by("number")
    resumed = []
    for package in packages:
        if _is_for_bounce(package) and _is_made_good(package, on):
            reason = _("Paid again.")
            standing.resume(package, on=on, by=by, key=part(key, f"resume {package.pk}"), reason=reason)
            resumed.append(package)
    return resumed


def _charge(
    payment: Payment, *, clinic: Clinic, at: datetime, by: Staff | None, key: uuid.UUID
) -> BillLine | None:
    gone = returns.handed_back(payment)
    if not gone:
        return None
    return billing.bill_returned(payment, gone, clinic=clinic, at=at, by=by, key=part(key, "charge"))


def _suspension(key: uuid.UUID, package: Package) -> uuid.UUID:
    return part(key, f"suspend {package.pk}")


def paid_now(payment: Payment, *, lock: bool = False) -> list[Package]:
    """The packages that a payment pays for now; what was taken off one and set against something else is not theirs."""
    lines = _lines_of(payment).annotate(sum=Sum("allocations__amount")).filter(sum__gt=0)
    packages = Package.objects.filter(pk__in=lines.values("package")).order_by("number")
    return list(packages.select_for_update(no_key=True) if lock else packages)


def _paid_ever(payment: Payment) -> list[Package]:
    """The packages that a payment pays for, or ever did: a bounce has taken its money off all of them."""
    return list(Package.objects.filter(pk__in=_lines_of(payment).values("package")).order_by("number"))


def _lines_of(payment: Payment) -> QuerySet[BillLine]:
    lines: QuerySet[BillLine] = BillLine.objects.filter(kind=LineKind.PACKAGE, allocations__payment=payment)
    return lines


def _is_for_bounce(package: Package) -> bool:
    suspensions = Change.objects.filter(package=package, kind=ChangeKind.SUSPENDED)
    last = suspensions.order_by("-recorded_at", "-pk").values_list("key", flat=True).first()
    bounces = Bounce.objects.filter(payment__allocations__line__package=package)
    return any(last == _suspension(bounce.key, package) for bounce in bounces.distinct())


def _is_made_good(package: Package, on: date) -> bool:
    if package.activation == Activation.PAID_IN_FULL:
        return package.is_paid
    return not liability.of_package(package, on).owed_by_patient


def answer(bounce: Bounce, *, clinic: Clinic, on: date) -> Bounced:
    """What follows from a bounce, as it is now."""
    packages = _paid_ever(bounce.payment)
    changes = Change.objects.filter(key__in=[_suspension(bounce.key, package) for package in packages])
    suspended = set(changes.values_list("package", flat=True))
    held = [package for package in packages if package.pk in suspended]
    return Bounced(
        bounce,
        held,
        owed_lines(*_who_owes(bounce.payment)),
        sum((liability.of_package(package, on).owed_by_patient for package in packages), ZERO),
        _lost(held, clinic),
    )


def _who_owes(payment: Payment) -> list[Patient]:
    """The payer, and everybody whose bills the payment was for."""
    of_bills = Allocation.objects.filter(payment=payment).values("line__bill__patient")
    return list(Patient.objects.filter(Q(pk=payment.patient_id) | Q(pk__in=of_bills)).order_by("number"))


def _lost(suspended: Sequence[Package], clinic: Clinic) -> list[Visit]:
    """Open visits that these packages would take if they were not suspended, and that nothing takes now."""
    owners = [package.patient_id for package in suspended]
    named = Relation.objects.filter(owner__in=owners).values("person")
    people = list(Patient.objects.filter(pk__in=[*owners]) | Patient.objects.filter(pk__in=named))
    waiting = list(Visit.objects.open().filter(patient__in=people).select_related("patient", "service"))
    now = Holds(clinic, packages_for(*people)).take_all(waiting)
    before = Holds(clinic, _as_if_paid(packages_for(*people), suspended)).take_all(waiting)
    lost = {package.pk for package in suspended}
    return sorted(
        (
            visit
            for visit in waiting
            if now[visit.pk].fit is None
            and (package := before[visit.pk].package) is not None
            and package.pk in lost
        ),
        key=lambda visit: visit.starts_at,
    )


def _as_if_paid(
    held: dict[uuid.UUID, list[Package]], suspended: Sequence[Package]
) -> dict[uuid.UUID, list[Package]]:
    """The packages as they would be had the payment come in; nothing is written."""
    ids = {package.pk for package in suspended}
    for package in (each for packages in held.values() for each in packages if each.pk in ids):
        package.state, package.activation = Package.State.ACTIVE, Activation.AT_ONCE
    return held
