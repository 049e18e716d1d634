"""Printed numbers are never given out twice, whatever an owner changes about numbering."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from billing.administration.numbering import NumberingRefused, choose_numbering
from billing.models import DEFAULT_PREFIX, NUMBER_FORMAT, Bill, BillKind, Numbering
from billing.services import issue_bill
from clinic.administration.numbering import year_in_use
from clinic.models import AuditEvent, Branch, Clinic, ClinicSettings
from tests.billing.test_numbers import brace
from tests.clinic.test_administration import LETTERHEAD
from tests.factories import PatientFactory, complete, owner_of, sale, visit

NUMBERS = "/asha/settings/numbers/"


@pytest.fixture
def owner(asha: Clinic) -> Client:
    client = Client()
    client.force_login(owner_of(asha).user)
    return client


def save(owner: Client, **facts: str) -> Any:
    return owner.post("/asha/settings/", {**LETTERHEAD, **facts})


def number(owner: Client, address: str = NUMBERS, **prefixes: str) -> Any:
    """The page of numbers sent with these prefixes and formats, and all others as they are by themselves."""
    given = {f"{kind}-series": usual for kind, usual in DEFAULT_PREFIX.items()} if address == NUMBERS else {}
    formats = {f"{kind}-format": NUMBER_FORMAT for kind in BillKind}
    changed = {name.replace("__", "-"): value for name, value in prefixes.items()}
    return owner.post(address, {**given, **formats, **changed})


def choose(asha: Clinic, kind: BillKind, prefix: str, **facts: Any) -> Numbering:
    facts = {"branch": None, "number_format": NUMBER_FORMAT, "by": owner_of(asha)} | facts
    return choose_numbering(kind=kind, prefix=prefix, clinic=asha, **facts)


def a_bill(asha: Clinic, at: datetime | None = None) -> Bill:
    bill = sale(asha, at=at or timezone.now()).bill
    bill.refresh_from_db()
    return bill


def test_the_first_month_stays_once_the_year_has_bills(asha: Clinic, owner: Client) -> None:
    label = a_bill(asha).name.split("/")[1]

    answers = [save(owner, financial_year_starts=month) for month in ("1", "6")]

    for answer in answers:
        assert answer.status_code == 422
        assert f"Bills of {label} are numbered already" in answer.content.decode()
    assert ClinicSettings.objects.get().financial_year_starts == 4
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
    assert ClinicSettings.objects.get().financial_year_starts == 7


def test_a_prefix_may_change_but_not_to_one_that_other_papers_carry(asha: Clinic, owner: Client) -> None:
    a_bill(asha)
    complete(asha, visit(asha, sale(asha).package.patient))

    fresh = number(owner, bill__series="INV")
    taken = number(owner, bill__series="INV", receipt__series="b")
    back = number(owner, bill__series="B")

    assert (fresh.status_code, taken.status_code, back.status_code) == (302, 422, 302)
    assert "Other papers carry the prefix B already." in taken.content.decode()
    assert not Numbering.objects.filter(kind="receipt", prefix="B").exists()


def test_two_papers_may_not_change_places(asha: Clinic, owner: Client) -> None:
    complete(asha, visit(asha, PatientFactory()), how="charge")

    assert number(owner, bill__series="R", receipt__series="B").status_code == 422
    assert not Numbering.objects.exists()


def test_the_page_says_which_number_comes_next(asha: Clinic, owner: Client) -> None:
    last = a_bill(asha).name

    page = owner.get(NUMBERS).content.decode()

    assert f"The next one is {last[:-1]}2." in page
    assert "CN/" in page


def test_a_format_may_change_in_the_middle_of_a_year_and_the_count_goes_on(asha: Clinic) -> None:
    a_bill(asha)
    choose(asha, BillKind.BILL, "B", number_format="{fy}/{prefix}-{n:04}")

    bill = a_bill(asha)

    assert (bill.number, bill.name.split("/")[1]) == (2, "B-0002")
    line = AuditEvent.objects.get(act="choose_numbering")
    assert line.after["format"] == "{fy}/{prefix}-{n:04}"


@pytest.mark.parametrize(
    "pattern",
    [
        "{prefix}/{n:06}",  # two years alike
        "{fy}/{n:06}",
        "{prefix}/{fy}",
        "{prefix}/{fy}/{n}/{n}",
        "{prefix}/{fy}/{n:x}",
        "CLINIC/{prefix}/{fy}/{n:06}",  # 20 signs
        "{prefix} {fy} {n:04}",
        "{prefix}/{fy}/№{n:04}",
        "{prefix}{n}/{fy}",  # B no. 11 and B1 no. 1
    ],
)
def test_a_format_that_does_not_tell_apart_or_is_too_long_is_refused(asha: Clinic, pattern: str) -> None:
    """Rule 46(b) of the Indian CGST Rules: at most sixteen letters, figures, hyphens and slashes."""
    with pytest.raises(NumberingRefused) as refused:
        choose(asha, BillKind.BILL, "B", number_format=pattern)

    assert refused.value.field == "format"
    assert not Numbering.objects.exists()


def test_outside_of_india_a_number_may_be_longer(asha: Clinic) -> None:
    asha.country = "AU"
    asha.save()

    choose(asha, BillKind.INVOICE, "SYDNEY", number_format="{prefix}/{fy}/{n:06}")


def test_the_database_itself_refuses_a_long_number_in_india(asha: Clinic) -> None:
    Numbering.objects.create(kind="bill", prefix="ABCDEF", format="{prefix}/{fy}/{n:09}")

    with pytest.raises(IntegrityError, match="at most 16"), transaction.atomic():
        a_bill(asha)

    assert not Bill.objects.exists()


def test_each_branch_has_its_own_series_without_a_gap(asha: Clinic, owner: Client) -> None:
    """S59"""
    main = Branch.objects.get()
    north = Branch.objects.create(name="North")
    answer = number(owner, f"/asha/settings/branches/{north.pk}/numbers/", bill__series="NB")

    names = [_issued_in(asha, branch) for branch in (main, north, main, north, north)]

    assert answer.status_code == 302
    assert [name for name in names if name.startswith("NB/")] == [
        f"NB/{names[1].split('/')[1]}/{n:06}" for n in (1, 2, 3)
    ]
    assert Bill.objects.filter(branch=north, kind="bill").count() == 3


def _issued_in(asha: Clinic, branch: Branch) -> str:
    bill = issue_bill(
        PatientFactory(), kind=BillKind.BILL, lines=[brace()], branch=branch, clinic=asha,
        at=timezone.now(), by=None, key=uuid4(),
    )  # fmt: skip
    bill.refresh_from_db()
    return bill.name


def test_a_branch_without_a_prefix_numbers_as_the_clinic_does(asha: Clinic, owner: Client) -> None:
    north = Branch.objects.create(name="North")
    page = f"/asha/settings/branches/{north.pk}/numbers/"
    number(owner, page, bill__series="NB")
    number(owner, page, bill__series="")

    assert _issued_in(asha, north).startswith("B/")
