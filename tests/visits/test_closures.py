"""Days on which the clinic is closed."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from clinic.access import NotAllowed
from clinic.models import Branch, Clinic, Role
from packages import validity
from packages.models import Package
from tests.committing import check_now
from tests.factories import bring_to, member, owner_of, package, plan, visit
from tests.written import everything
from visits.closures import ClosureDoesNotFit, close_clinic, give_back_days, waiting_for_days
from visits.models import Closure, Visit
from visits.tasks import give_back_clinic


def close(clinic: Clinic, first: date, last: date, **facts: Any) -> Closure:
    facts = {"by": owner_of(clinic), "key": uuid4(), "reason": "Diwali", "extends": True} | facts
    return close_clinic(first_day=first, last_day=last, clinic=clinic, at=timezone.now(), **facts)


def three_months(clinic: Clinic, **facts: Any) -> Package:
    return package(clinic, of=plan(validity_count=3), **facts)


def test_visits_of_the_closed_days_are_cancelled_by_the_clinic_and_never_count(asha: Clinic) -> None:
    """S52"""
    pack, day = three_months(asha), asha.today() + timedelta(days=3)
    inside = visit(asha, pack.patient, at=datetime.combine(day, time(23, 59), tzinfo=asha.zone), package=pack)
    outside = visit(asha, pack.patient, at=datetime.combine(day, time.max, tzinfo=asha.zone) + timedelta(1))

    close(asha, day, day)
    check_now()

    inside.refresh_from_db()
    outside.refresh_from_db()
    pack.refresh_from_db()
    assert (inside.state, inside.consequence) == ("cancelled_by_clinic", "by_clinic")
    assert (outside.state, pack.sessions_left) == (Visit.State.BOOKED, 10)


@pytest.mark.parametrize("length", [1, 5])
def test_every_package_gets_the_closed_days_back_once(asha: Clinic, length: int) -> None:
    """S52"""
    packs = [three_months(asha) for _ in range(3)]
    day = asha.today() + timedelta(days=10)
    closure = close(asha, day, day + timedelta(days=length - 1))

    for _ in range(2):
        for pack in packs:
            give_back_days(closure, pack, on=asha.today())

    for pack in packs:
        until = pack.valid_until
        pack.refresh_from_db()
        assert (pack.valid_until - until).days == length
    assert waiting_for_days(closure) == []


def test_only_the_days_on_which_it_could_have_been_used_come_back(asha: Clinic) -> None:
    """S35, S52"""
    today = asha.today()
    pack = package(asha, of=plan(validity_count=10, validity_unit="days"))
    day = today + timedelta(days=4)
    validity.freeze(
        pack, first_day=day, last_day=day, on=today, by=owner_of(asha), key=uuid4(), reason="Travels"
    )
    closure = close(asha, today + timedelta(days=3), today + timedelta(days=6))

    change = give_back_days(closure, pack, on=today)

    assert change is not None
    assert change.days == 3


def test_who_gets_days_back(asha: Clinic) -> None:
    """S24, S52"""
    here, there = Branch.objects.get(), Branch.objects.create(name="Baner")
    tied = package(asha, of=plan(validity_count=3, where="where_sold"))
    free, never = three_months(asha), package(asha)
    refunded = bring_to(asha, three_months(asha), Package.State.REFUNDED)
    day = asha.today() + timedelta(days=2)

    assert waiting_for_days(close(asha, day, day)) == [tied, free]
    assert waiting_for_days(close(asha, day, day, branch=here)) == [tied]
    assert waiting_for_days(close(asha, day, day, branch=there)) == []
    assert waiting_for_days(close(asha, day, day, extends=False)) == []
    assert {never.valid_until, refunded.state} == {None, "refunded"}


@pytest.mark.parametrize(("first", "last"), [(1, 0), (0, 92)])
def test_days_that_cannot_be_are_refused(asha: Clinic, first: int, last: int) -> None:
    written = everything()

    with pytest.raises(ClosureDoesNotFit):
        close(asha, asha.today() + timedelta(days=first), asha.today() + timedelta(days=last))

    assert everything() == written


def test_only_the_owner_closes_the_clinic(asha: Clinic) -> None:
    with pytest.raises(NotAllowed):
        close(asha, asha.today(), asha.today(), by=member(asha, Role.FRONT_DESK))


@pytest.mark.django_db(transaction=True)
def test_the_task_gives_the_days_back_also_to_packs_sold_later(asha: Clinic) -> None:
    day = asha.today() + timedelta(days=2)
    close(asha, day, day)
    three_months(asha)
    assert give_back_clinic(clinic_id=asha.pk) == 1
    three_months(asha)

    assert give_back_clinic(clinic_id=asha.pk) == 1
    assert give_back_clinic(clinic_id=asha.pk) == 0


def test_days_of_two_closures_come_back_once(asha: Clinic) -> None:
    """S52: four days are closed, the middle two of them by both."""
    pack, day = three_months(asha), asha.today()
    before = pack.valid_until
    assert before is not None

    for first in (day, day + timedelta(days=1)):
        closure = close(asha, first, first + timedelta(days=2))
        give_back_days(closure, pack, on=asha.today())
    check_now()

    pack.refresh_from_db()
    assert pack.valid_until == before + timedelta(days=4)
