"""What the provider says, whatever comes twice, late or out of order, ends in the same money."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from itertools import permutations
from typing import Any
from uuid import uuid4

import pytest
from django.db import transaction
from django.utils import timezone

from billing.gateways.reading import told_by_answer, told_by_webhook
from billing.models import (
    Allocation,
    Bill,
    BillKind,
    Bounce,
    GatewayEvent,
    GatewayQuestion,
    Method,
    Payment,
    PaymentLink,
    Refund,
)
from billing.payments import owed_lines, unapplied_of
from clinic.models import Clinic, Patient
from desk.day_close import close_day
from desk.gateway.hearing import hear
from desk.recount import recount
from packages.models import Package
from tests.acts import bounce, pay
from tests.committing import check_now
from tests.factories import PatientFactory, owner_of, sale
from tests.fake_razorpay import FakeRazorpay, event, fake
from tests.online import account, open_link, rupees, wanted_link

__all__ = ["fake"]

State = PaymentLink.State


@pytest.fixture
def patient(asha: Clinic) -> Patient:
    """Owes 10,000 for a package, and the clinic has an account."""
    account(asha)
    patient = PatientFactory()
    sale(asha, patient, paid=0)
    return patient


def webhook(clinic: Clinic, kind: str, **entities: Any) -> bool:
    body = event(kind, **entities).decode()
    return hear(told_by_webhook(body, event_id=uuid4().hex), clinic=clinic, at=timezone.now())


def test_money_paid_by_link_pays_what_the_link_was_for(
    asha: Clinic, fake: FakeRazorpay, patient: Patient
) -> None:
    link = open_link(asha, patient)
    paid = fake.pay(link.provider_id)

    webhook(asha, "payment_link.paid", payment_link=fake.links[link.provider_id], payment=paid)

    payment = Payment.objects.get()
    assert (payment.method, payment.reference, payment.amount) == (Method.GATEWAY, paid["id"], 10_000)
    assert (payment.received_on, payment.by) == (asha.today(), None)
    assert owed_lines(patient) == []
    assert Package.objects.get().paid == 10_000
    link.refresh_from_db()
    assert (link.state, link.due_at) == (State.PAID, None)
    check_now()
    assert recount() == []


def test_both_events_of_a_payment_are_one_payment(asha: Clinic, fake: FakeRazorpay, patient: Patient) -> None:
    link = open_link(asha, patient)
    paid = fake.pay(link.provider_id)

    webhook(asha, "payment.captured", payment=paid)
    webhook(asha, "payment_link.paid", payment_link=fake.links[link.provider_id], payment=paid)

    assert Payment.objects.count() == 1
    assert GatewayEvent.objects.exclude(kind="answer").count() == 2


def test_the_same_event_twice_is_kept_once(asha: Clinic, fake: FakeRazorpay, patient: Patient) -> None:
    link = open_link(asha, patient)
    body = event("payment.captured", payment=fake.pay(link.provider_id)).decode()
    told = told_by_webhook(body, event_id="evt_1")

    assert hear(told, clinic=asha, at=timezone.now()) is True
    assert hear(told, clinic=asha, at=timezone.now()) is False

    assert Payment.objects.count() == 1
    assert GatewayEvent.objects.filter(event_id="evt_1").count() == 1


def test_the_amount_that_came_is_what_counts(asha: Clinic, fake: FakeRazorpay, patient: Patient) -> None:
    link = open_link(asha, patient)

    webhook(asha, "payment.captured", payment=fake.pay(link.provider_id, amount=rupees(4_000)))

    assert Payment.objects.get().amount == 4_000
    assert sum(line.owed for line in owed_lines(patient)) == 6_000


def test_what_is_no_longer_owed_becomes_account_credit_and_pays_for_nothing_else(
    asha: Clinic, fake: FakeRazorpay, patient: Patient
) -> None:
    """S47"""
    link = open_link(asha, patient)
    pay(asha, patient, 7_000, owed_lines(patient))
    sale(asha, patient, paid=0)

    webhook(asha, "payment.captured", payment=fake.pay(link.provider_id))

    online = Payment.objects.get(method=Method.GATEWAY)
    assert unapplied_of(patient) == [(online, 7_000)]
    assert sum(line.owed for line in owed_lines(patient)) == 10_000


def test_another_currency_is_no_payment_and_a_person_is_asked(
    asha: Clinic, fake: FakeRazorpay, patient: Patient
) -> None:
    link = open_link(asha, patient)
    paid = fake.pay(link.provider_id, amount=12_000, currency="USD")

    webhook(asha, "payment.captured", payment=paid)
    webhook(asha, "payment_link.paid", payment_link=fake.links[link.provider_id], payment=paid)

    assert not Payment.objects.exists()
    question = GatewayQuestion.objects.get()
    assert (question.kind, question.link, question.facts["amount"]) == ("currency", link, "120.00")


def test_a_payment_of_somebody_else_on_the_same_account_is_kept_and_no_business_of_ours(
    asha: Clinic, fake: FakeRazorpay, patient: Patient
) -> None:
    webhook(asha, "payment.captured", payment=fake.payment("plink_other", amount=500))

    assert GatewayEvent.objects.count() == 1
    assert not Payment.objects.exists()
    assert not GatewayQuestion.objects.exists()


def test_a_payment_that_failed_changes_nothing(asha: Clinic, fake: FakeRazorpay, patient: Patient) -> None:
    link = open_link(asha, patient)
    failed = fake.payment(link.provider_id, amount=1_000_000, status="failed", captured=False)

    webhook(asha, "payment.failed", payment=failed)

    link.refresh_from_db()
    assert link.state == State.OPEN
    assert not Payment.objects.exists()


def test_money_paid_on_an_earlier_day_counts_on_that_day(
    asha: Clinic, fake: FakeRazorpay, patient: Patient
) -> None:
    """S30"""
    link = open_link(asha, patient)
    yesterday = timezone.now() - timedelta(days=1)
    paid = fake.pay(link.provider_id) | {"created_at": int(yesterday.timestamp())}

    webhook(asha, "payment.captured", payment=paid)

    assert Payment.objects.get().received_on == asha.day_of(yesterday)


def test_money_that_is_heard_of_late_has_a_receipt_after_those_given_meanwhile(
    asha: Clinic, fake: FakeRazorpay, patient: Patient
) -> None:
    """S30"""
    link = open_link(asha, patient)
    yesterday = timezone.now() - timedelta(days=1)
    paid = fake.pay(link.provider_id) | {"created_at": int(yesterday.timestamp())}
    pay(asha, PatientFactory(), 500, [])

    webhook(asha, "payment.captured", payment=paid)

    assert Payment.objects.get(method=Method.GATEWAY).received_on == asha.day_of(yesterday)
    first, second = Bill.objects.filter(kind=BillKind.MONEY_RECEIPT).order_by("number")
    assert first.issued_at <= second.issued_at
    check_now()


def test_money_of_a_day_that_is_closed_counts_today(
    asha: Clinic, fake: FakeRazorpay, patient: Patient
) -> None:
    link = open_link(asha, patient)
    yesterday = timezone.now() - timedelta(days=1)
    facts = {"counted": Decimal(0), "at": timezone.now(), "by": owner_of(asha), "key": uuid4()}
    close_day(day=asha.day_of(yesterday), branch=link.branch, clinic=asha, **facts)
    paid = fake.pay(link.provider_id) | {"created_at": int(yesterday.timestamp())}

    webhook(asha, "payment.captured", payment=paid)

    assert Payment.objects.get().received_on == asha.today()


# What can happen, each as one step: permutations of these must end alike.
Step = Callable[[], Any]


def in_every_order(steps: list[Step], outcome: Callable[[], Any]) -> set[Any]:
    """The outcomes of all orders, each from the same beginning."""
    outcomes = set()
    for order in permutations(steps):
        with transaction.atomic():
            for step in order:
                step()
            check_now()
            assert recount() == []
            outcomes.add(outcome())
            transaction.set_rollback(True)
    return outcomes


def state_of_things(link: PaymentLink) -> tuple[Any, ...]:
    link = PaymentLink.objects.get(pk=link.pk)
    payments = tuple(Payment.objects.filter(method=Method.GATEWAY).values_list("reference", "amount"))
    paid = sum(Allocation.objects.values_list("amount", flat=True))
    refunds = tuple(Refund.objects.values_list("reference", "amount"))
    questions = tuple(sorted(GatewayQuestion.objects.values_list("kind", flat=True)))
    facts = (link.state, link.provider_id, link.short_url, link.due_at is None)
    return (*facts, payments, paid, refunds, Bounce.objects.count(), questions)


def steps_of(
    clinic: Clinic, fake: FakeRazorpay, link: PaymentLink, *, amount: int | None = None
) -> dict[str, Step]:
    """The provider's answer to our asking, and the webhooks of a payment by it, of one link that is not open yet."""
    made = {
        "id": "plink_0000000000abcd",
        "reference_id": link.reference,
        "status": "created",
        "amount": rupees(link.amount),
        "amount_paid": 0,
        "currency": "INR",
        "payments": [],
        "short_url": "https://rzp.test/i/abcd",
        "created_at": 1,
    }
    paid = fake.payment(made["id"], amount=amount or made["amount"])
    over = made | {"status": "paid", "amount_paid": paid["amount"]}
    refund = fake.refund_of(paid, rupees(2_000))
    dispute = {"id": "disp_1", "payment_id": paid["id"], "amount": paid["amount"], "currency": "INR"}
    dispute |= {"phase": "chargeback", "status": "open", "created_at": paid["created_at"]}

    def say(kind: str, **entities: Any) -> Step:
        body = event(kind, **entities).decode()
        return lambda: hear(told_by_webhook(body, event_id=kind), clinic=clinic, at=timezone.now())

    return {
        "answer": lambda: hear(told_by_answer(made), clinic=clinic, at=timezone.now()),
        "paid": say("payment_link.paid", payment_link=over, payment=paid),
        "captured": say("payment.captured", payment=paid),
        "failed": say(
            "payment.failed", payment=fake.payment(made["id"], status="failed", captured=False, amount=1)
        ),
        "cancelled": say("payment_link.cancelled", payment_link=made | {"status": "cancelled"}),
        "expired": say("payment_link.expired", payment_link=made | {"status": "expired"}),
        "refunded": say("refund.processed", refund=refund),
        "disputed": say("payment.dispute.created", dispute=dispute),
    }


