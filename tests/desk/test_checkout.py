from decimal import Decimal

import pytest
from django.db import connection

from billing.models import Bill
from clinic.models import Clinic
from packages.eligibility import NotCovered
from packages.models import Entry, Package
from tests.factories import complete, package, plan, reopen, sale, use, visit


def check_now() -> None:
    """Look at the deferred guards as the commit would."""
    connection.check_constraints()


def test_completing_a_visit_takes_one_session_and_prints_the_count(asha: Clinic) -> None:
    pack = package(asha)
    done = complete(asha, visit(asha, pack.patient))
    check_now()

    pack.refresh_from_db()
    assert pack.sessions_left == 9
    assert pack.value_left == 9000
    assert done.entry.value == -1000
    assert done.bill.document["package"]["used"] == "1.0"
    assert done.bill.document["package"]["left"] == "9.0"
    assert done.bill.name.startswith("R/")


def test_completed_and_reopened_three_times_then_completed_is_one_use_in_seven_lines(asha: Clinic) -> None:
    """S05"""
    pack = package(asha)
    seen = visit(asha, pack.patient)

    for _ in range(3):
        complete(asha, seen)
        reopen(asha, seen)
    complete(asha, seen)
    check_now()

    assert Entry.objects.filter(visit_id=seen.pk).count() == 7
    pack.refresh_from_db()
    assert pack.sessions_left == 9


def test_an_unpaid_pack_is_locked_and_the_visit_is_refused(asha: Clinic) -> None:
    pack = package(asha, paid=4000)
    assert pack.state == Package.State.PENDING
    bills = Bill.objects.count()

    with pytest.raises(NotCovered) as refused:
        complete(asha, visit(asha, pack.patient))

    assert refused.value.fits[0].reasons[0].why == "not_paid"
    assert Bill.objects.count() == bills
    check_now()


@pytest.mark.parametrize(("price", "sessions"), [(10_000, 3), (9_999, 7), (100, 8)])
def test_the_parts_of_a_pack_add_up_to_its_price(asha: Clinic, price: int, sessions: int) -> None:
    """S41"""
    pack = package(asha, of=plan(sessions=sessions, price=price))
    values = [-done.entry.value for done in use(asha, pack, sessions)]

    expected = [
        round(Decimal(price) * k / sessions, 2) - round(Decimal(price) * (k - 1) / sessions, 2)
        for k in range(1, sessions + 1)
    ]
    assert values == expected
    assert sum(values) == price
    pack.refresh_from_db()
    assert (pack.sessions_left, pack.value_left) == (0, 0)


def test_everything_adds_up_after_a_day_at_the_desk(asha: Clinic) -> None:
    from desk.recount import recount

    pack = package(asha)
    done = use(asha, pack, 3)
    reopen(asha, done[0].visit)
    sale(asha, paid=4000)
    check_now()

    assert recount() == []
