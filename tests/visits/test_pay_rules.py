"""Which rule pays a session: the one of its day, that for its service before that for every one."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from clinic.access import NotAllowed
from clinic.models import AuditEvent, Clinic, Role, Service, Staff
from clinic.refusals import Refused
from desk.recount import recount
from packages.models import Package
from packages.plans import Line
from tests.factories import ServiceFactory, member, package, plan, reopen
from tests.written import everything
from visits.models import PayLine, PayRule
from visits.pay import AmountMissing, MonthHasEnded, PercentMissing, ServiceMissing

from .paying import lines, pays, seen, therapist

ONE_DAY = timedelta(days=1)
AS_USUAL = PayRule.Kind.AS_USUAL


@pytest.fixture
def anand(asha: Clinic) -> Staff:
    return therapist(asha)


@pytest.fixture
def laser(asha: Clinic) -> Service:
    made: Service = ServiceFactory(name="Laser", price=Decimal(500))
    return made


@pytest.fixture
def pack(asha: Clinic, laser: Service) -> Package:
    """Two sessions of physiotherapy and two of laser, all worth 1,000."""
    return package(asha, of=plan(*(Line(each, Decimal(2)) for each in (ServiceFactory(), laser)), price=4000))


def live() -> list[Decimal]:
    """What stands of each session, in the order of the visits."""
    taken_back = PayLine.objects.filter(reverses__isnull=False).values("reverses")
    found = PayLine.objects.filter(reverses__isnull=True).exclude(pk__in=taken_back).order_by("visit")
    return [line.amount for line in found]


def test_the_rule_for_the_service_goes_before_the_one_for_every_service(
    asha: Clinic, anand: Staff, laser: Service, pack: Package
) -> None:
    """S55"""
    pays(asha, anand, 150, service=laser)
    pays(asha, anand, 400)
    seen(asha, pack, anand)
    seen(asha, pack, anand, service=laser)

    assert live() == [400, 150]
    assert recount() == []


def test_a_service_is_paid_as_every_other_again(
    asha: Clinic, anand: Staff, laser: Service, pack: Package
) -> None:
    """S55"""
    pays(asha, anand, 400)
    pays(asha, anand, 150, service=laser)
    pays(asha, anand, kind=AS_USUAL, service=laser)
    seen(asha, pack, anand, service=laser)

    assert live() == [400]
    assert recount() == []


def test_a_rule_holds_from_its_day_on(asha: Clinic, anand: Staff) -> None:
    """S55"""
    pays(asha, anand, 400)
    pays(asha, anand, 700, from_day=asha.today() + ONE_DAY)
    seen(asha, package(asha), anand)

    assert live() == [400]


def test_of_two_rules_of_one_day_the_later_one_holds(asha: Clinic, anand: Staff) -> None:
    """S55"""
    for amount in (400, 800, 500):
        pays(asha, anand, amount)
    seen(asha, package(asha), anand)

    assert live() == [500]


def test_what_was_earned_from_its_day_on_is_earned_anew(asha: Clinic, anand: Staff, laser: Service) -> None:
    """S55"""
    pack = package(asha, of=plan(Line(ServiceFactory(), Decimal(2)), Line(laser, Decimal(1)), price=3000))
    pays(asha, anand, 400)
    first = seen(asha, pack, anand)
    seen(asha, pack, anand, service=laser)
    given_back = seen(asha, pack, anand)
    reopen(asha, given_back)
    pays(asha, anand, percent=25)

    assert lines(first) == [(1, 1000, 400), (-1, -1000, -400), (1, 1000, 250)]
    assert live() == [250, 250]
    assert len(lines(given_back)) == 2
    assert set(PayLine.objects.values_list("happened_on", flat=True)) == {asha.today()}
    assert recount() == []


def test_a_rule_for_a_service_changes_nothing_of_the_others(
    asha: Clinic, anand: Staff, laser: Service, pack: Package
) -> None:
    pays(asha, anand, 400)
    done = seen(asha, pack, anand)
    seen(asha, pack, anand, service=laser)
    pays(asha, anand, 150, service=laser)

    assert lines(done) == [(1, 1000, 400)]
    assert live() == [400, 150]


def test_a_rule_of_somebody_else_changes_nothing(asha: Clinic, anand: Staff) -> None:
    seen(asha, package(asha), anand)
    pays(asha, therapist(asha, "Dr Priya Nair"), 400)

    assert lines() == [(1, 1000, 0)]
    assert recount() == []


def test_the_same_key_twice_is_the_same_rule(asha: Clinic, anand: Staff) -> None:
    key = uuid4()
    first = pays(asha, anand, 400, key=key)

    assert pays(asha, anand, 400, key=key) == first
    assert PayRule.objects.count() == 1


def test_a_rule_is_written_down_with_who_made_it(asha: Clinic, anand: Staff) -> None:
    rule = pays(asha, anand, percent="33.33", pays_absences=True)

    event = AuditEvent.objects.get(act="add_pay_rule")
    assert event.subject_id == rule.pk
    assert event.after is not None
    assert (event.after["percent"], event.after["absences"]) == ("33.33", True)


LAST_MONTH = date(2000, 1, 31)
REFUSED: dict[str, tuple[dict[str, Any], type[Refused]]] = {
    "a month that has ended": ({"amount": 400, "from_day": LAST_MONTH}, MonthHasEnded),
    "no amount": ({"kind": PayRule.Kind.PER_SESSION}, AmountMissing),
    "less than nothing": ({"amount": -1}, AmountMissing),
    "a part of a coin": ({"amount": "400.005"}, AmountMissing),
    "no percent": ({"kind": PayRule.Kind.PERCENT}, PercentMissing),
    "no percent at all": ({"percent": 0}, PercentMissing),
    "more than all of it": ({"percent": "100.01"}, PercentMissing),
    "finer than a hundredth": ({"percent": "33.333"}, PercentMissing),
    "as usual without a service": ({"kind": AS_USUAL}, ServiceMissing),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_rule_that_does_not_say_how_much_or_comes_too_late_is_refused(
    asha: Clinic, anand: Staff, name: str
) -> None:
    facts, refusal = REFUSED[name]
    written = everything()

    with pytest.raises(refusal):
        pays(asha, anand, **facts)

    assert everything() == written


@pytest.mark.parametrize("role", [Role.FRONT_DESK, Role.ACCOUNTANT, Role.THERAPIST])
def test_only_the_owner_sets_what_is_paid(asha: Clinic, anand: Staff, role: Role) -> None:
    with pytest.raises(NotAllowed):
        pays(asha, anand, 400, by=member(asha, role))

    assert not PayRule.objects.exists()
