"""The cash of a branch's day: what the book has, what the count is of, and what was counted."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from billing.models import Method
from clinic.models import Branch

from .day_book import DayBook
from .models import DayClose

ZERO = Decimal(0)


@dataclass(frozen=True)
class Cash:
    """From the book's cash to what was counted, line by line.

    The book has what was recorded for an earlier day that was shut; the count is of what is dated by the day, whenever
    it was recorded. Where more went back than came in it came from the change in the drawer.
    """

    branch: Branch
    came: Decimal
    went: Decimal
    of_earlier_days: Decimal
    recorded_later: Decimal
    last: DayClose | None

    @property
    def close(self) -> DayClose | None:
        """The closing, where the day is closed now."""
        return self.last if self.last and self.last.is_closed else None

    @property
    def of_the_day(self) -> Decimal:
        """What of the book's cash is dated by its day."""
        return self.came - self.went - self.of_earlier_days

    @property
    def expected(self) -> Decimal:
        if self.close:
            return self.close.expected_cash or ZERO
        return max(self.of_the_day + self.recorded_later, ZERO)

    @property
    def counted_with_it(self) -> Decimal:
        """What was recorded too late for the book, and is in the count."""
        if self.close is None:
            return self.recorded_later
        return ZERO if self.of_the_day <= 0 and not self.expected else self.expected - self.of_the_day

    @property
    def from_the_change(self) -> Decimal:
        return self.expected - self.of_the_day - self.counted_with_it

    @property
    def counted(self) -> Decimal | None:
        return self.close.counted_cash if self.close else None

    @property
    def difference(self) -> Decimal | None:
        return self.close.difference if self.close else None


def cash_of(book: DayBook, closings: Iterable[DayClose]) -> list[Cash]:
    """The cash of each branch on the one day of the book."""
    last = {each.branch_id: each for each in closings}
    return [_of(book.of(branch=branch), branch, last.get(branch.pk)) for branch in book.days.branches]


def closings_of(day: date, branches: Iterable[Branch]) -> list[DayClose]:
    """All that was written about the day, the last of each branch last."""
    rows = DayClose.objects.filter(day=day, branch__in=list(branches))
    return list(rows.select_related("by").order_by("number"))


def _of(book: DayBook, branch: Branch, last: DayClose | None) -> Cash:
    in_cash = [each for each in book.money if each.method == Method.CASH]
    signs = {"received": 1, "handed_back": -1}
    earlier = sum((signs.get(each.what, 0) * each.for_earlier_days for each in in_cash), ZERO)
    late = (each for each in book.late if each.method == Method.CASH)
    return Cash(
        branch,
        book.sum("received", Method.CASH),
        book.sum("handed_back", Method.CASH),
        earlier,
        sum((signs.get(each.what, 0) * each.amount for each in late), ZERO),
        last,
    )
