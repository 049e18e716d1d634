"""Which package covers a visit, and for each that does not, why: reasons as data.

The screen, the explanation and the bill all speak from the same list.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import ROUND_CEILING, Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, Prefetch, QuerySet
from django.db.models.functions import JSONObject

from clinic.models import Patient, Relation, Service
from clinic.money import rounded
from clinic.refusals import Refused

from .models import Activation, Package, PackageLine, Sharing, Where
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
    OTHER_THERAPIST = "other_therapist"
    OTHER_BRANCH = "other_branch"
    COUNTS_OTHERWISE = "counts_otherwise"
    PART_LEFT = "part_left"
    NONE_LEFT = "none_left"


# What staff can answer by choosing one of the ways that the fit offers; never chosen for them (S18, S51).
CHOICES = frozenset({Why.COUNTS_OTHERWISE, Why.PART_LEFT})

STATES = {
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
    therapist_id: UUID | None = None
    branch_id: UUID | None = None


@dataclass(frozen=True)
class Way:
    """A way in which a line may be used for a visit: so many sessions, and so much money beside them."""

    line: PackageLine
    sessions: Decimal
    surcharge: Decimal = ZERO


@dataclass(frozen=True)
class Fit:
    """A package held against a visit: the line that would be used, or the reasons why none is.

    `ways` are what the terms offer where the visit is not simply one session: staff choose, see `chosen`.
    """

    package: Package
    line: PackageLine | None
    reasons: tuple[Reason, ...] = ()
    sessions: Decimal = ONE
    surcharge: Decimal = ZERO
    ways: tuple[Way, ...] = ()

    @property
    def covers(self) -> bool:
        return not self.reasons

    @property
    def can_choose(self) -> bool:
        """Nothing stands against it but that somebody must say which way."""
        return bool(self.ways) and all(reason.why in CHOICES for reason in self.reasons)

    def chosen(self, sessions: Decimal) -> Fit:
        """The same package used in the way that takes so many sessions. Refuses what the terms do not offer."""
        if self.covers and sessions == self.sessions:
            return self
        way = next((way for way in self.ways if way.sessions == sessions), None)
        if way is None or (not self.can_choose and not self.covers):
            raise NotCovered([self] if self.reasons else [])
        return Fit(self.package, way.line, (), way.sessions, way.surcharge)


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
    line = min(enough, key=_paid_first, default=None)
    ways = () if line else tuple(_ways(wanted, package, lines))
    return Fit(package, line, tuple(_reasons(wanted, package, lines, line, ways)), wanted.sessions, ways=ways)


def available(line: PackageLine) -> Decimal:
    """What a visit held while the package was valid can use: what is left, and what has lapsed since (S30)."""
    return line.sessions_left + getattr(line, "lapsed", ZERO)


def best(wanted: Wanted, packages: Iterable[Package]) -> Fit:
    """The package that will be used; raises NotCovered with all reasons when there is none."""
    return best_of([fit(wanted, package) for package in packages])


def best_of(held: Iterable[Fit]) -> Fit:
    """Of packages held against a visit the one that will be used; raises NotCovered when none covers."""
    held = sorted(held, key=_best_first)
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


def _ways(wanted: Wanted, package: Package, lines: list[PackageLine]) -> Iterable[Way]:
    """What the terms offer instead: a part of a session and the rest in money, or another count of another service."""
    taken = set()
    for way in (*_parts(wanted, package, lines), *_alternatives(wanted, package)):
        counted = replace(wanted, sessions=way.sessions)
        if way.sessions not in taken and not any(_unpaid(counted, package)):
            taken.add(way.sessions)
            yield way


def _parts(wanted: Wanted, package: Package, lines: list[PackageLine]) -> Iterable[Way]:
    for line in sorted(lines, key=_paid_first):
        left = available(line)
        if ZERO < left < wanted.sessions:
            share = (wanted.sessions - left) / wanted.sessions
            yield Way(line, left, rounded(wanted.service.to_pay(package.places) * share, package.places))


def _alternatives(wanted: Wanted, package: Package) -> Iterable[Way]:
    for line in sorted(package.lines.all(), key=_paid_first):
        for offer in getattr(line, "offers", ()):
            sessions, surcharge = Decimal(str(offer["sessions"])), Decimal(str(offer["surcharge"]))
            if UUID(offer["service"]) == wanted.service.pk and available(line) >= sessions:
                yield Way(line, sessions, rounded(surcharge, package.places))


def _paid_first(line: PackageLine) -> tuple[bool, int]:
    """Paid lines before bonus lines (S08), then in the order of the terms."""
    return (line.is_bonus, line.position)


def _best_first(held: Fit) -> tuple[Any, ...]:
    package = held.package
    return (not held.covers, package.valid_until or FOREVER, package.sold_on, package.number)


def _reasons(
    wanted: Wanted,
    package: Package,
    lines: list[PackageLine],
    line: PackageLine | None,
    ways: tuple[Way, ...],
) -> Iterable[Reason]:
    if package.state in STATES:
        yield Reason(STATES[Package.State(package.state)])
    if package.is_frozen_on(wanted.on):
        yield Reason(Why.FROZEN, {"day": wanted.on})
    if not _may_use(wanted, package):
        yield Reason(Why.NOT_NAMED, {"patient": wanted.patient.name})
    if not lines and not ways:
        yield Reason(Why.OTHER_SERVICE, {"service": wanted.service.name, "package": package.name})
    if wanted.on < package.valid_from:
        yield Reason(Why.NOT_YET_VALID, {"valid_from": package.valid_from})
    if package.has_lapsed_on(wanted.on):
        yield Reason(Why.EXPIRED, {"valid_until": package.valid_until})
    yield from _elsewhere(wanted, package)
    if line is None:
        yield from _count(wanted, lines, ways)
    yield from _unpaid(wanted, package)


def _elsewhere(wanted: Wanted, package: Package) -> Iterable[Reason]:
    """The therapists and branches that the terms name, unless the owner of the clinic lifted that (S24, S25)."""
    tied = package.therapist_ids and "therapists" not in package.lifted
    if tied and wanted.therapist_id not in package.therapist_ids:
        yield Reason(Why.OTHER_THERAPIST)
    if "branches" in package.lifted or package.where == Where.ANYWHERE:
        return
    allowed = [package.branch_id] if package.where == Where.WHERE_SOLD else package.branch_ids
    if wanted.branch_id not in allowed:
        yield Reason(Why.OTHER_BRANCH)


def _count(wanted: Wanted, lines: list[PackageLine], ways: tuple[Way, ...]) -> Iterable[Reason]:
    if ways:
        part = any(way.line in lines for way in ways)
        facts = {"service": wanted.service.name, "left": ways[0].sessions}
        yield Reason(Why.PART_LEFT if part else Why.COUNTS_OTHERWISE, facts)
    elif lines:
        yield Reason(Why.NONE_LEFT, {"left": max(available(each) for each in lines)})


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
    open_sessions = package.received * package.paid_sessions // package.price
    # A disputed session is not free to be used by another visit; what lapsed since was free on that day.
    free = sum((available(line) for line in package.lines.all() if not line.is_bonus), ZERO)
    used = package.paid_sessions - free
    if used + wanted.sessions > open_sessions:
        upto = package.price * (used + wanted.sessions) / package.paid_sessions
        needed = upto.quantize(ONE.scaleb(-package.places), rounding=ROUND_CEILING) - package.received
        facts = {"open": open_sessions, "to_pay": package.to_pay, "needed": needed}
        yield Reason(Why.NOT_PAID_ENOUGH, facts)
