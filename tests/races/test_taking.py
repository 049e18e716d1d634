"""Two tabs pay the same bill at once: it is paid once, and the other is told. Beside a twin without the lock."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from billing import payments as money
from billing import taking_back
from billing.models import Allocation, BillLine, Payment
from billing.payments import owed_lines
from clinic.models import Branch, Clinic, Patient
from clinic.tenancy.context import clinic_context
from desk import taking
from desk.recount import recount
from tests.acts import REASON, cash, pay
from tests.factories import PatientFactory, complete, visit

from .test_races import everybody_reads_first
from .together import kinds, together

MANY = 10


@pytest.fixture(autouse=True)
def _adds_up_afterwards(clinic: Clinic) -> Iterator[None]:
    yield
    with clinic_context(clinic.pk):
        assert recount() == []


@pytest.fixture
def owed(clinic: Clinic) -> list[BillLine]:
    """Two visits of a mother to pay."""
    with clinic_context(clinic.pk):
        mother = PatientFactory()
        for _ in range(2):
            complete(clinic, visit(clinic, mother), how="charge")
        return owed_lines(mother)


@pytest.fixture
def payers(clinic: Clinic, owed: list[BillLine]) -> list[Patient]:
    with clinic_context(clinic.pk):
        return [owed[0].bill.patient, *(PatientFactory() for _ in range(MANY - 1))]


def take(clinic: Clinic, payer: Patient, lines: list[BillLine]) -> Any:
    facts = {"branch": Branch.objects.get(), "at": timezone.now(), "by": None, "key": uuid4()}
    split = {line: Decimal(1_000) for line in lines}
    return taking.take_money(payer, tenders=[cash(2_000)], split=split, clinic=clinic, **facts)


def test_ten_pay_the_same_bills_and_nine_are_told_that_they_are_paid(
    clinic: Clinic, owed: list[BillLine], payers: list[Patient]
) -> None:
    """The mother and nine of her children, who name the bills in either order: nobody waits for another in a ring."""
    outcomes = together(MANY, lambda n: take(clinic, payers[n], owed[:: 1 if n % 2 else -1]), clinic=clinic)

    assert kinds(outcomes) == {"done": 1, "NoLongerOwed": MANY - 1}
    with clinic_context(clinic.pk):
        assert Payment.objects.count() == 1
        assert sum(each.amount for each in Allocation.objects.all()) == 2_000


def test_twin_without_the_lock_on_who_owes_the_database_refuses_the_others(
    clinic: Clinic, owed: list[BillLine], payers: list[Patient], monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (money, taking.money):
        monkeypatch.setattr(module, "hold_payer", lambda *patients: None)
    everybody_reads_first(monkeypatch, money, "owed_on", 2)

    outcomes = together(2, lambda n: take(clinic, payers[n], owed[:1]), clinic=clinic)

    assert kinds(outcomes) == {"done": 1, "IntegrityError": 1}
    with clinic_context(clinic.pk):
        assert Payment.objects.count() == 1


def test_ten_take_the_same_money_back_and_it_comes_back_once(clinic: Clinic, owed: list[BillLine]) -> None:
    with clinic_context(clinic.pk):
        (payment,) = pay(clinic, owed[0].bill.patient, 1_000, owed[:1])

    def act(n: int) -> Any:
        facts = {"amount": Decimal(1_000), "by": None, "key": uuid4(), "reason": REASON}
        return taking_back.take_back(payment, owed[0], **facts)

    outcomes = together(MANY, act, clinic=clinic)

    assert kinds(outcomes) == {"done": 1, "CannotTakeBack": MANY - 1}


def test_twin_of_taking_back_without_the_lock_the_database_refuses_the_second(
    clinic: Clinic, owed: list[BillLine], monkeypatch: pytest.MonkeyPatch
) -> None:
    with clinic_context(clinic.pk):
        (payment,) = pay(clinic, owed[0].bill.patient, 1_000, owed[:1])
    monkeypatch.setattr(taking_back, "hold_payer", lambda *patients: None)
    everybody_reads_first(monkeypatch, taking_back, "pays_on", 2)

    def act(n: int) -> Any:
        facts = {"amount": Decimal(1_000), "by": None, "key": uuid4(), "reason": REASON}
        return taking_back.take_back(payment, owed[0], **facts)

    outcomes = together(2, act, clinic=clinic)

    assert kinds(outcomes) == {"done": 1, "IntegrityError": 1}
