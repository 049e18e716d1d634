"""Two messages about one payment at once: one payment. The twin without the lock is refused by the database."""

from __future__ import annotations

import threading
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from billing.gateways.reading import told_by_answer, told_by_webhook
from billing.models import GatewayEvent, Method, Payment, PaymentLink
from clinic.models import Clinic
from clinic.tenancy.context import clinic_context
from desk.gateway import hearing
from desk.gateway.hearing import hear
from desk.recount import recount
from tests.factories import PatientFactory, sale
from tests.fake_razorpay import FakeRazorpay, event, fake
from tests.online import account, open_link, rupees, wanted_link

from .together import kinds, together

__all__ = ["fake"]

MANY = 10


@pytest.fixture
def payment(clinic: Clinic, fake: FakeRazorpay) -> dict[str, Any]:
    """Somebody has just paid by a link for 10,000."""
    with clinic_context(clinic.pk):
        account(clinic)
        patient = PatientFactory()
        sale(clinic, patient, paid=0)
        link = open_link(clinic, patient)
    return fake.pay(link.provider_id)


def say(clinic: Clinic, payment: dict[str, Any], event_id: str) -> bool:
    body = event("payment.captured", payment=payment).decode()
    return hear(told_by_webhook(body, event_id=event_id), clinic=clinic, at=timezone.now())


def test_the_same_message_many_times_at_once_is_one_payment(clinic: Clinic, payment: dict[str, Any]) -> None:
    """S02"""
    outcomes = together(MANY, lambda n: say(clinic, payment, "evt_1"), clinic=clinic)

    assert sorted(outcomes) == [False] * (MANY - 1) + [True]
    with clinic_context(clinic.pk):
        assert Payment.objects.filter(method=Method.GATEWAY).count() == 1
        assert recount() == []


def test_many_messages_about_one_payment_at_once_are_one_payment(
    clinic: Clinic, payment: dict[str, Any]
) -> None:
    outcomes = together(MANY, lambda n: say(clinic, payment, f"evt_{n}"), clinic=clinic)

    assert outcomes == [True] * MANY
    with clinic_context(clinic.pk):
        assert Payment.objects.filter(method=Method.GATEWAY).count() == 1
        assert GatewayEvent.objects.filter(kind="payment.captured").count() == MANY
        assert recount() == []


@pytest.mark.parametrize("names", [("evt_1", "evt_1"), ("evt_1", "evt_2")])
def test_twin_without_the_locks_the_database_refuses_the_second(
    clinic: Clinic, payment: dict[str, Any], monkeypatch: pytest.MonkeyPatch, names: tuple[str, str]
) -> None:
    """Both have seen that nothing was kept and nothing was paid before either writes."""
    both_are_here = threading.Barrier(2)
    write = Payment.objects.create

    def both_write(**facts: Any) -> Payment:
        both_are_here.wait(timeout=60)
        return write(**facts)

    monkeypatch.setattr(hearing, "_hold_names", lambda told: both_are_here.wait(timeout=60))
    monkeypatch.setattr(hearing.money, "hold_payer", lambda *patients: None)
    monkeypatch.setattr(hearing, "_locked", lambda link: PaymentLink.objects.get(pk=link.pk))
    if len(set(names)) == 2:
        monkeypatch.setattr(Payment.objects, "create", both_write)
        monkeypatch.setattr(hearing.checkout, "hold", lambda key: None)
        monkeypatch.setattr(hearing.checkout.money, "hold", lambda key: None)

    outcomes = together(2, lambda n: say(clinic, payment, names[n]), clinic=clinic)

    assert kinds(outcomes) == {"done": 1, "IntegrityError": 1}
    with clinic_context(clinic.pk):
        assert Payment.objects.filter(method=Method.GATEWAY).count() == 1


def test_a_payment_and_the_answer_that_names_its_link_at_once_miss_nothing(
    clinic: Clinic, fake: FakeRazorpay
) -> None:
    """Whichever is first, the money arrives."""
    for n in range(5):
        with clinic_context(clinic.pk):
            account(clinic)
            patient = PatientFactory()
            sale(clinic, patient, paid=0)
            link = wanted_link(clinic, patient)
        made = {
            "id": f"plink_{n:014}",
            "reference_id": link.reference,
            "status": "created",
            "amount": 1_000_000,
        }
        made |= {"currency": "INR", "short_url": "https://rzp.test/i/a", "payments": []}
        paid = fake.payment(made["id"], amount=rupees(10_000))
        answer = told_by_answer(made)

        def act(i: int, paid: Any = paid, answer: Any = answer) -> bool:
            if i:
                return say(clinic, paid, uuid4().hex)
            return hear(answer, clinic=clinic, at=timezone.now())

        assert together(2, act, clinic=clinic) == [True, True]

        with clinic_context(clinic.pk):
            assert Payment.objects.filter(reference=paid["id"]).count() == 1
