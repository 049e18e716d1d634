"""What lapses in the weeks to come if nobody comes, and what is booked against it before the end."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from clinic.models import Clinic, Patient
from packages.expected_expiry import Lapsing, Week
from packages.models import Package
from visits.ahead import ahead_of


@dataclass(frozen=True)
class Ending:
    """A package of a week: what is left of it, and how many sessions visits that are booked will use by its end."""

    lapsing: Lapsing
    package: Package
    booked: Decimal

    @property
    def patient(self) -> Patient:
        return self.package.patient

    @property
    def unbooked(self) -> Decimal:
        """What lapses even if everybody comes who is booked."""
        return max(self.lapsing.sessions - self.booked, Decimal(0))


def booked_by_package(week: Week, *, clinic: Clinic, on: date) -> Mapping[UUID, Decimal]:
    """Of each package of the week, the sessions that booked visits will use on or before its last day."""
    packages = Package.objects.filter(pk__in=[each.package for each in week.packages])
    found = ahead_of(packages, clinic=clinic, on=on)
    return {pk: sum((use.sessions for use in ahead.uses), Decimal(0)) for pk, ahead in found.items()}


def rows_of(lapsing: Iterable[Lapsing], booked: Mapping[UUID, Decimal]) -> list[Ending]:
    """The packages of a page as it shows them."""
    lapsing = list(lapsing)
    packages = Package.objects.select_related("patient").in_bulk([each.package for each in lapsing])
    return [Ending(each, packages[each.package], booked.get(each.package, Decimal(0))) for each in lapsing]


def week_of(weeks: list[Week], asked: str) -> Week | None:
    """The week that begins on the day asked for, else the first in which something lapses."""
    named = next((week for week in weeks if week.first.isoformat() == asked), None)
    return named or next((week for week in weeks if week.packages), None)
