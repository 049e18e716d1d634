"""A bill of each country: title, registrations, taxes and codes, read from the page and from the PDF."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from decimal import Decimal
from html import unescape
from io import BytesIO
from typing import Any
from unittest.mock import patch

import pytest
from django.test import Client
from pypdf import PdfReader

from billing import pdf
from billing.models import Bill
from billing.rendering import bill_context, bill_html
from clinic.countries import profile_of
from clinic.countries.kept import name_at
from clinic.countries.profile import Paper
from clinic.models import Branch, Clinic, ClinicSettings, Role, Service, Staff
from clinic.tenancy.context import clinic_context
from tests.factories import (
    PatientFactory,
    complete,
    found,
    member,
    owner_of,
    package,
    reopen,
    sale,
    use,
    visit,
)

OLD = {"registration": "KPME/1", "tax_number": "29ABCDE1234F1ZW"}


@dataclass(frozen=True)
class Case:
    """A clinic of one country, a service of it, and what its bill must say."""

    country: str
    settings: dict[str, Any]
    therapist: dict[str, Any]
    service: dict[str, Any]
    says: tuple[str, ...]
    never: tuple[str, ...] = ()
    branch: dict[str, Any] = field(default_factory=dict)


CASES = {
    "india": Case(
        "IN",
        {
            "registration": "KPME/01234",
            "tax_number": "29AAPFU0939F1ZR",
            "registrations": {"pan": "AAPFU0939F"},
        },
        {"registration": "KSPC/2015/1172"},
        {"price": 1180, "tax_percent": 18, "code": "999314"},
        (
            "Tax invoice T/",
            "Registration KPME/01234 GSTIN 29AAPFU0939F1ZR PAN AAPFU0939F",
            "Dr Kavya Menon Reg. no. KSPC/2015/1172",
            "For SAC",
            "Service 999314",
            "Taxable value ₹1,000.00 CGST 9 % ₹90.00 SGST 9 % ₹90.00",
            "Rupees One Thousand One Hundred Eighty Only",
        ),
        ("exempt", "IGST"),
    ),
    "india exempt": Case(
        "IN",
        {"tax_number": "29AAPFU0939F1ZR"},
        {},
        {"price": 1000, "code": "999314"},
        (
            "Bill of supply B/",
            "GSTIN 29AAPFU0939F1ZR",
            "Health care services are exempt from GST",
            "entry 74",
        ),
        ("Tax invoice", "CGST", "Taxable"),
    ),
    "india unregistered": Case(
        "IN", {}, {}, {"price": 1000}, ("Bill of supply B/",), ("exempt", "GSTIN", "SAC")
    ),
    "india another state": Case(
        "IN",
        {"tax_number": "29AAPFU0939F1ZR", "region": "KA"},
        {},
        {"price": 1180, "tax_percent": 18},
        ("Tax invoice T/", "IGST 18 % ₹180.00"),
        ("CGST", "SGST"),
        {"region": "MH"},
    ),
    "india branch with its own GSTIN": Case(
        "IN",
        {"tax_number": "29AAPFU0939F1ZR", "registration": "KPME/01234", "region": "KA"},
        {},
        {"price": 1180, "tax_percent": 18},
        ("GSTIN 27AAPFU0939F1ZV", "Registration MH/77", "CGST 9 % ₹90.00 SGST 9 % ₹90.00"),
        ("29AAPFU0939F1ZR", "KPME", "IGST"),
        {"region": "MH", "identifiers": {"tax_number": "27AAPFU0939F1ZV", "registration": "MH/77"}},
    ),
    "india union territory": Case(
        "IN",
        {"region": "CH"},
        {},
        {"price": 105, "tax_percent": 5},
        ("CGST 2.5 % ₹2.50 UTGST 2.5 % ₹2.50",),
        ("SGST",),
    ),
    "australia": Case(
        "AU",
        {"tax_number": "51 824 753 556", "registrations": {"gst": "yes"}},
        {"registration": "PHY0001234567", "identifiers": {"provider_number": "2426621B"}},
        {"price": 110, "tax_percent": 10, "code": "505"},
        (
            "Tax invoice T/",
            "ABN 51 824 753 556",
            "Ahpra no. PHY0001234567 Provider no. 2426621B",
            "For Item",
            "Service 505",
            "Taxable value $100.00 GST 10 % $10.00",
        ),
        ("yes", "Bill of supply", "Dollars", "A$"),
    ),
    "australia not registered for GST": Case(
        "AU",
        {"tax_number": "51 824 753 556"},
        {},
        {"price": 90, "code": "505"},
        ("Invoice B/",),
        ("Tax invoice",),
    ),
    "australia taxed without a registration": Case(
        "AU",
        {"tax_number": "51 824 753 556"},
        {},
        {"price": 110, "tax_percent": 10},
        ("Invoice T/", "GST 10 % $10.00"),
        ("Tax invoice",),
    ),
    "australia GST-free": Case(
        "AU",
        {"tax_number": "51 824 753 556", "registrations": {"gst": "yes"}},
        {},
        {"price": 90},
        ("Invoice B/", "Physiotherapy is GST-free"),
        ("Tax invoice",),
    ),
    "ontario": Case(
        "CA",
        {"tax_number": "123456782 RT0001", "region": "ON"},
        {"registration": "12345"},
        {"price": 113, "tax_percent": 13},
        (
            "Invoice T/",
            "GST/HST no. 123456782 RT0001",
            "College registration no. 12345",
            "HST 13 % 123456782 RT0001 $13.00",
        ),
        ("Tax invoice", "CA$"),
    ),
    "british columbia": Case(
        "CA",
        {"tax_number": "123456782 RT0001", "region": "BC", "registrations": {"pst": "PST-1234-5678"}},
        {},
        {"price": 112, "tax_percent": 12},
        ("GST 5 % 123456782 RT0001 $5.00 PST 7 % PST-1234-5678 $7.00",),
    ),
    "british columbia, GST alone": Case(
        "CA",
        {"tax_number": "123456782 RT0001", "region": "BC", "registrations": {"pst": "PST-1234-5678"}},
        {},
        {"price": 105, "tax_percent": 5},
        ("GST 5 % 123456782 RT0001 $5.00",),
        ("PST 7 %",),
    ),
    "quebec": Case(
        "CA",
        {"tax_number": "123456782 RT0001", "region": "QC", "registrations": {"qst": "1234567890 TQ0001"}},
        {},
        {"price": "114.98", "tax_percent": "14.975"},
        ("GST 5 % 123456782 RT0001 $5.00 QST 9.975 % 1234567890 TQ0001 $9.98",),
    ),
    "united kingdom": Case(
        "GB",
        {"tax_number": "GB 980 7806 84", "registrations": {"company": "01234567"}},
        {"registration": "PH123456"},
        {"price": 60, "tax_percent": 20},
        (
            "VAT invoice T/",
            "VAT no. GB 980 7806 84 Company no. 01234567",
            "HCPC no. PH123456",
            "Taxable value £50.00 VAT 20 % GB 980 7806 84 £10.00",
        ),
    ),
    "united kingdom exempt": Case(
        "GB",
        {"tax_number": "GB 980 7806 84"},
        {},
        {"price": 60},
        ("Invoice B/", "exempt from VAT"),
        ("VAT invoice",),
    ),
    "united states": Case(
        "US",
        {"tax_number": "12-3456789", "registrations": {"npi": "1234567893"}},
        {"registration": "CA PT 12345", "identifiers": {"npi": "1234567893"}},
        {"price": 150000, "code": "97110"},
        (
            "Invoice B/",
            "EIN 12-3456789 NPI 1234567893",
            "State license CA PT 12345 NPI 1234567893",
            "For CPT",
            "Service 97110",
            "$150,000.00",
        ),
        ("Tax", "exempt", "US$", "1,50,000"),
    ),
    "a country without a profile": Case(
        "NZ",
        {"tax_number": "123-456-789"},
        {"registration": "70-12345"},
        {"price": 115, "tax_percent": 15},
        ("Tax invoice T/", "Tax number 123-456-789", "Reg. no. 70-12345", "Tax 15 % $15.00"),
    ),
}


@contextmanager
def billed(case: Case) -> Iterator[Bill]:
    """The bill of a visit that is paid singly, in a clinic as the case says."""
    profile = profile_of(case.country)
    clinic = found("here", country=case.country, currency=profile.currency, time_zone=profile.time_zone)
    with clinic_context(clinic.pk):
        ClinicSettings.objects.update(**case.settings)
        Branch.objects.update(**case.branch)
        kavya = member(clinic, Role.THERAPIST, name="Dr Kavya Menon", **_at_the_branch(case.therapist))
        facts = {"price": 100, "tax_percent": 0, **case.service}
        numbers = {name: Decimal(facts.pop(name)) for name in ("price", "tax_percent")}
        service = Service.objects.create(name="Service", minutes=30, **numbers, **facts)
        seen = visit(clinic, PatientFactory(), service=service, therapist=kavya)
        yield Bill.objects.get(pk=complete(clinic, seen, how="charge").bill.pk)


def _at_the_branch(facts: dict[str, Any]) -> dict[str, Any]:
    """The provider number is kept for the place where it holds."""
    numbers = dict(facts.get("identifiers", {}))
    if provider := numbers.pop("provider_number", ""):
        field = next(one for one in profile_of("AU").staff if one.per_branch)
        numbers[name_at(field, Branch.objects.get())] = provider
    return {**facts, "identifiers": numbers}


def read(bill: Bill, language: str = "en-in") -> str:
    html = bill_html(bill, language=language, at=bill.issued_at)
    return _one_line(unescape(re.sub(r"<[^>]+>", " ", html)))


def read_pdf(bill: Bill, language: str = "en-in") -> str:
    pages = PdfReader(BytesIO(pdf.bill_pdf(bill, language=language, at=bill.issued_at, paper="a4"))).pages
    return _one_line(" ".join(page.extract_text() for page in pages))


def _one_line(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()


@pytest.mark.parametrize("case", CASES.values(), ids=list(CASES))
def test_a_bill_says_what_its_country_asks_for(db: None, case: Case) -> None:
    with billed(case) as bill:
        text = read(bill)

        for words in case.says:
            assert words in text, text
        for words in case.never:
            assert words not in text, text


@pytest.mark.parametrize("name", ["india", "australia", "quebec", "united kingdom", "united states"])
def test_the_pdf_says_it_too(db: None, name: str) -> None:
    case = CASES[name]
    with billed(case) as bill:
        text = read_pdf(bill).replace(" ", "")

        for words in case.says:
            for word in words.removesuffix(" B/").split():
                assert word in text, (word, text)


def test_the_taxes_add_up_to_the_tax_of_the_bill_to_the_paisa(db: None) -> None:
    case = replace(CASES["india"], service={"price": "999.99", "tax_percent": 5})
    with billed(case) as bill:
        taxes = bill.document["profile"]["taxes"]

        assert sum(Decimal(tax["amount"]) for tax in taxes) == Decimal(bill.document["tax"])
        assert [tax["amount"] for tax in taxes] == ["23.81", "23.81"]


def test_a_credit_note_takes_back_each_tax_under_the_name_the_country_has_for_it(db: None) -> None:
    with billed(CASES["australia"]) as bill:
        assert bill.visit
        clinic = Clinic.objects.get()
        reopen(clinic, bill.visit)
        note = Bill.objects.get(corrects=bill)

        assert "Adjustment note CN/" in read(note)
        assert "Taxable value −$100.00 GST 10 % −$10.00" in read(note)


def test_an_old_bill_says_what_it_said_when_the_profile_says_something_else(db: None) -> None:
    """S07"""
    with billed(CASES["india"]) as bill:
        before = read(bill)
        other = replace(
            profile_of("IN"), titles=dict.fromkeys(Paper, "Something else"), registrations=(), staff=()
        )
        ClinicSettings.objects.update(tax_number="", registration="", registrations={}, region="MH")
        Staff.objects.update(registration="", identifiers={})

        with patch("clinic.models.clinics.profile_of", return_value=other):
            assert read(Bill.objects.get(pk=bill.pk)) == before


def test_a_bill_from_before_profiles_prints_as_it_did(asha: Clinic) -> None:
    """S07"""
    ClinicSettings.objects.update(**OLD)
    therapist = member(asha, Role.THERAPIST, name="Dr Rohan Mehta", registration="IAP L-45123")
    taxed = Service.objects.create(
        name="Wellness", minutes=30, price=Decimal(1180), tax_percent=Decimal(18), code="999312"
    )
    bill = complete(
        asha, visit(asha, PatientFactory(), service=taxed, therapist=therapist), how="charge"
    ).bill
    bill = Bill.objects.get(pk=bill.pk)
    del bill.document["profile"]

    text = read(bill)

    for words in (
        "Tax invoice T/",
        "Registration KPME/1 GSTIN 29ABCDE1234F1ZW",
        "Dr Rohan Mehta Reg. no. IAP L-45123",
        "Wellness code 999312",
        "of it tax ₹180.00",
        "Rupees One Thousand One Hundred Eighty Only",
    ):
        assert words in text
    assert "SAC" not in text
    assert "CGST" not in text


def test_a_receipt_and_a_sale_have_titles_of_the_country_too(db: None) -> None:
    clinic = found("here", country="US", currency="USD", time_zone="America/New_York")
    with clinic_context(clinic.pk):
        sold = Bill.objects.get(pk=sale(clinic).bill.pk)
        used = Bill.objects.get(pk=use(clinic, package(clinic), 1)[-1].bill.pk)

        assert bill_context(sold, at=sold.issued_at)["title"] == "Invoice"
        assert bill_context(used, at=used.issued_at)["title"] == "Visit receipt"


def test_a_reader_of_hindi_gets_the_bill_of_any_country_in_hindi(db: None) -> None:
    with billed(CASES["united states"]) as bill:
        text = read(bill, "hi")

        assert "EIN 12-3456789" in text
        assert "मरीज़" in text


def test_the_screens_call_a_bill_as_its_paper_does(db: None) -> None:
    with billed(CASES["united states"]) as bill:
        clinic = Clinic.objects.get()
        owner = Client()
        owner.force_login(owner_of(clinic).user)
        pages = [f"/here/bills/{bill.pk}/", "/here/bills/", f"/here/patients/{bill.patient_id}/"]
        shown = [owner.get(page).content.decode().split("<main")[1] for page in pages]

    assert "Invoice" in shown[0]
    assert "Bill of supply" not in shown[0]
    assert "PDF on A4" not in shown[0], "it is on A4 as it is"
    for page in shown[1:]:
        assert re.search(r'<td data-label="Kind">Invoice</td>', page)
        assert "$150,000.00" in page
