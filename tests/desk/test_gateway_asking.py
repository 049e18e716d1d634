"""The worker asks the provider: for links, how they stand, cancellations, refunds, and a test; and it may fail."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.db import connection
from django.utils import timezone

from billing.gateways import accounts, due, links, refunds
from billing.gateways.reading import told_by_webhook
from billing.models import (
    Bounce,
    GatewayAccount,
    GatewayQuestion,
    GatewayRefund,
    Method,
    Payment,
    PaymentLink,
    Refund,
)
from billing.payments import PaymentRefused, unapplied, unapplied_of
from billing.returns import CannotBounce, NotThatMuchCredit
from clinic.access import NotAllowed
from clinic.models import Clinic, Patient, Role
from clinic.tenancy.context import clinic_context
from desk.gateway import tasks
from desk.gateway.hearing import hear
from packages.ledger import ReasonMissing
from tests.acts import bounce, pay
from tests.factories import PatientFactory, found, member, owner_of, sale
from tests.fake_razorpay import FakeRazorpay, event, fake, impatient
from tests.online import account, make_due, open_link, rupees, wanted_link, work
from tests.written import everything

__all__ = ["fake", "impatient"]

State = PaymentLink.State
Checked = GatewayAccount.Checked


@pytest.fixture
def patient(asha: Clinic) -> Patient:
    """Owes 10,000 for a package, and the clinic has an account."""
    account(asha)
    patient = PatientFactory()
    sale(asha, patient, paid=0)
    return patient


def again(link: PaymentLink) -> PaymentLink:
    link.refresh_from_db()
    return link


def test_a_link_that_is_wanted_becomes_open(asha: Clinic, fake: FakeRazorpay, patient: Patient) -> None:
    link = open_link(asha, patient)

    (made,) = fake.links.values()
    assert (link.state, link.provider_id, link.short_url) == (State.OPEN, made["id"], made["short_url"])
    assert made["description"].startswith("Asha Physiotherapy: B/")
    assert patient.name not in str(made)
    assert made["callback_url"].endswith(f"/gateways/razorpay/asha/payments/{link.pk}/")
    assert link.due_at
    assert timezone.now() < link.due_at < timezone.now() + timedelta(minutes=15)


@pytest.mark.parametrize("mishap", [500, 503, 429])
def test_what_does_not_work_now_is_tried_again_later(
    asha: Clinic, fake: FakeRazorpay, patient: Patient, mishap: int
) -> None:
    fake.mishaps = [mishap]
    link = open_link(asha, patient)
    assert (link.state, link.attempts) == (State.WANTED, 1)
    assert str(mishap) in link.last_words
    assert link.due_at
    assert link.due_at > timezone.now()

    make_due(link)
    work(asha)

    assert again(link).state == State.OPEN
    assert link.last_words == ""


def test_a_link_whose_answer_was_lost_is_not_made_twice(
    asha: Clinic, fake: FakeRazorpay, patient: Patient, impatient: None
) -> None:
    fake.mishaps = ["lost"]
    link = open_link(asha, patient)
    assert link.state == State.WANTED
    fake.release.set()

    make_due(link)
    work(asha)

    assert again(link).provider_id == next(iter(fake.links))
    assert len(fake.links) == 1


@pytest.mark.parametrize("mishap", [401, 400])
def test_what_is_refused_for_good_is_not_tried_again(
    asha: Clinic, fake: FakeRazorpay, patient: Patient, mishap: int
) -> None:
    fake.mishaps = [mishap]

    link = open_link(asha, patient)

    assert (link.state, link.due_at) == (State.FAILED, None)
    assert str(mishap) in link.last_words


def test_nobody_waits_for_ever(asha: Clinic, fake: FakeRazorpay, patient: Patient) -> None:
    fake.mishaps = [500] * due.MOST_ATTEMPTS * 2
    link = wanted_link(asha, patient)

    for _ in range(due.MOST_ATTEMPTS):
        make_due(link)
        work(asha)

    assert (again(link).state, link.due_at) == (State.FAILED, None)


def test_a_worker_that_died_loses_nothing(asha: Clinic, fake: FakeRazorpay, patient: Patient) -> None:
    link = wanted_link(asha, patient)
    assert due.claim(PaymentLink, timezone.now())
    assert work(asha) == 0, "somebody has it"

    with time_machine.travel(timezone.now() + due.LEASE + timedelta(seconds=1), tick=False):
        work(asha)

    assert again(link).state == State.OPEN
    assert fake.asked[0] == "GET /v1/payment_links", "it looks first: the dead one may have asked"


def test_a_claim_that_somebody_else_took_over_is_left_alone(
    asha: Clinic, fake: FakeRazorpay, patient: Patient
) -> None:
    link = wanted_link(asha, patient)
    slow = due.claim(PaymentLink, timezone.now())
    assert slow
    make_due(link)
    work(asha)

    due.again_later(slow, timezone.now(), words="late")
    due.give_up(slow, timezone.now(), words="late")

    assert (again(link).state, link.last_words) == (State.OPEN, "")


def test_what_breaks_its_worker_does_not_keep_the_others_waiting(
    asha: Clinic, fake: FakeRazorpay, patient: Patient
) -> None:
    broken, fine = wanted_link(asha, patient), wanted_link(asha, patient)
    PaymentLink.objects.filter(pk=broken.pk).update(due_at=timezone.now() - timedelta(hours=1), attempts=1)
    fake.links["bad"] = {"reference_id": broken.reference}  # an answer without an id

    work(asha)

    assert again(broken).state == State.WANTED
    assert again(fine).state == State.OPEN


def test_a_webhook_that_was_missed_is_made_good_by_asking(
    asha: Clinic, fake: FakeRazorpay, patient: Patient
) -> None:
    link = open_link(asha, patient)
    paid = fake.pay(link.provider_id)

    make_due(link)
    work(asha)

    assert again(link).state == State.PAID
    assert Payment.objects.get().reference == paid["id"]


@pytest.mark.parametrize(
    ("age", "pause"),
    [
        (timedelta(minutes=1), timedelta(minutes=10)),
        (timedelta(hours=2), timedelta(hours=1)),
        (timedelta(days=2), timedelta(hours=6)),
        (PaymentLink.VALID - timedelta(hours=1), timedelta(hours=1, minutes=5)),
    ],
)
def test_an_open_link_is_asked_about_ever_more_rarely_and_at_its_end(
    age: timedelta, pause: timedelta
) -> None:
    now = timezone.now()
    link = PaymentLink(state=State.OPEN, clinic_id=1, created_at=now, expires_at=now + PaymentLink.VALID)

    assert links.next_look(link, now + age) == now + age + pause


def test_an_open_link_is_not_asked_about_long_after_its_end() -> None:
    now = timezone.now()
    link = PaymentLink(state=State.OPEN, clinic_id=1, created_at=now, expires_at=now)

    assert links.next_look(link, now + timedelta(days=2)) is None


def test_a_link_that_expired_is_looked_at_once_more_a_day_later(
    asha: Clinic, fake: FakeRazorpay, patient: Patient
) -> None:
    link = open_link(asha, patient)
    fake.links[link.provider_id]["status"] = "expired"
    make_due(link)
    work(asha)
    assert again(link).state == State.EXPIRED
    assert link.due_at
    assert link.due_at > timezone.now() + timedelta(hours=23)
    fake.pay(link.provider_id)  # begun before the end

    make_due(link)
    work(asha)

    assert again(link).state == State.PAID
    assert Payment.objects.count() == 1


def test_a_link_is_cancelled_at_the_provider(asha: Clinic, fake: FakeRazorpay, patient: Patient) -> None:
    link = open_link(asha, patient)

    links.cancel_link(link, by=owner_of(asha), at=timezone.now())
    work(asha)

    assert fake.links[link.provider_id]["status"] == "cancelled"
    assert again(link).state == State.CANCELLED


def test_a_link_that_is_cancelled_while_it_is_made_is_cancelled_afterwards(
    asha: Clinic, fake: FakeRazorpay, patient: Patient
) -> None:
    fake.mishaps = [500]
    link = open_link(asha, patient)
    links.cancel_link(link, by=owner_of(asha), at=timezone.now())

    work(asha)

    assert [each["status"] for each in fake.links.values()] == ["cancelled"]
    assert again(link).state == State.CANCELLED


def test_a_link_that_was_paid_before_it_could_be_cancelled_is_paid(
    asha: Clinic, fake: FakeRazorpay, patient: Patient
) -> None:
    link = open_link(asha, patient)
    fake.pay(link.provider_id)

    links.cancel_link(link, by=owner_of(asha), at=timezone.now())
    work(asha)

    assert again(link).state == State.PAID
    assert Payment.objects.count() == 1


def test_without_an_account_a_link_fails_with_a_sentence(
    asha: Clinic, fake: FakeRazorpay, patient: Patient, settings: Any
) -> None:
    link = wanted_link(asha, patient)
    settings.SECRET_KEY = "another" * 10

    work(asha)

    assert again(link).state == State.FAILED
    assert "not set up" in link.last_words


@pytest.mark.parametrize(
    ("mishaps", "checked"), [([], Checked.FINE), ([401], Checked.REFUSED), ([500], Checked.UNREACHABLE)]
)
def test_the_connection_is_tested_by_the_worker(
    asha: Clinic, fake: FakeRazorpay, patient: Patient, mishaps: list[int | str], checked: str
) -> None:
    fake.mishaps = mishaps
    kept = accounts.account()
    assert kept
    accounts.ask_for_test(kept, by=owner_of(asha))

    work(asha)

    kept.refresh_from_db()
    assert kept.checked == checked
    assert kept.checked_at


# Money back through the provider.


def overpaid(clinic: Clinic, fake: FakeRazorpay, patient: Patient) -> Payment:
    """2,000 of 12,000 that were paid by link are account credit."""
    link = open_link(clinic, patient)
    fake.pay(link.provider_id, amount=rupees(12_000))
    make_due(link)
    work(clinic)
    return Payment.objects.get(method=Method.GATEWAY)


def give_back(clinic: Clinic, payment: Payment, amount: int | Decimal, **facts: Any) -> GatewayRefund:
    facts = {"by": owner_of(clinic), "key": uuid4(), "reason": "Paid too much", "currency": "INR"} | facts
    return refunds.ask_for_refund(payment, amount=Decimal(amount), **facts)


def test_money_goes_back_the_way_it_came_and_is_written_down_when_it_has(
    asha: Clinic, fake: FakeRazorpay, patient: Patient
) -> None:
    payment = overpaid(asha, fake, patient)
    wanted = give_back(asha, payment, 2_000)
    assert not Refund.objects.exists()
    assert unapplied_of(patient) == [], "nothing else can spend it meanwhile"

    work(asha)

    refund = Refund.objects.get()
    assert (refund.method, refund.amount, refund.reason) == (Method.GATEWAY, 2_000, "Paid too much")
    wanted.refresh_from_db()
    assert (wanted.state, wanted.refund, refund.reference) == ("done", refund, wanted.provider_id)
    assert refund.by == owner_of(asha)
    assert unapplied(payment) == 0


def test_a_refund_that_takes_its_time_is_asked_about(
    asha: Clinic, fake: FakeRazorpay, patient: Patient, monkeypatch: pytest.MonkeyPatch
) -> None:
    payment = overpaid(asha, fake, patient)
    made = fake.refund_of
    monkeypatch.setattr(fake, "refund_of", lambda *a, **facts: made(*a, **facts) | {"status": "pending"})
    wanted = give_back(asha, payment, 500)
    work(asha)
    wanted.refresh_from_db()
    assert (wanted.state, Refund.objects.count(), unapplied(payment)) == ("asked", 0, 1_500)
    fake.refunds[wanted.provider_id]["status"] = "processed"

    GatewayRefund.objects.update(due_at=timezone.now())
    work(asha)

    assert Refund.objects.get().amount == 500


def test_a_refund_that_is_done_after_its_payment_bounced_is_asked_about_and_not_looked_at_again(
    asha: Clinic, fake: FakeRazorpay, patient: Patient, monkeypatch: pytest.MonkeyPatch
) -> None:
    payment = overpaid(asha, fake, patient)
    made = fake.refund_of
    monkeypatch.setattr(fake, "refund_of", lambda *a, **facts: made(*a, **facts) | {"status": "pending"})
    wanted = give_back(asha, payment, 500)
    work(asha)
    chargeback(asha, payment)
    wanted.refresh_from_db()
    fake.refunds[wanted.provider_id]["status"] = "processed"

    GatewayRefund.objects.update(due_at=timezone.now())
    work(asha)

    wanted.refresh_from_db()
    assert (wanted.state, wanted.due_at) == ("asked", None)
    assert "bounced" in wanted.last_words
    assert not Refund.objects.exists()
    question = GatewayQuestion.objects.get()
    assert (question.kind, question.facts["amount"]) == ("spent", "500.00")
    assert question.facts["why"] == wanted.last_words
    refund = {name: fact for name, fact in fake.refunds[wanted.provider_id].items() if name != "key"}
    for event_id in ("evt_1", "evt_2"):  # nor does any later message of the link break
        body = event("refund.processed", refund=refund).decode()
        assert hear(told_by_webhook(body, event_id=event_id), clinic=asha, at=timezone.now())
    assert GatewayQuestion.objects.count() == 1


def test_a_payment_is_not_marked_as_bounced_while_its_money_is_on_its_way_back(
    asha: Clinic, fake: FakeRazorpay, patient: Patient
) -> None:
    payment = overpaid(asha, fake, patient)
    give_back(asha, payment, 500)
    before = everything()

    with pytest.raises(CannotBounce, match="on its way back"):
        bounce(asha, payment)

    assert everything() == before
    work(asha)
    assert bounce(asha, payment).bounce.payment == payment


def chargeback(clinic: Clinic, payment: Payment) -> None:
    dispute = {"id": "disp_1", "payment_id": payment.reference, "amount": rupees(payment.amount)}
    dispute |= {"currency": "INR", "phase": "chargeback", "status": "open", "created_at": 1}
    body = event("payment.dispute.created", dispute=dispute).decode()
    hear(told_by_webhook(body, event_id="disputed"), clinic=clinic, at=timezone.now())
    assert Bounce.objects.get().payment == payment


def test_a_refund_that_fails_is_account_credit_again(
    asha: Clinic, fake: FakeRazorpay, patient: Patient
) -> None:
    payment = overpaid(asha, fake, patient)
    fake.mishaps = [400]
    wanted = give_back(asha, payment, 2_000)

    work(asha)

    wanted.refresh_from_db()
    assert wanted.state == "failed"
    assert unapplied(payment) == 2_000


def test_a_refund_whose_answer_was_lost_is_one_refund(
    asha: Clinic, fake: FakeRazorpay, patient: Patient, impatient: None
) -> None:
    payment = overpaid(asha, fake, patient)
    fake.mishaps = ["lost"]
    give_back(asha, payment, 2_000)
    work(asha)
    fake.release.set()

    GatewayRefund.objects.update(due_at=timezone.now())
    work(asha)

    assert len(fake.refunds) == 1
    assert Refund.objects.count() == 1


def test_no_more_goes_back_than_is_left_and_only_with_a_reason(
    asha: Clinic, fake: FakeRazorpay, patient: Patient
) -> None:
    payment = overpaid(asha, fake, patient)
    (by_hand,) = pay(asha, patient, 5, [])
    before = everything()

    with pytest.raises(NotThatMuchCredit):
        give_back(asha, payment, 2_001)
    with pytest.raises(ReasonMissing):
        give_back(asha, payment, 1, reason=" ")
    with pytest.raises(PaymentRefused, match="more than 0"):
        give_back(asha, payment, 0)
    with pytest.raises(PaymentRefused, match="not made online"):
        give_back(asha, by_hand, 5)

    assert everything() == before


def test_the_front_desk_gives_nothing_back(asha: Clinic, fake: FakeRazorpay, patient: Patient) -> None:
    payment = overpaid(asha, fake, patient)

    with pytest.raises(NotAllowed):
        give_back(asha, payment, 1, by=member(asha, Role.FRONT_DESK))


# The tasks, on committed rows.


@pytest.mark.django_db(transaction=True)
def test_no_transaction_is_open_while_the_provider_is_asked(fake: FakeRazorpay) -> None:
    clinic = found("asha")
    with clinic_context(clinic.pk):
        account(clinic)
        patient = PatientFactory()
        sale(clinic, patient, paid=0)
        link = wanted_link(clinic, patient)
    idle: list[int] = []

    def count_transactions() -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE state LIKE 'idle in transaction%%'"
                " AND datname = current_database()"
            )
            idle.append(cursor.fetchone()[0])
        connection.close()

    fake.before = count_transactions

    assert tasks.ask_provider(clinic_id=clinic.pk) == 1

    assert idle == [0]
    with clinic_context(clinic.pk):
        assert again(link).state == State.OPEN
