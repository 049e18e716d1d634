"""Money that was set against the wrong bill is taken off it, with a reason, and is account credit again."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from billing.bill_voiding import credit_lines
from billing.models import Allocation, BillLine, Payment
from billing.payments import owed_lines, unapplied_of
from billing.taking_back import CannotTakeBack, take_back
from clinic.access import NotAllowed
from clinic.models import AuditEvent, Clinic, Role
from desk.recount import recount
from packages.ledger import ReasonMissing
from packages.models import Package
from packages.standing import suspend
from tests.acts import REASON, bounce, cheque, now, pay
from tests.committing import check_now
from tests.factories import PatientFactory, complete, member, owner_of, plan, sale, visit
from tests.written import everything


@pytest.fixture
def paid(asha: Clinic) -> Any:
    """A visit of 1,000 that was paid in two parts, 600 and 400."""
    patient = PatientFactory()
    line = complete(asha, visit(asha, patient), how="charge").bill.lines.get()
    payments = [pay(asha, patient, amount, [line])[0] for amount in (600, 400)]
    yield payments[0], line
    check_now()
    assert recount() == []


def take(asha: Clinic, payment: Payment, line: BillLine, amount: Decimal | int, **facts: Any) -> Allocation:
    facts = {"by": owner_of(asha), "key": uuid4(), "reason": REASON} | facts
    return take_back(payment, line, amount=Decimal(amount), **facts)


def test_money_taken_off_a_bill_is_account_credit_and_owed_again(
    asha: Clinic, paid: tuple[Payment, BillLine]
) -> None:
    payment, line = paid

    taken = take(asha, payment, line, 250)

    assert (taken.amount, taken.reason) == (-250, REASON)
    assert unapplied_of(payment.patient) == [(payment, 250)]
    assert [each.owed for each in owed_lines(payment.patient)] == [250]
    said = AuditEvent.objects.get(act="take_back").after
    assert said is not None
    assert (said["amount"], said["reason"]) == ("-250", REASON)


def test_who_paid_last_gets_it_back_first_though_some_was_taken_off_the_other(
    asha: Clinic, paid: tuple[Payment, BillLine]
) -> None:
    """Of 600 and then 400, 100 of the 600 are taken off; the 200 that a note sets free are of the 400."""
    first, line = paid
    take(asha, first, line, 100)

    credit_lines(line.bill, {line.pk: Decimal(300)}, **now(asha, reason=REASON))

    assert [left for _, left in unapplied_of(first.patient)] == [100, 200]


def test_the_same_key_takes_it_once(asha: Clinic, paid: tuple[Payment, BillLine]) -> None:
    """S02"""
    payment, line = paid
    key = uuid4()
    taken = take(asha, payment, line, 250, key=key)
    written = everything()

    assert take(asha, payment, line, 250, key=key) == taken
    assert everything() == written


@pytest.mark.parametrize("amount", [601, 1_000, 0, -5])
def test_no_more_is_taken_back_than_it_pays_there(
    asha: Clinic, paid: tuple[Payment, BillLine], amount: int
) -> None:
    written = everything()

    with pytest.raises(CannotTakeBack):
        take(asha, *paid, amount)

    assert everything() == written


def test_it_says_why_and_therapists_do_not_move_money(asha: Clinic, paid: tuple[Payment, BillLine]) -> None:
    with pytest.raises(ReasonMissing):
        take(asha, *paid, 100, reason="  ")
    with pytest.raises(NotAllowed):
        take(asha, *paid, 100, by=member(asha, Role.THERAPIST))

    assert not Allocation.objects.filter(amount__lt=0).exists()


def test_a_payment_that_bounced_pays_for_nothing_that_could_be_taken_back(asha: Clinic) -> None:
    patient = PatientFactory()
    line = complete(asha, visit(asha, patient), how="charge").bill.lines.get()
    (payment,) = pay(asha, patient, 0, [line], tenders=[cheque(1_000)])
    bounce(asha, payment)

    with pytest.raises(CannotTakeBack):
        take(asha, payment, line, 1)


def test_a_pack_that_is_open_because_it_was_paid_keeps_its_money_until_it_is_suspended(asha: Clinic) -> None:
    """S45"""
    sold = sale(asha)
    line, (payment,) = sold.bill.lines.get(), sold.payments
    written = everything()

    with pytest.raises(CannotTakeBack, match="Suspend it first"):
        take(asha, payment, line, 1)

    assert everything() == written
    suspend(sold.package, on=asha.today(), by=owner_of(asha), key=uuid4(), reason=REASON)
    take(asha, payment, line, 10_000)
    pack = Package.objects.get(pk=sold.package.pk)
    assert (pack.state, pack.paid) == (Package.State.SUSPENDED, 0)


def test_of_a_pack_that_opens_as_it_is_paid_sessions_close_with_the_money(asha: Clinic) -> None:
    """S45"""
    sold = sale(asha, of=plan(activation="as_paid"), paid=4_000)

    take(asha, sold.payments[0], sold.bill.lines.get(), 3_000)

    assert Package.objects.get(pk=sold.package.pk).paid == 1_000


@pytest.mark.parametrize(
    ("taken", "state"), [(4_000, Package.State.SUSPENDED), (10_000, Package.State.ACTIVE)]
)
def test_money_that_bounces_suspends_the_pack_that_it_pays_for_and_not_one_that_it_was_taken_off(
    asha: Clinic, taken: int, state: Package.State
) -> None:
    """S46"""
    sold = sale(asha, of=plan(activation="at_once"), paid=0)
    line = sold.bill.lines.get()
    (payment,) = pay(asha, sold.package.patient, 0, [line], tenders=[cheque(10_000)])
    take(asha, payment, line, taken)
    pay(asha, sold.package.patient, taken, [line])

    bounce(asha, payment)

    pack = Package.objects.get(pk=sold.package.pk)
    assert (pack.state, pack.paid) == (state, taken)