@pytest.mark.parametrize(
    ("names", "state", "payments"),
    [
        (("answer", "paid", "captured", "failed"), "paid", 1),
        (("answer", "paid", "captured", "cancelled"), "paid", 1),
        (("answer", "captured", "expired", "failed"), "expired", 1),
        (("answer", "paid", "expired", "cancelled"), "paid", 1),
        (("answer", "expired", "cancelled"), "cancelled", 0),
    ],
)
def test_in_whatever_order_it_comes_the_link_ends_alike(
    asha: Clinic, fake: FakeRazorpay, patient: Patient, names: tuple[str, ...], state: str, payments: int
) -> None:
    link = wanted_link(asha, patient)
    steps = steps_of(asha, fake, link)

    outcomes = in_every_order([steps[name] for name in names], lambda: state_of_things(link))

    (outcome,) = outcomes
    assert outcome[:3] == (state, "plink_0000000000abcd", "https://rzp.test/i/abcd")
    assert len(outcome[4]) == payments
    assert outcome[5] == 10_000 * payments


def test_in_whatever_order_it_comes_overpaid_money_that_went_back_has_gone_once(
    asha: Clinic, fake: FakeRazorpay, patient: Patient
) -> None:
    """S47"""
    link = wanted_link(asha, patient)
    steps = steps_of(asha, fake, link, amount=rupees(12_000))

    outcomes = in_every_order(
        [steps[name] for name in ("answer", "paid", "captured", "refunded")], lambda: state_of_things(link)
    )

    (outcome,) = outcomes
    assert [amount for _name, amount in outcome[6]] == [2_000]
    assert outcome[5] == 10_000


