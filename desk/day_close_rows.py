"""How a day's closing is said: the list in groups, the money by method, and a line for the calendar of days."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import groupby
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from billing.models import Method
from clinic.keys import new_key
from clinic.templatetags.ui import money

from .day_book import DayBook
from .day_book_cash import Cash, cash_of
from .day_close_calendar import Standing
from .day_close_facts import BranchDay
from .day_close_items import Item, Kind
from .models import Acceptance, DayClose

ZERO = Decimal(0)
Mark = dict[str, str]


@dataclass(frozen=True)
class Sheet:
    """A branch's day as its closing page shows it."""

    that_day: BranchDay
    last: DayClose | None
    unsettled: list[Item]
    accepted: list[tuple[Item, Acceptance]]
    book: DayBook

    @property
    def cash(self) -> Cash:
        """From the cash of the day book to what is expected here."""
        return cash_of(self.book, [self.last] if self.last else [])[0]

    @property
    def close(self) -> DayClose | None:
        """The closing, where the day is closed now."""
        return self.last if self.last and self.last.is_closed else None

    @property
    def closed_at(self) -> datetime | None:
        return self._local(self.close)

    @property
    def reopened_at(self) -> datetime | None:
        return None if self.close else self._local(self.last)

    @property
    def groups(self) -> list[dict[str, Any]]:
        """The items by kind; each with the key of its press."""
        return [
            {"label": Kind(kind).label, "items": [{"item": each, "key": new_key()} for each in items]}
            for kind, items in groupby(self.unsettled, key=lambda item: item.kind)
        ]

    @property
    def takings(self) -> list[dict[str, Any]]:
        return [
            {"label": method.label, "amount": amount, "is_cash": method == Method.CASH}
            for method, amount in self.that_day.takings.items()
        ]

    @property
    def handed_back(self) -> list[dict[str, Any]]:
        return [
            {"label": _("Handed back: %(method)s") % {"method": method.label}, "amount": -amount}
            for method, amount in self.that_day.handed_back.items()
        ]

    @property
    def cash_of_people(self) -> list[dict[str, Any]]:
        """Who took how much cash, so that a difference can be found; nothing where one person took all of it."""
        people = self.that_day.cash_of_people
        named = sorted((str(who or _("The program")), amount) for who, amount in people.items())
        return [{"name": name, "amount": amount} for name, amount in named] if len(named) > 1 else []

    @property
    def total(self) -> Decimal:
        returned = sum(self.that_day.handed_back.values(), ZERO)
        return sum(self.that_day.takings.values(), ZERO) - returned

    @property
    def expected_cash(self) -> Decimal:
        return self.that_day.expected_cash

    @property
    def cash_since(self) -> Decimal:
        """Cash of the day that was recorded after it was closed."""
        return self.expected_cash - (self.close.expected_cash or ZERO) if self.close else ZERO

    @property
    def left_unsettled(self) -> list[str]:
        """What was left when the day was closed: "2 × Booked, and not marked"."""
        left = self.close.unsettled if self.close else {}
        return [f"{left[kind]} × {kind.label}" for kind in Kind if kind in left]

    @property
    def pieces(self) -> list[str]:
        """What was counted: "3 × ₹500.00"."""
        counted = self.close.pieces if self.close else {}
        currency = self.that_day.clinic.currency
        largest_first = sorted(((Decimal(worth), n) for worth, n in counted.items() if n), reverse=True)
        return [f"{n} × {money(worth, currency)}" for worth, n in largest_first]

    @property
    def difference(self) -> str:
        return difference_words(self.close, self.that_day.clinic.currency) if self.close else ""

    def _local(self, row: DayClose | None) -> datetime | None:
        return self.that_day.clinic.local(row.at).replace(tzinfo=None) if row else None


@dataclass(frozen=True)
class DayLine:
    """A day of a branch in the calendar of days."""

    standing: Standing
    today: date
    currency: str

    @property
    def is_forgotten(self) -> bool:
        """A day before today on which something happened and which is open."""
        return self.standing.day < self.today and self.standing.has_something and not self.standing.close

    @property
    def closed_later(self) -> bool:
        """Closed on another day than the one that was closed."""
        close = self.standing.close
        return close is not None and timezone.localdate(close.at) != close.day

    @property
    def marks(self) -> list[Mark]:
        return list(self._marks())

    def _marks(self) -> Iterator[Mark]:
        close = self.standing.close
        if close is None:
            yield self._open_mark()
            return
        yield {"text": _("Closed"), "tone": "good", "icon": "check"}
        if close.difference:
            yield {"text": difference_words(close, self.currency), "tone": "warn", "icon": "scale"}
        if close.left_unsettled:
            n = close.left_unsettled
            left = ngettext("%(n)d left unsettled", "%(n)d left unsettled", n) % {"n": n}
            yield {"text": left, "tone": "warn", "icon": "list-checks"}
        if self.standing.cash_since:
            since = _("%(amount)s in cash since") % {"amount": money(self.standing.cash_since, self.currency)}
            yield {"text": since, "tone": "warn", "icon": "banknote"}

    def _open_mark(self) -> Mark:
        if self.is_forgotten:
            text = _("Opened again") if self.standing.last else _("Not closed")
            return {"text": text, "tone": "bad", "icon": "lock"}
        if self.standing.day == self.today:
            return {"text": _("Still open"), "tone": "note", "icon": "door-open"}
        return {"text": _("Nothing happened"), "tone": "", "icon": ""}


def difference_words(close: DayClose, currency: str) -> str:
    """₹200.00 missing, ₹50.00 too much, or nothing."""
    if not close.difference:
        return ""
    amount = {"amount": money(abs(close.difference), currency)}
    return (_("%(amount)s missing") if close.difference < 0 else _("%(amount)s too much")) % amount
