"""Money set against lines by name: each gets the amount that was said, or nothing is done."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from billing import payments
from billing.models import Allocation, BillLine, Payment
from billing.payment_refusals import MoreThanPaid, NoLongerOwed, PaymentRefused
from billing.payments import owed_lines, unapplied_of
from billing.splitting import spread
from clinic.models import AuditEvent, Clinic, Patient
from desk.recount import recount
from tests.acts import pay
from tests.committing import check_now
from tests.factories import PatientFactory, sale
from tests.written import everything


@pytest.fixture
def patient(asha: Clinic) -> Any:
    yield PatientFactory()
    check_now()
    assert recount() == []


@pytest.fixture
def lines(asha: Clinic, patient: Patient) -> list[BillLine]:
    """Two packs of 10,000 to pay."""
    return [sale(asha, patient, paid=0).bill.lines.get() for _ in range(2)]


def received(asha: Clinic, patient: Patient, *amounts: int) -> list[Payment]:
    return [pay(asha, patient, amount, [])[0] for amount in amounts]


def test_each_line_gets_its_amount_from_the_payments_in_turn(
    asha: Clinic, patient: Patient, lines: list[BillLine]
) -> None:
    """S48"""
    first, second = received(asha, patient, 4_000, 3_000)
    split = {lines[1]: Decimal(5_000), lines[0]: Decimal(1_500)}

    made = payments.allocate([first, second], by=None, split=split)

    assert [(each.payment, each.line, each.amount) for each in made] == [
        (first, lines[1], 4_000),
        (second, lines[1], 1_000),
        (second, lines[0], 1_500),
    ]
    assert unapplied_of(patient) == [(second, 500)]


def test_the_same_key_is_the_same_money(asha: Clinic, patient: Patient, lines: list[BillLine]) -> None:
    """S02"""
    money, key, split = received(asha, patient, 4_000), uuid4(), {lines[0]: Decimal(1_000)}
    made = payments.allocate(money, by=None, split=split, key=key)
    written = everything()

    assert payments.allocate(money, by=None, split=split, key=key) == made
    assert everything() == written
    assert AuditEvent.objects.filter(act="allocate").count() == 1


@pytest.mark.parametrize(
    ("amounts", "refused"),
    [
        ((10_001, 0), PaymentRefused),
        ((10_001, 1), NoLongerOwed),
        ((10_000, 2_001), MoreThanPaid),
        ((-1, 1), PaymentRefused),
    ],
)
def test_what_does_not_fit_is_refused_and_nothing_is_set_against_anything(
    asha: Clinic, patient: Patient, lines: list[BillLine], amounts: tuple[int, int], refused: Any
) -> None:
    money = received(asha, patient, 12_000)
    split = {line: Decimal(amount) for line, amount in zip(lines, amounts, strict=True)}
    written = everything()

    with pytest.raises(refused):
        payments.allocate(money, by=None, split=split)

    assert everything() == written


def test_no_money_pays_for_nothing(asha: Clinic, patient: Patient, lines: list[BillLine]) -> None:
    with pytest.raises(MoreThanPaid):
        payments.allocate([], by=None, split={lines[0]: Decimal(1)})

    assert not Allocation.objects.exists()


def test_money_is_spread_in_the_order_of_the_lines_each_as_far_as_it_goes(
    asha: Clinic, patient: Patient, lines: list[BillLine]
) -> None:
    owed = {line: line.owed for line in owed_lines(patient)}  # type: ignore[attr-defined]

    assert spread(Decimal(12_000), owed) == {lines[0]: 10_000, lines[1]: 2_000}
    assert spread(Decimal(25_000), owed) == {lines[0]: 10_000, lines[1]: 10_000}
    assert spread(Decimal(0), owed) == {}
