"""Which days are closed and which are open, branch by branch: for the owner, and for who forgot yesterday."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce, JSONObject, TruncDate

from billing.models import Method, Payment, Refund
from clinic.calendar import day_bounds
from clinic.models import Branch, Clinic
from visits.models import Visit

from .models import DayClose

ZERO = Decimal(0)
ONE_DAY = timedelta(days=1)
REMEMBERED_DAYS = 14  # what was forgotten longer ago is the owner's list's matter


@dataclass(frozen=True)
class Standing:
    """How a day of a branch stands: what happened on it, and its last closing or opening."""

    day: date
    branch: Branch
    visits: int = 0
    open_visits: int = 0
    cash: Decimal = ZERO
    money_moved: bool = False
    last: DayClose | None = None

    @property
    def close(self) -> DayClose | None:
        """The closing, where the day is closed."""
        return self.last if self.last and self.last.is_closed else None

    @property
    def has_something(self) -> bool:
        return bool(self.visits or self.money_moved or self.last)

    @property
    def cash_since(self) -> Decimal:
        """What was received in cash for the day after it was closed."""
        return self.cash - (self.close.expected_cash or ZERO) if self.close else ZERO


@dataclass(frozen=True)
class Forgotten:
    """The last day before today on which patients were to come, and which nobody closed."""

    day: date
    branch_id: str
    branch: str


@dataclass
class _Facts:
    visits: dict[tuple[date, UUID], Mapping[str, int]] = field(default_factory=dict)
    cash: dict[tuple[date, UUID], Decimal] = field(default_factory=dict)
    last: dict[tuple[date, UUID], DayClose] = field(default_factory=dict)

    def has(self, branch: Branch) -> bool:
        return any(branch_id == branch.pk for _day, branch_id in (*self.visits, *self.cash, *self.last))


def standings(clinic: Clinic, first: date, last: date) -> list[list[Standing]]:
    """The days from `last` back to `first`; of each, the branches in use and those where something happened."""
    facts = _Facts(_visits(clinic, first, last), _cash(first, last), _last(first, last))
    branches = [each for each in Branch.objects.order_by("name") if each.is_active or facts.has(each)]
    days = [last - n * ONE_DAY for n in range((last - first).days + 1)]
    return [[_standing(day, branch, facts) for branch in branches] for day in days]


def first_day(clinic: Clinic) -> date | None:
    """The local day of the first visit that was kept here, if there is any."""
    starts_at = _taking_place().order_by("starts_at").values_list("starts_at", flat=True).first()
    return clinic.day_of(starts_at) if starts_at else None


def forgotten(clinic: Clinic, today: date) -> Forgotten | None:
    """The last day of the two weeks before today that had visits and is open, if there is one."""
    return remembered(_unclosed(clinic, today).first())


def forgotten_along(clinic: Clinic, today: date) -> Subquery:
    """The same as a part of another query, for a page that counts its statements; read it with `remembered`."""
    return Subquery(_unclosed(clinic, today)[:1])


def remembered(facts: Mapping[str, str] | None) -> Forgotten | None:
    """What the database found, if it found any."""
    if facts is None:
        return None
    return Forgotten(date.fromisoformat(facts["day"]), facts["branch"], facts["name"])


def _unclosed(clinic: Clinic, today: date) -> QuerySet[Visit, Any]:
    start, _end = day_bounds(today - REMEMBERED_DAYS * ONE_DAY, clinic.zone)
    end, _end = day_bounds(today, clinic.zone)
    last = DayClose.objects.filter(branch=OuterRef("branch"), day=OuterRef("on")).order_by("-number")
    visits = _taking_place().filter(starts_at__gte=start, starts_at__lt=end)
    of_days = visits.annotate(on=TruncDate("starts_at", tzinfo=clinic.zone))
    stands = of_days.annotate(stands=Subquery(last.values("kind")[:1]))
    unclosed = stands.filter(Q(stands=None) | Q(stands=DayClose.Kind.REOPENED))
    facts = JSONObject(day="on", branch="branch", name="branch__name")
    return unclosed.order_by("-starts_at").values_list(facts, flat=True)


def _taking_place() -> QuerySet[Visit]:
    """The visits that a day is closed for; what a register brought in was counted before we were here."""
    return Visit.objects.exclude(state__in=Visit.CANCELLED).exclude(settlement=Visit.Settlement.BEFORE)


def _standing(day: date, branch: Branch, facts: _Facts) -> Standing:
    place = (day, branch.pk)
    visits = facts.visits.get(place, {})
    return Standing(
        day,
        branch,
        visits.get("visits", 0),
        visits.get("open", 0),
        facts.cash.get(place, ZERO),
        place in facts.cash,
        facts.last.get(place),
    )


def _visits(clinic: Clinic, first: date, last: date) -> dict[tuple[date, UUID], Mapping[str, int]]:
    start, end = day_bounds(first, clinic.zone)[0], day_bounds(last, clinic.zone)[1]
    rows = _taking_place().filter(starts_at__gte=start, starts_at__lt=end).order_by()
    by_day = rows.annotate(on=TruncDate("starts_at", tzinfo=clinic.zone)).values("on", "branch")
    counted: Any = by_day.annotate(visits=Count("id"), open=Count("id", filter=Q(state__in=Visit.OPEN)))
    return {(row["on"], row["branch"]): row for row in counted}


def _cash(first: date, last: date) -> dict[tuple[date, UUID], Decimal]:
    """Cash received less cash handed back, wherever money moved; never below 0, as the count of the day has it."""
    in_cash = Coalesce(Sum("amount", filter=Q(method=Method.CASH)), ZERO)
    received = Payment.objects.filter(received_on__range=(first, last)).order_by()
    returned = Refund.objects.filter(given_on__range=(first, last)).order_by()
    came = received.values_list("received_on", "branch").annotate(sum=in_cash)
    went = returned.values_list("given_on", "branch").annotate(sum=-in_cash)
    sums: dict[tuple[date, UUID], Decimal] = {}
    for day, branch_id, amount in (*came, *went):
        sums[day, branch_id] = sums.get((day, branch_id), ZERO) + amount
    return {place: max(amount, ZERO) for place, amount in sums.items()}


def _last(first: date, last: date) -> dict[tuple[date, UUID], DayClose]:
    rows = DayClose.objects.filter(day__range=(first, last)).select_related("by").order_by("number")
    return {(row.day, row.branch_id): row for row in rows}
