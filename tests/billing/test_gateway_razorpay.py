"""Razorpay over real HTTP: what is asked, what its answers mean, and what happens when it does not answer."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from billing.gateways.interface import Declined, GatewayError, LinkAsked, NotGenuine, NotLetIn, Silent
from billing.gateways.razorpay import Razorpay, is_signed
from billing.gateways.reading import minor
from tests.fake_razorpay import KEY, SECRET, WEBHOOK_SECRET, FakeRazorpay, event, fake, impatient, signature

__all__ = ["fake", "impatient"]


@pytest.fixture
def gateway(fake: FakeRazorpay) -> Razorpay:
    return Razorpay(KEY, SECRET, WEBHOOK_SECRET)


def asked(**facts: Any) -> LinkAsked:
    usual = {
        "reference": uuid4().hex,
        "amount": Decimal("4000.50"),
        "currency": "INR",
        "description": "Asha: B/26-27/0001",
        "expires_at": timezone.now() + timedelta(days=7),
        "callback_url": "https://clinic.test/back/",
    }
    return LinkAsked(**usual | facts)


def test_a_link_is_asked_for_in_paise_without_anything_of_the_patient(
    fake: FakeRazorpay, gateway: Razorpay
) -> None:
    wish = asked()

    told = gateway.create_link(wish, perhaps_made=False)

    (made,) = fake.links.values()
    assert (made["amount"], made["currency"], made["reference_id"]) == (400_050, "INR", wish.reference)
    assert made["accept_partial"] is False
    assert "customer" not in made
    assert (told.link_id, told.link_state, told.reference) == (made["id"], "open", wish.reference)
    assert told.short_url == made["short_url"]


@pytest.mark.parametrize(
    ("amount", "currency", "units"), [("1.01", "INR", 101), ("7", "JPY", 7), ("1.5", "KWD", 1500)]
)
def test_amounts_travel_in_the_smallest_unit(amount: str, currency: str, units: int) -> None:
    assert minor(Decimal(amount), currency) == units


@pytest.mark.parametrize(
    ("mishap", "meaning"), [(500, Silent), (503, Silent), (429, Silent), (401, NotLetIn), (400, Declined)]
)
def test_what_goes_wrong_is_told_apart(
    fake: FakeRazorpay, gateway: Razorpay, mishap: int, meaning: type[GatewayError]
) -> None:
    fake.mishaps = [mishap]

    with pytest.raises(meaning, match=str(mishap)):
        gateway.create_link(asked(), perhaps_made=False)


def test_wrong_keys_are_refused(fake: FakeRazorpay) -> None:
    with pytest.raises(NotLetIn):
        Razorpay(KEY, "another", WEBHOOK_SECRET).check()


def test_right_keys_pass_the_test(gateway: Razorpay) -> None:
    gateway.check()


def test_nobody_answers_at_that_address(gateway: Razorpay, settings: Any) -> None:
    settings.RAZORPAY_URL = "http://127.0.0.1:9"

    with pytest.raises(Silent, match="ConnectError"):
        gateway.check()


def test_a_link_whose_answer_was_lost_is_found_by_its_reference_and_not_made_twice(
    fake: FakeRazorpay, gateway: Razorpay, impatient: None
) -> None:
    wish = asked()
    fake.mishaps = ["lost"]
    with pytest.raises(Silent, match="ReadTimeout"):
        gateway.create_link(wish, perhaps_made=False)
    fake.release.set()

    told = gateway.create_link(wish, perhaps_made=True)

    assert [told.link_id] == list(fake.links)


def test_the_same_refund_twice_is_one(fake: FakeRazorpay, gateway: Razorpay) -> None:
    facts = {"amount": Decimal(500), "currency": "INR", "key": uuid4()}

    first = gateway.refund("pay_1", **facts).refund
    again = gateway.refund("pay_1", **facts).refund

    assert first
    assert first == again
    assert (first.amount, first.is_done, first.key) == (500, True, facts["key"].hex)
    assert len(fake.refunds) == 1
    assert gateway.fetch_refund("pay_1", first.id).refund == first


def test_signature_vectors() -> None:
    """RFC 4231, test case 2."""
    vector = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"

    assert is_signed(b"what do ya want for nothing?", vector, "Jefe")
    assert not is_signed(b"what do ya want for nothing!", vector, "Jefe")
    assert not is_signed(b"what do ya want for nothing?", vector.upper(), "Jefe")
    assert not is_signed(b"what do ya want for nothing?", "", "Jefe")
    assert not is_signed(b"what do ya want for nothing?", "नहीं", "Jefe")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{}",
        b'{"event": "x", "payload": {"payment": {}}}',
        b"\xff\xfe",
        b'{"event": 1, "payload": 2}',
    ],
)
def test_what_is_signed_and_no_event_is_not_genuine(gateway: Razorpay, body: bytes) -> None:
    with pytest.raises(NotGenuine):
        gateway.read_webhook(body, signature=signature(body), event_id="e")


def test_a_payment_names_its_link_by_its_description(fake: FakeRazorpay, gateway: Razorpay) -> None:
    payment = fake.payment("plink_FOGqq3O6E5bkml", amount=100_00)
    body = event("payment.captured", payment=payment)

    told = gateway.read_webhook(body, signature=signature(body), event_id="e1")

    assert (told.kind, told.link_id, told.payment_id) == (
        "payment.captured",
        "plink_FOGqq3O6E5bkml",
        payment["id"],
    )
    assert [(each.amount, each.is_captured) for each in told.payments] == [(100, True)]
