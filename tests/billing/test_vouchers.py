"""Money that moves without a bill has a paper of its own: what was received and what it pays, what went back."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from billing.models import Acknowledgement, Bill, BillKind, Payment
from billing.rendering import bill_html
from clinic.models import Clinic
from desk import checkout
from tests.acts import cash, cheque, now, pay_back, refund
from tests.factories import PatientFactory, package, sale

D = Decimal


def pay(asha: Clinic, sold: checkout.Sale, *tenders: object) -> Bill:
    facts = now(asha, tenders=tenders, lines=list(sold.bill.lines.all()), branch=sold.package.branch)
    checkout.take_payment(sold.package.patient, **facts)
    return Bill.objects.filter(kind=BillKind.MONEY_RECEIPT).latest("issued_at")


def text(bill: Bill, language: str = "en-in") -> str:
    bill.refresh_from_db()
    return bill_html(bill, language=language, at=timezone.now())


def test_a_payment_for_an_old_bill_has_a_receipt_that_says_what_it_pays(asha: Clinic) -> None:
    sold = sale(asha, paid=4_000)

    receipt = pay(asha, sold, cash(3_000), cheque(3_500))

    assert (receipt.total, receipt.name[:3]) == (0, "RV/")
    kept = receipt.document
    assert (kept["moved"], kept["kept"]) == ("6500.00", "500.00")
    sold.bill.refresh_from_db()
    assert kept["applied"] == [{"bill": sold.bill.name, "amount": "6000.00"}]
    assert Acknowledgement.objects.filter(receipt=receipt).count() == 2
    page = text(receipt)
    for words in (
        "Money receipt",
        "₹6,500.00",
        "₹500.00",
        sold.bill.name,
        "000123",
        "Six Thousand Five Hundred",
    ):
        assert words in page


def test_what_is_paid_with_the_bill_has_no_second_paper(asha: Clinic) -> None:
    sale(asha)

    assert not Bill.objects.filter(kind=BillKind.MONEY_RECEIPT).exists()


def test_the_same_key_twice_is_one_receipt(asha: Clinic) -> None:
    patient = PatientFactory()
    facts = now(asha, tenders=[cash(500)], lines=[], branch=package(asha, patient).branch)

    for _ in range(2):
        checkout.take_payment(patient, **facts)

    assert Bill.objects.filter(kind=BillKind.MONEY_RECEIPT).count() == 1


def test_a_payment_is_acknowledged_once(asha: Clinic) -> None:
    receipt = pay(asha, sale(asha, paid=0), cash(100))

    with pytest.raises(IntegrityError, match="payment_acknowledged_once"), transaction.atomic():
        Acknowledgement.objects.create(receipt=receipt, payment=Payment.objects.get())


def test_money_handed_back_has_a_note_with_the_reason_and_the_credit_left(asha: Clinic) -> None:
    sold = sale(asha, paid=4_000)
    pay(asha, sold, cash(7_000))

    pay_back(asha, sold.package.patient, 400, reason="Moved to Pune")

    note = Bill.objects.get(kind=BillKind.REFUND_NOTE)
    assert (note.total, note.document["moved"], note.document["kept"]) == (0, "400.00", "600.00")
    page = text(note)
    for words in ("Refund note", "Moved to Pune", "₹400.00", "₹600.00", "Four Hundred"):
        assert words in page
    assert "रिफ़ंड नोट" in text(note, "hi")


def test_a_refund_that_is_paid_out_at_once_has_both_papers(asha: Clinic) -> None:
    """S39"""
    pack = package(asha)

    refund(asha, pack, pay_out=cash(10_000))

    kinds = Bill.objects.values_list("kind", flat=True)
    assert sorted(kinds) == [BillKind.BILL, BillKind.CREDIT_NOTE, BillKind.REFUND_NOTE]
