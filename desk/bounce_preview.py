"""What marking a payment as bounced would come to. Nothing is written."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from billing.models import LineKind, Payment
from billing.payment_story import PaysFor, story_of
from clinic.models import Clinic, Patient, Relation
from packages import liability
from packages.eligibility import packages_for
from packages.models import Package
from visits.holds import Holds
from visits.models import Visit

from .bouncing import paid_now

ZERO = Decimal(0)


@dataclass(frozen=True)
class Outlook:
    """The packages that would be suspended, the lines that would be owed again, and the visits without a hold."""

    suspended: list[Package]
    owed_again: list[PaysFor]
    credit_gone: Decimal
    handed_back: Decimal  # is charged by a bill
    owed_for_care: Decimal
    lost: list[Visit]


def outlook(payment: Payment, *, clinic: Clinic, on: date) -> Outlook:
    """The consequences as of now."""
    story = story_of(payment)
    packages = paid_now(payment)
    active = [package for package in packages if package.state == Package.State.ACTIVE]
    gone = {pays.line.package_id: pays.amount for pays in story.pays if pays.line.kind == LineKind.PACKAGE}
    owed_for_care = ZERO
    for package in packages:
        figures = liability.of_package(package, on)
        received = figures.received - gone.get(package.pk, ZERO)
        owed_for_care += max(figures.used - received, ZERO)
    return Outlook(active, story.pays, story.left, story.handed_back, owed_for_care, _lost(active, clinic))


def _lost(active: list[Package], clinic: Clinic) -> list[Visit]:
    """Open visits that these packages take now, and that nothing would take without them."""
    owners = [package.patient_id for package in active]
    named = Relation.objects.filter(owner__in=owners).values("person")
    people = list(Patient.objects.filter(pk__in=owners) | Patient.objects.filter(pk__in=named))
    waiting = list(Visit.objects.open().filter(patient__in=people).select_related("patient", "service"))
    ids = {package.pk for package in active}
    now = Holds(clinic, packages_for(*people)).take_all(waiting)
    held = packages_for(*people)
    for package in (each for packages in held.values() for each in packages if each.pk in ids):
        package.state = Package.State.SUSPENDED
    then = Holds(clinic, held).take_all(waiting)
    lost = [
        visit
        for visit in waiting
        if now[visit.pk].fit and now[visit.pk].package and then[visit.pk].fit is None
    ]
    return sorted(lost, key=lambda visit: visit.starts_at)
