"""The visits of a statement, and what each was worth: asked in a number of statements that does not grow with them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from decimal import Decimal
from uuid import UUID

from django.db.models import Q, QuerySet, Sum

from billing.models import BillLine, LineKind
from clinic.calendar import day_bounds
from clinic.models import Branch, Clinic, Staff
from packages.models import Package
from visits.models import Visit
from visits.models.visits import ABSENT

from .passbooks import Passbook, passbooks_of
from .scope import Scope
from .shares import Part, Way

ZERO = Decimal(0)
COUNTS = [Visit.Consequence.SESSIONS, Visit.Consequence.FEE]


@dataclass(frozen=True)
class Row:
    """One visit, or one that did not take place and counts.

    `part` is what it took of a package, `count` the how manieth session of that it was; `charge` what was asked for in
    money, for the visit or beside the session.
    """

    visit: Visit
    package: Package | None = None
    part: Part | None = None
    count: Decimal | None = None
    charge: Decimal = ZERO

    @property
    def is_attended(self) -> bool:
        return self.visit.state not in ABSENT

    @property
    def therapist(self) -> Staff | None:
        """Who treated, as the passbook says; else who was booked."""
        return (self.part.entry.therapist if self.part and self.part.entry else None) or self.visit.therapist

    @property
    def is_disputed(self) -> bool:
        return self.part is not None and self.part.way == Way.SET_ASIDE

    @property
    def sessions(self) -> Decimal:
        return self.part.sessions if self.part and not self.is_disputed else ZERO

    @property
    def value(self) -> Decimal:
        return self.part.value if self.part and not self.is_disputed else ZERO


@dataclass(frozen=True)
class Attendance:
    """What a statement says: the rows in the order of their days; of a package also what others used of it, and where
    its other sessions went."""

    scope: Scope
    rows: list[Row]
    of_others: list[Row] = field(default_factory=list)
    rest: list[Part] = field(default_factory=list)

    @property
    def attended(self) -> list[Row]:
        return [row for row in self.rows if row.is_attended]

    @property
    def absences(self) -> list[Row]:
        return [row for row in self.rows if not row.is_attended]


def read(scope: Scope, clinic: Clinic) -> Attendance:
    """The attendance as it is now."""
    return _of_package(scope, scope.package) if scope.package else _of_days(scope, clinic)


def branch_of(attendance: Attendance) -> Branch:
    """Whose letterhead it bears: where the package was sold, or the last visit was, else the first in use."""
    if attendance.scope.package:
        return attendance.scope.package.branch
    if attendance.rows:
        return attendance.rows[-1].visit.branch
    branch: Branch = Branch.objects.order_by("-is_active", "name")[0]
    return branch


def _of_package(scope: Scope, package: Package) -> Attendance:
    (passbook,) = passbooks_of([package])
    taken = [part.entry.visit_id for part in passbook.of_visits if part.entry]
    rows = _rows(passbook, _by_id(Visit.objects.filter(pk__in=taken)), [Way.VISIT])
    mine = [row for row in rows if row.visit.patient_id == package.patient_id]
    others = [row for row in rows if row.visit.patient_id != package.patient_id]
    return Attendance(scope, _charged(mine), others, passbook.rest)


def _of_days(scope: Scope, clinic: Clinic) -> Attendance:
    assert scope.first_day
    assert scope.last_day
    start, end = day_bounds(scope.first_day, clinic.zone)[0], day_bounds(scope.last_day, clinic.zone)[1]
    counts = Q(state=Visit.State.COMPLETED) | Q(state__in=ABSENT, consequence__in=COUNTS)
    visits = _by_id(Visit.objects.between(start, end).filter(counts, patient=scope.patient))
    used = {visit.entry.package_id for visit in visits.values() if visit.entry}
    rows: list[Row] = []
    for passbook in passbooks_of(Package.objects.filter(pk__in=used)):
        rows += _rows(passbook, visits, [Way.VISIT, Way.SET_ASIDE])
    paid_singly = visits.keys() - {row.visit.pk for row in rows}
    return Attendance(scope, _charged([*rows, *(Row(visits[pk]) for pk in paid_singly)]))


def _by_id(visits: QuerySet[Visit]) -> dict[UUID, Visit]:
    return {visit.pk: visit for visit in visits.select_related("service", "therapist", "entry", "branch")}


def _rows(passbook: Passbook, visits: dict[UUID, Visit], ways: Iterable[Way]) -> list[Row]:
    return [
        Row(visits[part.entry.visit_id], passbook.package, part, passbook.counts.get(part.entry.pk))
        for part in passbook.parts
        if part.way in ways and part.entry and part.sessions and part.entry.visit_id in visits
    ]


def _charged(rows: list[Row]) -> list[Row]:
    """The rows with what was asked for in money, notes that took it back counted in; in the order of their days."""
    visits = [row.visit for row in rows]
    lines = BillLine.objects.filter(visit__in=visits, kind__in=[LineKind.VISIT, LineKind.FEE])
    charges = dict(lines.values_list("visit").annotate(sum=Sum("amount")))
    charged = [replace(row, charge=charges.get(row.visit.pk, ZERO)) for row in rows]
    return sorted(charged, key=lambda row: (row.visit.starts_at, row.visit.pk))
