"""Months that the owner has closed: what is recorded later is posted to the open one and flagged (DESIGN §6)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest

from billing.payments import owed_lines
from clinic.access import NotAllowed
from clinic.models import Clinic, Role
from clinic.tenancy.context import clinic_context
from desk import checkout
from desk.recount import recount
from packages.late_records import recorded_after
from packages.models import MonthClose
from packages.months import CannotClose, close_month, closed_through
from packages.postings import behind
from packages.roll_forward import RollForward, Row, roll_forward
from tests.committing import check_now
from tests.desk.booking import owners_connection
from tests.factories import found, member, plan
from tests.liability.story import YEAR, Story, cash, the_clock_is_stated, told_of
from tests.written import everything

JANUARY, FEBRUARY, MARCH = date(YEAR, 1, 31), date(YEAR, 2, 28), date(YEAR, 3, 31)


@pytest.fixture
def owner_connection(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    with owners_connection(django_db_blocker):
        yield


@pytest.fixture
def story(owner_connection: None, db: None) -> Iterator[Story]:
    """A pack of 4 at 4,000, sold on 2 January and valid for two months; 1,000 used on the 10th."""
    clinic: Clinic = found("asha")
    with clinic_context(clinic.pk):
        the_clock_is_stated()
        story = Story(clinic)
        story.plans["Four"] = plan(
            sessions=4,
            price=4_000,
            validity_count=2,
            activation="as_paid",
            free_passes=0,
            refund_rule="list_rate",
        )
        story.day(1, 2)
        story.sell("A", "Four", cash(4_000))
        story.day(1, 10)
        story.use("A")
        yield story
        check_now()
        assert recount() == []


def close(story: Story, last_day: date, key: UUID | None = None, **facts: Any) -> MonthClose:
    facts = {"clinic": story.clinic, "today": story.today, "by": story.owner, "key": key or uuid4()} | facts
    return close_month(last_day, **facts)


def month(last_day: date) -> RollForward:
    return roll_forward(last_day.replace(day=1), last_day)


def changed(report: RollForward) -> dict[str, tuple[Decimal, Decimal]]:
    return {row.value: each[:2] for row, each in report.changes.items() if any(each[:2])}


def test_a_visit_of_a_closed_month_is_posted_to_the_first_open_day_and_flagged(story: Story) -> None:
    """S30"""
    story.day(2, 3)
    close(story, JANUARY)
    january = month(JANUARY)
    story.use("A", date(YEAR, 1, 31))

    assert month(JANUARY) == january
    assert told_of(JANUARY) == (3_000, 3, 0, 1, 1)
    assert changed(month(FEBRUARY)) == {"used": (-1_000, -1)}
    (used,) = behind(date(YEAR, 2, 1), date(YEAR, 2, 1), Row.USED)[:]
    assert (used.day, used.is_late, used.was_moved) == (date(YEAR, 2, 1), True, True)
    assert [entry.happened_on for entry in used.entries] == [date(YEAR, 1, 31)]
    assert list(recorded_after(JANUARY)) == []
    assert [each.change for each in recorded_after(date(YEAR, 2, 1))] == [-1_000]


def test_a_visit_of_an_open_month_is_posted_on_its_own_day_and_flagged_as_late_only(story: Story) -> None:
    """S30"""
    story.day(2, 3)
    close(story, JANUARY)
    story.use("A", date(YEAR, 2, 2))

    assert changed(roll_forward(date(YEAR, 2, 2), date(YEAR, 2, 2))) == {"used": (-1_000, -1)}
    (used,) = behind(date(YEAR, 2, 1), FEBRUARY, Row.USED)[:]
    assert (used.is_late, used.was_moved) == (True, False)


def test_the_expiry_of_a_closed_month_stays_in_it_and_what_comes_back_is_of_the_open_one(
    story: Story,
) -> None:
    """S30, S36: valid to 1 March, lapsed on the 2nd; a visit of 28 February is marked on 2 April, then extended."""
    story.day(3, 2)
    story.lapse("A")
    story.day(4, 1)
    close(story, MARCH)
    march = month(MARCH)
    assert changed(march) == {"expired": (-3_000, -3)}
    story.day(4, 2)
    story.use("A", FEBRUARY)
    story.extend("A", date(YEAR, 5, 1))

    assert month(MARCH) == march
    assert told_of(FEBRUARY) == (3_000, 3, 0, 1, 1)
    # One session comes back on the first open day and is used there; the other two come back by the extension.
    assert changed(roll_forward(date(YEAR, 4, 1), date(YEAR, 4, 1))) == {
        "reinstated": (1_000, 1),
        "used": (-1_000, -1),
    }
    assert changed(roll_forward(date(YEAR, 4, 2), date(YEAR, 4, 2))) == {"reinstated": (2_000, 2)}


def test_money_of_a_closed_month_is_received_in_the_open_one(story: Story) -> None:
    story.day(1, 20)
    story.sell("B", "Four", cash(1_000))
    story.day(2, 3)
    close(story, JANUARY)
    january = month(JANUARY)
    patient = story.patients["B"]
    facts = {
        "tenders": [cash(3_000)],
        "lines": owed_lines(patient),
        "branch": story.main,
        "on": date(YEAR, 1, 30),
    }
    checkout.take_payment(patient, **story.acts(**facts))

    assert month(JANUARY) == january
    assert changed(roll_forward(date(YEAR, 2, 1), date(YEAR, 2, 1))) == {"received": (3_000, 0)}
    (posting,) = behind(date(YEAR, 2, 1), FEBRUARY, Row.RECEIVED)[:]
    assert (posting.is_late, posting.was_moved) == (True, True)


def test_a_sale_of_a_closed_month_that_is_recorded_later_is_of_the_open_one_with_its_money(
    story: Story,
) -> None:
    story.day(2, 3)
    close(story, JANUARY)
    january, now = month(JANUARY), story.now
    story.now = story.clock(date(YEAR, 1, 25))
    story.sell("B", "Four", cash(4_000))
    story.now = now

    assert month(JANUARY) == january
    assert changed(month(FEBRUARY)) == {"sold": (4_000, 4)}


def test_what_is_taken_back_of_a_closed_month_is_of_the_day_on_which_it_is_taken_back(story: Story) -> None:
    """S05, S42"""
    story.day(2, 3)
    close(story, JANUARY)
    january = month(JANUARY)
    story.reopen("A 10 Jan")

    assert month(JANUARY) == january
    assert changed(roll_forward(date(YEAR, 2, 3), date(YEAR, 2, 3))) == {"reversed": (1_000, 1)}


def test_two_months_are_closed_by_the_later_one(story: Story) -> None:
    story.day(3, 1)
    close(story, FEBRUARY)
    story.use("A", date(YEAR, 1, 15))

    assert closed_through() == FEBRUARY
    assert told_of(JANUARY) == told_of(FEBRUARY) == (3_000, 3, 0, 1, 1)
    assert changed(month(MARCH)) == {"used": (-1_000, -1)}


def test_each_later_record_goes_to_the_month_that_was_open_when_it_was_recorded(story: Story) -> None:
    """S30"""
    story.day(2, 3)
    close(story, JANUARY)
    story.use("A", date(YEAR, 1, 20))
    story.day(3, 1)
    close(story, FEBRUARY)
    february = month(FEBRUARY)
    story.use("A", date(YEAR, 1, 21))

    assert changed(month(JANUARY)) == {"sold": (4_000, 4), "used": (-1_000, -1)}
    assert changed(february) == {"used": (-1_000, -1)}
    assert month(FEBRUARY) == february
    assert changed(month(MARCH)) == {"used": (-1_000, -1)}


@pytest.mark.parametrize(
    ("last_day", "said"),
    [
        (date(YEAR, 2, 28), "closed through .* already"),
        (date(YEAR, 1, 31), "closed through .* already"),
        (date(YEAR, 3, 31), "not over yet"),
        (date(YEAR, 4, 30), "not over yet"),
        (date(YEAR, 3, 9), "last day of a month"),
        (date(YEAR, 2, 27), "last day of a month"),
    ],
)
def test_a_month_is_closed_once_in_its_order_and_when_it_is_over(
    story: Story, last_day: date, said: str
) -> None:
    story.day(3, 31)
    close(story, FEBRUARY)
    written = everything()

    with pytest.raises(CannotClose, match=said):
        close(story, last_day)

    assert everything() == written
    assert closed_through() == FEBRUARY


def test_the_month_is_over_on_the_first_day_of_the_next(story: Story) -> None:
    story.day(2, 1)

    close(story, JANUARY)

    assert closed_through() == JANUARY


def test_the_same_key_twice_is_the_same_closing(story: Story) -> None:
    story.day(2, 1)
    key = uuid4()
    done = close(story, JANUARY, key)
    written = everything()

    assert close(story, JANUARY, key) == done
    assert everything() == written


@pytest.mark.parametrize("role", [role for role in Role if role != Role.OWNER])
def test_only_the_owner_closes_a_month(story: Story, role: Role) -> None:
    story.day(2, 1)
    by = member(story.clinic, role)
    written = everything()

    with pytest.raises(NotAllowed):
        close(story, JANUARY, by=by)

    assert everything() == written
