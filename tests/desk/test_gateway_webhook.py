"""The door that the provider knocks at: only its signature opens it, and what is kept is kept once."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from billing.gateways import accounts
from billing.models import GatewayEvent, Payment, PaymentLink
from clinic.models import Clinic, Patient
from clinic.tenancy.context import clinic_context
from desk.gateway.views import webhook
from tests.factories import PatientFactory, owner_of, sale
from tests.fake_razorpay import FakeRazorpay, event, fake, send, signature
from tests.online import account, open_link
from tests.written import everything

__all__ = ["fake"]


@pytest.fixture
def link(asha: Clinic, fake: FakeRazorpay) -> PaymentLink:
    """A link for 10,000 that waits for its payment."""
    account(asha)
    patient: Patient = PatientFactory()
    sale(asha, patient, paid=0)
    return open_link(asha, patient)


def test_a_signed_message_is_kept_and_done(asha: Clinic, fake: FakeRazorpay, link: PaymentLink) -> None:
    body = event("payment.captured", payment=fake.pay(link.provider_id))

    answer = send(body, "evt_1")

    assert answer.status_code == 200
    kept = GatewayEvent.objects.get(event_id="evt_1")
    assert (kept.kind, kept.body.encode(), kept.link_id) == ("payment.captured", body, link.provider_id)
    assert Payment.objects.get().amount == 10_000


def test_the_same_message_twice_is_one_payment(asha: Clinic, fake: FakeRazorpay, link: PaymentLink) -> None:
    """S02"""
    body = event("payment.captured", payment=fake.pay(link.provider_id))

    assert [send(body, "evt_1").status_code for _ in range(3)] == [200, 200, 200]

    assert Payment.objects.count() == 1
    assert GatewayEvent.objects.filter(kind="payment.captured").count() == 1


def test_a_message_without_a_name_is_known_by_its_words(
    asha: Clinic, fake: FakeRazorpay, link: PaymentLink
) -> None:
    body = event("payment.captured", payment=fake.pay(link.provider_id))

    assert [send(body, "").status_code for _ in range(2)] == [200, 200]

    assert GatewayEvent.objects.filter(kind="payment.captured").count() == 1


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Razorpay-Signature": ""},
        {"X-Razorpay-Signature": "0" * 64},
        {"X-Razorpay-Signature": signature(b"another body")},
        {"X-Razorpay-Signature": "नहीं"},
    ],
)
def test_what_is_not_signed_is_refused_and_nothing_is_written(
    asha: Clinic, fake: FakeRazorpay, link: PaymentLink, headers: dict[str, str]
) -> None:
    before = everything()

    answer = send(event("payment.captured", payment=fake.pay(link.provider_id)), "evt_1", **headers)

    assert answer.status_code == 400
    assert everything() == before


def test_a_changed_body_is_refused(asha: Clinic, fake: FakeRazorpay, link: PaymentLink) -> None:
    body = event("payment.captured", payment=fake.pay(link.provider_id))
    signed = signature(body)

    answer = send(body.replace(b"1000000", b"9000000"), "evt_1", **{"X-Razorpay-Signature": signed})

    assert answer.status_code == 400
    assert not Payment.objects.exists()


def test_signed_by_another_clinics_secret_it_is_refused(
    asha: Clinic, other_clinic: Clinic, fake: FakeRazorpay, link: PaymentLink
) -> None:
    """S26"""
    with clinic_context(other_clinic.pk):
        account(other_clinic, webhook_secret="another")
    body = event("payment.captured", payment=fake.pay(link.provider_id))

    assert send(body, "evt_1", clinic="other").status_code == 400
    signed = {"X-Razorpay-Signature": signature(body, "another")}
    assert send(body, "evt_1", **signed).status_code == 400
    assert not Payment.objects.exists()


def test_the_payment_of_another_clinics_link_is_none_here(
    asha: Clinic, other_clinic: Clinic, fake: FakeRazorpay, link: PaymentLink
) -> None:
    """S26"""
    with clinic_context(other_clinic.pk):
        account(other_clinic)
    body = event(
        "payment_link.paid", payment_link=fake.links[link.provider_id], payment=fake.pay(link.provider_id)
    )

    assert send(body, "evt_1", clinic="other").status_code == 200

    assert not Payment.objects.exists()
    with clinic_context(other_clinic.pk):
        assert not Payment.objects.exists()


def test_a_clinic_that_is_not_here_and_one_without_an_account_answer_alike(
    asha: Clinic, other_clinic: Clinic
) -> None:
    """S26"""
    account(asha)
    body = event("payment.captured", payment={})
    answers = [
        send(body, "e", clinic="nobody"),
        send(body, "e", clinic="other"),
        send(body, "e", **{"X-Razorpay-Signature": "x"}),
    ]

    assert {(answer.status_code, answer.content) for answer in answers} == {(400, b"not genuine")}


def test_what_is_too_large_is_not_read(asha: Clinic, monkeypatch: pytest.MonkeyPatch) -> None:
    account(asha)
    monkeypatch.setattr(webhook, "LARGEST_BYTES", 10)

    assert send(event("payment.captured", payment={}), "e").status_code == 413
    assert not GatewayEvent.objects.exists()


def test_nobody_reads_at_that_door(asha: Clinic) -> None:
    assert Client().get(reverse("desk:gateway_webhook", args=["asha"])).status_code == 405


def test_an_account_that_is_switched_off_still_hears_what_was_paid(
    asha: Clinic, fake: FakeRazorpay, link: PaymentLink
) -> None:
    kept = accounts.account()
    assert kept
    accounts.switch_off(kept, by=owner_of(asha), at=link.created_at)

    assert send(event("payment.captured", payment=fake.pay(link.provider_id)), "evt_1").status_code == 200
    assert Payment.objects.count() == 1


@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b"\xff", b'{"event": "x", "payload": 1}'])
def test_what_is_signed_and_cannot_be_read_is_refused(asha: Clinic, body: bytes) -> None:
    account(asha)
    before: dict[str, Any] = everything()

    assert send(body, "e").status_code == 400
    assert everything() == before
