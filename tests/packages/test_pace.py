"""Whether a package will be used up in time: cases worked out by hand. 1 June 2026 is a Monday."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

import pytest

from packages.pace import Forecast, Use, forecast

MONDAY = date(2026, 6, 1)
ONE, HALF = Decimal(1), Decimal("0.5")


class Frozen(NamedTuple):
    """Days as a package keeps them: the upper end is not one of them."""

    lower: date
    upper: date

    def __contains__(self, day: object) -> bool:
        return isinstance(day, date) and self.lower <= day < self.upper


def day(month: int, of_month: int) -> date:
    return date(2026, month, of_month)


def every(days: int, *, first: date, until: date = MONDAY, sessions: Decimal = ONE) -> list[Use]:
    """A use every so many days from the first day on, up to the day before `until`."""
    count = range(((until - first).days + days - 1) // days)
    return [Use(first + timedelta(days=days * n), sessions) for n in count]


def expected(uses: list[Use], left: str = "10", until: date | None = None, **facts: Any) -> Forecast:
    found = forecast(on=MONDAY, left=Decimal(left), valid_until=until or day(6, 30), uses=uses, **facts)
    assert found is not None
    return found


def test_at_one_a_week_ten_sessions_take_ten_weeks() -> None:
    """Four uses in the 28 days from 4 May: 1 a week. 10 sessions are 70 days from today, 1 June: to 9 August. The
    30 days to 30 June would need 10 × 7 / 30 = 2.33, so 3 a week."""
    found = expected(every(7, first=day(5, 4)))

    assert found == Forecast(Decimal(1), day(8, 9), day(6, 30), 3)
    assert not found.will_finish


@pytest.mark.parametrize(
    ("left", "finish_on", "will_finish"),
    [("4", day(6, 14), True), ("8", day(6, 28), True), ("9", day(7, 2), False)],
)
def test_at_two_a_week(left: str, finish_on: date, will_finish: bool) -> None:
    """Eight uses in 28 days: a session every 3.5 days; 9 take 31.5 days, the 32nd of which is 2 July."""
    uses = every(7, first=day(5, 4)) + every(7, first=day(5, 7))

    found = expected(uses, left)

    assert (found.a_week, found.finish_on, found.will_finish) == (2, finish_on, will_finish)


def test_the_last_valid_day_counts() -> None:
    uses = every(7, first=day(5, 4))

    assert expected(uses, "4", day(6, 28)).will_finish
    assert not expected(uses, "4", day(6, 27)).will_finish


def test_a_part_of_a_day_is_a_day() -> None:
    """Twelve uses in 28 days: a session every 2.33 days, on the third from today on."""
    uses = [use for first in (4, 6, 8) for use in every(7, first=day(5, first))]

    assert expected(uses, "1").finish_on == day(6, 3)


def test_only_the_last_six_weeks_count() -> None:
    """Twenty uses in March and two in the 42 days from 20 April: a third a week, said as half."""
    uses = [*every(1, first=day(3, 1), until=day(3, 21)), Use(day(4, 20), ONE), Use(day(5, 11), ONE)]

    found = expected(uses, "1")

    assert (found.a_week, found.finish_on) == (HALF, MONDAY + timedelta(days=20))


def test_who_has_not_come_for_six_weeks_has_no_pace_and_no_end() -> None:
    found = expected([Use(day(3, 2), ONE), Use(day(3, 9), ONE)])

    assert (found.a_week, found.finish_on, found.will_finish) == (0, None, False)


def test_two_uses_in_three_days_are_two_a_week_and_not_five() -> None:
    assert expected([Use(day(5, 29), ONE), Use(day(5, 31), ONE)]).a_week == 2


@pytest.mark.parametrize(
    "uses", [[], [Use(day(5, 25), ONE)], [Use(MONDAY, ONE), Use(MONDAY, ONE)]], ids=["none", "one", "today"]
)
def test_too_little_is_known(uses: list[Use]) -> None:
    """Not started, one use a week ago, and what happens today, which counts from tomorrow on."""
    assert forecast(on=MONDAY, left=ONE, valid_until=day(6, 30), uses=uses) is None


def test_one_use_two_weeks_ago_is_enough_to_judge() -> None:
    assert expected([Use(day(5, 18), ONE)]).a_week == HALF


def test_what_is_booked_is_used_on_its_day_and_then_the_pace_goes_on() -> None:
    """3 left, two booked on 3 and 10 June; the third, at 1 a week, on 17 June."""
    booked = [Use(day(6, 10), ONE), Use(day(6, 3), ONE)]

    assert expected(every(7, first=day(5, 4)), "3", bookings=booked).finish_on == day(6, 17)
    assert expected(every(7, first=day(5, 4)), "2", bookings=booked).finish_on == day(6, 10)


def test_bookings_make_a_slow_pace_finish_in_time() -> None:
    uses = every(7, first=day(5, 4))
    booked = every(2, first=day(6, 2), until=day(6, 22))

    assert not expected(uses, "10").will_finish
    assert len(booked) == 10
    assert expected(uses, "10", bookings=booked).finish_on == day(6, 20)


def test_half_sessions() -> None:
    """Four halves in 28 days: half a week. 1.5 left take 21 days."""
    found = expected(every(7, first=day(5, 4), sessions=HALF), "1.5")

    assert (found.a_week, found.finish_on) == (HALF, day(6, 21))


def test_frozen_days_neither_slow_the_pace_nor_can_be_used() -> None:
    """Two uses in the 14 days from 4 May, frozen from 18 to 31 May: 1 a week. Frozen again from 8 to 14 June: of 2
    sessions, 14 days, one week comes after the freeze: 21 June."""
    frozen = [Frozen(day(5, 18), MONDAY), Frozen(day(6, 8), day(6, 15))]

    found = expected(every(7, first=day(5, 4), until=day(5, 18)), "2", frozen=frozen)

    assert (found.a_week, found.finish_on, found.needed) == (1, day(6, 21), 1)


def test_nobody_is_advised_to_come_every_day() -> None:
    """10 in the 6 days to 6 June."""
    assert expected(every(7, first=day(5, 4)), "10", day(6, 6)).needed is None


def test_frozen_to_the_end_nothing_helps() -> None:
    found = expected(every(7, first=day(5, 4)), "1", frozen=[Frozen(MONDAY, day(7, 1))])

    assert (found.finish_on, found.needed) == (day(7, 7), None)


def test_an_end_years_away_is_not_told() -> None:
    assert expected([Use(day(4, 21), ONE)], "500").finish_on is None


def test_a_package_with_nothing_left_has_no_forecast() -> None:
    assert forecast(on=MONDAY, left=Decimal(0), valid_until=MONDAY, uses=every(7, first=day(5, 4))) is None
