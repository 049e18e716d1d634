"""A pack in the books: what its sessions are worth, what it has received, what its refund comes to."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

WHOLE = 2  # halves


def rounded(numerator: int, denominator: int) -> int:
    """To the next coin, a half away from zero."""
    return (2 * numerator + denominator) // (2 * denominator)


@dataclass(frozen=True)
class Terms:
    """What a plan sells, and by which rules."""

    price: int
    sessions: int  # halves
    bonus: int
    activation: str
    refund: str
    refund_fee: int
    no_show: str
    no_show_fee: int
    surcharge: int  # for a longer visit, beside one session


@dataclass(eq=False)
class Pack:
    id: UUID
    patient: int
    terms: Terms
    price: int  # after the discount
    sold: int  # paid sessions, in halves
    left: int
    bonus: int
    state: str
    list_price: int
    paid: int = 0
    moved_in: int = 0
    moved_out: int = 0
    used: int = 0  # of paid sessions, in halves
    used_value: int = 0
    receipts: dict[date, int] = field(default_factory=dict)
    source: Pack | None = None
    came: tuple[int, bool] = (0, False)  # halves that a transfer brought, and whether of bonus sessions
    listed_rate: int | None = None
    sale: Any = None  # the bill that sold it

    @property
    def value(self) -> int:
        """Law 10: what is left of the price, so that used and left add up to it."""
        if not self.sold:
            return 0
        return self.price - rounded(self.price * (self.sold - self.left), self.sold)

    @property
    def received(self) -> int:
        return self.paid + self.moved_in

    @property
    def is_paid(self) -> bool:
        return self.received >= self.price

    @property
    def is_closed(self) -> bool:
        return self.state in {"refunded", "void"}

    @property
    def is_made_good(self) -> bool:
        """After a bounce: all of it where the terms lock it until then, else what was used and what moved away."""
        if self.terms.activation == "paid_in_full":
            return self.is_paid
        return self.received >= self.gone

    @property
    def line(self) -> Any:
        """The line that sold it."""
        return next(line for line in self.sale.lines if line.pack is self)

    @property
    def branch(self) -> int:
        """Where it, or what was moved into it, was sold."""
        return self.source.branch if self.source else int(self.sale.branch)

    @property
    def is_locked_open(self) -> bool:
        """It is in use because it was paid in full: its money stays on it."""
        return self.state == "active" and self.terms.activation == "paid_in_full"

    def receive(self, amount: int, day: date) -> None:
        self.paid += amount
        self.receipts[day] = self.receipts.get(day, 0) + amount

    def covers(self, halves: int) -> bool:
        """Whether a visit may take so many now (S45)."""
        if self.state != "active" or max(self.left, self.bonus) < halves:
            return False
        if self.is_paid or self.terms.activation == "at_once":
            return True
        open_sessions = self.received * self.sold // WHOLE // self.price
        return self.sold - self.left + halves <= open_sessions * WHOLE

    def take(self, halves: int) -> tuple[bool, int]:
        """Paid sessions before bonus ones (S08); whether it was a bonus, and what it was worth."""
        if self.left < halves:
            self.bonus -= halves
            return True, 0
        before = self.value
        self.left -= halves
        self.used += halves
        self.used_value += before - self.value
        return False, before - self.value

    def give(self, halves: int, *, of_bonus: bool, value: int) -> None:
        """Back from a visit; on a refunded pack nothing comes to life (S42)."""
        if of_bonus:
            self.bonus += 0 if self.state == "refunded" else halves
            return
        before = self.value
        self.used -= halves
        if self.state == "refunded":
            self.used_value -= value
            return
        self.left += halves
        self.used_value -= self.value - before

    def move(self, halves: int) -> tuple[bool, int]:
        """Out of it, to another pack: whether bonus sessions, and their value."""
        if self.left < halves:
            self.bonus -= halves
            return True, 0
        before = self.value
        self.left -= halves
        self.moved_out += before - self.value
        return False, before - self.value

    def come_back(self, halves: int, *, is_bonus: bool) -> None:
        """What was moved out of it returns."""
        if is_bonus:
            self.bonus += halves
            return
        before = self.value
        self.left += halves
        self.moved_out -= self.value - before

    @property
    def gone(self) -> int:
        """What of its price was used or moved away."""
        return self.used_value + self.moved_out

    def list_rate(self) -> int:
        """A session at the list's price."""
        if self.listed_rate is not None:
            return self.listed_rate
        return rounded(self.list_price * WHOLE, self.sold or WHOLE)

    def refund(self) -> int:
        """What is paid back for all that is left (S39 to S41): money that came in and was not used, by the rule."""
        kept = max(0, self.received - self.moved_out)
        at_rate = max(0, min(kept - self.used_value, self.value))
        match self.terms.refund:
            case "none":
                return 0
            case "fee":
                return max(0, at_rate - self.terms.refund_fee)
            case "list_rate":
                return min(kept, max(0, kept - self._used_at_list()))
        return at_rate

    def _used_at_list(self) -> int:
        if self.listed_rate is None and self.sold:
            return rounded(self.list_price * self.used, self.sold)
        return rounded(self.list_rate() * self.used, WHOLE)

    def close(self, state: str) -> None:
        self.state, self.left, self.bonus = state, 0, 0
