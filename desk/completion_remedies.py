"""What would make a package cover after all: where staff go to mend each reason, if their role may."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

from clinic.access import may
from clinic.models import Clinic, Staff
from packages import foresight
from packages.eligibility import Fit, Why
from packages.models import Package

NAMING = frozenset({Why.NOT_NAMED})
TIES = frozenset({Why.OTHER_THERAPIST, Why.OTHER_BRANCH})
MONEY = frozenset({Why.NOT_PAID, Why.NOT_PAID_ENOUGH})


@dataclass(frozen=True)
class Remedy:
    """A way on, as a link."""

    label: str
    url: str
    icon: str


@dataclass(frozen=True)
class Mended:
    """A package that does not cover, and what can be done about it; `thaws`: it only has to be unfrozen; `asks`: which
    money would open it."""

    fit: Fit
    remedies: list[Remedy]
    thaws: bool = False
    thawed_until: date | None = None
    asks: str = ""

    @property
    def package(self) -> Package:
        return self.fit.package

    @property
    def left_after(self) -> Decimal:
        return self.package.sessions_left - self.fit.sessions


def mended(fit: Fit, *, on: date, clinic: Clinic, staff: Staff, asks: str = "") -> Mended:
    """The package with the ways on that this person may go; `on` is the day of the visit."""
    whys = {reason.why for reason in fit.reasons}
    thaws = whys == {Why.FROZEN} and may(staff, "freeze_package")
    remedies = [
        remedy for reasons, make in REMEDIES if whys & reasons and (remedy := make(fit, clinic, staff))
    ]
    until = foresight.thawed_until(fit.package, on) if thaws else None
    return Mended(fit, remedies, thaws, until, asks)


def _naming(fit: Fit, clinic: Clinic, staff: Staff) -> Remedy | None:
    if not may(staff, "name_person"):
        return None
    return _page("packages:naming", _("Name people on this package…"), "users", clinic, fit.package.pk)


def _lifting(fit: Fit, clinic: Clinic, staff: Staff) -> Remedy | None:
    if not may(staff, "lift_restriction"):
        return None
    return _page("packages:lifting", _("Lift the restriction…"), "key-round", clinic, fit.package.pk)


def _paying(fit: Fit, clinic: Clinic, staff: Staff) -> Remedy | None:
    if not may(staff, "take_payment"):
        return None
    return _page("desk:payment", _("Take payment"), "banknote", clinic, fit.package.patient_id)


def _page(name: str, label: str, icon: str, clinic: Clinic, pk: object) -> Remedy | None:
    try:
        return Remedy(label, reverse(name, args=[clinic.slug, pk]), icon)
    except NoReverseMatch:
        return None


REMEDIES = ((NAMING, _naming), (TIES, _lifting), (MONEY, _paying))
