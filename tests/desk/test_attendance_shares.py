"""The parts of a package add up to its price, to the last coin, whatever happened to it."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import invariant, run_state_machine_as_test

from clinic.models import Branch, Clinic
from desk.attendance.shares import Part, Way, parts_of
from packages import ledger, memberships, refunds, services, transfers, validity
from packages.models import Entry, Package
from packages.plans import Line
from packages.services import Opening
from tests.factories import PatientFactory, ServiceFactory, owner_of, package, plan, reopen, use
from tests.machine.machine import EveryAct
from visits import disputes

RUNS, STEPS = 16, 40


def parts(pack: Package) -> list[Part]:
    """The parts of a package as it is now, which add up."""
    pack = Package.objects.get(pk=pack.pk)
    found = parts_of(pack, Entry.objects.filter(package=pack).select_related("line").order_by("number"))
    assert sum(part.value for part in found) == pack.price
    assert sum(part.sessions for part in found) == pack.sessions_sold
    assert found[-1].way == Way.LEFT
    assert found[-1].sessions == pack.sessions_left
    aside = sum(part.value for part in found if part.way == Way.SET_ASIDE)
    assert found[-1].value + aside == pack.value_left
    assert sum(part.value for part in found if part.way == Way.VISIT) <= pack.price
    return found


def worth(found: list[Part], way: Way) -> Decimal:
    return sum((part.value for part in found if part.way == way), Decimal(0))


def facts(asha: Clinic, **more: Any) -> dict[str, Any]:
    return {"on": asha.today(), "by": owner_of(asha), "key": uuid4(), "reason": "Said so"} | more


class AddsUp(EveryAct):
    """Every act in any order: the parts are looked at after each step."""

    @invariant()
    def the_parts_add_up(self) -> None:
        for pack in self.packs:
            parts(Package(pk=pack.id))


@pytest.mark.django_db
def test_the_parts_add_up_to_the_price_after_any_history() -> None:
    """S41"""
    run_state_machine_as_test(
        AddsUp,
        settings=settings(
            max_examples=RUNS,
            stateful_step_count=STEPS,
            deadline=None,
            phases=(Phase.explicit, Phase.reuse, Phase.generate),
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_10_000_over_3_sessions_is_cut_to_the_coin(asha: Clinic) -> None:
    """S41"""
    pack = package(asha, of=plan(sessions=3))
    use(asha, pack, 2)

    found = parts(pack)

    assert [part.value for part in found] == [Decimal("3333.33"), Decimal("3333.34"), Decimal("3333.33")]


def test_a_session_that_was_given_back_is_not_there_and_the_others_move_up(asha: Clinic) -> None:
    pack = package(asha, of=plan(sessions=3))
    first, _second = use(asha, pack, 2)
    reopen(asha, first.visit)

    found = parts(pack)

    assert [(part.way, part.value) for part in found] == [
        (Way.VISIT, Decimal("3333.33")),
        (Way.LEFT, Decimal("6666.67")),
    ]


def test_bonus_sessions_are_worth_nothing(asha: Clinic) -> None:
    lines = [Line(ServiceFactory(), Decimal(2)), Line(ServiceFactory(), Decimal(1), is_bonus=True)]
    pack = package(asha, of=plan(*lines))
    use(asha, pack, 3)

    assert [part.value for part in parts(pack)] == [5000, 5000, 0, 0]


def test_given_sessions_make_no_visit_worth_more_than_was_paid(asha: Clinic) -> None:
    pack = package(asha, of=plan(sessions=2))
    use(asha, pack, 2)
    ledger.adjust(pack.lines.get(), sessions=Decimal(1), **facts(asha))
    use(asha, pack, 1)

    found = parts(pack)

    assert worth(found, Way.VISIT) == 10_000
    assert worth(found, Way.ADJUSTED) == 0


def test_a_disputed_session_is_neither_used_nor_left(asha: Clinic) -> None:
    pack = package(asha)
    (done,) = use(asha, pack)
    disputes.open_dispute(
        done.visit, clinic=asha, at=timezone.now(), by=owner_of(asha), key=uuid4(), words="Not me"
    )

    found = parts(pack)

    assert [(part.way, part.value) for part in found] == [(Way.SET_ASIDE, 1000), (Way.LEFT, 9000)]


@pytest.mark.parametrize("left", [0, 3, 10])
def test_what_was_used_before_the_clinic_came_here_is_said_apart(asha: Clinic, left: int) -> None:
    """S58"""
    pack = services.open_package(
        PatientFactory(),
        plan=plan(),
        branch=Branch.objects.get(),
        clinic=asha,
        opening=Opening(Decimal(left), agreed_on=asha.today()),
        **{name: value for name, value in facts(asha).items() if name != "reason"},
    )

    found = parts(pack)

    assert worth(found, Way.BEFORE) == 1000 * (10 - left)


def test_transferred_and_refunded_sessions_are_worth_what_the_passbook_says(asha: Clinic) -> None:
    """S53"""
    pack = package(asha, of=plan(sessions=3, transfer_rule="anybody"))
    use(asha, pack, 1)
    made = transfers.transfer(pack, sessions=Decimal(1), to=PatientFactory(), **facts(asha))
    refunds.refund(pack, **facts(asha))

    found = parts(pack)

    assert worth(found, Way.TRANSFERRED) == made.price == Decimal("3333.34")
    assert worth(found, Way.REFUNDED) == Decimal("3333.33")
    assert worth(parts(made), Way.LEFT) == made.price


def test_what_lapsed_and_came_back_is_left(asha: Clinic) -> None:
    sold_at = timezone.now() - timedelta(days=40)
    pack = package(asha, of=plan(validity_count=30, validity_unit="days"), at=sold_at)
    ledger.lapse(pack, on=asha.today())
    assert worth(parts(pack), Way.LAPSED) == 10_000
    validity.extend(pack, until=asha.today() + timedelta(days=9), **facts(asha))

    found = parts(pack)

    assert worth(found, Way.LAPSED) == 0
    assert worth(found, Way.LEFT) == 10_000


def test_a_month_that_carries_over_moves_its_worth_along(asha: Clinic) -> None:
    sold_at = timezone.now() - timedelta(days=40)
    pack = package(asha, of=plan(sessions=3, renews_monthly=True, carries_over=True), at=sold_at)
    month = memberships.open_next_month(pack.membership, on=asha.today())
    assert month

    assert worth(parts(pack), Way.TRANSFERRED) == pack.price
    assert worth(parts(month), Way.LEFT) == month.price == 2 * pack.price
