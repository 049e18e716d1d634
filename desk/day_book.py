"""The day book of one or several local days: what was billed and received, account credit, what is still to pay.

Read from the raw rows by a fixed number of queries. Once a day is closed its book says the same whenever it is asked
for: what is recorded for it later stands in a later book (docs/decisions/0010-day-book.md).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any
from uuid import UUID

from django.db import connection

from billing.models import BillKind, Method
from clinic.models import Branch, Clinic

from . import day_book_lines_sql as lines_sql
from . import day_book_sql as sql
from .day_book_days import BookDays, book_days

ZERO = Decimal(0)
# How a balance moves from the opening to the closing of a day, in the order of the page.
OF_CREDIT = ("received", "released", "credit", "applied", "handed_back", "bounced")
OF_OWED = ("billed", "credited", "paid", "released", "bounced")


@dataclass(frozen=True)
class Sum:
    """What money did in a book: one way of doing, one method, one person."""

    book_on: date
    branch_id: UUID
    what: str
    method: str
    by_id: UUID | None
    count: int
    amount: Decimal
    for_earlier_days: Decimal


@dataclass(frozen=True)
class Papers:
    """The documents of a kind and series that a branch issued: how many, from which to which."""

    book_on: date
    branch_id: UUID
    kind: str
    prefix: str
    financial_year: date
    count: int
    amount: Decimal
    first_name: str
    last_name: str

    def followed_by(self, later: Papers) -> Papers:
        """These and those of a later day as one."""
        count, amount = self.count + later.count, self.amount + later.amount
        return replace(self, count=count, amount=amount, last_name=later.last_name)


@dataclass(frozen=True)
class Flow:
    """How much a balance moved in a book, and why."""

    book_on: date
    branch_id: UUID
    what: str
    amount: Decimal


@dataclass(frozen=True)
class Balance:
    """From the opening to the closing of some days: what moved it, each with its sign."""

    opening: Decimal
    moved: dict[str, Decimal]

    @property
    def closing(self) -> Decimal:
        return self.opening + sum(self.moved.values(), ZERO)


@dataclass(frozen=True)
class DayBook:
    """The books of some days and branches taken together."""

    days: BookDays
    money: list[Sum]
    papers: list[Papers]
    credit_flows: list[Flow]
    owed_flows: list[Flow]
    openings: dict[tuple[UUID, str], Decimal]
    late: list[Sum] = field(default_factory=list)

    def of(self, day: date | None = None, branch: Branch | None = None) -> DayBook:
        """The book of one of the days, or of one of the branches, with the openings that belong to it."""
        days = [day] if day else self.days.days
        branches = [branch] if branch else list(self.days.branches)
        places = {(each.pk, each_day) for each in branches for each_day in days}
        return DayBook(
            BookDays(self.days.clinic, branches, days[0], days[-1], self.days.shut),
            _of(self.money, places),
            _of(self.papers, places),
            _of(self.credit_flows, places),
            _of(self.owed_flows, places),
            self._openings(branches, days[0]),
            _of(self.late, places),
        )

    def _openings(self, branches: Iterable[Branch], day: date) -> dict[tuple[UUID, str], Decimal]:
        openings = {}
        for branch in branches:
            for what, flows in (("credit", self.credit_flows), ("owed", self.owed_flows)):
                moved = (each.amount for each in flows if each.branch_id == branch.pk and each.book_on < day)
                openings[branch.pk, what] = self.openings.get((branch.pk, what), ZERO) + sum(moved, ZERO)
        return openings

    def sum(self, what: str, method: Method | None = None) -> Decimal:
        """What came in, was handed back or bounced; by one method or by all."""
        found = (each.amount for each in self.money if each.what == what and method in (None, each.method))
        return sum(found, ZERO)

    @property
    def received(self) -> Decimal:
        return self.sum("received")

    def by_method(self, what: str) -> dict[Method, Decimal]:
        """The methods by which anything was done, in their order, each with its sum."""
        done = {each.method for each in self.money if each.what == what}
        return {method: self.sum(what, method) for method in Method if method in done}

    def by_person(self, what: str) -> dict[UUID | None, dict[Method, Decimal]]:
        """Who did how much, by method."""
        people: dict[UUID | None, dict[Method, Decimal]] = {}
        for each in self.money:
            if each.what == what:
                of_person = people.setdefault(each.by_id, {})
                method = Method(each.method)
                of_person[method] = of_person.get(method, ZERO) + each.amount
        return people

    def series(self) -> list[Papers]:
        """The papers by kind, branch and series, whatever the number of days; in the order of the kinds."""
        found: dict[tuple[str, UUID, str, date], Papers] = {}
        for each in sorted(self.papers, key=lambda papers: papers.book_on):
            place = (each.kind, each.branch_id, each.prefix, each.financial_year)
            found[place] = found[place].followed_by(each) if place in found else each
        kinds = list(BillKind)
        return sorted(found.values(), key=lambda papers: kinds.index(BillKind(papers.kind)))

    @property
    def count(self) -> int:
        """How many times money came in, went back or bounced."""
        return sum(each.count for each in self.money)

    @cached_property
    def credit(self) -> Balance:
        """Account credit: what patients paid, or were given back, and what pays for nothing yet."""
        return self._balance("credit", self.credit_flows, OF_CREDIT)

    @cached_property
    def owed(self) -> Balance:
        """What patients have still to pay on their bills. Never netted against anybody's credit."""
        return self._balance("owed", self.owed_flows, OF_OWED)

    @property
    def is_empty(self) -> bool:
        return not (self.money or self.papers or self.late or self.credit_flows or self.owed_flows)

    def _balance(self, what: str, flows: list[Flow], order: tuple[str, ...]) -> Balance:
        opening = sum((self.openings.get((each.pk, what), ZERO) for each in self.days.branches), ZERO)
        moved = dict.fromkeys(order, ZERO)
        for each in flows:
            moved[each.what] += each.amount
        return Balance(opening, moved)


def read_book(clinic: Clinic, branches: Iterable[Branch], first: date, last: date | None = None) -> DayBook:
    """The books of the local days `first` to `last` of these branches: nine queries, however much happened."""
    days = book_days(clinic, branches, first, last or first)
    return DayBook(
        days,
        [Sum(**row) for row in rows(sql.MONEY_SUMS, days)],
        [Papers(**row) for row in rows(sql.PAPERS, days)],
        [Flow(**row) for row in rows(sql.CREDIT, days)],
        [Flow(**row) for row in rows(sql.OWED, days)],
        _openings(days),
        [Sum(**row) for row in rows(lines_sql.LATE_SUMS, days)],
    )


def _openings(days: BookDays) -> dict[tuple[UUID, str], Decimal]:
    """The balances before the days: what a closing wrote down, and what moved since."""
    openings: dict[tuple[UUID, str], Decimal] = {}
    for branch_id, base in days.bases.items():
        openings[branch_id, "credit"], openings[branch_id, "owed"] = base.credit, base.owed
    for row in rows(sql.OPENINGS, days, **days.counted_on()):
        place = row["branch_id"], row["what"]
        openings[place] = openings.get(place, ZERO) + row["amount"]
    return openings


def rows(query: str, days: BookDays, **parameters: Any) -> list[dict[str, Any]]:
    """What a query of the day book finds, as dictionaries."""
    with connection.cursor() as cursor:
        cursor.execute(query, days.parameters() | parameters)
        names = [column.name for column in cursor.description or []]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _of(found: list[Any], places: set[tuple[UUID, date]]) -> list[Any]:
    return [each for each in found if (each.branch_id, each.book_on) in places]
