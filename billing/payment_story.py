"""One payment: what it pays for now, what it paid for before, what went back of it, and whether it came in."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from .models import Allocation, Bill, BillLine, Bounce, Payment, Refund
from .payments import with_left

ZERO = Decimal(0)


@dataclass(frozen=True)
class PaysFor:
    """A line and how much of it this payment pays."""

    line: BillLine
    amount: Decimal


@dataclass(frozen=True)
class Story:
    payment: Payment
    left: Decimal
    pays: list[PaysFor]
    moves: list[Allocation]  # as it was said, the last first: set against and taken off
    refunds: list[Refund]
    bounce: Bounce | None
    receipt: Bill | None  # of its own; what was paid with a bill stands on that bill

    @property
    def handed_back(self) -> Decimal:
        return sum((refund.amount for refund in self.refunds), ZERO)


def story_of(payment: Payment) -> Story:
    """All of it as it is now."""
    related = ("line__bill__patient", "line__package", "by")
    moves = Allocation.objects.filter(payment=payment).select_related(*related)
    rows = list(moves.defer("line__bill__document").order_by("recorded_at", "pk"))
    now: dict[BillLine, Decimal] = {}
    for move in rows:
        now[move.line] = now.get(move.line, ZERO) + move.amount
    refunds = Refund.objects.filter(payment=payment).select_related("by").order_by("recorded_at", "pk")
    return Story(
        payment,
        with_left().get(pk=payment.pk).left,
        [PaysFor(line, amount) for line, amount in now.items() if amount],
        rows[::-1],
        list(refunds),
        Bounce.objects.filter(payment=payment).select_related("by").first(),
        Bill.objects.filter(acknowledges__payment=payment).defer("document").first(),
    )
