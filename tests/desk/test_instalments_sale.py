"""Selling in instalments, over HTTP: worked out, looked at, changed, agreed."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from billing.models import Bill, Instalment, InstalmentPlan
from clinic.calendar import valid_until
from clinic.models import Clinic, Patient
from packages.models import Package, Plan
from tests.factories import PatientFactory, owner_of, plan
from tests.written import everything

from .test_counter_views import form

HIDDEN = re.compile(r'<input type="hidden" name="(instalment[^"]*)" value="([^"]*)"')
ROW = re.compile(r'<input[^>]*name="(instalment-\d+-(?:on|amount))"[^>]*value="([^"]*)"')
VALUE = re.compile(r'name="tender-0-amount"[^>]*value="([^"]*)"')


@pytest.fixture
def desk(asha: Clinic, client: Client) -> Client:
    client.force_login(owner_of(asha).user)
    return client


@pytest.fixture
def patient(asha: Clinic) -> Patient:
    return PatientFactory(name="Lakshmi Rao")


@pytest.fixture
def ten(asha: Clinic) -> Plan:
    return plan(name="Ten", activation="as_paid")


def terms(of: Plan, clinic: Clinic, **facts: Any) -> dict[str, Any]:
    """The sale's form with 4,000 today and three monthly instalments asked for."""
    asked = {
        "instalments-deposit": "4,000",
        "instalments-count": "3",
        "instalments-first_on": (clinic.today() + timedelta(days=10)).isoformat(),
        "instalments-every": "month",
        "tender-0-amount": "10000",
    }
    return form(of, **asked | facts)


def send(desk: Client, patient: Patient, facts: dict[str, Any]) -> Any:
    return desk.post(f"/asha/patients/{patient.pk}/sale/", facts)


def rows_of(page: Any) -> dict[str, str]:
    """The rows of the page as the browser sends them back."""
    text = re.sub(r"\s+", " ", page.content.decode())
    return dict(HIDDEN.findall(text)) | dict(ROW.findall(text))


def test_worked_out_they_are_shown_and_nothing_is_sold(
    desk: Client, asha: Clinic, patient: Patient, ten: Plan
) -> None:
    written = everything()

    page = send(desk, patient, terms(ten, asha, work_out="1"))

    assert page.status_code == 422
    rows = rows_of(page)
    assert [rows[f"instalment-{n}-amount"] for n in range(4)] == ["4000.00", "2000.00", "2000.00", "2000.00"]
    first = asha.today() + timedelta(days=10)
    assert [rows[f"instalment-{n}-on"] for n in (0, 1)] == [asha.today().isoformat(), first.isoformat()]
    assert "Together ₹10,000.00" in page.content.decode()
    assert VALUE.findall(page.content.decode()) == ["4000.00"]  # the price gave way to the deposit
    assert everything() == written


def test_what_was_looked_at_is_agreed_with_the_sale(
    desk: Client, asha: Clinic, patient: Patient, ten: Plan
) -> None:
    facts = terms(ten, asha, **{"tender-0-amount": "4000"})
    rows = rows_of(send(desk, patient, facts | {"work_out": "1"}))
    later = (asha.today() + timedelta(days=200)).isoformat()
    changed = {"instalment-3-on": later, "instalment-1-amount": "1,500", "instalment-3-amount": "2500"}

    answer = send(desk, patient, facts | rows | changed)

    assert answer.status_code == 302
    found = Instalment.objects.order_by("number")
    assert [each.amount for each in found] == [4_000, 1_500, 2_000, 2_500]
    assert found[3].due_on.isoformat() == later
    assert Package.objects.get().paid == 4_000
    assert len(Bill.objects.get().document["instalments"]) == 4


def test_the_same_sale_sent_twice_is_one(desk: Client, asha: Clinic, patient: Patient, ten: Plan) -> None:
    facts = terms(ten, asha, **{"tender-0-amount": "4000"})
    facts |= rows_of(send(desk, patient, facts | {"work_out": "1"}))

    send(desk, patient, facts)
    send(desk, patient, facts)

    assert InstalmentPlan.objects.count() == Package.objects.count() == 1


