"""Which package each open visit will use, if they come in the order of time. Nothing is written: a hold is a question.

Two visits on a pack with one session left: the first is covered, the second is told where the last one goes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from clinic.models import Clinic, Patient
from clinic.ui.words import day
from packages import eligibility, validity
from packages.eligibility import ONE, Fit, Why
from packages.models import Package, PackageLine, Start
from packages.reasons import sentence_of

from .models import Visit
from .offers import Offer, offers_of
from .records import wanted_of


@dataclass(frozen=True)
class Cover:
    """What a visit will take: `fit` covers it and `left` is what the visits before it leave; or `reason` says why not.

    `now` is the balance of that package, or of the nearest, as the passbook has it, whatever is booked.

    Where nothing covers, `nearest` is the package of this service that comes closest, if the patient has any; where
    the terms offer ways to use it all the same, `offers` are they, and somebody has to choose (S18, S51).
    """

    fit: Fit | None = None
    left: Decimal = Decimal(0)
    now: Decimal = Decimal(0)
    reason: str = ""
    nearest: Package | None = None
    fits: tuple[Fit, ...] = ()
    offers: tuple[Offer, ...] = ()

    @property
    def package(self) -> Package | None:
        return self.fit.package if self.fit else None

    @property
    def left_after(self) -> Decimal:
        return max(self.left - (self.fit.sessions if self.fit else ONE), Decimal(0))


@dataclass
class Holds:
    """The packages of some patients, from which visits take in turn. The objects given are used up by it."""

    clinic: Clinic
    packages: Mapping[Any, list[Package]]
    _last: dict[UUID, datetime] = field(default_factory=dict)
    _now: dict[UUID, Decimal] = field(default_factory=dict)

    def take(self, visit: Visit) -> Cover:
        """What covers this visit after all that took before it; it then has taken its session."""
        wanted = wanted_of(visit, self.clinic)
        held = eligibility.fits(wanted, self.packages.get(visit.patient_id, []))
        fit = preferred(held, visit.package_id)
        if fit is None or fit.line is None:
            choice = to_choose(held, visit.package_id)
            return self._chosen(choice, held, visit) if choice else self._uncovered(held)
        left = fit.package.sessions_left
        cover = Cover(fit, left, self._balance(fit.package), fits=tuple(held))
        self._use(fit.package, fit.line, fit.sessions, visit)
        return cover

    def take_all(self, visits: Iterable[Visit]) -> dict[UUID, Cover]:
        """The same for many, in the order of time."""
        return {
            visit.pk: self.take(visit) for visit in sorted(visits, key=lambda each: (each.starts_at, each.pk))
        }

    def _chosen(self, choice: Fit, held: list[Fit], visit: Visit) -> Cover:
        """Which way is said when it is completed; until then the most that it may take is held."""
        package, most = choice.package, max(choice.ways, key=lambda way: way.sessions)
        cover = Cover(
            None,
            package.sessions_left,
            self._balance(package),
            reason=choice.reasons[0].sentence,
            nearest=package,
            fits=tuple(held),
            offers=tuple(offers_of(choice, self.clinic.currency)),
        )
        self._use(package, most.line, most.sessions, visit)
        return cover

    def _balance(self, package: Package) -> Decimal:
        """What the passbook has, before any visit took in turn."""
        return self._now.setdefault(package.pk, package.sessions_left)

    def _use(self, package: Package, line: PackageLine, sessions: Decimal, visit: Visit) -> None:
        line.sessions_left -= sessions
        package.sessions_left -= sessions
        if not line.is_bonus:
            package.paid_left -= sessions
        if package.pk not in self._last:
            self._begin(package, self.clinic.day_of(visit.starts_at))
        self._last[package.pk] = visit.starts_at

    def _begin(self, package: Package, first: date) -> None:
        """Count the validity of an unused pack from the first visit that is booked on it (S32, S37)."""
        if package.validity_start != Start.FIRST_VISIT or package.sessions_used:
            return
        if package.valid_until == validity.lasts_until(package, package.sold_on):  # nothing moved it since
            package.valid_until = validity.lasts_until(package, package.sold_on, first)

    def _uncovered(self, held: list[Fit]) -> Cover:
        if not held:
            return Cover(reason=sentence_of("no_package", {}))
        near = nearest(held)
        shown = None if near.reasons[0].why == Why.OTHER_SERVICE else near.package
        now = self._balance(near.package)
        return Cover(now=now, reason=self._sentence(near), nearest=shown, fits=tuple(held))

    def _sentence(self, near: Fit) -> str:
        taken_at = self._last.get(near.package.pk)
        if taken_at is None or near.reasons[0].why not in {Why.NONE_LEFT, Why.NOT_PAID_ENOUGH}:
            return near.reasons[0].sentence
        at = self.clinic.local(taken_at)
        return _("The last session of the package goes to the visit on %(day)s at %(time)s.") % {
            "day": day(at, "short"),
            "time": f"{at:%H:%M}",
        }


def holds_of(clinic: Clinic, *patients: Patient) -> Holds:
    """The holds of these patients: their packages as they are now."""
    return Holds(clinic, eligibility.packages_for(*patients))


def preferred(held: Iterable[Fit], wish: UUID | None) -> Fit | None:
    """The package chosen at booking where it covers, else the best that does."""
    covering = [fit for fit in held if fit.covers]
    return next((fit for fit in covering if fit.package.pk == wish), covering[0] if covering else None)


def to_choose(held: Iterable[Fit], wish: UUID | None) -> Fit | None:
    """Where none covers: the package that staff may use in one of the ways of its terms, the chosen one first."""
    choices = [fit for fit in held if fit.can_choose]
    return next((fit for fit in choices if fit.package.pk == wish), choices[0] if choices else None)


def nearest(held: Iterable[Fit]) -> Fit:
    """Of packages that do not cover, the one to speak of: the fewest reasons, then the newest."""
    return min(
        held, key=lambda fit: (len(fit.reasons), -fit.package.sold_on.toordinal(), -fit.package.number)
    )
