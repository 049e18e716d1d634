"""What the owner reads of stories that went wrong elsewhere: S30, S36, S39 to S42, S46, S53 in the roll-forward."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from clinic.models import Clinic
from clinic.tenancy.context import clinic_context
from desk.recount import recount
from packages.liability import liability, of_package
from packages.models import Package
from packages.postings import behind
from packages.roll_forward import Row, roll_forward
from tests.committing import check_now
from tests.desk.booking import owners_connection
from tests.factories import found, plan
from tests.liability.story import YEAR, Story, cash, cheque, the_clock_is_stated


@pytest.fixture
def owner_connection(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    with owners_connection(django_db_blocker):
        yield


@pytest.fixture
def story(owner_connection: None, db: None) -> Iterator[Story]:
    """A clinic whose days are stated; afterwards all adds up."""
    clinic: Clinic = found("asha")
    with clinic_context(clinic.pk):
        the_clock_is_stated()
        yield Story(clinic)
        check_now()
        assert recount() == []


def on(month: int, day: int) -> date:
    return date(YEAR, month, day)


def changed(first: date, last: date | None = None) -> dict[str, tuple[Decimal, Decimal]]:
    """The rows in which something happened, value and sessions."""
    report = roll_forward(first, last or first)
    assert report.opening.value + sum(each.value for each in report.changes.values()) == report.closing.value
    return {row.value: each[:2] for row, each in report.changes.items() if any(each[:2])}


def told(day: date) -> tuple[Decimal, Decimal, Decimal]:
    report = liability(day)
    assert report.difference == 0
    return report.value, report.sessions, report.receivable


def fresh(pack: Package) -> Package:
    return Package.objects.get(pk=pack.pk)


def sold_for_a_month(story: Story, sessions: int = 4, price: int = 4_000, paid: int | None = None) -> Package:
    """On 1 January, valid to the 31st."""
    story.plans["Month"] = plan(
        sessions=sessions, price=price, validity_count=1, activation="as_paid", free_passes=0
    )
    story.day(1, 1)
    story.sell("A", "Month", cash(price if paid is None else paid))
    return story.packs["A"]


@pytest.mark.parametrize(
    ("marked", "sessions", "price", "each"),
    [((2, 1), 4, 4_000, 1_000), ((2, 2), 4, 4_000, 1_000), ((3, 2), 10, 8_000, 800)],
)
def test_a_visit_of_the_last_day_that_is_marked_after_the_expiry_is_used_then_and_the_rest_expires(
    story: Story, marked: tuple[int, int], sessions: int, price: int, each: int
) -> None:
    """S30"""
    sold_for_a_month(story, sessions, price)
    story.day(2, 1)
    story.lapse("A")
    assert changed(on(2, 1)) == {"expired": (-price, -sessions)}

    story.day(*marked)
    story.use("A", on(1, 31))

    assert changed(on(1, 31)) == {"used": (-each, -1)}
    assert changed(on(2, 1)) == {"reinstated": (0, 1), "expired": (each - price, -sessions)}
    assert told(on(1, 31)) == (price - each, sessions - 1, 0)
    assert told(on(2, 1)) == (0, 0, 0)
    (used,) = behind(on(1, 31), on(1, 31), Row.USED)[:]
    assert (used.is_late, used.was_moved) == (True, False)


def test_a_visit_that_is_marked_late_but_before_the_expiry_was_posted_brings_nothing_back(
    story: Story,
) -> None:
    """S30"""
    sold_for_a_month(story)
    story.day(2, 2)
    story.use("A", on(1, 31))
    story.lapse("A")

    assert changed(on(1, 31)) == {"used": (-1_000, -1)}
    assert changed(on(2, 1)) == {"expired": (-3_000, -3)}


@pytest.mark.parametrize(("paid", "value"), [(4_000, 4_000), (2_000, 2_000), (1_000, 1_000)])
def test_what_an_extension_brings_back_is_owed_again_from_that_day(
    story: Story, paid: int, value: int
) -> None:
    """S36"""
    sold_for_a_month(story, paid=paid)
    story.day(2, 1)
    story.lapse("A")
    story.day(3, 10)
    story.extend("A", on(4, 10))

    assert changed(on(1, 1), on(1, 31)) == {"sold": (value, 4)}
    assert changed(on(2, 1), on(2, 28)) == {"expired": (-value, -4)}
    assert changed(on(3, 1), on(3, 31)) == {"reinstated": (value, 4)}
    assert changed(on(3, 10)) == {"reinstated": (value, 4)}
    assert told(on(3, 9)) == (0, 0, 0)
    assert told(on(3, 10)) == (value, 4, 0)


REFUNDS = [
    # list, price, sessions, used, rule, paid back, difference
    (10_000, 8_000, 10, 3, "rate_paid", "5600", "0"),
    (10_000, 8_000, 10, 3, "list_rate", "5000", "-600"),
    (10_000, 8_000, 10, 3, "fee", "5100", "-500"),
    (10_000, 8_000, 10, 3, "none", "0", "-5600"),
    (6_000, 4_500, 12, 5, "rate_paid", "2625", "0"),
    (6_000, 4_500, 12, 5, "list_rate", "2000", "-625"),
    (10_000, 8_000, 10, 0, "list_rate", "8000", "0"),
]


@pytest.mark.parametrize(("listed", "price", "sessions", "used", "rule", "back", "difference"), REFUNDS)
def test_a_refund_is_what_was_paid_back_and_the_difference_what_it_released_beyond(
    story: Story, listed: int, price: int, sessions: int, used: int, rule: str, back: str, difference: str
) -> None:
    """S39"""
    _refunded(story, listed, price, sessions, used, rule)

    wanted = {"refunded": (-Decimal(back), used - sessions), "difference": (Decimal(difference), 0)}
    assert changed(on(2, 3)) == {row: figures for row, figures in wanted.items() if any(figures)}
    assert told(on(2, 3)) == (0, 0, 0)


def _refunded(story: Story, listed: int, price: int, sessions: int, used: int, rule: str) -> None:
    """Sold on 1 January, used on the days after, refunded on 3 February."""
    story.plans["Sold"] = plan(
        sessions=sessions, price=listed, refund_rule=rule, refund_fee=Decimal(500), free_passes=0
    )
    story.day(1, 1)
    story.sell("A", "Sold", cash(price), price=Decimal(price), discount_reason="A neighbour")
    for n in range(used):
        story.day(1, 2 + n)
        story.use("A")
    story.day(2, 3)
    story.refund("A")


@pytest.mark.parametrize(
    ("price", "sessions", "used", "released"), [(8_000, 10, 9, 800), (800, 2, 1, 400), (5_000, 10, 6, 2_000)]
)
def test_a_refund_of_nothing_releases_all_that_was_left_as_the_difference(
    story: Story, price: int, sessions: int, used: int, released: int
) -> None:
    """S40"""
    _refunded(story, sessions * 1_000, price, sessions, used, "list_rate")

    assert changed(on(2, 3)) == {"refunded": (0, used - sessions), "difference": (-released, 0)}
    assert told(on(2, 3)) == (0, 0, 0)


@pytest.mark.parametrize(
    ("price", "uses", "back"),
    [
        (10_000, [], "10000"),
        (10_000, ["3333.33"], "6666.67"),
        (10_000, ["3333.33", "3333.34"], "3333.33"),
        (100, ["33.33", "33.34"], "33.33"),
    ],
)
def test_coins_of_a_pack_of_three_come_out_even(story: Story, price: int, uses: list[str], back: str) -> None:
    """S41"""
    _refunded(story, price, price, 3, len(uses), "rate_paid")

    for n, value in enumerate(uses):
        assert changed(on(1, 2 + n)) == {"used": (-Decimal(value), -1)}
    assert changed(on(2, 3)) == {"refunded": (-Decimal(back), len(uses) - 3)}
    assert told(on(2, 3)) == (0, 0, 0)


@pytest.mark.parametrize(("rule", "price", "value"), [("rate_paid", 8_000, 800), ("list_rate", 8_000, 800)])
def test_a_visit_that_is_reopened_after_the_refund_brings_nothing_to_life(
    story: Story, rule: str, price: int, value: int
) -> None:
    """S42"""
    _refunded(story, 10_000, price, 10, 3, rule)
    story.day(2, 20)
    story.reopen("A 3 Jan")

    rows = changed(on(2, 20))
    assert rows.pop("reversed") == (value, 1)
    assert sum(figures[0] for figures in rows.values()) == -value
    assert sum(figures[1] for figures in rows.values()) == -1
    assert set(rows) <= {"refunded", "difference"}
    assert told(on(2, 20)) == (0, 0, 0)


@pytest.mark.parametrize(
    ("paid", "used", "bounced", "owed", "owing"),
    [
        ([10_000], 2, 0, 0, 2_000),
        ([10_000], 0, 0, 0, 0),
        ([6_000, 4_000], 2, 1, 4_000, 0),
        ([6_000, 4_000], 7, 0, 0, 3_000),
    ],
)
def test_a_payment_that_bounces_is_owed_no_more_and_what_was_used_is_owed_by_the_patient(
    story: Story, paid: list[int], used: int, bounced: int, owed: int, owing: int
) -> None:
    """S46"""
    story.plans["Ten"] = plan(free_passes=0, activation="at_once")
    story.day(1, 1)
    story.sell("A", "Ten", cheque(paid[0]))
    for amount in paid[1:]:
        story.day(1, 2)
        story.pay("A", amount)
    for n in range(used):
        story.day(1, 3 + n)
        story.use("A")
    story.day(2, 3)
    before = told(on(2, 3))
    if bounced:
        story.payments["A"] = story.payments["A later"]

    story.bounce("A")

    assert told(on(2, 3)) == (owed, 10 - used, owing)
    assert changed(on(2, 3)) == {"received": (owed - before[0], 0)}
    assert changed(on(1, 1), on(1, 31))["sold"] == (paid[0], 10)
    story.day(2, 10)
    story.pay("A", paid[bounced])  # made good
    assert changed(on(2, 10)) == {"received": (before[0] - owed, 0)}
    assert told(on(2, 10)) == before


def test_a_transfer_moves_what_is_owed_from_one_to_the_other_and_changes_nothing_together(
    story: Story,
) -> None:
    """S53"""
    story.plans["Seven"] = plan(sessions=7, price=7_000)
    story.day(1, 1)
    story.sell("A", "Seven", cash(7_000))
    story.day(1, 5)
    story.transfer("A", 3, to="B")

    assert changed(on(1, 5)) == {}
    assert roll_forward(on(1, 5), on(1, 5)).moved_between == 3_000
    assert told(on(1, 5)) == (7_000, 7, 0)
    assert owed_on(story, "A", on(1, 4)) == (7_000, 7)
    assert [owed_on(story, name, on(1, 5)) for name in "AB"] == [(4_000, 4), (3_000, 3)]

    story.day(2, 3)
    story.undo_transfer("B")

    assert changed(on(2, 3)) == {}
    assert [owed_on(story, name, on(2, 3)) for name in "AB"] == [(7_000, 7), (0, 0)]


@pytest.mark.parametrize(("price", "coin"), [(10_000, "0.01"), (100, "-0.01"), (7_000, "0")])
def test_a_coin_by_which_the_sides_of_a_transfer_differ_is_the_difference(
    story: Story, price: int, coin: str
) -> None:
    """S41, S53"""
    story.plans["Seven"] = plan(sessions=7, price=price)
    story.day(1, 1)
    story.sell("A", "Seven", cash(price))
    story.day(1, 5)
    story.transfer("A", 3, to="B")
    story.day(1, 6)
    story.use("A")
    story.day(1, 7)
    story.undo_transfer("B")

    wanted = {"difference": (Decimal(coin), 0)} if Decimal(coin) else {}
    assert changed(on(1, 7)) == wanted
    assert [each.value for each in behind(on(1, 7), on(1, 7), Row.DIFFERENCE)[:]] == [Decimal(coin)] * bool(
        wanted
    )


def owed_on(story: Story, name: str, day: date) -> tuple[Decimal, Decimal]:
    owed = of_package(fresh(story.packs[name]), day)
    return owed.liability, owed.sessions


@pytest.mark.parametrize("rule", ["rate_paid", "list_rate", "fee", "none"])
def test_what_a_refund_was_short_of_is_not_paid_back_because_it_is_known(story: Story, rule: str) -> None:
    """S42: refunded is what was paid back, and by finding that a refund was short nothing is."""
    _refunded(story, 10_000, 8_000, 10, 3, rule)
    story.day(2, 20)
    story.reopen("A 3 Jan")

    assert changed(on(2, 20)) == {"reversed": (800, 1), "refunded": (0, -1), "difference": (-800, 0)}