@pytest.mark.parametrize(
    "changed",
    [
        {"instalments-count": "4"},
        {"instalments-deposit": "3000"},
        {"discount": "1000", "discount_reason": "Family"},
        {},
    ],
)
def test_terms_that_were_not_looked_at_are_worked_out_and_not_sold(
    desk: Client, asha: Clinic, patient: Patient, ten: Plan, changed: dict[str, str]
) -> None:
    facts = terms(ten, asha, **{"tender-0-amount": "3000"})
    rows = rows_of(send(desk, patient, facts | {"work_out": "1"})) if changed else {}

    page = send(desk, patient, facts | rows | changed)

    assert page.status_code == 422
    assert "Look at the days and amounts" in page.content.decode()
    assert not Package.objects.exists()


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"instalments-count": ""}, "how many instalments follow"),
        ({"instalments-count": "25"}, "less than or equal to 24"),
        ({"instalments-count": "x"}, "whole number"),
        ({"instalments-first_on": ""}, "Choose the day"),
        ({"instalments-first_on": "31-31-31"}, "valid date"),
        ({"instalments-first_on": "2020-01-01"}, "after today"),
        ({"instalments-deposit": "10,000"}, "The deposit is all"),
        ({"instalments-deposit": "many"}, "is not an amount"),
        ({"instalments-every": "hour"}, "valid choice"),
    ],
)
def test_terms_that_cannot_be_come_back_as_typed_with_the_reason(
    desk: Client, asha: Clinic, patient: Patient, ten: Plan, changed: dict[str, str], sentence: str
) -> None:
    written = everything()

    page = send(desk, patient, terms(ten, asha, **changed))

    assert page.status_code == 422
    assert sentence in page.content.decode()
    assert everything() == written


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"instalment-1-amount": "1999"}, "come to ₹9,999.00, and ₹10,000.00 is to be paid"),
        ({"instalment-1-amount": ""}, "This field is required"),
        ({"instalment-1-amount": "0"}, "more than 0"),
        ({"instalment-1-on": "2020-01-01"}, "later than the one before"),
        ({"instalment-TOTAL_FORMS": "9999"}, "Look at the days"),
        ({"instalment-TOTAL_FORMS": "x"}, "Look at the days"),
        ({"tender-0-amount": "10000"}, "All of it is paid now"),
    ],
)
def test_rows_that_do_not_fit_are_refused_and_come_back(
    desk: Client, asha: Clinic, patient: Patient, ten: Plan, changed: dict[str, str], sentence: str
) -> None:
    facts = terms(ten, asha, **{"tender-0-amount": "4000"})
    facts |= rows_of(send(desk, patient, facts | {"work_out": "1"}))
    written = everything()

    page = send(desk, patient, facts | changed)

    assert page.status_code == 422
    assert sentence in page.content.decode()
    assert everything() == written


def test_without_a_number_it_is_sold_as_ever(desk: Client, asha: Clinic, patient: Patient, ten: Plan) -> None:
    nothing = {"instalments-deposit": "", "instalments-count": ""}

    assert send(desk, patient, terms(ten, asha, **nothing)).status_code == 302

    assert not InstalmentPlan.objects.exists()


def test_the_sale_says_what_opens_when_and_offers_a_month_from_now(
    desk: Client, asha: Clinic, patient: Patient
) -> None:
    locked = plan(name="Locked", activation="paid_in_full")

    page = desk.get(f"/asha/patients/{patient.pk}/sale/?plan={locked.pk}").content.decode()

    assert "opens when the last instalment is paid" in page
    month = valid_until(asha.today(), 1, "months")
    assert re.search(rf'name="instalments-first_on"[^>]*value="{month:%Y-%m}', " ".join(page.split()))
