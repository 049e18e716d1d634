"""Which package covers a visit, and for each that does not, why: reasons as data.

The screen, the explanation and the bill all speak from the same list.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, Prefetch, QuerySet
from django.db.models.functions import JSONObject

from clinic.models import Patient, Relation, Service
from clinic.refusals import Refused

from .models import Activation, Package, PackageLine, Sharing
from .reasons import sentence_of

ONE, ZERO = Decimal(1), Decimal(0)
FOREVER = date.max


class Why(StrEnum):
    """Why a package does not cover a visit."""

    NOT_PAID = "not_paid"
    NOT_PAID_ENOUGH = "not_paid_enough"
    FROZEN = "frozen"
    SUSPENDED = "suspended"
    REFUNDED = "refunded"
    VOID = "void"
    NOT_YET_VALID = "not_yet_valid"
    EXPIRED = "expired"
    OTHER_SERVICE = "other_service"
    NOT_NAMED = "not_named"
    NONE_LEFT = "none_left"


STATES = {
    Package.State.FROZEN: Why.FROZEN,
    Package.State.SUSPENDED: Why.SUSPENDED,
    Package.State.REFUNDED: Why.REFUNDED,
    Package.State.VOID: Why.VOID,
}


@dataclass(frozen=True)
class Reason:
    why: Why
    facts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def sentence(self) -> str:
        """One sentence the front desk can read out, in the active language."""
        return sentence_of(self.why, self.facts)


@dataclass(frozen=True)
class Wanted:
    """What is to be covered: who attends, for which service, on which local day, counting how many sessions."""

    patient: Patient
    service: Service
    on: date
    sessions: Decimal = ONE


@dataclass(frozen=True)
class Fit:
    """A package held against a visit: the line that would be used, or the reasons why none is."""

    package: Package
    line: PackageLine | None
    reasons: tuple[Reason, ...] = ()

    @property
    def covers(self) -> bool:
        return not self.reasons


class NotCovered(Refused):
    """No package covers the visit; `fits` says why each does not."""

    def __init__(self, fits: Iterable[Fit]) -> None:
        self.fits = tuple(fits)
        super().__init__(self.fits[0].reasons[0].sentence if self.fits else sentence_of("no_package", {}))


def fits(wanted: Wanted, packages: Iterable[Package]) -> list[Fit]:
    """Every package held against the visit, best first: covering before not, earliest expiry, then oldest (S15)."""
    return sorted((fit(wanted, package) for package in packages), key=_best_first)


def fit(wanted: Wanted, package: Package) -> Fit:
    """One package held against the visit. Its lines are read from `package.lines.all()`: prefetch them."""
    lines = [line for line in package.lines.all() if line.service_id == wanted.service.pk]
    enough = [line for line in lines if available(line) >= wanted.sessions]
    # Paid lines before bonus lines (S08), then in the order of the terms.
    line = min(enough, key=lambda each: (each.is_bonus, each.position), default=None)
    return Fit(package, line, tuple(_reasons(wanted, package, lines, line)))


def available(line: PackageLine) -> Decimal:
    """What a visit held while the package was valid can use: what is left, and what has lapsed since (S30)."""
    return line.sessions_left + getattr(line, "lapsed", ZERO)


def best(wanted: Wanted, packages: Iterable[Package]) -> Fit:
    """The package that will be used; raises NotCovered with all reasons when there is none."""
    held = fits(wanted, packages)
    if not held or not held[0].covers:
        raise NotCovered(held)
    return held[0]


def packages_for(*patients: Patient, lock: bool = False) -> dict[Any, list[Package]]:
    """For each patient's id the packages that patient owns or may be named on, with their lines.

    With lock=True the rows are locked (FOR NO KEY UPDATE) until the transaction ends, so that what is read is
    what will be deducted from.
    """
    ids = {patient.pk for patient in patients}
    packages = _held_by(ids)
    if lock:
        packages = packages.select_for_update(no_key=True)
    found: dict[Any, list[Package]] = {patient_id: [] for patient_id in ids}
    for package in packages.prefetch_related(Prefetch("lines", PackageLine.objects.with_lapsed())):
        package.named = [_relation(package, facts) for facts in package.relations]
        if package.patient_id in ids:
            found[package.patient_id].append(package)
        if package.sharing == Sharing.NAMED:
            for relation in package.named:
                found[relation.person_id].append(package)
    return found


def _held_by(ids: set[Any]) -> QuerySet[Package]:
    """The packages these patients own, and those whose owners named them, each with those relations.

    One set of owners, not an OR over two: PostgreSQL then goes by the index. The relations ride along because the
    front desk's pages count their statements.
    """
    relations = Relation.objects.filter(person_id__in=ids)
    owners = Patient.objects.filter(pk__in=ids).values("pk").union(relations.values("owner_id"), all=True)
    facts = JSONObject(person="person_id", since="since", until="until")
    named = relations.filter(owner_id=OuterRef("patient_id")).values(facts=facts)
    return (
        Package.objects.filter(patient_id__in=owners)
        .annotate(relations=ArraySubquery(named))
        .order_by("number")
    )


def _relation(package: Package, facts: Mapping[str, Any]) -> Relation:
    until = facts["until"]
    return Relation(
        owner_id=package.patient_id,
        person_id=UUID(facts["person"]),
        since=date.fromisoformat(facts["since"]),
        until=until and date.fromisoformat(until),
    )


def _best_first(held: Fit) -> tuple[Any, ...]:
    package = held.package
    return (not held.covers, package.valid_until or FOREVER, package.sold_on, package.number)


def _reasons(
    wanted: Wanted, package: Package, lines: list[PackageLine], line: PackageLine | None
) -> Iterable[Reason]:
    if package.state in STATES:
        yield Reason(STATES[Package.State(package.state)])
    if not _may_use(wanted, package):
        yield Reason(Why.NOT_NAMED, {"patient": wanted.patient.name})
    if not lines:
        yield Reason(Why.OTHER_SERVICE, {"service": wanted.service.name, "package": package.name})
    if wanted.on < package.valid_from:
        yield Reason(Why.NOT_YET_VALID, {"valid_from": package.valid_from})
    if package.has_lapsed_on(wanted.on):
        yield Reason(Why.EXPIRED, {"valid_until": package.valid_until})
    if lines and line is None:
        yield Reason(Why.NONE_LEFT, {"left": max(available(each) for each in lines)})
    yield from _unpaid(wanted, package)


def _may_use(wanted: Wanted, package: Package) -> bool:
    if package.patient_id == wanted.patient.pk:
        return True
    if package.sharing != Sharing.NAMED:
        return False
    named: list[Relation] = getattr(package, "named", [])
    return any(each.person_id == wanted.patient.pk and each.holds_on(wanted.on) for each in named)


def _unpaid(wanted: Wanted, package: Package) -> Iterable[Reason]:
    if package.is_paid or package.is_opening or package.activation == Activation.AT_ONCE:
        return
    if package.activation == Activation.PAID_IN_FULL:
        yield Reason(Why.NOT_PAID, {"to_pay": package.to_pay})
        return
    # As paid: 4,000 of 10,000 for ten sessions open four of them (S45).
    open_sessions = package.paid * package.paid_sessions // package.price
    used = package.paid_sessions - package.paid_left
    if used + wanted.sessions > open_sessions:
        yield Reason(Why.NOT_PAID_ENOUGH, {"open": open_sessions, "to_pay": package.to_pay})
