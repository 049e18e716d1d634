"""What therapists delivered and earned between two days: everybody's sums, and one person's statement."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.db.models import Count, F, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from clinic.calendar import day_bounds
from clinic.models import Clinic, Staff

from .models import PayLine

ZERO = Decimal(0)
# Nothing was delivered to a patient who did not come, though a rule may pay for it.
DELIVERED = Q(is_absence=False)


@dataclass(frozen=True)
class Sums:
    """Sessions and value delivered, and what they earned; what was taken back is taken off."""

    sessions: Decimal = ZERO
    value: Decimal = ZERO
    amount: Decimal = ZERO
    count: int = 0


@dataclass(frozen=True)
class Part:
    """The sums of one day, one service or one person."""

    of: Any
    sums: Sums


@dataclass(frozen=True)
class Statement:
    """One person's sessions and pay from `first` to `last`, both days in it.

    A line stands on the day on which its session was used, or came back, whenever that was recorded.
    """

    staff: Staff
    first: date
    last: date
    clinic: Clinic

    @cached_property
    def total(self) -> Sums:
        return sums_of(self._between)

    @cached_property
    def by_day(self) -> list[Part]:
        return _parts(self._between, "happened_on")

    @cached_property
    def by_service(self) -> list[Part]:
        return _parts(self._between, "service__name")

    @property
    def lines(self) -> QuerySet[PayLine]:
        """Every line with its patient, in the order of the days; `is_late` where it was recorded after the last day."""
        lines = self._between.select_related("visit__patient", "service", "rule", "entry")
        return lines.annotate(is_late=Q(recorded_at__gte=self._end)).order_by(
            "happened_on", "recorded_at", "visit", "turn"
        )

    @cached_property
    def late(self) -> Sums:
        """What of the total was recorded after the last day: a statement that was given out before has it not."""
        return sums_of(self._between.filter(recorded_at__gte=self._end))

    @cached_property
    def for_earlier_days(self) -> Sums:
        """What was recorded in these days for days before them; it stands on the statements of those days."""
        start, _end = day_bounds(self.first, self.clinic.zone)
        earlier = PayLine.objects.filter(staff=self.staff, happened_on__lt=self.first)
        return sums_of(earlier.filter(recorded_at__gte=start, recorded_at__lt=self._end))

    @property
    def _between(self) -> QuerySet[PayLine]:
        return PayLine.objects.filter(
            staff=self.staff, happened_on__gte=self.first, happened_on__lte=self.last
        )

    @property
    def _end(self) -> Any:
        return day_bounds(self.last, self.clinic.zone)[1]


def by_therapist(first: date, last: date) -> list[Part]:
    """Everybody who held a session between two days, with their sums, the most delivered first."""
    lines = PayLine.objects.filter(happened_on__gte=first, happened_on__lte=last)
    parts = _parts(lines, "staff_id", "staff__name", "staff__is_active")
    return sorted(parts, key=lambda part: (-part.sums.value, part.of[1]))


def total_of(parts: Iterable[Part]) -> Sums:
    """The parts together."""
    all_sums = [part.sums for part in parts]
    return Sums(
        sum((each.sessions for each in all_sums), ZERO),
        sum((each.value for each in all_sums), ZERO),
        sum((each.amount for each in all_sums), ZERO),
        sum(each.count for each in all_sums),
    )


def sums_of(lines: QuerySet[PayLine]) -> Sums:
    return Sums(**lines.aggregate(**_figures()))


def _parts(lines: QuerySet[PayLine], *names: str) -> list[Part]:
    rows = lines.values(*names).annotate(**_figures("_")).order_by(*names)
    return [
        Part(
            row[names[0]] if len(names) == 1 else tuple(row[name] for name in names),
            Sums(*(row[f"_{name}"] for name in ("sessions", "value", "amount", "count"))),
        )
        for row in rows
    ]


def _figures(mark: str = "") -> dict[str, Any]:
    """The aggregates of Sums; marked where the rows have columns of the same names."""
    return {
        f"{mark}sessions": Coalesce(Sum(F("sessions"), filter=DELIVERED), ZERO),
        f"{mark}value": Coalesce(Sum(F("value"), filter=DELIVERED), ZERO),
        f"{mark}amount": Coalesce(Sum(F("amount")), ZERO),
        f"{mark}count": Count("pk"),
    }
