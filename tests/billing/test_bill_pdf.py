"""The bill on paper: read back from the PDF that a browser gets."""

from __future__ import annotations

import builtins
import gc
import re
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal
from io import BytesIO
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone
from fontTools.ttLib import TTFont
from pypdf import PdfReader

from billing import pdf
from billing.models import Bill, BillKind, BillLine, LineKind
from billing.services import issue_bill
from clinic.models import Branch, Clinic, ClinicSettings, Patient, Service, Staff
from packages.models import Plan
from tests.factories import PatientFactory, complete, package, reopen, sale, use, visit

from .papers import reader, text_of

A5, A4 = (420, 595), (595, 842)
NAMES = {
    "Devanagari": "श्रीमती लक्ष्मी कृष्णमूर्ति",
    "Gujarati": "શ્રીમતી લક્ષ્મી પટેલ",
    "Tamil": "திருமதி லட்சுமி கிருஷ்ணன்",
    "Bengali": "শ্রীমতী লক্ষ্মী চট্টোপাধ্যায়",
    "Telugu": "శ్రీమతి లక్ష్మి కృష్ణమూర్తి",
    "Kannada": "ಶ್ರೀಮತಿ ಲಕ್ಷ್ಮಿ ಕೃಷ್ಣಮೂರ್ತಿ",
    "Malayalam": "ശ്രീമതി ലക്ഷ്മി കൃഷ്ണൻ",
    "Gurmukhi": "ਸ਼੍ਰੀਮਤੀ ਲਕਸ਼ਮੀ ਸਿੰਘ",
    "Oriya": "ଶ୍ରୀମତୀ ଲକ୍ଷ୍ମୀ",
    "Latin-Ext": "Ștefania Łukasiewicz Đorđević",
}


def fonts_of(pages: PdfReader) -> set[str]:
    """The families of the glyphs that the first page really uses."""
    fonts = pages.pages[0]["/Resources"]["/Font"].values()
    return {font.get_object()["/BaseFont"].split("+")[1].removesuffix("-Bold") for font in fonts}


def goods(clinic: Clinic, count: int, text: str = "Knee brace") -> Bill:
    lines = [
        BillLine(kind=LineKind.GOODS, text=f"{text} {n}", unit_price=Decimal(100), amount=Decimal(100))
        for n in range(1, count + 1)
    ]
    return issue_bill(
        PatientFactory(),
        kind=BillKind.BILL,
        lines=lines,
        branch=Branch.objects.first(),
        clinic=clinic,
        at=timezone.now(),
        by=None,
        key=uuid4(),
    )


def test_the_pdf_says_what_a_patient_wants_to_know(asha: Clinic) -> None:
    pack = package(asha, PatientFactory(name="Lakshmi Krishnan"))
    bill = use(asha, pack, 6)[-1].bill

    pages = reader(bill)
    text = text_of(pages)

    assert len(pages.pages) == 1
    for words in (
        "Visit receipt",
        "Lakshmi Krishnan",
        "4 left",
        "6 of 10 used",
        "This visit is session 6 of 10",
    ):
        assert words in text
    assert pages.metadata is not None
    assert pages.metadata.title == f"Visit receipt {Bill.objects.get(pk=bill.pk).name}"


@pytest.mark.parametrize(("paper", "size"), [("a5", A5), ("a4", A4)])
def test_the_page_is_a5_or_a4(asha: Clinic, paper: str, size: tuple[int, int]) -> None:
    box = reader(sale(asha).bill, paper=paper).pages[0].mediabox

    assert (round(box.width), round(box.height)) == size


def test_reprinting_later_gives_the_same_words_but_for_the_mark(asha: Clinic) -> None:
    """S07: everything around the bill changes, the bill does not."""
    ClinicSettings.objects.update(address="12 MG Road", upi_id="asha@okbank", bill_footer="Get well soon.")
    pack = package(asha, PatientFactory(name="Lakshmi"))
    first, second = use(asha, pack, 2)
    printed = {bill.pk: text_of(reader(bill)) for bill in Bill.objects.all()}

    use(asha, pack, 3)
    reopen(asha, second.visit)
    complete(asha, visit(asha, pack.patient))
    Patient.objects.update(name="Somebody Else")
    ClinicSettings.objects.update(legal_name="New Name", address="Elsewhere", upi_id="", bill_footer="")
    Plan.objects.update(name="Another plan")
    Service.objects.update(name="Another service")
    Staff.objects.update(name="Another name", registration="X1")

    a_month_later = first.bill.issued_at + timedelta(days=31)
    for bill in Bill.objects.filter(pk__in=printed):
        again = text_of(reader(bill, at=a_month_later))
        mark = re.search(r"Duplicate printed .{1,24}; figures and balance as at .{1,14}, \d\d:\d\d ", again)
        assert mark, again
        # In the order of the words but for the foot of a page, which the mark may push between two other rules.
        assert sorted(again.replace(mark[0], "").split()) == sorted(printed[bill.pk].split())


