"""What lapses in the weeks to come if nobody comes: sessions, and what is owed in care on them.

A month of a membership that carries what is left into the next one does not lapse. What is booked meanwhile is known
above this layer.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from clinic.calendar import ONE_DAY

from .exposure import owed_on
from .models import Package

DAYS = 90
ONE_WEEK = timedelta(days=7)


@dataclass(frozen=True)
class Lapsing:
    """A package that ends within these days, and what is owed on it now."""

    package: UUID
    number: int
    valid_until: date
    sessions: Decimal
    value: Decimal


@dataclass(frozen=True)
class Week:
    """A week of the calendar, from Monday on, and the packages whose last day is in it."""

    first: date
    packages: tuple[Lapsing, ...]

    @property
    def last(self) -> date:
        return self.first + ONE_WEEK - ONE_DAY

    @property
    def sessions(self) -> Decimal:
        return sum((each.sessions for each in self.packages), Decimal(0))

    @property
    def value(self) -> Decimal:
        return sum((each.value for each in self.packages), Decimal(0))


def lapsing(on: date, days: int = DAYS) -> QuerySet[Package]:
    """The packages with sessions left whose last day is the clinic's local day or within so many days from it."""
    ends = Package.objects.with_sessions().filter(valid_until__gte=on, valid_until__lt=on + timedelta(days))
    found: QuerySet[Package] = ends.filter(state__in=Package.LAPSING).exclude(_carries_on())
    return found


def by_week(on: date, days: int = DAYS) -> list[Week]:
    """Every week of these days, the empty ones too, with its packages by their last day."""
    rows: list[Any] = list(
        lapsing(on, days)
        .order_by("valid_until", "number")
        .values_list("pk", "number", "valid_until", "sessions_left")
    )
    owed = owed_on([row[0] for row in rows])
    found = [Lapsing(pk, number, until, left, owed[pk]) for pk, number, until, left in rows]
    return [Week(first, tuple(_in(found, first))) for first in _mondays(on, on + timedelta(days) - ONE_DAY)]


def _carries_on() -> Q:
    """As `packages.memberships.is_carried` says of one."""
    later = Package.objects.filter(membership=OuterRef("membership"), period__gt=OuterRef("period"))
    paid = Q(price__lte=F("paid") + F("paid_before") + F("moved_in"))
    goes_on = Q(membership__ends_on__isnull=True) | Q(membership__ends_on__gt=F("valid_until"))
    return Q(~Exists(later), paid, goes_on, carries_over=True, membership__isnull=False)


def _mondays(first: date, last: date) -> Iterable[date]:
    monday = first - timedelta(days=first.weekday())
    while monday <= last:
        yield monday
        monday += ONE_WEEK


def _in(packages: Iterable[Lapsing], monday: date) -> Iterable[Lapsing]:
    return (each for each in packages if monday <= each.valid_until < monday + ONE_WEEK)
