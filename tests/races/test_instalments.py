"""Two who agree on the instalments of one line, or agree while it is paid: one agreement holds, and it adds up."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError

from billing import instalments
from billing.credits import sale_line
from billing.instalment_dates import Due
from billing.models import BillLine, InstalmentPlan
from clinic.models import Clinic
from clinic.tenancy.context import clinic_context
from desk.recount import recount
from tests.acts import now, pay
from tests.factories import sale

from .together import kinds, together

MANY = 8


@pytest.fixture(autouse=True)
def _adds_up_afterwards(clinic: Clinic) -> Iterator[None]:
    yield
    with clinic_context(clinic.pk):
        assert recount() == []


@pytest.fixture
def line(clinic: Clinic) -> BillLine:
    """A line on which 10,000 are owed."""
    with clinic_context(clinic.pk):
        found = sale_line(sale(clinic, paid=0).package)
        assert found is not None
        return found


def agree(clinic: Clinic, line: BillLine, *amounts: int, **facts: Any) -> InstalmentPlan:
    rows = [Due(clinic.today() + timedelta(days=n + 1), Decimal(amount)) for n, amount in enumerate(amounts)]
    return instalments.agree_instalments(line, rows=rows, **now(clinic, **facts))


def everybody_is_let_in(monkeypatch: pytest.MonkeyPatch, count: int) -> None:
    """Take the lock on the payer away, and let nobody go on before all have come this far."""
    all_are_here = threading.Barrier(count)
    monkeypatch.setattr(instalments, "hold_payer", lambda *patients: all_are_here.wait(timeout=60))


def test_of_many_agreements_at_once_one_holds(clinic: Clinic, line: BillLine) -> None:
    outcomes = together(MANY, lambda n: agree(clinic, line, 4_000, 6_000), clinic=clinic)

    assert kinds(outcomes) == {"done": 1, "AgreedMeanwhile": MANY - 1}


def test_without_the_lock_the_database_lets_one_in(
    clinic: Clinic, line: BillLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    everybody_is_let_in(monkeypatch, MANY)

    outcomes = together(MANY, lambda n: agree(clinic, line, 4_000, 6_000), clinic=clinic)

    assert kinds(outcomes) == {"done": 1, "IntegrityError": MANY - 1}


@pytest.mark.parametrize("locked", [True, False])
def test_of_two_who_agree_anew_one_is_told_of_the_other(
    clinic: Clinic, line: BillLine, monkeypatch: pytest.MonkeyPatch, locked: bool
) -> None:
    with clinic_context(clinic.pk):
        first = agree(clinic, line, 10_000)
    if not locked:
        everybody_is_let_in(monkeypatch, 2)

    outcomes = together(
        2, lambda n: agree(clinic, line, 4_000, 6_000, replaces=first, reason="Anew"), clinic=clinic
    )

    assert kinds(outcomes) == {"done": 1, "AgreedMeanwhile" if locked else "IntegrityError": 1}


def test_money_that_comes_while_it_is_agreed_comes_before_or_after(clinic: Clinic, line: BillLine) -> None:
    """Agreed first, the money pays the first instalment; paid first, the sum is refused."""
    patient = line.bill.patient

    def act(n: int) -> Any:
        return agree(clinic, line, 4_000, 6_000) if n else pay(clinic, patient, 1_000, [line])

    outcomes = together(2, act, clinic=clinic)

    assert kinds(outcomes) in ({"done": 2}, {"done": 1, "InstalmentsRefused": 1})
    assert not any(isinstance(each, IntegrityError) for each in outcomes)
