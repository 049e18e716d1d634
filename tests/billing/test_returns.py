"""Money that goes back: handed to the patient, or never come in."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from billing import returns
from billing.models import Allocation, Bounce, Method, Payment, Refund
from billing.payments import PaymentRefused, Tender, allocate, owed_lines, unapplied, unapplied_of
from billing.returns import CannotBounce, NotThatMuchCredit
from clinic.access import NotAllowed
from clinic.models import AuditEvent, Branch, Clinic, Patient, Role
from desk.recount import recount
from packages import transfers
from packages.ledger import ReasonMissing
from tests.acts import REASON, cash, cheque, pay, refund
from tests.acts import bounce as bounce_at_the_desk
from tests.committing import check_now
from tests.factories import PatientFactory, complete, member, owner_of, package, sale, visit
from tests.written import everything


@pytest.fixture
def patient(asha: Clinic) -> Patient:
    return PatientFactory()


def back(clinic: Clinic, patient: Patient, amount: Decimal | int, **facts: Any) -> list[Refund]:
    today = clinic.today()
    facts = {
        "tender": cash(amount),
        "branch": Branch.objects.get(),
        "on": today,
        "today": today,
        "by": owner_of(clinic),
        "key": uuid4(),
        "reason": REASON,
    } | facts
    return returns.pay_back(patient, **facts)


def bounce(clinic: Clinic, payment: Payment, **facts: Any) -> Bounce:
    facts = {"on": clinic.today(), "by": owner_of(clinic), "key": uuid4(), "reason": REASON} | facts
    return returns.bounce_payment(payment, **facts)


def test_money_is_handed_back_out_of_the_newest_payments_first(asha: Clinic, patient: Patient) -> None:
    """S47"""
    first, second = pay(asha, patient, 0, [], tenders=[cash(300), cheque(500)])

    refunds = back(asha, patient, 600)
    check_now()

    assert [(each.payment, each.amount) for each in refunds] == [(second, 500), (first, 100)]
    assert unapplied_of(patient) == [(first, 200)]
    assert AuditEvent.objects.filter(act="pay_back").count() == 2


def test_money_that_was_handed_back_pays_for_nothing_any_more(asha: Clinic, patient: Patient) -> None:
    sold = sale(asha, patient, paid=0)
    (payment,) = pay(asha, patient, 700, [])
    back(asha, patient, 500)

    allocate([payment], list(sold.bill.lines.all()), by=None)
    check_now()

    assert [line.owed for line in owed_lines(patient)] == [9_800]
    assert (unapplied(payment), unapplied_of(patient)) == (0, [])


@pytest.mark.parametrize(
    ("facts", "refusal"),
    [
        ({"tender": cash(701)}, NotThatMuchCredit),
        ({"tender": cash(0)}, PaymentRefused),
        ({"tender": cash(-5)}, PaymentRefused),
        ({"tender": Tender(Method.CREDIT, Decimal(5))}, PaymentRefused),
        ({"reason": "  "}, ReasonMissing),
        ({"on": "tomorrow"}, PaymentRefused),
        ({"by": "desk"}, NotAllowed),
    ],
)
def test_what_cannot_be_handed_back_is_refused(
    asha: Clinic, patient: Patient, facts: dict[str, Any], refusal: type[Exception]
) -> None:
    pay(asha, patient, 700, [])
    words = {"tomorrow": asha.today() + timedelta(days=1), "desk": member(asha, Role.FRONT_DESK)}
    facts = {
        name: words.get(value, value) if isinstance(value, str) else value for name, value in facts.items()
    }
    written = everything()

    with pytest.raises(refusal):
        back(asha, patient, 100, **facts)

    assert everything() == written


def test_the_same_key_hands_the_same_money_back_once(asha: Clinic, patient: Patient) -> None:
    """S02"""
    pay(asha, patient, 0, [], tenders=[cash(300), cash(500)])
    key = uuid4()
    first = back(asha, patient, 600, key=key)
    written = everything()

    assert back(asha, patient, 600, key=key) == first
    assert everything() == written


def test_a_bounced_payment_is_taken_off_every_line_it_pays(asha: Clinic, patient: Patient) -> None:
    """S46"""
    packs = [sale(asha, patient, paid=0).package for _ in range(2)]
    (payment,) = pay(asha, patient, 0, owed_lines(patient), tenders=[cheque(15_500)])

    bounced = bounce(asha, payment)
    check_now()

    assert [line.owed for line in owed_lines(patient)] == [10_000, 10_000]
    for pack in packs:
        pack.refresh_from_db()
        assert pack.paid == 0
    assert sorted(Allocation.objects.values_list("amount", flat=True)) == [-10_000, -5_500, 5_500, 10_000]
    assert (unapplied(payment), unapplied_of(patient)) == (0, [])
    assert (bounced.payment, Payment.objects.get(pk=payment.pk).amount) == (payment, 15_500)


def test_what_other_money_paid_stays_paid_when_one_bounces(asha: Clinic, patient: Patient) -> None:
    """S46"""
    sold = sale(asha, patient, paid=4_000)
    (payment,) = pay(asha, patient, 0, owed_lines(patient), tenders=[cheque(6_000)])

    bounce(asha, payment)
    check_now()

    assert [line.owed for line in owed_lines(patient)] == [6_000]
    sold.package.refresh_from_db()
    assert sold.package.paid == 4_000


def test_a_payment_bounces_once_with_a_reason_and_by_who_may(asha: Clinic, patient: Patient) -> None:
    gone, returned = pay(asha, patient, 0, [], tenders=[cheque(100), cheque(200)])
    bounce(asha, gone)
    therapist = member(asha, Role.THERAPIST)
    written = everything()

    with pytest.raises(CannotBounce, match="before"):
        bounce(asha, gone)
    with pytest.raises(ReasonMissing):
        bounce(asha, returned, reason="")
    with pytest.raises(NotAllowed):
        bounce(asha, returned, by=therapist)

    assert everything() == written


def test_what_was_handed_back_of_a_payment_that_bounces_is_owed_by_a_bill(
    asha: Clinic, patient: Patient
) -> None:
    """S46"""
    line = complete(asha, visit(asha, patient), how="charge").bill.lines.get()
    (payment,) = pay(asha, patient, 0, [line], tenders=[cheque(1_500)])
    back(asha, patient, 300)
    key = uuid4()

    done = bounce_at_the_desk(asha, payment, key=key)
    check_now()

    assert [(each.kind, each.owed) for each in done.owed] == [("visit", 1_000), ("returned", 300)]
    assert done.bounce.charge == done.owed[1]
    assert (unapplied(payment), unapplied_of(patient), recount()) == (0, [], [])
    written = everything()
    assert bounce_at_the_desk(asha, payment, key=key).bounce == done.bounce
    assert everything() == written
    pay(asha, patient, 1_300, done.owed)
    assert owed_lines(patient) == []


def test_account_credit_of_a_refund_cannot_bounce(asha: Clinic, patient: Patient) -> None:
    facts = {"on": asha.today(), "by": owner_of(asha), "key": uuid4(), "reason": REASON}
    moved = transfers.transfer(package(asha), sessions=Decimal(1), to=patient, **facts)
    refund(asha, moved)
    credit = Payment.objects.get(package=moved)

    with pytest.raises(CannotBounce, match="credit"):
        bounce(asha, credit)


def test_account_credit_is_not_taken_as_money(asha: Clinic, patient: Patient) -> None:
    written = everything()

    with pytest.raises(PaymentRefused):
        pay(asha, patient, 0, [], tenders=[Tender(Method.CREDIT, Decimal(100))])

    assert everything() == written
