"""Monthly plans: each month is a package of its own, and what is left of it lapses or is carried over."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from billing.models import Bill, Method
from billing.payments import Tender, owed_lines
from clinic.models import Branch, Clinic
from clinic.refusals import Refused
from desk import checkout, renewing
from desk.recount import recount
from desk.tasks import renew_clinic
from packages import ledger, memberships
from packages.models import Entry, Kind, Membership, Package
from tests.committing import check_now
from tests.factories import complete, owner_of, package, plan, visit


def noon(clinic: Clinic, day: date) -> datetime:
    return datetime.combine(day, time(12), tzinfo=clinic.zone)


def monthly(clinic: Clinic, started: date, **terms: Any) -> Package:
    terms = {"sessions": 4, "price": 2000, "activation": "at_once", "renews_monthly": True} | terms
    return package(clinic, of=plan(**terms), at=noon(clinic, started))


def months(membership: Membership) -> list[Package]:
    return list(Package.objects.filter(membership=membership).order_by("period"))


def renew(clinic: Clinic, pack: Package, day: date) -> list[Package]:
    assert pack.membership is not None
    opened = renewing.renew(pack.membership, clinic=clinic, at=timezone.now())
    check_now()
    return opened


def pay(clinic: Clinic, pack: Package) -> None:
    checkout.take_payment(
        pack.patient,
        tenders=[Tender(Method.CASH, sum((line.owed for line in owed_lines(pack.patient)), Decimal(0)))],
        lines=owed_lines(pack.patient),
        branch=Branch.objects.get(),
        clinic=clinic,
        at=timezone.now(),
        by=owner_of(clinic),
        key=uuid4(),
    )


@pytest.mark.parametrize(
    ("started", "days"),
    [
        (date(2026, 3, 1), [(date(2026, 3, 1), date(2026, 3, 31)), (date(2026, 4, 1), date(2026, 4, 30))]),
        (date(2026, 1, 31), [(date(2026, 1, 31), date(2026, 2, 28)), (date(2026, 3, 1), date(2026, 3, 30))]),
    ],
)
def test_each_month_begins_on_the_day_after_the_last(
    asha: Clinic, started: date, days: list[tuple[date, date]]
) -> None:
    pack = monthly(asha, started)
    assert pack.membership is not None

    memberships.open_next_month(pack.membership, on=days[1][0])

    assert [(month.valid_from, month.valid_until) for month in months(pack.membership)] == days


def test_no_month_begins_before_the_last_has_ended(asha: Clinic) -> None:
    pack = monthly(asha, date(2026, 3, 1))
    assert pack.membership is not None

    assert memberships.open_next_month(pack.membership, on=date(2026, 3, 31)) is None
    assert memberships.due(date(2026, 3, 31)) == []
    assert memberships.due(date(2026, 4, 1)) == [pack.membership]


def test_after_weeks_of_standstill_every_month_is_opened_once_with_its_bill(asha: Clinic) -> None:
    started = asha.today() - timedelta(days=80)
    pack = monthly(asha, started)

    opened = renew(asha, pack, asha.today())
    again = renew(asha, pack, asha.today())

    assert (len(opened), again) == (2, [])
    assert [month.period for month in months(opened[0].membership)] == [1, 2, 3]
    assert [month.price for month in opened] == [2000, 2000]
    assert sum(bill.total for bill in Bill.objects.filter(patient=pack.patient)) == 6000
    assert list(recount()) == []


def test_the_terms_are_those_of_the_first_month_whatever_the_plan_says_now(asha: Clinic) -> None:
    """S20"""
    of = plan(sessions=4, price=2000, activation="at_once", renews_monthly=True)
    pack = package(asha, of=of, price=1800, at=noon(asha, date(2026, 3, 1)))
    assert pack.membership is not None
    of.price, of.free_passes = Decimal(5000), 9
    of.save(update_fields=["price", "free_passes"])

    april = memberships.open_next_month(pack.membership, on=date(2026, 4, 1))

    assert april is not None
    assert (april.price, april.list_price, april.free_passes, april.sessions_left) == (1800, 2000, 1, 4)


def test_a_visit_of_march_reopened_in_april_returns_to_march_and_lapses_there(asha: Clinic) -> None:
    """S38"""
    started = asha.today() - timedelta(days=40)
    march = monthly(asha, started)
    seen = complete(asha, visit(asha, march.patient, at=noon(asha, started + timedelta(days=3))))
    ledger.lapse(march, on=asha.today())
    (april,) = renew(asha, march, asha.today())
    before = april.sessions_left

    checkout.reopen_visit(
        seen.visit, clinic=asha, at=timezone.now(), by=owner_of(asha), key=uuid4(), reason="Not held"
    )
    ledger.lapse(march, on=asha.today())
    check_now()

    march.refresh_from_db()
    april.refresh_from_db()
    assert (march.sessions_left, march.sessions_used) == (0, 0)
    assert (before, april.sessions_left) == (4, 4)
    last = Entry.objects.filter(package=march).latest("number")
    assert (last.kind, last.sessions, last.happened_on) == (Kind.EXPIRED, -1, asha.today())
    assert list(recount()) == []


@pytest.mark.parametrize("used", [0, 1, 4])
def test_what_is_left_is_carried_over_with_its_value_where_the_terms_say_so(asha: Clinic, used: int) -> None:
    started = asha.today() - timedelta(days=40)
    march = monthly(asha, started, carries_over=True)
    for n in range(used):
        complete(asha, visit(asha, march.patient, at=noon(asha, started + timedelta(days=n + 1))))

    assert ledger.lapse(march, on=asha.today()) == []
    (april,) = renew(asha, march, asha.today())
    march.refresh_from_db()

    assert (march.sessions_left, march.value_left) == (0, 0)
    assert (april.sessions_left, april.value_left) == (8 - used, 500 * (8 - used))
    assert april.to_pay == 2000
    assert list(recount()) == []


def test_the_carried_sessions_go_first_and_lapse_when_that_month_is_the_last(asha: Clinic) -> None:
    started = asha.today() - timedelta(days=40)
    march = monthly(asha, started, carries_over=True)
    assert march.membership is not None
    (april,) = renew(asha, march, asha.today())
    memberships.end(march.membership, on=asha.today(), by=owner_of(asha), reason="Moves away")

    used = complete(asha, visit(asha, march.patient)).entry
    gone = ledger.lapse(april, on=april.valid_until + timedelta(days=1))

    assert used.line.position == 1
    assert sum(entry.taken for entry in gone) == 7


def test_a_month_that_was_never_paid_carries_nothing(asha: Clinic) -> None:
    started = asha.today() - timedelta(days=40)
    pack = package(
        asha,
        of=plan(sessions=4, price=2000, renews_monthly=True, carries_over=True),
        paid=0,
        at=noon(asha, started),
    )

    (april,) = renew(asha, pack, asha.today())
    ledger.lapse(pack, on=asha.today())

    pack.refresh_from_db()
    assert (april.sessions_left, pack.sessions_left) == (4, 0)


def test_a_renewed_month_waits_for_its_money_where_the_terms_say_so(asha: Clinic) -> None:
    """S45"""
    pack = monthly(asha, asha.today() - timedelta(days=40), activation="paid_in_full")

    (april,) = renew(asha, pack, asha.today())
    assert april.state == Package.State.PENDING
    pay(asha, april)

    april.refresh_from_db()
    assert (april.state, april.paid) == (Package.State.ACTIVE, 2000)


def test_an_ended_membership_opens_no_month_until_it_goes_on(asha: Clinic) -> None:
    pack = monthly(asha, asha.today() - timedelta(days=40))
    membership, owner = pack.membership, owner_of(asha)
    assert membership is not None

    with pytest.raises(Refused):
        memberships.end(membership, on=asha.today(), by=owner, reason=" ")
    memberships.end(membership, on=asha.today() - timedelta(days=30), by=owner, reason="Moves away")
    assert renew(asha, pack, asha.today()) == []
    memberships.go_on(membership, by=owner)

    assert len(renew(asha, pack, asha.today())) == 1


@pytest.mark.django_db(transaction=True)
def test_the_nightly_task_renews_each_membership_once(asha: Clinic) -> None:
    pack = monthly(asha, asha.today() - timedelta(days=40))

    assert renew_clinic(clinic_id=asha.pk) == 1
    assert renew_clinic(clinic_id=asha.pk) == 0
    assert pack.membership is not None
    assert len(months(pack.membership)) == 2
