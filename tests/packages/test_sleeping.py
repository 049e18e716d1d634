"""Packages that sleep."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from clinic.models import Branch, Clinic
from packages.models import Package
from packages.services import Opening, open_package
from packages.sleeping import last_used, never_used, sleeping
from packages.standing import suspend
from packages.transfers import transfer
from packages.validity import freeze
from tests.factories import PatientFactory, complete, owner_of, package, plan, reopen, visit


def ago(days: int) -> datetime:
    return timezone.now() - timedelta(days=days)


def bought(clinic: Clinic, days: int, **facts: Any) -> Package:
    """A pack sold so many days ago."""
    return package(clinic, at=ago(days), **facts)


def came(clinic: Clinic, pack: Package, days: int) -> Any:
    """Its patient used a session so many days ago."""
    return complete(clinic, visit(clinic, pack.patient, at=ago(days)), at=ago(days))


def asleep(clinic: Clinic, days: int = 30) -> set[Any]:
    return set(sleeping(clinic.today(), days).values_list("pk", flat=True))


def test_a_pack_sleeps_when_nobody_used_it_for_so_many_days(asha: Clinic) -> None:
    awake, thirty, sixty = (bought(asha, 100) for _ in range(3))
    for pack, days in ((sixty, 60), (thirty, 30), (awake, 29)):
        came(asha, pack, days)
    new = bought(asha, 29)

    assert asleep(asha) == {thirty.pk, sixty.pk}
    assert asleep(asha, 60) == {sixty.pk}
    assert asleep(asha, 90) == set()
    assert new.pk not in asleep(asha)
    today = asha.today()
    assert last_used([new.pk, thirty.pk]) == {thirty.pk: today - timedelta(days=30)}


def test_a_pack_that_was_never_used_is_told_apart(asha: Clinic) -> None:
    never, once, _new = (bought(asha, days) for days in (100, 100, 5))
    came(asha, once, 50)

    assert [each.pk for each in never_used(asha.today())] == [never.pk]
    assert asleep(asha) == {never.pk, once.pk}


def test_a_use_that_was_taken_back_is_none(asha: Clinic) -> None:
    pack = bought(asha, 100)
    done = came(asha, pack, 3)
    assert not asleep(asha)

    reopen(asha, done.visit)

    assert asleep(asha) == {pack.pk}
    assert [each.pk for each in never_used(asha.today())] == [pack.pk]
    assert last_used([pack.pk]) == {}


def test_what_is_used_up_lapsed_frozen_or_suspended_does_not_sleep(asha: Clinic) -> None:
    used_up = bought(asha, 100, of=plan(sessions=1, price=100))
    came(asha, used_up, 90)
    bought(asha, 100, of=plan(validity_count=50, validity_unit="days"))
    frozen, suspended = bought(asha, 100), bought(asha, 100)
    today = asha.today()
    facts: dict[str, Any] = {"on": today, "by": owner_of(asha), "reason": "Travels"}
    freeze(frozen, first_day=today, last_day=today + timedelta(days=5), key=uuid4(), **facts)
    suspend(suspended, key=uuid4(), **facts)

    assert not asleep(asha)


def test_sessions_that_came_lately_do_not_sleep_yet(asha: Clinic) -> None:
    """S53, S58: by a transfer, or from paper with a day of sale long past."""
    pack = bought(asha, 100)
    facts: dict[str, Any] = {"on": asha.today(), "by": owner_of(asha), "key": uuid4(), "reason": "A sister"}
    transfer(pack, sessions=Decimal(3), to=PatientFactory(), **facts)
    open_package(
        PatientFactory(),
        plan=plan(),
        branch=Branch.objects.get(),
        clinic=asha,
        on=asha.today(),
        by=None,
        key=uuid4(),
        opening=Opening(Decimal(4)),
    )

    assert asleep(asha) == {pack.pk}


@pytest.mark.parametrize("paid", [4_000, 0])
def test_a_pack_that_waits_for_the_rest_of_its_money_may_sleep(asha: Clinic, paid: int) -> None:
    pack = bought(asha, 100, paid=paid)

    assert asleep(asha) == {pack.pk}
