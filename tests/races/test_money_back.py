"""The same money cannot go two ways at once: handed back, set against a bill, bounced. Each beside a twin without the
lock, where the database's guard refuses instead."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from billing import payments as money
from billing import returns
from billing.models import Allocation, Bounce, Payment, Refund
from billing.payments import owed_lines
from clinic.models import Branch, Clinic, Patient
from clinic.tenancy.context import clinic_context
from desk import bouncing, checkout, refunds
from desk.recount import recount
from packages.models import Package
from tests.acts import REASON, cash, cheque, pay
from tests.factories import PatientFactory, sale, use

from .together import kinds, together

MANY = 20


@pytest.fixture(autouse=True)
def _adds_up_afterwards(clinic: Clinic) -> Iterator[None]:
    yield
    with clinic_context(clinic.pk):
        assert recount() == []


@pytest.fixture
def ahead(clinic: Clinic) -> Patient:
    """A patient with 1,000 of account credit from a cheque, and packs of 10,000 to pay."""
    with clinic_context(clinic.pk):
        patient = PatientFactory()
        sale(clinic, patient, paid=0)
        pay(clinic, patient, 0, [], tenders=[cheque(1_000)])
    return patient


def everybody_is_let_in(monkeypatch: pytest.MonkeyPatch, count: int) -> None:
    """Take the lock on the payer away, and let nobody go on before all have come this far."""
    all_are_here = threading.Barrier(count)

    def without_lock(*patients: Any) -> None:
        all_are_here.wait(timeout=60)

    for module in (money, returns):
        monkeypatch.setattr(module, "hold_payer", without_lock)


def hand_back(clinic: Clinic, patient: Patient) -> Any:
    facts = {
        "branch": Branch.objects.get(),
        "reason": REASON,
        "at": timezone.now(),
        "by": None,
        "key": uuid4(),
    }
    return refunds.pay_back(patient, tender=cash(1_000), clinic=clinic, **facts)


def use_it(clinic: Clinic, patient: Patient) -> Any:
    made = checkout.apply_unapplied(
        patient, lines=owed_lines(patient), on=clinic.today(), by=None, key=uuid4()
    )
    if not made:
        raise money.PaymentRefused("nothing left")
    return made


def bounce_it(clinic: Clinic, payment: Payment) -> Any:
    facts = {"at": timezone.now(), "by": None, "key": uuid4(), "reason": REASON}
    return bouncing.bounce_payment(payment, clinic=clinic, **facts)


def went(clinic: Clinic) -> Decimal:
    with clinic_context(clinic.pk):
        rows = [*Refund.objects.all(), *Allocation.objects.all()]
        return sum((row.amount for row in rows), Decimal(0))


def test_twenty_hand_back_or_use_the_same_credit_and_it_goes_once(clinic: Clinic, ahead: Patient) -> None:
    acts = [hand_back, use_it]

    outcomes = together(MANY, lambda n: acts[n % 2](clinic, ahead), clinic=clinic)

    assert kinds(outcomes)["done"] == 1
    assert set(kinds(outcomes)) <= {"done", "NotThatMuchCredit", "PaymentRefused"}
    assert went(clinic) == 1_000


@pytest.mark.parametrize("first", [hand_back, use_it])
def test_twin_without_the_lock_on_the_payer_the_database_refuses_the_second(
    clinic: Clinic, ahead: Patient, monkeypatch: pytest.MonkeyPatch, first: Any
) -> None:
    everybody_is_let_in(monkeypatch, 2)
    acts = [first, hand_back]

    outcomes = together(2, lambda n: acts[n](clinic, ahead), clinic=clinic)

    # The one who comes second may find nothing free, or be refused by the guard; the money goes once.
    assert kinds(outcomes)["done"] == 1
    assert went(clinic) == 1_000


def test_the_guard_of_the_database_is_what_stands_without_the_lock(
    clinic: Clinic, ahead: Patient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both have read that 1,000 are free before either writes."""
    both_have_read = threading.Barrier(2)
    read = returns.unapplied_of

    def everybody_reads(patient: Patient) -> Any:
        free = read(patient)
        both_have_read.wait(timeout=60)
        return free

    monkeypatch.setattr(returns, "hold_payer", lambda *patients: None)
    monkeypatch.setattr(returns, "unapplied_of", everybody_reads)

    outcomes = together(2, lambda n: hand_back(clinic, ahead), clinic=clinic)

    assert kinds(outcomes) == {"done": 1, "IntegrityError": 1}
    assert went(clinic) == 1_000


def test_twenty_bounce_or_use_a_payment_and_it_pays_for_nothing_in_the_end(
    clinic: Clinic, ahead: Patient
) -> None:
    """S46"""
    with clinic_context(clinic.pk):
        payment = Payment.objects.get(patient=ahead)

    def act(n: int) -> Any:
        return bounce_it(clinic, payment) if n % 2 else use_it(clinic, ahead)

    outcomes = together(MANY, act, clinic=clinic)

    assert set(kinds(outcomes)) <= {"done", "CannotBounce", "PaymentRefused"}
    assert kinds(outcomes)["CannotBounce"] == MANY // 2 - 1
    assert went(clinic) == 0
    with clinic_context(clinic.pk):
        assert Bounce.objects.count() == 1
        assert Package.objects.get(patient=ahead).paid == 0


def test_twin_a_payment_that_bounces_while_it_is_used_is_refused_by_the_guard(
    clinic: Clinic, ahead: Patient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """S46"""
    both_have_read = threading.Barrier(2)
    read, pays = money.unapplied, returns._pays

    def everybody_reads(found: Any) -> Any:
        both_have_read.wait(timeout=60)
        return found

    for module in (money, returns, bouncing.money):
        monkeypatch.setattr(module, "hold_payer", lambda *patients: None)
    monkeypatch.setattr(money, "unapplied", lambda payment: everybody_reads(read(payment)))
    monkeypatch.setattr(returns, "_pays", lambda payment: everybody_reads(pays(payment)))
    with clinic_context(clinic.pk):
        payment = Payment.objects.get(patient=ahead)

    def act(n: int) -> Any:
        return bounce_it(clinic, payment) if n else use_it(clinic, ahead)

    outcomes = together(2, act, clinic=clinic)

    assert kinds(outcomes) == {"done": 1, "IntegrityError": 1}


def test_twenty_refund_one_pack_with_one_form_and_it_is_paid_out_once(clinic: Clinic) -> None:
    """S02"""
    with clinic_context(clinic.pk):
        sold = sale(clinic)
        use(clinic, sold.package, 3)
    facts = {"clinic": clinic, "at": timezone.now(), "by": None, "key": uuid4(), "reason": REASON}

    def act(n: int) -> Any:
        return refunds.refund_package(sold.package, pay_out=cash(7_000), **facts)

    outcomes = together(MANY, act, clinic=clinic)

    assert kinds(outcomes) == {"done": MANY}
    assert len({each.change.pk for each in outcomes}) == 1
    with clinic_context(clinic.pk):
        assert sum(refund.amount for refund in Refund.objects.all()) == 7_000
