"""Whoever holds a paper can see what was issued, and what became of its count; a changed paper is unmasked."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest
from django.test import Client
from django.utils import timezone

from billing.models import Bill
from billing.rendering import bill_context
from clinic.models import Clinic
from clinic.tenancy.context import clinic_context
from tests.acts import pay_back
from tests.factories import PatientFactory, complete, found, package, reopen, sale, use, visit

D = Decimal


def page(bill: Bill, slug: str = "asha") -> tuple[int, str]:
    answer = Client().get(f"/v/{slug}/{bill.seal}/")
    return answer.status_code, answer.content.decode()


def without_token(words: str, seal: str) -> str:
    """The page without what differs by itself: its own address and the token of its forms."""
    return re.sub(
        r'(?<=X-CSRFToken": ")\w+|(?<=csrfmiddlewaretoken" value=")\w+', "", words.replace(seal, "")
    )


def test_the_page_says_what_was_issued_and_names_no_patient(asha: Clinic) -> None:
    pack = package(asha, PatientFactory(name="Lakshmi Iyer", phones=["+919876543210"]), price=8_000)
    done = use(asha, pack, 3)[-1]
    done.bill.refresh_from_db()

    status, words = page(done.bill)

    assert status == 200
    assert done.bill.name in words
    assert "session 3 of 10" in words
    assert "Asha Physiotherapy issued this paper" in words
    for name in ("Lakshmi", "Iyer", "9876543210"):
        assert name not in words


def test_what_happened_to_the_count_since_is_told(asha: Clinic) -> None:
    pack = package(asha)
    first = complete(asha, visit(asha, pack.patient))
    use(asha, pack, 2)
    note = reopen(asha, first.visit)
    note.refresh_from_db()

    _status, words = page(first.bill)

    assert f"{note.name}" in words
    assert "answers this paper" in words
    assert words.count("Used, 1 less") == 2
    assert "Given back, 1 more" in words


def test_a_paper_whose_figure_was_changed_is_unmasked(asha: Clinic) -> None:
    """Somebody makes 8,000 of 3,000: the code on the paper leads to 3,000."""
    sold = sale(asha, price=3_000)

    _status, words = page(sold.bill)

    assert "₹3,000.00" in words
    assert "₹8,000.00" not in words


def test_a_refund_note_shows_the_money_that_went(asha: Clinic) -> None:
    sold = sale(asha, paid=12_000)
    pay_back(asha, sold.package.patient, 1_500)

    _status, words = page(Bill.objects.get(kind="refund_note"))

    assert "₹1,500.00" in words


@pytest.mark.parametrize("seal", ["no-such-seal", "", "%00", "a" * 200])
def test_a_code_that_was_never_issued_is_nothing(asha: Clinic, seal: str) -> None:
    sale(asha)

    assert Client().get(f"/v/asha/{seal}/").status_code == 404


def test_another_clinic_does_not_answer_for_our_paper(asha: Clinic) -> None:
    """S26"""
    bill = sale(asha).bill
    found("other")

    ours = page(bill, "other")
    nobody = Client().get("/v/other/no-such-seal/")
    nowhere = Client().get("/v/nowhere/no-such-seal/")

    assert ours[0] == nobody.status_code == nowhere.status_code == 404
    assert without_token(ours[1], bill.seal) == without_token(nobody.content.decode(), "no-such-seal")


def test_the_printed_code_leads_there_and_is_the_same_on_a_duplicate(asha: Clinic) -> None:
    bill = sale(asha).bill
    bill.refresh_from_db()

    first = bill_context(bill, at=bill.issued_at)["check"]
    later = bill_context(bill, at=timezone.now())["check"]

    assert first == later
    assert first["address"].endswith(f"/v/asha/{bill.seal}/")
    assert len(bill.seal) == 22


def test_papers_of_before_have_no_code(asha: Clinic) -> None:
    bill = sale(asha).bill
    bill.seal = ""

    assert bill_context(bill, at=bill.issued_at)["check"] is None


def test_the_page_is_neither_kept_nor_found(asha: Clinic) -> None:
    with clinic_context(asha.pk):
        bill = sale(asha).bill

    answer = Client().get(f"/v/asha/{bill.seal}/")

    assert "no-store" in answer.headers["Cache-Control"]
    assert answer.headers["X-Robots-Tag"] == "noindex"
