"""What a row of the day says of visits that need a choice, did not take place, or were recorded late."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.utils import timezone

from clinic.models import Clinic
from desk.absences import mark_no_show
from desk.day_rows import Row
from desk.today import Shown, load_day
from packages.models import Takes
from packages.plans import Also, Line
from tests.factories import ServiceFactory, complete, owner_of, package, plan, visit

DAY = timedelta(days=1)


def rows(clinic: Clinic, days: int = 0) -> list[Row]:
    on = clinic.today() + days * DAY
    day = load_day(clinic, on, today=clinic.today(), shown=Shown())
    return [Row(each, clinic, on, clinic.today(), next="") for each in day.visits]


@pytest.mark.parametrize(("sessions", "visits"), [(9, 3), (2, 3), (1, 1), (4, 4)])
def test_used_is_what_the_passbook_has_whatever_is_booked(asha: Clinic, sessions: int, visits: int) -> None:
    """S11"""
    pack = package(asha, of=plan(sessions=sessions + 1))
    complete(asha, visit(asha, pack.patient))
    for _each in range(visits):
        visit(asha, pack.patient)

    balances = [row.balance for row in rows(asha)]

    assert [each and (each["used"], each["left"]) for each in balances] == [(1, sessions)] * (visits + 1)


@pytest.mark.parametrize("sessions", [1, 3])
def test_a_visit_that_counts_otherwise_needs_a_choice_not_money(asha: Clinic, sessions: int) -> None:
    """S18"""
    long = ServiceFactory(name="Physiotherapy 90 min", minutes=90)
    also = [Also(long, Decimal(1), Decimal(500))]
    pack = package(asha, of=plan(Line(ServiceFactory(), Decimal(sessions), also=also)))
    visit(asha, pack.patient, service=long)

    (row,) = rows(asha)

    assert [mark["text"] for mark in row.marks] == ["Needs a choice"]
    assert (row.asks_how, row.needs_payment) == (True, False)
    assert row.why_not == "The package counts Physiotherapy 90 min otherwise: choose how."
    day = load_day(asha, asha.today(), today=asha.today(), shown=Shown())
    assert (day.to_choose, day.to_settle) == (1, 0)


@pytest.mark.parametrize(
    ("takes", "passes", "said"),
    [
        (Takes.ONE, 1, "The free pass was used, so nothing was taken: 10 left."),
        (Takes.ONE, 0, "1 session was taken: 9 left."),
        (Takes.HALF, 0, "Half a session was taken: 9.5 left."),
        (Takes.FEE, 0, "A fee of ₹250.00 is charged; no session was taken."),
        (Takes.NOTHING, 1, "By the terms of the package nothing is taken."),
    ],
)
def test_a_row_says_what_an_absence_came_to(asha: Clinic, takes: str, passes: int, said: str) -> None:
    """S49, S50, S51"""
    pack = package(asha, of=plan(no_show_takes=takes, no_show_fee=Decimal(250), free_passes=passes))
    seen = visit(asha, pack.patient)
    mark_no_show(seen, clinic=asha, at=timezone.now(), by=owner_of(asha), key=uuid4())

    (row,) = rows(asha)

    assert (row.without, row.balance) == (said, None)
    assert row.may_be_let_off == (takes != Takes.NOTHING)
    assert row.may_be_restored


@pytest.mark.parametrize(("passes", "again"), [(0, False), (1, False)])
def test_what_was_taken_yesterday_is_not_undone_by_one_press(asha: Clinic, passes: int, again: bool) -> None:
    """S50"""
    yesterday = timezone.now() - DAY
    pack = package(asha, of=plan(free_passes=passes), at=yesterday - DAY)
    seen = visit(asha, pack.patient, at=yesterday - timedelta(minutes=1))
    mark_no_show(seen, clinic=asha, at=yesterday, by=owner_of(asha), key=uuid4())

    (row,) = rows(asha, (asha.day_of(seen.starts_at) - asha.today()).days)

    assert row.may_be_restored == again


@pytest.mark.parametrize(("days", "said"), [(0, ""), (1, "Recorded 1 day late"), (2, "Recorded 2 days late")])
def test_a_visit_that_was_recorded_late_says_so(asha: Clinic, days: int, said: str) -> None:
    """S30"""
    at = timezone.now() - days * DAY
    pack = package(asha, at=at)
    complete(asha, visit(asha, pack.patient, at=at))

    (row,) = rows(asha, -days)

    assert [mark["text"] for mark in row.marks] == ["Done: session 1 of 10", *([said] if said else [])]
