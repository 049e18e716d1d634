"""What is booked ahead on packages: for which of the visits to come each will be used, and which come too late."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from clinic.calendar import day_bounds
from clinic.models import Clinic, Relation
from packages.eligibility import Why
from packages.models import Package, Sharing
from packages.pace import Use

from .holds import Cover, holds_of
from .models import Visit


@dataclass
class Ahead:
    """The visits to come of one package, in the order of time: what it will be used for, and what it would have been
    used for if it were valid for longer."""

    uses: list[Use] = field(default_factory=list)
    late: list[Visit] = field(default_factory=list)


def ahead_of(packages: Iterable[Package], *, clinic: Clinic, on: date) -> Mapping[UUID, Ahead]:
    """By package, what is booked from the day on, whoever of those who may use it has booked."""
    packages = list(packages)
    start, _end = day_bounds(on, clinic.zone)
    people = who_may_use(packages)
    waiting = Visit.objects.open().filter(patient__in={one for each in people.values() for one in each})
    visits = list(waiting.filter(starts_at__gte=start).select_related("patient", "service"))
    found = {package.pk: Ahead() for package in packages}
    if not visits:
        return found
    patients = {visit.patient_id: visit.patient for visit in visits}
    covers = holds_of(clinic, *patients.values()).take_all(visits)
    for visit in sorted(visits, key=lambda each: each.starts_at):
        _note(found, visit, covers[visit.pk], clinic)
    return found


def who_may_use(packages: Iterable[Package]) -> dict[UUID, set[UUID]]:
    """By package, its owner and those whom the owner has named on it."""
    packages = list(packages)
    shared = {package.patient_id for package in packages if package.sharing == Sharing.NAMED}
    named: dict[UUID, set[UUID]] = {}
    if shared:
        for owner, person in Relation.objects.filter(owner__in=shared).values_list("owner_id", "person_id"):
            named.setdefault(owner, set()).add(person)
    return {
        package.pk: {package.patient_id}
        | (named.get(package.patient_id, set()) if package.sharing == Sharing.NAMED else set())
        for package in packages
    }


def _note(found: Mapping[UUID, Ahead], visit: Visit, cover: Cover, clinic: Clinic) -> None:
    if cover.fit and cover.fit.package.pk in found:
        found[cover.fit.package.pk].uses.append(Use(clinic.day_of(visit.starts_at), cover.fit.sessions))
        return
    late = next((fit for fit in cover.fits if [each.why for each in fit.reasons] == [Why.EXPIRED]), None)
    if cover.fit is None and late and late.package.pk in found:
        found[late.package.pk].late.append(visit)
