"""Money received, and which lines it pays."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest

from billing import payments
from billing.models import Allocation, Method, Payment
from billing.payments import PaymentRefused, Tender, owed_lines, unapplied_of
from clinic.models import AuditEvent, Branch, Clinic, Patient
from tests.committing import check_now
from tests.factories import PatientFactory, complete, reopen, sale, visit
from tests.written import everything


def received(clinic: Clinic, patient: Patient, *amounts: int) -> list[Payment]:
    today = clinic.today()
    tenders = [Tender(Method.CASH, Decimal(amount)) for amount in amounts]
    facts = {"branch": Branch.objects.get(), "on": today, "today": today, "by": None, "key": uuid4()}
    return payments.take_payment(patient, tenders=tenders, **facts)


def test_lines_are_paid_in_the_order_given_each_as_far_as_it_goes(asha: Clinic) -> None:
    """S48"""
    patient = PatientFactory()
    packs = [sale(asha, patient, paid=0).bill.lines.get() for _ in range(2)]

    made = payments.allocate(received(asha, patient, 4_000, 9_000), packs[::-1], by=None)
    check_now()

    assert [(each.line, each.amount) for each in made] == [
        (packs[1], 4_000),
        (packs[1], 6_000),
        (packs[0], 3_000),
    ]
    assert [(line.pk, line.owed) for line in owed_lines(patient)] == [(packs[0].pk, 7_000)]


def test_what_is_owed_stands_oldest_first_and_without_what_was_credited(asha: Clinic) -> None:
    patient = PatientFactory()
    first, second = (complete(asha, visit(asha, patient), how="charge") for _ in range(2))
    assert [line.bill for line in owed_lines(patient)] == [first.bill, second.bill]

    reopen(asha, first.visit)

    assert [line.bill for line in owed_lines(patient)] == [second.bill]


def test_money_of_a_reopened_visit_is_free_again_and_pays_only_when_asked(asha: Clinic) -> None:
    """S47"""
    patient = PatientFactory()
    done = complete(asha, visit(asha, patient), how="charge", tenders=[Tender(Method.CASH, Decimal(1000))])
    reopen(asha, done.visit)
    again = complete(asha, done.visit, how="charge")
    check_now()

    assert [amount for _, amount in unapplied_of(patient)] == [1000]
    assert [line.owed for line in owed_lines(patient)] == [1000]
    payments.allocate(
        [payment for payment, _ in unapplied_of(patient)], list(again.bill.lines.all()), by=None
    )
    check_now()
    assert (unapplied_of(patient), owed_lines(patient)) == ([], [])
    assert sorted(Allocation.objects.values_list("amount", flat=True)) == [-1000, 1000, 1000]


def test_nothing_is_allocated_where_nothing_was_paid_or_is_owed(asha: Clinic) -> None:
    sold = sale(asha)
    lines = list(sold.bill.lines.all())

    assert payments.allocate([], lines, by=None) == []
    assert payments.allocate(sold.payments, lines, by=None) == []


def test_the_same_key_is_the_same_money_in_the_audit_too(asha: Clinic) -> None:
    """S02"""
    today, key = asha.today(), uuid4()
    tenders = [Tender(Method.CASH, Decimal(5)), Tender(Method.UPI, Decimal(7), " ref ")]
    facts = {"branch": Branch.objects.get(), "on": today, "today": today, "by": None, "key": key}
    patient = PatientFactory()

    first = payments.take_payment(patient, tenders=tenders, **facts)

    assert payments.take_payment(patient, tenders=tenders, **facts) == first
    assert [payment.reference for payment in first] == ["", "ref"]
    assert AuditEvent.objects.filter(act="take_payment").count() == 2


def test_money_of_tomorrow_is_refused(asha: Clinic) -> None:
    patient, today, branch = PatientFactory(), asha.today(), Branch.objects.get()
    facts = {"on": today + timedelta(days=1), "today": today, "by": None, "key": uuid4()}
    written = everything()

    with pytest.raises(PaymentRefused, match="future"):
        payments.take_payment(patient, tenders=[Tender(Method.CASH, Decimal(5))], branch=branch, **facts)

    assert everything() == written