def test_in_whatever_order_it_comes_money_that_went_back_while_it_pays_for_bills_is_asked_about(
    asha: Clinic, fake: FakeRazorpay, patient: Patient
) -> None:
    link = wanted_link(asha, patient)
    steps = steps_of(asha, fake, link)

    outcomes = in_every_order(
        [steps[name] for name in ("answer", "paid", "refunded")], lambda: state_of_things(link)
    )

    (outcome,) = outcomes
    assert (outcome[6], outcome[8]) == ((), ("spent",))


def test_in_whatever_order_it_comes_a_chargeback_is_a_bounce(
    asha: Clinic, fake: FakeRazorpay, patient: Patient
) -> None:
    """S46"""
    link = wanted_link(asha, patient)
    steps = steps_of(asha, fake, link)

    outcomes = in_every_order(
        [steps[name] for name in ("answer", "paid", "captured", "disputed")], lambda: state_of_things(link)
    )

    (outcome,) = outcomes
    assert (outcome[5], outcome[7], outcome[8]) == (0, 1, ())


def disputed(asha: Clinic, fake: FakeRazorpay, patient: Patient, **facts: Any) -> None:
    link = open_link(asha, patient)
    paid = fake.pay(link.provider_id)
    webhook(asha, "payment.captured", payment=paid)
    dispute = {"id": "disp_1", "payment_id": paid["id"], "amount": paid["amount"], "currency": "INR"}
    dispute |= {"phase": "chargeback", "status": "open", "created_at": paid["created_at"]}
    webhook(asha, "payment.dispute.created", dispute=dispute | facts)


