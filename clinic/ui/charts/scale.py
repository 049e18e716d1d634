"""From figures to places on the paper: an axis from 0 with round ticks."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

ROUND = (Decimal(1), Decimal(2), Decimal("2.5"), Decimal(5), Decimal(10))
WHOLE = (Decimal(1), Decimal(2), Decimal(5), Decimal(10))
ZERO, ONE = Decimal(0), Decimal(1)


@dataclass(frozen=True, slots=True)
class Scale:
    """An axis whose first tick lies at `start` and whose last at `end`; 0 is always on it."""

    ticks: tuple[Decimal, ...]
    start: float
    end: float

    def at(self, value: Decimal) -> float:
        """Where a figure lies."""
        low, high = self.ticks[0], self.ticks[-1]
        share = float((value - low) / (high - low)) if high != low else 0.0
        return self.start + share * (self.end - self.start)

    @property
    def zero(self) -> float:
        return self.at(ZERO)


def ticks_of(values: Iterable[Decimal], *, most: int, whole: bool = False) -> tuple[Decimal, ...]:
    """Round figures at equal steps that hold 0 and all values, about `most` steps; 0 alone where all are 0."""
    figures = [ZERO, *values]
    low, high = min(figures), max(figures)
    if low == high:
        return (ZERO,)
    step = _step((high - low) / most, whole)
    first = int((low / step).to_integral_value(rounding=ROUND_FLOOR))
    last = int((high / step).to_integral_value(rounding=ROUND_CEILING))
    return tuple(step * number for number in range(first, last + 1))


def _step(least: Decimal, whole: bool) -> Decimal:
    """The next round step: 1, 2, 2.5 or 5 with noughts; where nothing is less than one, no parts of one."""
    if whole and least <= ONE:
        return ONE
    size = ONE.scaleb(least.adjusted())
    steps = WHOLE if whole and size <= ONE else ROUND
    return next(each * size for each in steps if each * size >= least)
