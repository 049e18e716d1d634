"""A pack sold in instalments, in both ways in which its terms may open it (S45)."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from billing.instalment_dates import Due, InstalmentsRefused
from billing.instalment_states import State, of_line
from billing.models import BillLine
from billing.payments import owed_lines
from clinic.models import Clinic
from desk import checkout
from desk.recount import recount
from packages.eligibility import NotCovered, Why
from packages.models import Package
from tests.acts import bounce, pay
from tests.committing import check_now
from tests.factories import PatientFactory, complete, plan, sale, use, visit
from tests.written import everything


def rows(clinic: Clinic, *amounts: int) -> list[Due]:
    """The first today, the others a month apart."""
    today = clinic.today()
    return [Due(today + timedelta(days=30 * n), Decimal(amount)) for n, amount in enumerate(amounts)]


def sold(clinic: Clinic, activation: str) -> checkout.Sale:
    """Ten sessions at 10,000: 4,000 paid at the sale, the rest in three instalments."""
    return sale(
        clinic,
        of=plan(activation=activation),
        paid=4_000,
        instalments=rows(clinic, 4_000, 2_000, 2_000, 2_000),
    )


def states(clinic: Clinic, made: checkout.Sale, *, days: int = 0) -> list[State]:
    line = BillLine.objects.get(bill=made.bill)
    schedule = of_line(line, clinic=clinic, on=clinic.today() + timedelta(days=days))
    assert schedule is not None
    return [part.state for part in schedule.parts]


def refusal(clinic: Clinic, pack: Package) -> Why:
    with pytest.raises(NotCovered) as refused:
        complete(clinic, visit(clinic, pack.patient))
    return refused.value.fits[0].reasons[0].why


def test_as_paid_four_sessions_open_with_the_deposit_and_each_instalment_opens_two(asha: Clinic) -> None:
    """S45"""
    made = sold(asha, "as_paid")
    pack, patient = made.package, made.package.patient
    assert states(asha, made) == [State.PAID, State.TO_COME, State.TO_COME, State.TO_COME]

    use(asha, pack, 4)
    assert refusal(asha, pack) == Why.NOT_PAID_ENOUGH

    for paid in (2, 3, 4):
        pay(asha, patient, 2_000, owed_lines(patient))
        assert states(asha, made).count(State.PAID) == paid
        use(asha, pack, 2)
        if paid < 4:
            assert refusal(asha, pack) == Why.NOT_PAID_ENOUGH
    check_now()
    assert recount() == []


def test_paid_in_full_the_pack_opens_with_the_last_instalment(asha: Clinic) -> None:
    """S45"""
    made = sold(asha, "paid_in_full")
    pack, patient = made.package, made.package.patient

    for _ in range(3):
        assert refusal(asha, pack) == Why.NOT_PAID
        pay(asha, patient, 2_000, owed_lines(patient))

    assert set(states(asha, made)) == {State.PAID}
    assert complete(asha, visit(asha, patient)).entry.package == pack
    check_now()


def test_at_once_the_whole_pack_is_open_and_the_instalments_are_owed_all_the_same(asha: Clinic) -> None:
    """S45"""
    made = sold(asha, "at_once")

    use(asha, made.package, 10)

    assert states(asha, made, days=31) == [State.PAID, State.OVERDUE, State.TO_COME, State.TO_COME]


def test_more_than_an_instalment_pays_the_next_ahead_and_opens_its_sessions(asha: Clinic) -> None:
    """S45"""
    made = sold(asha, "as_paid")

    pay(asha, made.package.patient, 3_000, owed_lines(made.package.patient))

    assert states(asha, made) == [State.PAID, State.PAID, State.PART_PAID, State.TO_COME]
    use(asha, made.package, 7)
    assert refusal(asha, made.package) == Why.NOT_PAID_ENOUGH


def test_a_deposit_that_bounces_is_overdue_again_and_its_sessions_are_closed(asha: Clinic) -> None:
    """S45, S46"""
    made = sold(asha, "as_paid")

    bounce(asha, made.payments[0])

    assert states(asha, made, days=1)[0] == State.OVERDUE
    assert refusal(asha, made.package) == Why.SUSPENDED


def test_a_sale_whose_instalments_do_not_come_to_its_price_is_no_sale(asha: Clinic) -> None:
    of, patient = plan(), PatientFactory()
    written = everything()

    with pytest.raises(InstalmentsRefused, match="9,000"):
        sale(asha, patient, of=of, paid=4_000, instalments=rows(asha, 4_000, 5_000))

    assert everything() == written


def test_the_instalments_stand_on_the_bill_of_the_sale_for_ever(asha: Clinic) -> None:
    made = sold(asha, "as_paid")
    printed = made.bill.document["instalments"]

    pay(asha, made.package.patient, 6_000, owed_lines(made.package.patient))

    assert [row["amount"] for row in printed] == ["4000.00", "2000.00", "2000.00", "2000.00"]
    assert printed[0]["on"] == asha.day_of(timezone.now()).isoformat()
    made.bill.refresh_from_db()
    assert made.bill.document["instalments"] == printed
