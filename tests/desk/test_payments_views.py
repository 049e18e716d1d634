"""The list of payments, one payment, taking money off a bill, and a payment that bounced, over HTTP."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from billing.models import Bounce, Payment
from billing.payments import owed_lines, unapplied_of
from clinic.models import Clinic, Patient, Role
from packages.models import Package
from tests.acts import bounce, cheque, pay, pay_back
from tests.factories import PatientFactory, complete, member, owner_of, sale, use, visit
from tests.written import everything


@pytest.fixture
def desk(asha: Clinic, client: Client) -> Client:
    client.force_login(member(asha, Role.FRONT_DESK, name="Ravi").user)
    return client


@pytest.fixture
def patient(asha: Clinic) -> Patient:
    return PatientFactory(name="Lakshmi Rao")


def words(client: Client, url: str) -> str:
    return str(client.get(url).content.decode())


def keyed(**facts: Any) -> dict[str, Any]:
    return {"key": str(uuid4())} | facts


def by_cheque(asha: Clinic, patient: Patient) -> tuple[Payment, Package]:
    """A pack of 10,000 paid by cheque, two sessions used, one visit booked."""
    sold = sale(asha, patient, paid=0)
    (payment,) = pay(asha, patient, 0, owed_lines(patient), tenders=[cheque(10_000)])
    use(asha, sold.package, 2)
    visit(asha, patient, at=timezone.now() + timedelta(days=1))
    return payment, sold.package


def test_the_list_finds_payments_by_patient_reference_method_day_and_person(
    desk: Client, asha: Clinic, patient: Patient
) -> None:
    pay(asha, patient, 0, [], tenders=[cheque(700)])
    pay(asha, PatientFactory(name="Kamala Das"), 300, [])
    today = asha.today()

    def found(asked: str) -> tuple[bool, bool]:
        page = words(desk, f"/asha/payments/?{asked}")
        return ("₹700.00" in page, "₹300.00" in page)

    assert found("") == (True, True)
    assert found("q=lakshmi") == found("q=000123") == found("method=cheque") == (True, False)
    assert found("method=cash") == found("q=Kamala") == (False, True)
    assert found(f"first={today}&last={today}") == found(f"by={owner_of(asha).pk}") == (True, True)
    assert found(f"last={today - timedelta(days=1)}") == (False, False)
    assert found("first=nonsense&by=nobody") == (True, True)


def test_the_list_comes_in_pages_and_says_what_came_in(desk: Client, asha: Clinic, patient: Patient) -> None:
    for amount in range(1, 61):
        pay(asha, patient, amount, [])
    first = words(desk, "/asha/payments/")
    older = first.split("older_than=")[1].split('"')[0]

    second = words(desk, f"/asha/payments/?older_than={older}")
    newer = second.split("newer_than=")[1].split('"')[0]

    assert "₹60.00" in first
    assert f"₹{sum(range(11, 61)):,}.00" in first
    assert f"₹{sum(range(1, 11)):,}.00" in second
    assert words(desk, f"/asha/payments/?newer_than={newer}").count("data-row") == 50


def test_a_payment_that_bounced_is_no_money_in_the_list(desk: Client, asha: Clinic, patient: Patient) -> None:
    """S46"""
    (payment,) = pay(asha, patient, 0, [], tenders=[cheque(700)])
    pay(asha, patient, 300, [])
    bounce(asha, payment)

    page = words(desk, "/asha/payments/?q=Lakshmi")

    assert "bounced" in page
    assert "₹1,000.00" not in page
    assert page.count("₹300.00") == 5  # its amount and credit, both sums, and by method


def test_the_list_asks_as_many_questions_for_many(
    desk: Client, asha: Clinic, patient: Patient, queries: Any
) -> None:
    pay(asha, patient, 1, [])
    desk.get("/asha/payments/")
    with queries() as few:
        desk.get("/asha/payments/")
    for _ in range(5):
        pay(asha, PatientFactory(), 1, [])
    with queries() as many:
        desk.get("/asha/payments/")

    assert many.count == few.count <= 12, "\n".join(many.statements)


def test_a_payment_tells_what_it_pays_for_who_took_it_and_what_went_back(
    desk: Client, asha: Clinic, patient: Patient
) -> None:
    line = complete(asha, visit(asha, patient), how="charge").bill.lines.get()
    (payment,) = pay(asha, patient, 1_500, [line])
    pay_back(asha, patient, 200)

    page = words(desk, f"/asha/payments/{payment.pk}/")

    for said in (line.bill.name, "₹1,000.00", "₹300.00", "₹200.00", "Because of the story", "Owner of asha"):
        assert said in page, said


def test_money_is_taken_off_a_bill_and_set_against_another(
    desk: Client, asha: Clinic, patient: Patient
) -> None:
    wrong, right = (complete(asha, visit(asha, patient), how="charge").bill.lines.get() for _ in range(2))
    (payment,) = pay(asha, patient, 1_000, [wrong])
    url = f"/asha/payments/{payment.pk}/taking-back/?line={wrong.pk}"
    assert 'value="1000.00"' in words(desk, url)
    written = everything()
    assert desk.post(url, keyed(amount="1000")).status_code == 422
    refused = desk.post(url, keyed(amount="1000.01", reason="The other bill"))
    assert (refused.status_code, "Take back no more" in refused.content.decode()) == (422, True)
    assert everything() == written

    answer = desk.post(url, keyed(amount="1000", reason="The other bill"))

    assert answer.headers["Location"] == f"/asha/payments/{payment.pk}/"
    assert unapplied_of(patient) == [(payment, 1_000)]
    desk.post(f"/asha/patients/{patient.pk}/account/applications/", keyed(**{f"pay-{right.pk}": "1000"}))
    assert [line.pk for line in owed_lines(patient)] == [wrong.pk]
    assert "The other bill" in words(desk, f"/asha/payments/{payment.pk}/")


def test_a_line_that_the_payment_never_paid_is_not_found(
    desk: Client, asha: Clinic, patient: Patient
) -> None:
    line = complete(asha, visit(asha, patient), how="charge").bill.lines.get()
    (payment,) = pay(asha, patient, 1, [])

    for asked in (line.pk, uuid4(), "nonsense"):
        assert desk.get(f"/asha/payments/{payment.pk}/taking-back/?line={asked}").status_code == 404


def test_before_a_payment_bounces_the_page_says_what_it_comes_to_and_writes_nothing(
    desk: Client, asha: Clinic, patient: Patient
) -> None:
    """S46"""
    payment, pack = by_cheque(asha, patient)
    written = everything()

    page = words(desk, f"/asha/payments/{payment.pk}/bouncing/")

    assert "₹10,000.00 is to be paid again" in page
    assert f"Package no. {pack.number}, {pack.name}, is suspended" in page
    assert "₹2,000.00 of it is for sessions that were used already." in page
    assert "no session is held for it" in page
    assert everything() == written


def test_a_bounced_payment_is_told_with_all_that_followed_until_it_is_made_good(
    desk: Client, asha: Clinic, patient: Patient
) -> None:
    """S46"""
    payment, pack = by_cheque(asha, patient)
    url = f"/asha/payments/{payment.pk}/bouncing/"
    sent = {"on": asha.today().isoformat(), "reason": "Funds insufficient"}

    answer = desk.post(url, keyed(**sent))
    page = words(desk, answer.headers["Location"])

    assert "Funds insufficient" in page
    assert f"Package no. {pack.number}" in page
    assert "suspended; it goes on by itself when this is made good." in page
    assert "₹10,000.00 is to be paid" in page
    assert "₹2,000.00 of it is for sessions that were used already." in page
    assert "no session is held for it" in page
    assert "It counts as nothing." in words(desk, f"/asha/payments/{payment.pk}/")

    again = desk.post(url, keyed(**sent))

    assert again.status_code == 422
    assert "What followed" in again.content.decode()
    assert Bounce.objects.count() == 1
    pay(asha, patient, 10_000, owed_lines(patient))
    later = words(desk, url)
    assert "Nothing is owed now." in later
    assert "suspended; it goes on" not in later


@pytest.mark.parametrize(
    ("days", "reason", "said"),
    [
        (1, "Returned", "has not come yet"),
        (-1, "Returned", "cannot have bounced before"),
        (0, "", "This field is required"),
    ],
)
def test_a_bounce_of_a_day_that_cannot_be_is_refused(
    desk: Client, asha: Clinic, patient: Patient, days: int, reason: str, said: str
) -> None:
    """S46"""
    payment, _pack = by_cheque(asha, patient)
    on = (asha.today() + timedelta(days=days)).isoformat()
    written = everything()

    answer = desk.post(f"/asha/payments/{payment.pk}/bouncing/", keyed(on=on, reason=reason))

    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert everything() == written


def test_a_bounce_that_the_bank_tells_late_keeps_the_bank_s_day(
    desk: Client, asha: Clinic, patient: Patient
) -> None:
    (payment,) = pay(asha, patient, 0, [], tenders=[cheque(500)], on=asha.today() - timedelta(days=5))
    on = asha.today() - timedelta(days=2)

    desk.post(f"/asha/payments/{payment.pk}/bouncing/", keyed(on=on.isoformat(), reason="Returned"))

    assert Bounce.objects.get().bounced_on == on
    assert unapplied_of(patient) == []
    assert Decimal(500) == Payment.objects.get().amount
