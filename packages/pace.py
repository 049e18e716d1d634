"""Whether a package will be used up in time: its pace so far, what is booked, and what would be needed.

The rule, in the order in which it is applied:

1. The pace is what was used in the last six weeks, or since the package was first used if that is later, per week of
   days on which it was not frozen; never taken from less than a week. Two uses, or two weeks, are the least evidence.
2. What is booked ahead is used on its day. After the last booked day, or from today on, the pace goes on. Frozen days
   do not count.
3. The day on which the last session is used is held against the last valid day.
4. What would be needed is all that is left, spread over the days that remain and are not frozen.

Days are the clinic's local days; sessions are counted in halves; nothing here reads the database or the clock.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal
from typing import Protocol

ONE_DAY, WEEK = timedelta(days=1), 7
LONGEST = timedelta(weeks=6)
FEWEST_USES, FEWEST_DAYS = 2, 14
# More than this a week is no advice that anybody could follow.
MOST_A_WEEK = 5
# A pace so slow that the last day is out of sight: nobody is told a date years away.
OUT_OF_SIGHT = timedelta(days=730)
ZERO, HALF = Decimal(0), Decimal("0.5")


class Days(Protocol):
    """A range of frozen days, the upper end not included."""

    def __contains__(self, day: date, /) -> bool: ...


@dataclass(frozen=True)
class Use:
    """So many sessions on a day: used, or booked."""

    on: date
    sessions: Decimal


@dataclass(frozen=True)
class Forecast:
    """Where the pace leads. `finish_on` is None where no end is in sight; `needed` None where nothing that anybody
    could do a week would be enough."""

    a_week: Decimal
    finish_on: date | None
    valid_until: date
    needed: int | None

    @property
    def will_finish(self) -> bool:
        return self.finish_on is not None and self.finish_on <= self.valid_until


def forecast(
    *,
    on: date,
    left: Decimal,
    valid_until: date,
    uses: Sequence[Use],
    bookings: Iterable[Use] = (),
    frozen: Sequence[Days] = (),
) -> Forecast | None:
    """What to expect of a package with so many sessions left this morning; None where too little is known: it was not
    used yet, or too little. `uses` are all before `on`, `bookings` on it or later."""
    uses = [use for use in uses if use.on < on]
    if not uses or left <= 0:
        return None
    first = max(min(use.on for use in uses), on - LONGEST)
    days = _open_days(first, on - ONE_DAY, frozen)
    lately = [use for use in uses if use.on >= first]
    if len(lately) < FEWEST_USES and days < FEWEST_DAYS:
        return None
    used = sum((use.sessions for use in lately), ZERO)
    pace = used / max(days, WEEK)
    return Forecast(
        a_week=_in_halves(pace * WEEK),
        finish_on=_finish(on, left, pace, sorted(bookings, key=lambda use: use.on), frozen),
        valid_until=valid_until,
        needed=_needed(left, _open_days(on, valid_until, frozen)),
    )


def _finish(
    on: date, left: Decimal, pace: Decimal, bookings: Sequence[Use], frozen: Sequence[Days]
) -> date | None:
    day = on - ONE_DAY
    for booking in bookings:
        day, left = max(day, booking.on), left - booking.sessions
        if left <= 0:
            return day
    if not pace:
        return None
    to_go = (left / pace).to_integral_value(ROUND_CEILING)
    while to_go > 0:
        day += ONE_DAY
        to_go -= not _is_frozen(day, frozen)
        if day - on > OUT_OF_SIGHT:
            return None
    return day


def _needed(left: Decimal, days: int) -> int | None:
    if not days:
        return None
    a_week = int((left * WEEK / days).to_integral_value(ROUND_CEILING))
    return a_week if a_week <= MOST_A_WEEK else None


def _open_days(first: date, last: date, frozen: Sequence[Days]) -> int:
    """How many days there are from the first to the last on which it is not frozen."""
    days = range(max((last - first).days + 1, 0))
    return sum(not _is_frozen(first + n * ONE_DAY, frozen) for n in days)


def _is_frozen(day: date, frozen: Sequence[Days]) -> bool:
    return any(day in days for days in frozen)


def _in_halves(a_week: Decimal) -> Decimal:
    """As people say it: 2 a week, 1.5 a week; never none where there was some."""
    halves = (a_week / HALF).quantize(Decimal(1), ROUND_HALF_UP) * HALF
    return max(halves, HALF) if a_week else ZERO
