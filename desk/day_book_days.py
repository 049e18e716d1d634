"""Which book a thing stands in: that of its own day; where that was shut, of the day on which it was recorded.

Closing a branch's day closes its book and those of all days before it, for good; opening the day again opens the
count of the cash and not the book. See docs/decisions/0010-day-book.md.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import OuterRef, Subquery
from django.utils.translation import gettext as _

from clinic.calendar import day_bounds
from clinic.models import Branch, Clinic
from clinic.refusals import Refused

from .models import DayClose

ONE_DAY = timedelta(days=1)
PATIENCE = 5.0  # seconds that a closing tries
PAUSE = 0.05


class BooksAreBusy(Refused):
    def __init__(self) -> None:
        super().__init__(_("Money is being recorded at this moment. Try again."))


@dataclass(frozen=True)
class Base:
    """The balances that the closing of an earlier day wrote down: what is counted on from."""

    day: date
    shut: datetime
    credit: Decimal
    owed: Decimal


@dataclass(frozen=True)
class BookDays:
    """The local days `first` to `last` of some branches, and until when things came into the books of each.

    `shut` has no entry for a day whose book is open: whatever is recorded for that day comes into it.
    """

    clinic: Clinic
    branches: Sequence[Branch]
    first: date
    last: date
    shut: dict[tuple[UUID, date], datetime] = field(default_factory=dict)
    bases: dict[UUID, Base] = field(default_factory=dict)

    @property
    def days(self) -> list[date]:
        return [self.first + n * ONE_DAY for n in range((self.last - self.first).days + 1)]

    @property
    def before(self) -> date:
        """The day whose closing balances are the opening ones of these days."""
        return self.first - ONE_DAY

    @property
    def start(self) -> datetime:
        return day_bounds(self.first, self.clinic.zone)[0]

    @property
    def since(self) -> datetime:
        """Nothing that was recorded before this moment stands in the books of these days."""
        earlier = [at for each in self.branches if (at := self.shut.get((each.pk, self.before)))]
        return min([self.start, *earlier])

    def is_shut(self, branch: Branch, day: date) -> bool:
        return (branch.pk, day) in self.shut

    def parameters(self) -> dict[str, Any]:
        """What the queries of `day_book_sql` ask for."""
        places = [(each.pk, day) for each in self.branches for day in (self.before, *self.days)]
        return {
            "clinic": self.clinic.pk,
            "zone": self.clinic.time_zone,
            "first": self.first,
            "last": self.last,
            "start": self.start,
            "since": self.since,
            "branches": [branch_id for branch_id, _day in places],
            "days": [day for _branch_id, day in places],
            "shut": [self.shut.get(place) for place in places],
        }

    def counted_on(self) -> dict[str, Any]:
        """What the query of the opening balances asks for: the day before, and the day of each branch's base."""
        bases = [self.bases.get(each.pk) for each in self.branches]
        ends = [day_bounds(base.day, self.clinic.zone)[1] if base else None for base in bases]
        nothing_before = datetime.min.replace(tzinfo=UTC)
        since = [
            min(base.shut, end) if base and end else nothing_before
            for base, end in zip(bases, ends, strict=True)
        ]
        return {
            "clinic": self.clinic.pk,
            "start": self.start,
            "opened": [each.pk for each in self.branches],
            "opened_days": [self.before for _each in self.branches],
            "opened_shut": [self.shut.get((each.pk, self.before)) for each in self.branches],
            "bases": [base and base.day for base in bases],
            "base_shut": [base and base.shut for base in bases],
            "base_ends": ends,
            "counted_since": min(since, default=nothing_before),
        }


def book_days(clinic: Clinic, branches: Iterable[Branch], first: date, last: date) -> BookDays:
    """The books of these days, as far as they are shut by now."""
    books = BookDays(clinic, list(branches), first, last)
    rows = DayClose.objects.filter(
        kind=DayClose.Kind.CLOSED, day__gte=books.before, branch__in=books.branches
    )
    closings = list(rows.order_by("recorded_at").values_list("branch", "day", "recorded_at"))
    for day in (books.before, *books.days):
        for branch_id, closed, at in closings:
            if closed >= day:
                books.shut.setdefault((branch_id, day), at)
    for base in _bases(books):
        books.bases[base.branch_id] = Base(base.day, base.shut, base.credit_left, base.owed_left)
    return books


def _bases(books: BookDays) -> Iterable[Any]:
    """The last closings before these days that wrote balances down, each with the moment its day was shut."""
    closed = DayClose.objects.filter(kind=DayClose.Kind.CLOSED, branch__in=books.branches)
    shut = DayClose.objects.filter(
        kind=DayClose.Kind.CLOSED, branch=OuterRef("branch"), day__gte=OuterRef("day")
    ).order_by("recorded_at")
    written = closed.filter(day__lt=books.first, credit_left__isnull=False, owed_left__isnull=False)
    last = written.order_by("branch", "-day", "-number").distinct("branch")
    return last.annotate(shut=Subquery(shut.values("recorded_at")[:1]))


def hold_books(clinic: Clinic) -> None:
    """Wait for all who are recording money in the clinic, and hold up the others until the transaction ends.

    It tries again and again, as whoever stands in the queue of the lock holds up those behind it, who may have what
    those before it wait for. Refuses books that are not free for some seconds (BooksAreBusy).
    """
    until = time.monotonic() + PATIENCE
    while not try_books(clinic):
        if time.monotonic() >= until:
            raise BooksAreBusy
        time.sleep(PAUSE)


def try_books(clinic: Clinic) -> bool:
    """Hold the books if nobody is recording money."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(books_of(%s))", [clinic.pk])
        return bool(cursor.fetchone()[0])
