"""What a closure comes to: before it is made, and while the days go back to the packages."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date

from django.db.models import QuerySet

from clinic.calendar import day_bounds
from clinic.keys import part
from clinic.models import Branch, Clinic
from packages import validity
from packages.models import Change, ChangeKind, Package

from .closures import booked_then, refuse_impossible, waiting_for_days
from .models import Closure, Visit


@dataclass(frozen=True)
class Outlook:
    """How many booked visits are cancelled, and how many packages get how many days, the most days first."""

    visits: int
    packages: list[tuple[int, int]]  # days, packages


@dataclass(frozen=True)
class Progress:
    """So many of so many packages have their days."""

    done: int
    total: int

    @property
    def is_done(self) -> bool:
        return self.done == self.total


def foresee(
    *, first_day: date, last_day: date, clinic: Clinic, branch: Branch | None = None, extends: bool = False
) -> Outlook:
    """What closing these days would come to; nothing is written. Refuses what `close_clinic` refuses."""
    refuse_impossible(first_day, last_day)
    closure = Closure(first_day=first_day, last_day=last_day, branch=branch, extends=extends)
    closure.key = closure.pk
    lost = Counter(days for _package, days in _still_to_get(closure))
    return Outlook(booked_then(closure, clinic).count(), sorted(lost.items(), reverse=True))


def progress_of(closure: Closure) -> Progress:
    """How far the days of a closure have gone back."""
    given = _given(closure)
    return Progress(given, given + len(_still_to_get(closure)))


def cancelled_by(closure: Closure, clinic: Clinic) -> QuerySet[Visit]:
    """The visits that were cancelled because of it, by time."""
    start, end = day_bounds(closure.first_day, clinic.zone)[0], day_bounds(closure.last_day, clinic.zone)[1]
    by_clinic = Visit.objects.between(start, end).filter(state=Visit.State.CANCELLED_BY_CLINIC)
    visits = by_clinic.filter(reason=closure.reason)
    if closure.branch_id:
        visits = visits.filter(branch=closure.branch_id)
    found: QuerySet[Visit] = visits.select_related("patient", "service").order_by("starts_at")
    return found


def _still_to_get(closure: Closure) -> list[tuple[Package, int]]:
    """Packages with the days that they are to get; none that was frozen all the time."""
    waiting = [
        (package, len(validity.days_lost(package, closure.first_day, closure.last_day)))
        for package in waiting_for_days(closure)
    ]
    return [(package, days) for package, days in waiting if days]


def _given(closure: Closure) -> int:
    changes = Change.objects.filter(kind=ChangeKind.CLOSURE).values_list("package_id", "key")
    return sum(part(closure.key, str(package_id)) == key for package_id, key in changes)
