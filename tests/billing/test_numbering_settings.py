"""Printed numbers are never given out twice, whatever an owner changes about numbering."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from billing.models import Bill
from clinic.administration.numbering import year_in_use
from clinic.models import Clinic, ClinicSettings
from tests.clinic.test_administration import LETTERHEAD
from tests.factories import PatientFactory, complete, owner_of, sale, visit


@pytest.fixture
def owner(asha: Clinic) -> Client:
    client = Client()
    client.force_login(owner_of(asha).user)
    return client


def save(owner: Client, **facts: str) -> Any:
    return owner.post("/asha/settings/", {**LETTERHEAD, **facts})


def a_bill(asha: Clinic, at: datetime | None = None) -> Bill:
    bill = sale(asha, at=at or timezone.now()).bill
    bill.refresh_from_db()
    return bill


def numbering() -> dict[str, Any]:
    kept = ClinicSettings.objects.get()
    names = (
        "financial_year_starts",
        "bill_prefix",
        "receipt_prefix",
        "credit_note_prefix",
        "correction_prefix",
    )
    return {name: getattr(kept, name) for name in names}


def test_the_first_month_stays_once_the_year_has_bills(asha: Clinic, owner: Client) -> None:
    label = a_bill(asha).name.split("/")[1]
    before = numbering()

    answers = [save(owner, financial_year_starts=month) for month in ("1", "6")]

    for answer in answers:
        assert answer.status_code == 422
        assert f"Bills of {label} are numbered already" in answer.content.decode()
    assert numbering() == before
    assert save(owner, phone="080 9").status_code == 302


@pytest.mark.parametrize(
    ("on", "month", "in_use"),
    [
        (date(2025, 11, 1), 7, "25-26"),  # would begin again at 1, with the same label
        (date(2025, 11, 1), 1, "25-26"),  # a year is numbered in one way to its end
        (date(2026, 5, 1), 7, "25-26"),  # no bill this year, but with July it would be last year still
        (date(2026, 8, 1), 7, ""),
        (date(2026, 5, 1), 1, ""),
        (date(2024, 5, 1), 7, "25-26"),  # as after a clock was wrong: a later year has bills
    ],
)
def test_a_year_with_bills_keeps_its_first_month_and_its_label(
    asha: Clinic, on: date, month: int, in_use: str
) -> None:
    a_bill(asha, datetime(2025, 8, 1, 6, tzinfo=asha.zone))

    assert year_in_use(on=on, month=month, was=4) == in_use


def test_calendar_years_are_no_hindrance_to_others(asha: Clinic) -> None:
    ClinicSettings.objects.update(financial_year_starts=1)
    a_bill(asha, datetime(2025, 8, 1, 6, tzinfo=asha.zone))

    assert year_in_use(on=date(2025, 9, 1), month=4, was=1) == "25"
    assert year_in_use(on=date(2026, 2, 1), month=4, was=1) == ""


def test_before_the_first_bill_the_month_may_change(asha: Clinic, owner: Client) -> None:
    assert save(owner, financial_year_starts="7").status_code == 302
    assert numbering()["financial_year_starts"] == 7


def test_a_prefix_may_change_but_not_to_one_that_other_papers_carry(asha: Clinic, owner: Client) -> None:
    a_bill(asha)
    complete(asha, visit(asha, sale(asha).package.patient))

    fresh = save(owner, bill_prefix="INV")
    taken = save(owner, bill_prefix="INV", receipt_prefix="b")
    back = save(owner, bill_prefix="B")

    assert (fresh.status_code, taken.status_code, back.status_code) == (302, 422, 302)
    assert "Other papers carry this prefix already." in taken.content.decode()
    assert numbering()["receipt_prefix"] == "R"


def test_two_papers_may_not_change_places(asha: Clinic, owner: Client) -> None:
    complete(asha, visit(asha, PatientFactory()), how="charge")

    assert save(owner, bill_prefix="R", receipt_prefix="B").status_code == 422
