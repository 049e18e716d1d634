"""A bill on A5, on A4 and on 80 mm of thermal roll: everything is on it, and nothing sticks out."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from io import BytesIO
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone
from pypdf import PdfReader

from billing import pdf
from billing.models import Bill, BillKind, BillLine, LineKind
from billing.papers import PAPERS
from billing.rendering import bill_html
from billing.services import issue_bill
from clinic.models import Branch, Clinic, ClinicSettings, Patient
from tests.factories import PatientFactory, complete, owner_of, plan, reopen, sale, use, visit

from .papers import bill_sticking_out, reader, size_in_mm, sticking_out, text_of

LONG_NAMES = {
    "hindi": "श्रीमती लक्ष्मीबाई वेंकटरामन कृष्णमूर्ति सुब्रह्मण्यम अय्यर (वरिष्ठ नागरिक)",
    "gujarati": "શ્રીમતી લક્ષ્મીબેન વિઠ્ઠલભાઈ પટેલ",
    "tamil": "திருமதி லட்சுமி கிருஷ்ணமூர்த்தி சுப்பிரமணியன்",
    "one_word": "Wolfeschlegelsteinhausenbergerdorffwelchevoralternwaren",
}
KINDS = ("sale", "receipt", "correction", "charge", "credit_note", "goods")


@dataclass
class Papers:
    """One bill of each kind, of a patient with a long name."""

    clinic: Clinic
    patient: Patient

    def of(self, kind: str) -> Bill:
        made: Bill = getattr(self, kind)()
        return Bill.objects.get(pk=made.pk)

    def sale(self) -> Bill:
        offer = plan(sessions=24, price=12_34_567, validity_count=3, name="Back and neck, long course " * 3)
        return sale(self.clinic, self.patient, of=offer, price=11_11_111, paid=4000).bill

    def receipt(self) -> Bill:
        return use(self.clinic, sale(self.clinic, self.patient).package, 6)[-1].bill

    def correction(self) -> Bill:
        seen = use(self.clinic, sale(self.clinic, self.patient).package)[-1]
        return reopen(self.clinic, seen.visit, reason="Marked by mistake, the patient did not come. " * 4)

    def charge(self) -> Bill:
        return complete(self.clinic, visit(self.clinic, self.patient), how="charge").bill

    def credit_note(self) -> Bill:
        seen = visit(self.clinic, self.patient)
        complete(self.clinic, seen, how="charge")
        return reopen(self.clinic, seen, reason="Not treated")

    def goods(self) -> Bill:
        return goods(self.clinic, self.patient, 12)


def goods(clinic: Clinic, patient: Patient, count: int) -> Bill:
    """So many lines, each with a quantity, a rate, a discount and tax."""
    line = partial(BillLine, kind=LineKind.GOODS, quantity=Decimal(2), unit_price=Decimal("123456.50"))
    money = {"discount": Decimal(6913), "tax_percent": Decimal(18), "tax": Decimal("36610.17")}
    text = "Knee brace, adjustable, with hinges, left and right, size XXL"
    return issue_bill(
        patient,
        kind=BillKind.BILL,
        lines=[line(text=f"{text}, {n}", amount=Decimal(240_000), **money) for n in range(1, count + 1)],
        branch=Branch.objects.first(),
        clinic=clinic,
        at=timezone.now(),
        by=owner_of(clinic),
        key=uuid4(),
    )


@pytest.fixture
def letterhead(asha: Clinic) -> None:
    ClinicSettings.objects.update(
        legal_name="Asha Physiotherapy and Rehabilitation Centre Private Limited",
        address="Shop 12, Ground floor, Shanti Apartments\nMG Road, opposite the old post office\nBengaluru 560001",
        phone="080 4123 4567",
        email="reception.and.accounts@asha-physiotherapy.example",
        tax_number="29ABCDE1234F1Z5",
        upi_id="asha.physiotherapy.centre@okhdfcbank",
        bill_footer="Get well soon. " * 10,
    )


@pytest.mark.parametrize("paper", PAPERS)
@pytest.mark.parametrize("kind", KINDS)
def test_nothing_sticks_out_of_any_paper_in_either_language(
    asha: Clinic, letterhead: None, paper: str, kind: str
) -> None:
    bill = Papers(asha, PatientFactory(name=LONG_NAMES["hindi"])).of(kind)

    assert {language: bill_sticking_out(bill, language, paper) for language in ("en-in", "hi")} == {
        "en-in": [],
        "hi": [],
    }


@pytest.mark.parametrize("name", LONG_NAMES)
def test_a_long_name_in_any_script_fits_the_roll(asha: Clinic, letterhead: None, name: str) -> None:
    bill = Papers(asha, PatientFactory(name=LONG_NAMES[name])).of("receipt")

    assert bill_sticking_out(bill, "hi", "roll") == []


def test_what_sticks_out_is_seen() -> None:
    """The measure of the tests above is a real one."""
    wide = '<article class="bill"><p style="width: 90mm; white-space: nowrap">{}</p></article>'

    assert sticking_out(wide.format("no room " * 20), "roll") != []
    assert sticking_out(wide.format("room"), "roll") == []


def test_the_roll_is_80_mm_wide_and_as_long_as_the_bill(asha: Clinic) -> None:
    few, many = goods(asha, PatientFactory(), 1), goods(asha, PatientFactory(), 60)

    short, long = reader(few, paper="roll"), reader(many, paper="roll")

    (width, height), (same, longer) = size_in_mm(short), size_in_mm(long)
    assert (width, same) == (80, 80)
    assert len(short.pages) == len(long.pages) == 1
    assert 60 < height < 200 < longer
    assert all(text_of(long).count(f"XXL, {n} ") == 1 for n in range(1, 61))


def test_the_roll_ends_a_little_below_the_last_line(asha: Clinic) -> None:
    ClinicSettings.objects.update(bill_footer="THE END")
    bill = _fresh(sale(asha).bill)
    html = bill_html(bill, language="en-in", at=bill.issued_at)

    page = pdf._press()._laid_out(html, "roll").pages[-1]

    margin = 4 / 25.4 * 96
    sheet = page._page_box.children[0]
    assert page.height == pytest.approx(sheet.position_y + sheet.margin_height() + margin, abs=1)


def test_the_roll_says_all_that_a5_says(asha: Clinic, letterhead: None) -> None:
    """Also the figures of a line, which lose their heading and keep its word."""
    bills = Papers(asha, PatientFactory(name="Lakshmi"))
    for kind in KINDS:
        bill = bills.of(kind)

        a5, roll = text_of(reader(bill)), text_of(reader(bill, paper="roll"))

        # Headings of columns, the name and the number of a page at its foot.
        furniture = {"For", "By", "Reference", "Amount", "/", "1", "2", "3", "4", bill.name}
        missing = set(a5.split()) - set(roll.split()) - furniture
        assert not {word for word in missing if word not in roll.replace(" ", "")}, kind


def test_the_package_box_and_its_cells_survive_on_the_roll(asha: Clinic) -> None:
    bill = Papers(asha, PatientFactory()).of("receipt")

    text = text_of(reader(bill, paper="roll"))

    for words in ("4 left", "6 of 10 used", "This visit is session 6 of 10", "1 2 3 4 5 6 7 8 9 10"):
        assert words in text


def test_the_code_to_pay_with_is_large_enough_for_a_phone_on_the_roll(asha: Clinic, letterhead: None) -> None:
    html = bill_html(_fresh(sale(asha, paid=0).bill), language="en-in", at=timezone.now())

    pictures = list(_pictures(pdf._press()._laid_out(html, "roll").pages[0]._page_box))

    pay, check = (round(picture.width / 96 * 25.4) for picture in pictures)
    assert (pay, check) == (34, 22)


def test_nothing_on_the_roll_needs_a_colour(asha: Clinic, letterhead: None) -> None:
    """A thermal head knows black and white; a grey would be a pattern of dots."""
    bills = Papers(asha, PatientFactory())
    black, white = (b"0",) * 3, (b"1",) * 3

    for kind in KINDS:
        assert black in colours_of(reader(bills.of(kind), paper="roll")) <= {black, white}, kind
    assert colours_of(reader(bills.of("receipt"))) - {black, white}


def test_a_correction_and_a_credit_note_say_what_they_answer_on_the_roll(asha: Clinic) -> None:
    bills = Papers(asha, PatientFactory())

    assert "replaces the balance on bill" in text_of(reader(bills.of("correction"), paper="roll"))
    assert "Takes back what bill" in text_of(reader(bills.of("credit_note"), paper="roll"))


def test_many_bills_in_one_file_count_their_own_pages(asha: Clinic) -> None:
    long = _fresh(goods(asha, PatientFactory(), 30))
    bills = [_fresh(sale(asha).bill), long, _fresh(sale(asha).bill)]

    pages = PdfReader(BytesIO(pdf.bills_pdf(bills, language="en-in", at=timezone.now()))).pages

    texts = [page.extract_text() for page in pages]
    alone = [len(reader(bill).pages) for bill in bills]
    assert alone[1] > 1
    assert len(pages) == sum(alone)
    counted = [f"{page} / {count}" for count in alone for page in range(1, count + 1)]
    assert all(count in text for count, text in zip(counted, texts, strict=True))


def test_each_of_many_bills_speaks_its_patients_language_unless_one_is_asked_for(asha: Clinic) -> None:
    bills = [_fresh(sale(asha, PatientFactory(language=language)).bill) for language in ("en", "hi")]

    own = PdfReader(BytesIO(pdf.bills_pdf(bills, at=timezone.now()))).pages
    english = PdfReader(BytesIO(pdf.bills_pdf(bills, language="en-in", at=timezone.now()))).pages

    words = "Rupees Ten Thousand Only"
    assert words in own[0].extract_text()
    assert words not in "".join(page.extract_text() for page in own[1:])
    assert sum(words in page.extract_text() for page in english) == 2


@pytest.mark.parametrize("paper", PAPERS)
def test_the_browser_prints_each_paper_too(asha: Clinic, client: Client, paper: str) -> None:
    client.force_login(owner_of(asha).user)
    bill = sale(asha).bill

    answer = client.get(f"/asha/bills/{bill.pk}/print/?paper={paper}")

    page = answer.content.decode()
    assert answer.status_code == 200
    assert f"bill-{paper}.css" in page
    assert "data-print" in page
    assert "cannot make PDF" not in page
    assert {"private", "no-store"} <= set(answer.headers["Cache-Control"].split(", "))


def test_the_bills_page_offers_one_pdf_and_the_other_papers_behind_it(asha: Clinic, client: Client) -> None:
    client.force_login(owner_of(asha).user)
    bill = sale(asha).bill

    page = client.get(f"/asha/bills/{bill.pk}/").content.decode()

    assert page.count('class="button primary"') == 1
    for address in (".pdf?language=en", ".pdf?language=en&amp;paper=a4", ".pdf?language=en&amp;paper=roll"):
        assert f'/asha/bills/{bill.pk}{address}"' in page
    assert f"/asha/bills/{bill.pk}/print/?language=en&amp;paper=roll" in page


def colours_of(pages: PdfReader) -> set[tuple[bytes, ...]]:
    """The colours that anything is filled or drawn with."""
    drawn = b"\n".join(page.get_contents().get_data() for page in pages.pages)
    return {tuple(line.split()[:-1]) for line in drawn.splitlines() if line.endswith((b" rg", b" RG"))}


def _fresh(bill: Bill) -> Bill:
    return Bill.objects.get(pk=bill.pk)


def _pictures(box: object) -> list[object]:
    own = [box] if type(box).__name__ in {"InlineReplacedBox", "BlockReplacedBox"} else []
    return own + [picture for child in getattr(box, "children", ()) for picture in _pictures(child)]
