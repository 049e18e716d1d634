"""The account of a patient over HTTP: what is owed, the credit and how it moved, using it and handing it back."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from billing.models import Allocation, BillLine, Refund
from billing.payments import owed_lines, unapplied_of
from clinic.models import Branch, Clinic, Patient, Role
from tests.acts import cheque, pay
from tests.factories import PatientFactory, complete, member, owner_of, visit
from tests.written import everything


@pytest.fixture
def owner(asha: Clinic, client: Client) -> Client:
    client.force_login(owner_of(asha).user)
    return client


@pytest.fixture
def patient(asha: Clinic) -> Patient:
    """With 1,500 of account credit and two visits of 1,000 to pay."""
    patient = PatientFactory(name="Lakshmi Rao")
    pay(asha, patient, 0, [], tenders=[cheque(1_500)])
    for _ in range(2):
        complete(asha, visit(asha, patient), how="charge")
    return patient


def at(patient: Patient, noun: str = "") -> str:
    return f"/asha/patients/{patient.pk}/account/{noun}"


def lines_of(patient: Patient) -> list[BillLine]:
    return owed_lines(patient)


def keyed(**facts: Any) -> dict[str, Any]:
    return {"key": str(uuid4())} | facts


def left(patient: Patient) -> Decimal:
    return sum((left for _, left in unapplied_of(patient)), Decimal(0))


def test_the_account_tells_what_is_owed_and_what_pays_for_nothing_yet(
    owner: Client, patient: Patient
) -> None:
    """S47"""
    page = owner.get(at(patient)).content.decode()

    assert "₹2,000.00" in page
    assert "₹1,500.00" in page
    assert "Received by Cheque" in page
    assert "000123" in page


def test_credit_is_set_against_the_chosen_bills_with_their_amounts(owner: Client, patient: Patient) -> None:
    """S47"""
    first, second = lines_of(patient)

    answer = owner.post(at(patient, "applications/"), keyed(**{f"pay-{second.pk}": "700"}))

    assert answer.status_code == 302
    assert [(line.pk, line.owed) for line in lines_of(patient)] == [(first.pk, 1_000), (second.pk, 300)]
    assert left(patient) == 800


@pytest.mark.parametrize(
    ("amounts", "said"),
    [
        (("1000", "501"), "and there is ₹1,500.00"),
        (("1001", ""), "is to be paid on it now, not"),
        (("", ""), "Write how much a bill gets."),
        (("0.005", ""), "has more decimals"),
        (("-1", ""), "negative"),
    ],
)
def test_credit_that_does_not_reach_is_refused_and_nothing_is_used(
    owner: Client, patient: Patient, amounts: tuple[str, str], said: str
) -> None:
    sent = {f"pay-{line.pk}": amount for line, amount in zip(lines_of(patient), amounts, strict=True)}
    written = everything()

    answer = owner.post(at(patient, "applications/"), keyed(**sent))

    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert everything() == written


def test_the_second_who_uses_the_same_credit_is_told(owner: Client, patient: Patient) -> None:
    first, second = lines_of(patient)
    sent = {f"pay-{first.pk}": "1000"}
    owner.post(at(patient, "applications/"), keyed(**sent))

    answer = owner.post(at(patient, "applications/"), keyed(**sent))

    assert answer.status_code == 422
    assert "was set against it by Owner of asha" in answer.content.decode()
    assert Allocation.objects.count() == 1
    assert second in lines_of(patient)


def test_credit_is_handed_back_only_in_ways_that_people_have(owner: Client, patient: Patient) -> None:
    page = owner.get(at(patient, "handing-back/")).content.decode()
    assert 'value="cheque"' in page
    assert 'value="gateway"' not in page
    sent = {"amount": "600", "method": "gateway", "branch": str(Branch.objects.get().pk)}

    answer = owner.post(at(patient, "handing-back/"), keyed(reason="Moves away", **sent))

    assert answer.status_code == 422
    assert not Refund.objects.exists()


def test_the_owner_hands_credit_back_with_a_reason(owner: Client, patient: Patient) -> None:
    sent = {"amount": "600", "method": "upi", "reference": "R1", "branch": str(Branch.objects.get().pk)}
    written = everything()
    assert owner.post(at(patient, "handing-back/"), keyed(**sent)).status_code == 422
    too_much = sent | {"amount": "1500.01", "reason": "Moves away"}
    refused = owner.post(at(patient, "handing-back/"), keyed(**too_much))
    assert "less account credit than that" in refused.content.decode()
    assert everything() == written

    answer = owner.post(at(patient, "handing-back/"), keyed(reason="Moves away", **sent))

    assert answer.status_code == 302
    refund = Refund.objects.get()
    assert (refund.amount, refund.method, refund.reference, refund.reason) == (600, "upi", "R1", "Moves away")
    page = owner.get(at(patient)).content.decode()
    assert "Handed back by UPI" in page
    assert "R1 · Moves away" in page


def test_only_the_owner_hands_back_and_the_accountant_reads(asha: Clinic, patient: Patient) -> None:
    for role, read, handed in (
        (Role.FRONT_DESK, 200, 403),
        (Role.ACCOUNTANT, 200, 403),
        (Role.THERAPIST, 403, 403),
    ):
        client = Client()
        client.force_login(member(asha, role).user)
        assert client.get(at(patient)).status_code == read
        assert client.get(at(patient, "handing-back/")).status_code == handed


def test_the_credit_is_told_as_at_any_day_and_in_pages(owner: Client, asha: Clinic, patient: Patient) -> None:
    for _ in range(60):
        pay(asha, patient, 1, [])

    page = owner.get(at(patient)).content.decode()
    second = owner.get(at(patient, "?page=2")).content.decode()
    yesterday = owner.get(at(patient, f"?as_of={asha.today() - timedelta(days=1)}")).content.decode()

    assert "Page 1 of 2" in page
    assert "Page 2 of 2" in second
    assert "No money came in up to that day." in yesterday
    assert owner.get(at(patient, "?as_of=nonsense&page=x")).status_code == 200


def test_an_account_asks_as_many_questions_for_many_movements(
    owner: Client, asha: Clinic, patient: Patient, queries: Any
) -> None:
    owner.get(at(patient))
    with queries() as few:
        owner.get(at(patient))
    for _ in range(5):
        pay(asha, patient, 10, lines_of(patient))
    with queries() as many:
        owner.get(at(patient))

    assert many.count == few.count <= 16, "\n".join(many.statements)


@pytest.mark.parametrize(("language", "word"), [("en", "Account statement"), ("hi", "₹")])
def test_the_account_statement_is_read_on_screen_in_both_languages(
    owner: Client, patient: Patient, language: str, word: str
) -> None:
    answer = owner.get(at(patient, f"statement/?language={language}"))

    page = answer.content.decode()
    assert answer.status_code == 200
    assert word in page
    assert f'lang="{language}" tabindex="0"' in page
    assert "₹500.00" in page  # to pay in the end


@pytest.mark.parametrize("paper", ["a4", "a5"])
def test_the_account_statement_is_a_pdf_on_both_papers(owner: Client, patient: Patient, paper: str) -> None:
    answer = owner.get(at(patient, f"statement.pdf?paper={paper}"))

    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF")
    assert f"account-patient-{patient.number}.pdf" in answer.headers["Content-Disposition"]


def test_days_that_are_turned_round_are_told(owner: Client, patient: Patient) -> None:
    page = owner.get(at(patient, "statement/?first=2026-05-02&last=2026-05-01")).content.decode()

    assert "The first day comes after the last." in page
