"""Links to pay by: what they are for, who may have one, and what the database holds about them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.utils import timezone

from billing.gateways import accounts, doorbell, links
from billing.models import GatewayEvent, Method, Payment, PaymentLink
from billing.payments import PaymentRefused, Tender, owed_lines
from clinic.models import AuditEvent, Branch, Clinic, Patient
from tests.acts import pay, pay_back
from tests.factories import PatientFactory, owner_of, sale
from tests.written import everything

State = PaymentLink.State


@pytest.fixture
def patient(asha: Clinic, monkeypatch: pytest.MonkeyPatch) -> Patient:
    """Owes 10,000 and 2,000; the clinic takes online payments."""
    monkeypatch.setattr(doorbell, "ring", lambda clinic_id: None)
    facts = {"key_id": "rzp", "key_secret": "a", "webhook_secret": "b"}
    accounts.set_up(**facts, by=owner_of(asha), at=timezone.now())
    patient = PatientFactory()
    sale(asha, patient, paid=0)
    sale(asha, patient, price=2_000, paid=0)
    return patient


def ask(clinic: Clinic, patient: Patient, **facts: Any) -> PaymentLink:
    usual = {"lines": owed_lines(patient), "at": timezone.now(), "by": owner_of(clinic), "key": uuid4()}
    return links.ask_for_link(patient, branch=Branch.objects.get(), clinic=clinic, **usual | facts)


def test_a_link_is_written_down_with_what_is_owed_on_each_line(asha: Clinic, patient: Patient) -> None:
    link = ask(asha, patient)

    assert (link.amount, link.currency, link.state) == (12_000, "INR", State.WANTED)
    assert [row.owed for row in links.lines_of(link)] == [10_000, 2_000]
    assert AuditEvent.objects.filter(act="ask_for_link", subject_id=link.pk).exists()


def test_the_same_key_twice_is_the_same_link(asha: Clinic, patient: Patient) -> None:
    """S02"""
    key = uuid4()

    assert ask(asha, patient, key=key) == ask(asha, patient, key=key)
    assert PaymentLink.objects.count() == 1


@pytest.mark.parametrize("amount", [0, -1, Decimal("12000.01"), Decimal("0.001")])
def test_an_amount_that_does_not_fit_is_refused(asha: Clinic, patient: Patient, amount: Any) -> None:
    before = everything()

    with pytest.raises(links.AmountDoesNotFit):
        ask(asha, patient, amount=Decimal(amount))

    assert everything() == before


def test_nothing_is_asked_for_what_is_paid(asha: Clinic, patient: Patient) -> None:
    owed = owed_lines(patient)
    pay(asha, patient, 12_000, owed)
    before = everything()

    with pytest.raises(links.NothingToPay):
        ask(asha, patient, lines=owed)

    assert everything() == before


def test_no_link_where_online_payments_are_off(asha: Clinic, patient: Patient) -> None:
    account = accounts.account()
    assert account
    accounts.switch_off(account, by=owner_of(asha), at=timezone.now())

    with pytest.raises(accounts.NotSetUp, match="owner"):
        ask(asha, patient)


def test_a_link_that_the_provider_never_heard_of_is_cancelled_at_once(asha: Clinic, patient: Patient) -> None:
    link = ask(asha, patient)

    links.cancel_link(link, by=owner_of(asha), at=timezone.now())
    links.cancel_link(link, by=owner_of(asha), at=timezone.now())

    link.refresh_from_db()
    assert (link.state, link.due_at) == (State.CANCELLED, None)
    assert AuditEvent.objects.filter(act="cancel_link").count() == 1


def test_a_link_that_is_over_cannot_be_cancelled(asha: Clinic, patient: Patient) -> None:
    link = ask(asha, patient)
    PaymentLink.objects.filter(pk=link.pk).update(state=State.PAID)

    with pytest.raises(links.NotLive, match="paid"):
        links.cancel_link(link, by=owner_of(asha), at=timezone.now())


def test_money_taken_by_hand_cannot_be_said_to_have_come_online(asha: Clinic, patient: Patient) -> None:
    with pytest.raises(IntegrityError, match="payment_online_has_reference"), transaction.atomic():
        pay(asha, patient, 0, [], tenders=[Tender(Method.GATEWAY, Decimal(5))])


def test_nothing_is_handed_back_by_hand_as_an_online_payment(asha: Clinic, patient: Patient) -> None:
    pay(asha, patient, 500, [])

    with pytest.raises(PaymentRefused, match="payment link"):
        pay_back(asha, patient, 500, tender=Tender(Method.GATEWAY, Decimal(500), "x"))


def test_the_database_has_one_payment_for_each_name_at_the_provider(asha: Clinic, patient: Patient) -> None:
    pay(asha, patient, 0, [], tenders=[Tender(Method.GATEWAY, Decimal(5), "pay_1")])

    with pytest.raises(IntegrityError, match="payment_online_once"), transaction.atomic():
        pay(asha, patient, 0, [], tenders=[Tender(Method.GATEWAY, Decimal(5), "pay_1")])
    assert Payment.objects.count() == 1


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE billing_paymentlink SET state = 'open', provider_id = 'p' WHERE state = 'paid'",
        "UPDATE billing_paymentlink SET amount = 1",
        "UPDATE billing_paymentlink SET patient_id = (SELECT id FROM clinic_patient WHERE name = 'Other')",
        "UPDATE billing_paymentlink SET provider_id = 'another'",
        "UPDATE billing_paymentlinkline SET owed = 1",
        "UPDATE billing_gatewayevent SET body = 'x'",
        "DELETE FROM billing_gatewayevent",
        "DELETE FROM billing_paymentlink",
    ],
)
def test_the_database_refuses_what_never_happens(asha: Clinic, patient: Patient, sql: str) -> None:
    PatientFactory(name="Other")
    link = ask(asha, patient)
    PaymentLink.objects.filter(pk=link.pk).update(state=State.PAID, provider_id="plink_1")
    GatewayEvent.objects.create(event_id="e", kind="k", body="{}")

    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)