def test_a_reprint_on_the_same_day_is_the_same_page(asha: Clinic) -> None:
    bill = sale(asha).bill

    assert text_of(reader(bill)) == text_of(reader(bill, at=bill.issued_at))
    assert "Duplicate" not in text_of(reader(bill))


@pytest.mark.parametrize("script", NAMES)
def test_a_name_in_any_script_of_india_is_drawn_with_its_letters(asha: Clinic, script: str) -> None:
    bill = sale(asha, PatientFactory(name=NAMES[script])).bill

    assert f"Bill-{script}" in fonts_of(reader(bill))


@pytest.mark.parametrize("script", NAMES)
@pytest.mark.parametrize("weight", ["regular", "bold"])
def test_no_letter_of_these_names_is_a_box(script: str, weight: str) -> None:
    files = [f"noto-sans-{name}-{weight}.ttf" for name in ("latin", "latin-ext", script.lower())]
    drawn = {code for file in files for code in TTFont(pdf.FONTS / file).getBestCmap()}

    assert {letter for letter in NAMES[script] + "₹1,23,456.00 −·×“”" if ord(letter) not in drawn} == set()


def test_hindi_is_drawn_in_devanagari(asha: Clinic) -> None:
    pages = reader(sale(asha).bill, language="hi")

    assert "Bill-Devanagari" in fonts_of(pages)
    assert pages.trailer["/Root"]["/Lang"] == "hi"


def test_many_lines_go_on_over_the_page_with_their_headings(asha: Clinic) -> None:
    bill = goods(asha, 60)

    pages = reader(bill)
    texts = [page.extract_text() for page in pages.pages]

    assert len(texts) > 1
    assert all(f"{number} / {len(texts)}" in text for number, text in enumerate(texts, start=1))
    assert texts[0].count("Amount") == texts[1].count("Amount") == 1
    assert all(text_of(pages).count(f"Knee brace {n} ") == 1 for n in range(1, 61))


def test_a_bill_may_ask_for_our_fonts_and_for_nothing_else() -> None:
    """What a person typed can make the server fetch no address and read no file."""
    fetch = pdf._fetcher().fetch

    assert fetch("data:text/plain,hello").read() == b"hello"
    assert fetch((pdf.FONTS / "noto-sans-latin-bold.ttf").as_uri()).read()
    for address in (
        "http://127.0.0.1:1/x",
        "https://example.test/x",
        "ftp://example.test/x",
        "file:///etc/passwd",
        f"{pdf.FONTS.as_uri()}/../../manage.py",
        f"{pdf.FONTS.as_uri()}/%2e%2e/models/bills.py",
    ):
        with pytest.raises(ValueError, match="may not refer"):
            fetch(address)


def test_bills_asked_for_at_once_are_made_in_turn(asha: Clinic, monkeypatch: pytest.MonkeyPatch) -> None:
    """Threads share one font map, which Pango does not protect."""
    bills = [Bill.objects.get(pk=sale(asha).bill.pk) for _ in range(4)]
    together = threading.Barrier(len(bills))
    inside: list[Bill] = []
    most_inside = []
    make = pdf.Press.pdf

    def watched(press: pdf.Press, html: str, paper: str) -> bytes:
        inside.append(bills[0])
        most_inside.append(len(inside))
        made = make(press, html, paper)
        inside.pop()
        return made

    def print_one(bill: Bill) -> str:
        together.wait(timeout=30)
        made = pdf.bill_pdf(bill, language="en-in", at=bill.issued_at)
        return text_of(PdfReader(BytesIO(made)))

    monkeypatch.setattr(pdf.Press, "pdf", watched)
    with ThreadPoolExecutor(len(bills)) as threads:
        texts = list(threads.map(print_one, bills))

    assert all(bill.name in text for bill, text in zip(bills, texts, strict=True))
    assert max(most_inside) == 1


def test_the_garbage_collector_is_on_again_after_a_bill(asha: Clinic) -> None:
    assert gc.isenabled()
    reader(sale(asha).bill)

    assert gc.isenabled()


def test_warming_up_leaves_the_press_ready() -> None:
    pdf.warm_up()

    assert pdf._press() is pdf._press()
    assert set(pdf._press().styles) == {"a5", "a4", "roll"}


def test_where_pango_is_missing_there_is_no_pdf_and_no_crash(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a machine without the library: importing WeasyPrint raises OSError."""
    real = builtins.__import__

    def without_pango(name: str, *rest: Any, **more: Any) -> Any:
        if name == "weasyprint":
            raise OSError("cannot load library 'libpango-1.0-0'")
        return real(name, *rest, **more)

    monkeypatch.setattr(pdf, "_press", pdf._press.__wrapped__)
    monkeypatch.setattr(builtins, "__import__", without_pango)

    with pytest.raises(pdf.NoPdf, match="libpango"):
        pdf.pdf_of("<p>1</p>")
    pdf.warm_up()
