"""At which pace packages are used, and when they will be used up with what is booked (packages.pace has the rule)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date
from uuid import UUID

from django.db.models import Exists, OuterRef

from clinic.models import Clinic
from packages.models import Entry, Kind, Package
from packages.models.entries import DEDUCTIONS
from packages.pace import Forecast, Use, forecast

from .ahead import ahead_of


def forecasts(packages: Iterable[Package], *, clinic: Clinic, on: date) -> Mapping[UUID, Forecast]:
    """By package, what to expect, as of the morning of the day. Packages of which too little is known, that cannot be
    used, that never lapse, or that are months of a membership are missing; and those whose patient has another one in
    use, for nobody knows which of them is used next."""
    asked = [package for package in packages if _can_be_told(package, on)]
    several = _with_several(asked, on)
    asked = [each for each in asked if each.patient_id not in several]
    if not asked:
        return {}
    uses, ahead = _uses(asked, on), ahead_of(asked, clinic=clinic, on=on)
    found = {}
    for package in asked:
        assert package.valid_until is not None
        expected = forecast(
            on=on,
            left=package.sessions_left,
            valid_until=package.valid_until,
            uses=uses.get(package.pk, ()),
            bookings=ahead[package.pk].uses,
            frozen=package.frozen,
        )
        if expected:
            found[package.pk] = expected
    return found


def _can_be_told(package: Package, on: date) -> bool:
    runs = package.state == Package.State.ACTIVE and package.sessions_left > 0
    return bool(runs and package.valid_until and package.valid_until >= on and not package.membership_id)


def _with_several(packages: list[Package], on: date) -> set[UUID]:
    """Patients who have more than one package that can be used."""
    usable = Package.objects.filter(
        patient__in=[each.patient_id for each in packages], state=Package.State.ACTIVE, sessions_left__gt=0
    )
    owners = Counter(usable.valid_on(on).values_list("patient_id", flat=True))
    return {owner for owner, packs in owners.items() if packs > 1}


def _uses(packages: list[Package], on: date) -> dict[UUID, list[Use]]:
    """What was used before the day and stands, by package."""
    taken_back = Entry.objects.filter(
        package=OuterRef("package"), kind=Kind.REVERSED, reverses=OuterRef("pk")
    )
    lines = Entry.objects.filter(
        package__in=packages, kind__in=DEDUCTIONS, happened_on__lt=on, sessions__lt=0
    )
    found: dict[UUID, list[Use]] = {}
    for entry in lines.exclude(Exists(taken_back)).only("package_id", "happened_on", "sessions"):
        found.setdefault(entry.package_id, []).append(Use(entry.happened_on, entry.taken))
    return found
