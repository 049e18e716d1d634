"""What a bill says, and that it says the same for ever."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import pytest
from django.utils import timezone, translation

from billing import upi
from billing.instalment_dates import Due
from billing.models import Bill, Method
from billing.package_box import cells
from billing.papers import paper_of
from billing.payments import Tender
from billing.rendering import bill_context, bill_html, is_duplicate, language_of
from clinic.models import Branch, Clinic, ClinicSettings, Patient, Relation, Role, Service, Staff
from clinic.tenancy.context import clinic_context
from clinic.ui.words import day
from desk import checkout
from packages.models import Activation, Plan, Sharing
from tests.factories import PatientFactory, complete, found, member, package, plan, reopen, sale, use, visit

Context = dict[str, Any]


def read(bill: Bill, *, language: str = "en-in", at: datetime | None = None) -> str:
    """The words of the bill as one line."""
    html = bill_html(bill, language=language, at=at or bill.issued_at)
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", html))).strip()


def context(bill: Bill, at: datetime | None = None) -> Context:
    return bill_context(bill, at=at or bill.issued_at)


def fresh(bill: Bill) -> Bill:
    """The bill as the database has it, with the number it was given."""
    return Bill.objects.get(pk=bill.pk)


def letterhead(**facts: Any) -> None:
    ClinicSettings.objects.update(**facts)


def test_the_receipt_of_a_visit_carries_the_count_as_its_most_prominent_thing(asha: Clinic) -> None:
    pack = package(asha)
    third = use(asha, pack, 3)[-1].bill

    text = read(fresh(third))

    assert "Visit receipt R/" in text
    assert "7 left 3 of 10 used This visit is session 3 of 10" in text
    assert f"Package no. {pack.number}" in text
    assert "10 sessions sold; balance as at" in text
    assert f"from package no. {pack.number}" in text
    assert "₹0.00" in text


def test_the_letterhead_names_all_that_the_clinic_registered(asha: Clinic) -> None:
    letterhead(
        legal_name="Asha Physiotherapy LLP",
        address="12 MG Road\nBengaluru",
        phone="080 4123 4567",
        email="hello@asha.test",
        registration="KPME/01234",
        tax_number="29ABCDE1234F1ZW",
        bill_footer="Get well soon.",
    )

    text = read(fresh(sale(asha).bill))

    for words in (
        "Asha Physiotherapy LLP",
        "12 MG Road",
        "080 4123 4567 · hello@asha.test",
        "Registration KPME/01234",
        "GSTIN 29ABCDE1234F1ZW",
        "Get well soon.",
    ):
        assert words in text


def test_the_therapist_stands_with_the_registration_number(asha: Clinic) -> None:
    rohan = member(asha, Role.THERAPIST, name="Dr Rohan Mehta", registration="IAP L-45123")
    bill = complete(asha, visit(asha, package(asha).patient, therapist=rohan)).bill

    assert "Dr Rohan Mehta Reg. no. IAP L-45123" in read(fresh(bill))


def test_a_sale_prints_price_discount_payments_words_and_terms(asha: Clinic) -> None:
    offer = plan(price=12_00_000, validity_count=3, sharing=Sharing.NAMED, activation=Activation.AS_PAID)
    bill = fresh(sale(asha, of=offer, price=10_00_000, at=datetime(2026, 3, 1, 5, 0, tzinfo=UTC)).bill)

    text = read(bill)

    assert "₹12,00,000.00" in text
    assert "−₹2,00,000.00" in text
    assert "₹10,00,000.00" in text
    assert "Rupees Ten Lakh Only" in text
    assert "1 Mar 2026 Cash ₹10,00,000.00" in text
    assert "Paid in full" in text
    assert "Valid for 3 months: from 1 Mar 2026 to 31 May 2026, the last day included." in text
    assert "As many sessions can be used as are paid for." in text
    assert "The patient and people named by the patient may use it." in text


def test_a_pack_that_never_lapses_says_so(asha: Clinic) -> None:
    text = read(fresh(sale(asha, of=plan(validity_count=None)).bill))

    assert "Does not lapse" in text
    assert "The package does not lapse." in text


def test_an_overpayment_is_named_and_kept(asha: Clinic) -> None:
    """S47"""
    assert "Kept for later bills ₹500.00" in read(fresh(sale(asha, paid=10_500).bill))


def test_tax_is_shown_and_makes_the_bill_a_tax_invoice(asha: Clinic) -> None:
    taxed = Service.objects.create(
        name="Wellness", minutes=30, price=Decimal(1180), tax_percent=Decimal(18), code="999312"
    )
    bill = complete(asha, visit(asha, PatientFactory(), service=taxed), how="charge").bill

    text = read(fresh(bill))

    assert "Tax invoice" in text
    assert "For SAC" in text
    assert "Wellness 999312" in text
    assert "Taxable value ₹1,000.00 CGST 9 % ₹90.00 SGST 9 % ₹90.00" in text
    assert "₹180.00 18 %" in text
    assert "Tax" not in read(fresh(sale(asha).bill))


def test_a_free_visit_says_why(asha: Clinic) -> None:
    done = complete(asha, visit(asha, PatientFactory()), how="free", reason="Follow-up promised")

    assert "free of charge: Follow-up promised" in read(fresh(done.bill))


def test_a_correction_note_replaces_the_balance_on_the_bill_it_answers(asha: Clinic) -> None:
    """S06"""
    pack = package(asha)
    seen = use(asha, pack, 6)[-1]
    note = fresh(reopen(asha, seen.visit, reason="Marked by mistake"))

    text = read(note)

    assert "Correction note C/" in text
    assert f"5 used, 5 left; replaces the balance on bill {fresh(seen.bill).name}." in text
    assert "Reason: Marked by mistake" in text
    assert "6 of 10 used" in read(fresh(seen.bill))


def test_a_credit_note_names_the_bill_that_it_takes_back(asha: Clinic) -> None:
    seen = visit(asha, PatientFactory())
    charged = complete(asha, seen, how="charge").bill
    note = fresh(reopen(asha, seen, reason="Not treated"))

    text = read(note)

    assert "Credit note CN/" in text
    assert f"Takes back what bill {fresh(charged).name} charged." in text
    assert "−₹1,000.00" in text


def test_somebody_who_uses_anothers_pack_gets_a_receipt_that_names_its_owner(asha: Clinic) -> None:
    """S22"""
    owner, wife = PatientFactory(name="Anil Rao"), PatientFactory(name="Sita Rao")
    package(asha, owner, of=plan(sharing=Sharing.NAMED))
    Relation.objects.create(owner=owner, person=wife, since=asha.today() - timedelta(days=3))
    bill = complete(asha, visit(asha, wife)).bill

    text = read(fresh(bill))

    assert "Sita Rao" in text
    assert "bought by Anil Rao" in text


def test_a_bill_is_rendered_without_asking_the_database(asha: Clinic, queries: Callable[[], Any]) -> None:
    """S07: what is not asked for cannot have changed."""
    bill = fresh(complete(asha, visit(asha, package(asha).patient)).bill)

    with queries() as asked:
        read(bill)

    assert asked.statements == []


def test_whatever_changes_later_the_bill_says_the_same(asha: Clinic) -> None:
    """S07"""
    letterhead(address="12 MG Road", upi_id="asha@okbank")
    pack = package(asha, PatientFactory(name="Lakshmi"), paid=10_000)
    first, second = use(asha, pack, 2)
    bills = [fresh(bill) for bill in Bill.objects.order_by("issued_at", "id")]
    at = timezone.now()
    before = {bill.pk: read(bill, at=at) for bill in bills}

    use(asha, pack, 2)
    reopen(asha, second.visit)
    Patient.objects.update(name="Somebody Else", number=777)
    letterhead(legal_name="New Name", address="Elsewhere", upi_id="", tax_number="X")
    Plan.objects.update(name="Another plan")
    Service.objects.update(name="Another service", price=Decimal(5), code="1")
    Staff.objects.update(name="Another name")

    assert {bill.pk: read(fresh(bill), at=at) for bill in bills} == before
    assert first.bill.pk in before


def test_a_print_on_the_clinics_day_of_issue_is_the_original(asha: Clinic) -> None:
    """S07"""
    bill = fresh(sale(asha, at=datetime(2026, 5, 31, 5, 0, tzinfo=UTC)).bill)

    assert not is_duplicate(bill, datetime(2026, 5, 31, 18, 29, tzinfo=UTC))  # 23:59 in Kolkata
    assert is_duplicate(bill, datetime(2026, 5, 31, 18, 31, tzinfo=UTC))  # 00:01 of the next day


def test_a_later_print_is_marked_duplicate_with_both_moments(asha: Clinic) -> None:
    """S07"""
    bill = fresh(sale(asha, at=datetime(2026, 5, 4, 5, 0, tzinfo=UTC)).bill)
    mark = "Duplicate printed 4 Jun 2026, 11:05; figures and balance as at 4 May 2026, 10:30"

    original = read(bill, at=datetime(2026, 5, 4, 9, 0, tzinfo=UTC))
    duplicate = read(bill, at=datetime(2026, 6, 4, 5, 35, tzinfo=UTC))

    assert "Duplicate" not in original
    assert mark in duplicate
    assert re.sub(r"\s+", " ", duplicate.replace(mark, "")) == original


@pytest.mark.parametrize(
    ("zone", "moment", "printed"),
    [
        ("Asia/Kolkata", datetime(2026, 5, 31, 18, 45, tzinfo=UTC), "1 Jun 2026, 00:15"),
        ("America/Los_Angeles", datetime(2026, 6, 1, 0, 30, tzinfo=UTC), "31 May 2026, 17:30"),
    ],
)
def test_moments_are_those_of_the_clinics_clock(db: None, zone: str, moment: datetime, printed: str) -> None:
    clinic = found("far", time_zone=zone)
    with clinic_context(clinic.pk):
        bill = fresh(sale(clinic, at=moment).bill)

        assert f"balance as at {printed}" in read(bill)


def test_the_upi_code_asks_for_what_is_due_and_names_the_bill(asha: Clinic) -> None:
    letterhead(upi_id="asha.physio@okbank", legal_name="Asha & Daughters")
    bill = fresh(sale(asha, paid=4000).bill)

    assert "Pay ₹6,000.00 by UPI asha.physio@okbank" in read(bill)
    address = upi.payment_address(
        "asha.physio@okbank", name="Asha & Daughters", amount=Decimal(6000), note=bill.name
    )
    assert context(bill)["upi"]["image"] == upi.qr_image(address)
    assert address.startswith(
        "upi://pay?pa=asha.physio@okbank&pn=Asha%20%26%20Daughters&am=6000.00&cu=INR&tn=B%2F"
    )
    assert parse_qs(urlsplit(address).query)["tn"] == [bill.name]


def test_no_code_where_nothing_is_due_or_the_clinic_has_no_id(asha: Clinic) -> None:
    unpaid = fresh(sale(asha, paid=0).bill)
    letterhead(upi_id="asha@okbank")
    paid = fresh(sale(asha).bill)

    assert context(unpaid)["upi"] is None
    assert context(paid)["upi"] is None


def test_no_upi_code_in_another_currency(db: None) -> None:
    clinic = found("dubai", time_zone="Asia/Dubai", currency="AED", country="AE")
    with clinic_context(clinic.pk):
        letterhead(upi_id="asha@okbank", tax_number="100200300")
        bill = fresh(sale(clinic, paid=0).bill)

        assert context(bill)["upi"] is None
        assert "Tax number 100200300" in read(bill)


def test_several_payments_stand_with_their_references(asha: Clinic) -> None:
    done = checkout.sell_package(
        PatientFactory(),
        plan=plan(),
        branch=Branch.objects.first(),
        clinic=asha,
        at=timezone.now(),
        by=None,
        key=uuid4(),
        tenders=[Tender(Method.CASH, Decimal(3000)), Tender(Method.UPI, Decimal(7000), "UTR 123")],
    )

    text = read(fresh(done.bill))

    assert "Cash ₹3,000.00" in text
    assert "UPI UTR 123 ₹7,000.00" in text


def test_hindi_says_the_amount_in_hindi_words(asha: Clinic) -> None:
    text = read(fresh(sale(asha, of=plan(price=123_456)).bill), language="hi")

    assert "एक लाख तेईस हज़ार चार सौ छप्पन रुपये मात्र" in text
    assert "₹1,23,456.00" in text


def test_the_language_is_the_patients_unless_another_is_asked_for(asha: Clinic) -> None:
    bill = fresh(sale(asha, PatientFactory(language="hi")).bill)

    assert language_of(bill) == "hi"
    assert language_of(bill, "en") == "en-in"
    assert language_of(bill, "xx") == "en-in"


def test_the_paper_is_a5_unless_a4_is_asked_for() -> None:
    assert [paper_of(asked) for asked in ("", "a4", "roll", "../etc")] == ["a5", "a4", "roll", "a5"]


def test_what_a_person_typed_is_text_and_never_markup(asha: Clinic) -> None:
    bill = fresh(sale(asha, PatientFactory(name="<b>Eve</b><img src=//evil.test/x>")).bill)

    html = bill_html(bill, language="en-in", at=bill.issued_at)

    assert "<img src=//evil.test" not in html
    assert "&lt;b&gt;Eve&lt;/b&gt;" in html


def test_the_bar_shows_used_sessions_first_and_marks_this_one() -> None:
    bar = cells(Decimal("6.5"), Decimal(10), Decimal(3))

    assert [cell.look for cell in bar] == ["used"] * 3 + ["half"] + ["left"] * 6
    assert [cell.number for cell in bar if cell.is_now] == ["3"]


def test_above_24_sessions_the_bar_is_a_meter_of_twenty() -> None:
    bar = cells(Decimal(30), Decimal(40))

    assert [cell.look for cell in bar] == ["used"] * 5 + ["left"] * 15
    assert {cell.number for cell in bar} == {""}


def test_the_reader_of_the_page_and_of_the_bill_may_differ(asha: Clinic) -> None:
    bill = fresh(sale(asha).bill)

    with translation.override("hi"):
        assert "Rupees Ten Thousand Only" in read(bill, language="en-in")
        assert translation.get_language() == "hi"


def test_the_bill_of_a_sale_in_instalments_lists_days_and_amounts(asha: Clinic) -> None:
    today = asha.today()
    rows = [Due(today, Decimal(4_000)), Due(today + timedelta(days=40), Decimal(6_000))]

    sold = sale(asha, paid=4_000, instalments=rows)

    text = read(fresh(sold.bill))
    assert f"1 · deposit {day(today)} ₹4,000.00" in text
    assert f"2 {day(rows[1].on)} ₹6,000.00" in text
    assert "To be paid in instalments" in text


def test_a_bill_from_before_instalments_were_printed_is_printed_without(asha: Clinic) -> None:
    bill = fresh(sale(asha).bill)
    del bill.document["instalments"]

    assert "instalments" not in read(bill)
