"""What refunding everyone today would cost: for every pack what its own quote says."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any
from uuid import uuid4

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import invariant, run_state_machine_as_test

from clinic.models import Branch, Clinic
from clinic.refusals import Refused
from clinic.tenancy.context import clinic_context
from packages.exposure import exposure, owed_on
from packages.models import Package
from packages.refunds import quote_refund, refund
from packages.services import Opening, open_package
from packages.transfers import transfer
from tests.committing import check_now, undone
from tests.factories import PatientFactory, found, owner_of, package, plan, reopen, use
from tests.machine.machine import EveryAct
from tests.money.histories import Money, world
from visits.disputes import open_dispute

SEEDS = range(3)


def said(on: date) -> dict[Any, tuple[Decimal, ...]]:
    """By package, what the report says of it."""
    rows = exposure(on).rows
    return {row.id: (row.amount, row.released, row.difference, row.sessions, row.bonus) for row in rows}


def quoted(on: date) -> dict[Any, tuple[Decimal, ...]]:
    """By package that could be refunded, what its quote says."""
    quotes = [quote_refund(each) for each in Package.objects.all() if can_be_refunded(each, on)]
    return {
        each.package.pk: (each.amount, each.released, each.difference, each.sessions, each.bonus)
        for each in quotes
    }


def can_be_refunded(pack: Package, on: date) -> bool:
    """As the service itself says."""
    done = transaction.savepoint()
    try:
        refund(pack, on=on, by=None, key=uuid4(), reason="Moving away")
    except Refused:
        return False
    finally:
        transaction.savepoint_rollback(done)
    return True


class WithExposure(EveryAct):
    """Every act on packages in any order; now and then the report is what all the quotes say."""

    steps = 0

    @invariant()
    def the_report_is_what_the_quotes_say(self) -> None:
        self.steps += 1
        if self.packs and self.steps % 6 == 0:
            assert said(self.today) == quoted(self.today)


@pytest.mark.django_db
def test_after_any_acts_each_pack_costs_what_its_own_quote_says() -> None:
    """S39 to S42, S44, S53: bonus, transfers, list rate, fee, none, disputes, lapsed, suspended."""
    run_state_machine_as_test(
        WithExposure,
        settings=settings(
            max_examples=8,
            stateful_step_count=25,
            deadline=None,
            phases=(Phase.explicit, Phase.generate),
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.mark.django_db
@pytest.mark.parametrize(("currency", "places"), [("INR", 2), ("JPY", 0), ("KWD", 3)])
def test_after_any_moves_of_money_each_pack_costs_what_its_own_quote_says(currency: str, places: int) -> None:
    """S40, S41, S45, S46: paid in part, bounced, taken back, in coins of three currencies."""
    clinic = found(f"exposure-{currency.lower()}", currency=currency)
    with clinic_context(clinic.pk):
        stands = world(clinic, places=places, random=Random(f"exposure {currency}"))
        for seed in SEEDS:
            with undone():
                history = Money(stands, Random(f"exposure {currency} {seed}"))
                for _ in range(4):
                    history.go_on(8)
                    assert said(history.today) == quoted(history.today)


@pytest.mark.parametrize("rule", ["rate_paid", "list_rate", "fee", "none"])
@pytest.mark.parametrize(("left", "paid"), [(3, None), (3, 10_000), (6, 4_000), (10, 0)])
def test_opening_balances_cost_what_their_quotes_say(
    asha: Clinic, rule: str, left: int, paid: int | None
) -> None:
    """S58"""
    of = plan(refund_rule=rule, refund_fee=Decimal(250), activation="at_once")
    facts: dict[str, Any] = {"clinic": asha, "by": None, "key": uuid4(), "branch": Branch.objects.get()}
    opening = Opening(Decimal(left), paid=None if paid is None else Decimal(paid))
    pack = open_package(PatientFactory(), plan=of, on=asha.today(), opening=opening, **facts)
    use(asha, pack)
    check_now()

    assert list(said(asha.today())) == [pack.pk]
    assert said(asha.today()) == quoted(asha.today())


def test_the_report_adds_up_by_rule_and_by_plan_and_names_the_dearest_first(asha: Clinic) -> None:
    """S39: 8,000 paid at a list of 10,000, three used: 5,000 would be paid, 5,600 is released, 600 lie between."""
    at_list = package(asha, of=plan(name="At list rate", refund_rule="list_rate"), price=8000)
    use(asha, at_list, 3)
    package(asha, of=plan(name="Ten"))
    package(asha, of=plan(name="No way back", refund_rule="none", price=500))

    found = exposure(asha.today())

    assert [(row.package, row.amount, row.released, row.difference) for row in found.rows] == [
        ("Ten", 10_000, 10_000, 0),
        ("At list rate", 5_000, 5_600, 600),
        ("No way back", 0, 500, 500),
    ]
    assert (found.whole.packages, found.whole.sessions) == (3, 27)
    assert (found.whole.amount, found.whole.released, found.whole.difference) == (15_000, 16_100, 1_100)
    assert [(each.label, each.amount) for each in found.by_plan] == [
        ("Ten", 10_000),
        ("At list rate", 5_000),
        ("No way back", 0),
    ]
    assert [(each.label, each.packages, each.amount) for each in found.by_rule] == [
        ("unused sessions at the rate paid", 1, 10_000),
        ("what was paid, less used sessions at the list rate", 1, 5_000),
        ("no refund", 1, 0),
    ]


def test_what_cannot_be_refunded_today_costs_nothing_today(asha: Clinic) -> None:
    """Used up, refunded, and with a session in dispute, which is said beside it."""
    used_up, stays, gone, disputed = (package(asha, of=plan(sessions=2, price=200)) for _ in range(4))
    use(asha, used_up, 2)
    refund(gone, on=asha.today(), by=owner_of(asha), key=uuid4(), reason="Moving away")
    (done,) = use(asha, disputed)
    facts = {"at": timezone.now(), "by": owner_of(asha), "key": uuid4()}
    open_dispute(done.visit, clinic=asha, words="Not me", **facts)

    found = exposure(asha.today())

    assert [row.id for row in found.rows] == [stays.pk]
    assert found.disputed == 1


def test_a_pack_that_has_lapsed_costs_nothing_whether_or_not_the_clock_came_to_it(asha: Clinic) -> None:
    pack = package(asha, of=plan(validity_count=5, validity_unit="days"))
    assert pack.valid_until

    assert [row.id for row in exposure(pack.valid_until).rows] == [pack.pk]
    assert not exposure(pack.valid_until + timedelta(days=1)).rows


def test_sessions_that_moved_are_owed_where_they_went(asha: Clinic) -> None:
    """S53"""
    pack = package(asha)
    use(asha, pack, 3)
    facts: dict[str, Any] = {"on": asha.today(), "by": owner_of(asha), "key": uuid4(), "reason": "A sister"}
    made = transfer(pack, sessions=Decimal(3), to=PatientFactory(), **facts)

    assert owed_on([pack.pk, made.pk]) == {pack.pk: 4_000, made.pk: 3_000}
    assert owed_on([]) == {}


def test_a_visit_that_is_reopened_is_owed_again(asha: Clinic) -> None:
    pack = package(asha)
    (done,) = use(asha, pack)
    assert owed_on([pack.pk]) == {pack.pk: 9_000}

    reopen(asha, done.visit)

    assert owed_on([pack.pk]) == {pack.pk: 10_000}


def test_another_clinics_packs_are_not_in_it(asha: Clinic, other_clinic: Clinic) -> None:
    with clinic_context(other_clinic.pk):
        theirs = package(other_clinic)

    assert exposure(asha.today()).whole.packages == 0
    assert owed_on([theirs.pk]) == {}


def test_the_report_is_two_questions_however_many_packs_there_are(
    asha: Clinic, queries: Callable[[], Any]
) -> None:
    counts = []
    for _ in range(2):
        package(asha)
        with queries() as asked:
            found = exposure(asha.today())
            assert found.rows[:50]
        counts.append(asked.count)

    assert counts[0] == counts[1] == 4  # with the names of the plans, and the disputed
