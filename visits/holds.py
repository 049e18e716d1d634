"""Which package each open visit will use, if they come in the order of time. Nothing is written: a hold is a question.

Two visits on a pack with one session left: the first is covered, the second is told where the last one goes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from clinic.models import Clinic, Patient
from clinic.ui.words import day
from packages import eligibility
from packages.eligibility import ONE, Fit, Why
from packages.models import Package, PackageLine
from packages.reasons import sentence_of

from .models import Visit
from .records import wanted_of


@dataclass(frozen=True)
class Cover:
    """What a visit will take: `fit` covers it and `left` is what the visits before it leave; or `reason` says why not.

    `now` is the package's balance as the passbook has it, whatever is booked.

    Where nothing covers, `nearest` is the package of this service that comes closest, if the patient has any.
    """

    fit: Fit | None = None
    left: Decimal = Decimal(0)
    now: Decimal = Decimal(0)
    reason: str = ""
    nearest: Package | None = None
    fits: tuple[Fit, ...] = ()

    @property
    def package(self) -> Package | None:
        return self.fit.package if self.fit else None

    @property
    def left_after(self) -> Decimal:
        return max(self.left - ONE, Decimal(0))


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
            return self._uncovered(held)
        left = fit.package.sessions_left
        cover = Cover(fit, left, self._now.setdefault(fit.package.pk, left), fits=tuple(held))
        self._use(fit.package, fit.line, visit.starts_at)
        return cover

    def take_all(self, visits: Iterable[Visit]) -> dict[UUID, Cover]:
        """The same for many, in the order of time."""
        return {
            visit.pk: self.take(visit) for visit in sorted(visits, key=lambda each: (each.starts_at, each.pk))
        }

    def _use(self, package: Package, line: PackageLine, at: datetime) -> None:
        line.sessions_left -= ONE
        package.sessions_left -= ONE
        if not line.is_bonus:
            package.paid_left -= ONE
        self._last[package.pk] = at

    def _uncovered(self, held: list[Fit]) -> Cover:
        if not held:
            return Cover(reason=sentence_of("no_package", {}))
        near = nearest(held)
        shown = None if near.reasons[0].why == Why.OTHER_SERVICE else near.package
        return Cover(reason=self._sentence(near), nearest=shown, fits=tuple(held))

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


def nearest(held: Iterable[Fit]) -> Fit:
    """Of packages that do not cover, the one to speak of: the fewest reasons, then the newest."""
    return min(
        held, key=lambda fit: (len(fit.reasons), -fit.package.sold_on.toordinal(), -fit.package.number)
    )