def test_a_chargeback_suspends_the_package_and_the_patient_owes_again(
    asha: Clinic, fake: FakeRazorpay, patient: Patient
) -> None:
    """S46"""
    disputed(asha, fake, patient)

    assert Bounce.objects.get().reason.startswith("The payer")
    assert Package.objects.get().state == Package.State.SUSPENDED
    assert sum(line.owed for line in owed_lines(patient)) == 10_000
    check_now()


@pytest.mark.parametrize(
    ("facts", "kind"), [({"phase": "retrieval"}, "dispute"), ({"amount": 100}, "bounce")]
)
def test_an_enquiry_or_a_part_is_left_to_a_person(
    asha: Clinic, fake: FakeRazorpay, patient: Patient, facts: dict[str, Any], kind: str
) -> None:
    disputed(asha, fake, patient, **facts)

    assert not Bounce.objects.exists()
    assert GatewayQuestion.objects.get().kind == kind


def test_a_chargeback_that_the_clinic_wins_is_asked_about(
    asha: Clinic, fake: FakeRazorpay, patient: Patient
) -> None:
    disputed(asha, fake, patient)
    payment = Payment.objects.get()
    won = {"id": "disp_1", "payment_id": payment.reference, "amount": 1, "currency": "INR", "status": "won"}

    webhook(asha, "payment.dispute.won", dispute=won | {"phase": "chargeback", "created_at": 1})

    assert GatewayQuestion.objects.get().kind == "won"


def test_a_payment_that_the_desk_marked_as_bounced_does_not_bounce_twice(
    asha: Clinic, fake: FakeRazorpay, patient: Patient
) -> None:
    link = open_link(asha, patient)
    paid = fake.pay(link.provider_id)
    webhook(asha, "payment.captured", payment=paid)
    bounce(asha, Payment.objects.get())
    dispute = {"id": "disp_1", "payment_id": paid["id"], "amount": paid["amount"], "currency": "INR"}

    webhook(asha, "payment.dispute.lost", dispute=dispute | {"status": "lost", "created_at": 1})

    assert Bounce.objects.count() == 1
    assert not GatewayQuestion.objects.exists()
