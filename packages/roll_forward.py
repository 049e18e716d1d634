"""Why what is owed changed between two days: each figure with the lines of the passbook behind it.

opening + brought in + sold + received + reinstated + given back - used - refunded - lapsed ± transferred ± adjusted
± difference = closing (DESIGN §6), on every day and for every package. Within a day the steps of a package are taken
in one order (models.Step), whatever was recorded first; each step's change of what is owed belongs to its row.

Refunded is what was paid back. What a refund released beyond that, or less, is the difference (S39); so is a session
that comes back to a refunded package and goes at once (S42), and a coin by which the two sides of a transfer differ.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from django.db import models
from django.utils.translation import gettext_lazy as _

from clinic.calendar import ONE_DAY

from . import months
from .models import Step
from .months import Sums

ZERO = Decimal(0)


class Row(models.TextChoices):
    """The lines of the report between opening and closing, in its order."""

    BROUGHT_IN = "brought_in", _("Brought in")
    SOLD = "sold", _("Sold")
    RECEIVED = "received", _("Paid after the sale")
    REINSTATED = "reinstated", _("Reinstated")
    REVERSED = "reversed", _("Given back")
    USED = "used", _("Used")
    REFUNDED = "refunded", _("Refunded")
    EXPIRED = "expired", _("Lapsed")
    TRANSFERRED = "transferred", _("Transferred")
    ADJUSTED = "adjusted", _("Adjusted")
    DIFFERENCE = "difference", _("Difference")


STEPS: dict[Row, tuple[Step, ...]] = {
    Row.BROUGHT_IN: (Step.BROUGHT_IN,),
    Row.SOLD: (Step.SOLD,),
    Row.RECEIVED: (Step.RECEIVED, Step.TAKEN_BACK),
    Row.REINSTATED: (Step.REINSTATED,),
    Row.REVERSED: (Step.REVERSED,),
    Row.USED: (Step.USED,),
    Row.REFUNDED: (Step.REFUNDED,),
    Row.EXPIRED: (Step.EXPIRED,),
    Row.TRANSFERRED: (Step.TRANSFERRED_OUT, Step.TRANSFERRED_IN),
    Row.ADJUSTED: (Step.ADJUSTED,),
    Row.DIFFERENCE: (),
}


class Figures(NamedTuple):
    """A cell: what is owed in care, and the sessions that are owed, of them complimentary ones."""

    value: Decimal = ZERO
    sessions: Decimal = ZERO
    complimentary: Decimal = ZERO


@dataclass(frozen=True)
class RollForward:
    """From the end of the day before `first` to the end of `last`; `moved_between` is what went from pack to pack."""

    first: date
    last: date
    opening: Figures
    changes: dict[Row, Figures]
    closing: Figures
    moved_between: Decimal


def roll_forward(first: date, last: date) -> RollForward:
    """The active clinic's roll-forward from the beginning of `first` to the end of `last`."""
    before = Sums() if first == date.min else months.whole(months.sums(date.min, first - ONE_DAY))
    found = months.sums(first, last)
    steps = {step: _step(found, step) for step in Step}
    changes = {row: _figures([steps[step] for step in STEPS[row]]) for row in Row}
    changes |= _with_difference(changes, steps)
    opening = _figures([before])
    closing = _figures([before, *steps.values()])
    return RollForward(first, last, opening, changes, closing, steps[Step.TRANSFERRED_IN].owed)


def _step(found: dict[date, dict[Step, Sums]], step: Step) -> Sums:
    return months.whole({day: {step: steps[step]} for day, steps in found.items() if step in steps})


def _figures(sums: list[Sums]) -> Figures:
    return Figures(
        sum((each.owed for each in sums), ZERO),
        sum((each.sessions for each in sums), ZERO),
        sum((each.free for each in sums), ZERO),
    )


def _with_difference(changes: dict[Row, Figures], steps: dict[Step, Sums]) -> dict[Row, Figures]:
    paid_back = steps[Step.REFUNDED].paid_back
    coins = changes[Row.TRANSFERRED].value
    return {
        Row.REFUNDED: changes[Row.REFUNDED]._replace(value=-paid_back),
        Row.TRANSFERRED: changes[Row.TRANSFERRED]._replace(value=ZERO),
        Row.DIFFERENCE: Figures(changes[Row.REFUNDED].value + paid_back + coins),
    }
