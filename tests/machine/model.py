"""A count of its own: what a package should be, worked out from the rules in words, without the program's code.

Sessions are counted in halves, money in paise, days as days.
"""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass, field
from datetime import date, timedelta
from uuid import UUID

WHOLE, ONE_DAY = 2, timedelta(days=1)
CLOSED = {"refunded", "void"}


def worth(price: int, halves: int, of: int) -> int:
    """round(price × halves / of), half away from zero, as PostgreSQL rounds."""
    return (2 * price * halves + of) // (2 * of)


def last_day(first: date, count: int, unit: str) -> date:
    """S31: months end the day before the same day, or on the month's last day where it has no such day."""
    if unit == "days":
        return first + (count - 1) * ONE_DAY
    months = first.month - 1 + count
    year, month = first.year + months // 12, months % 12 + 1
    length = monthrange(year, month)[1]
    return date(year, month, first.day) - ONE_DAY if first.day <= length else date(year, month, length)


@dataclass
class Rules:
    """The terms that matter for the count."""

    validity: tuple[int, str] | None = None
    from_first_visit: bool = False
    longest: tuple[int, str] | None = None
    late_takes: str = "one"
    no_show_takes: str = "one"
    free_passes: int = 1
    freeze_limit: int | None = 30
    transfer: str = "anybody"
    refund: str = "rate_paid"
    refund_fee: int = 0


@dataclass
class Line:
    """A line of the terms."""

    sold: int
    is_bonus: bool
    left: int = 0
    lapsed: int = 0

    @property
    def available(self) -> int:
        return self.left + self.lapsed


@dataclass
class Pack:
    """What the model knows of a package."""

    id: UUID
    patient: int
    price: int
    rules: Rules
    lines: list[Line]
    sold_on: date
    state: str = "active"
    used: int = 0
    aside: int = 0
    aside_paid: int = 0
    frozen: set[date] = field(default_factory=set)
    # each move of the last day beside the terms' own count: (last day it is about or None, by how many days)
    moves: list[tuple[date | None, int]] = field(default_factory=list)
    uses: list[date] = field(default_factory=list)
    passes: int = 0
    used_value: int = 0
    moved_value: int = 0
    until: date | None = None
    source: Pack | None = None
    outer: date | None = None
    closed: set[date] = field(default_factory=set)
    list_rate: int | None = None  # in paise, of the sale that the sessions moved from

    def __post_init__(self) -> None:
        self.until = self.counted_until()

    @property
    def paid_sold(self) -> int:
        return sum(line.sold for line in self.lines if not line.is_bonus)

    @property
    def left(self) -> int:
        return sum(line.left for line in self.lines)

    @property
    def value(self) -> int:
        """Law 10, of what is left and of what is set aside."""
        sold = self.paid_sold
        if not sold:
            return 0
        owed = sum(line.left for line in self.lines if not line.is_bonus) + self.aside_paid
        return self.price - worth(self.price, sold - min(owed, sold), sold)

    def counted_until(self) -> date | None:
        """The last day: the terms' count, the outer limit, and every day that was added or taken."""
        if self.rules.validity is None:
            return None
        if not self.rules.from_first_visit:
            return last_day(self.sold_on, *self.rules.validity) + self._added(None)
        ends = []
        if outer := self.outer or (self.rules.longest and last_day(self.sold_on, *self.rules.longest)):
            ends.append(outer + self._added(None))
        if self.uses:
            first = min(self.uses)
            ends.append(last_day(first, *self.rules.validity) + self._added(first))
        return min(ends, default=None)

    def _added(self, since: date | None) -> timedelta:
        days = [by for about, by in self.moves if since is None or about is None or about >= since]
        return timedelta(days=sum(days))

    def count_anew(self) -> None:
        if self.rules.from_first_visit and self.rules.validity:
            self.until = self.counted_until()

    def move(self, about: date | None, by: int) -> None:
        self.moves.append((about, by))
        if self.until is not None:
            self.until += timedelta(days=by)

    def listed_rate(self) -> int:
        """A session at the list's price."""
        return worth(self.price, WHOLE, self.paid_sold or WHOLE) if self.list_rate is None else self.list_rate

    def has_lapsed_on(self, day: date) -> bool:
        return self.until is not None and self.until < day

    def freeze_from(self, day: date) -> set[date]:
        """What is left from this day on of the freeze that runs then, or else the whole next one."""
        first = min((each for each in self.frozen if each >= day), default=None)
        gone = set()
        while first in self.frozen:
            gone.add(first)
            first += ONE_DAY
        return gone

    def is_open_on(self, day: date) -> bool:
        """Whether anything stands against a visit on this day but the count."""
        return (
            self.state == "active"
            and day not in self.frozen
            and day >= self.sold_on
            and (self.until is None or day <= self.until)
        )

    def line_with(self, halves: int) -> Line | None:
        """Paid lines before bonus lines (S08); what lapsed since can still be used by a visit of a valid day (S30)."""
        enough = [line for line in self.lines if line.available >= halves]
        return next((line for line in enough if not line.is_bonus), enough[0] if enough else None)

    def take(self, line: Line, halves: int) -> None:
        """Take from a line, of what lapsed where it must."""
        before = self.value
        if line.left < halves:
            line.lapsed -= halves - line.left
            line.left = halves
        reinstated = self.value - before
        line.left -= halves
        self.used += halves
        self.used_value += before + reinstated - self.value

    def give(self, line: Line, halves: int) -> None:
        before = self.value
        line.left += halves
        self.used -= halves
        self.used_value -= self.value - before

    def refund(self) -> int:
        """What would be paid back (S39 to S41)."""
        kept = max(0, self.price - self.moved_value)
        at_rate = min(kept - self.used_value, self.value)
        match self.rules.refund:
            case "none":
                return 0
            case "list_rate":
                sold = self.paid_sold or WHOLE
                paid_used = self.used - self._bonus_used
                gone = kept - self.used_value - at_rate  # what lapsed or was taken away is not paid back
                listed = worth(self.price, paid_used, sold)
                if self.list_rate is not None:
                    listed = worth(self.list_rate, paid_used, WHOLE)
                return max(0, kept - listed - max(0, gone))
            case "fee":
                return max(0, at_rate - self.rules.refund_fee)
        return max(0, at_rate)

    _bonus_used: int = 0


@dataclass
class Seen:
    """What the model knows of a visit."""

    id: UUID
    patient: int
    day: date
    state: str = "booked"
    pack: Pack | None = None
    line: Line | None = None
    halves: int = 0
    free_pass: bool = False
    disputed: UUID | None = None
    decided: bool = False
