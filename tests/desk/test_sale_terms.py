"""The sale shows the terms in sentences before it is saved, takes the agreement, and prints both on the bill."""

from __future__ import annotations

from decimal import Decimal
from io import BytesIO
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone
from pypdf import PdfReader

from billing.models import Bill
from billing.pdf import bill_pdf
from clinic.calendar import valid_until
from clinic.models import Branch, Clinic, Patient
from clinic.ui.words import day
from packages.clauses import clauses_of, lines_of
from packages.models import Agreement, Package, Plan
from packages.plans import change_plan
from tests.factories import PatientFactory, owner_of, plan, use

SIGNATURE = "M20 60L60 20L100 90L140 30"


@pytest.fixture
def desk(asha: Clinic, client: Client) -> Client:
    client.force_login(owner_of(asha).user)
    return client


@pytest.fixture
def patient(asha: Clinic) -> Patient:
    return PatientFactory(name="Lakshmi Rao")


def form(of: Plan, **facts: Any) -> dict[str, Any]:
    ways = {"tender-TOTAL_FORMS": 1, "tender-INITIAL_FORMS": 1, "tender-0-method": "cash"}
    branch = {"branch": str(Branch.objects.get().pk)}
    return {"plan": str(of.pk), "key": str(uuid4()), "tender-0-amount": "10000"} | branch | ways | facts


def sold(desk: Client, patient: Patient, of: Plan, **facts: Any) -> Any:
    return desk.post(f"/asha/patients/{patient.pk}/sale/", form(of, **facts))


def test_the_terms_are_read_with_their_dates_before_the_sale_is_saved(
    desk: Client, asha: Clinic, patient: Patient
) -> None:
    """S31, S32: the day is printed, and so is the outer limit."""
    of = plan(validity_count=3, validity_start="first_visit", longest_count=6, late_cancel_takes="half")

    page = desk.get(f"/asha/patients/{patient.pk}/sale/?plan={of.pk}").content.decode()

    for clause in clauses_of(of, clinic=asha, bought_on=asha.today()):
        assert clause.sentence in page
    assert "at the latest to" in page
    assert not Package.objects.exists()


def test_each_offer_says_until_when_it_would_be_valid(desk: Client, asha: Clinic, patient: Patient) -> None:
    """S32: a plan that counts from the first visit promises no day but the outer limit."""
    first_visit = {"validity_count": 3, "validity_start": "first_visit"}
    plan(name="Within", longest_count=1, longest_unit="days", **first_visit)
    plan(name="Open", **first_visit)
    plan(name="Monthly", renews_monthly=True)
    plan(name="For ever")

    page = desk.get(f"/asha/patients/{patient.pk}/sale/").content.decode()

    today = asha.today()
    said = {
        name: page.split(f">{name}</a>")[1].split("</article>")[0]
        for name in ("Within", "Open", "Monthly", "For ever")
    }
    assert f"valid for 3 months from the first visit, at the latest to {day(today)}<" in said["Within"]
    assert "valid for 3 months from the first visit<" in said["Open"]
    assert f"valid to {day(valid_until(today, 1, 'months'))}<" in said["Monthly"]
    assert "never lapses" in said["For ever"]


def test_the_price_after_the_discount_is_read(desk: Client, patient: Patient) -> None:
    of = plan(price=10_000)
    page = f"/asha/patients/{patient.pk}/sale/?plan={of.pk}"

    assert "The price is ₹10,000.00." in desk.get(page).content.decode()
    assert "The price is ₹8,000.00: ₹10,000.00 less a discount of ₹2,000.00." in (
        desk.get(f"{page}&discount=2,000").content.decode()
    )
    assert "The price is ₹10,000.00." in desk.get(f"{page}&discount=what").content.decode()


def test_the_agreement_is_taken_with_the_sale(desk: Client, asha: Clinic, patient: Patient) -> None:
    answer = sold(
        desk,
        patient,
        plan(),
        discount="2000",
        discount_reason="Family",
        agreed_name="Lakshmi Rao",
        signature=SIGNATURE,
    )

    assert answer.status_code == 302
    pack, agreement = Package.objects.get(), Agreement.objects.get()
    assert (agreement.package, agreement.name, agreement.signature) == (pack, "Lakshmi Rao", SIGNATURE)
    by_code = {clause["code"]: clause["sentence"] for clause in agreement.sentences}
    assert by_code["price"] == "The price is ₹8,000.00: ₹10,000.00 less a discount of ₹2,000.00."
    assert by_code == {clause.code: clause.sentence for clause in clauses_of(pack, clinic=asha)}


def test_no_agreement_holds_up_no_sale(desk: Client, patient: Patient) -> None:
    assert sold(desk, patient, plan()).status_code == 302

    assert Package.objects.count() == 1
    assert not Agreement.objects.exists()


def test_a_signature_that_is_none_is_said_and_nothing_is_lost(desk: Client, patient: Patient) -> None:
    answer = sold(desk, patient, plan(), agreed_name="Lakshmi Rao", signature="<script>", discount="2,000")

    assert answer.status_code == 422
    page = answer.content.decode()
    assert "This signature cannot be read." in page
    assert 'value="Lakshmi Rao"' in page
    assert 'value="2,000"' in page
    assert "<script>" not in page.split("</head>")[1]
    assert not Package.objects.exists()


def test_the_same_sale_sent_twice_is_agreed_to_once(desk: Client, patient: Patient) -> None:
    facts = form(plan(), agreed_name="Lakshmi Rao")

    for _n in range(2):
        desk.post(f"/asha/patients/{patient.pk}/sale/", facts)

    assert Agreement.objects.count() == 1


def test_the_bill_of_the_sale_prints_the_terms_and_the_agreement_for_ever(
    desk: Client, asha: Clinic, patient: Patient
) -> None:
    of = plan(validity_count=3, late_cancel_takes="half")
    sold(desk, patient, of, agreed_name="Lakshmi Rao", signature=SIGNATURE)
    bill, pack = Bill.objects.get(), Package.objects.get()
    said = [clause.sentence for clause in clauses_of(pack, clinic=asha)]
    change_plan(of, lines=lines_of(of), by=None, late_cancel_takes="one", name="Another")
    use(asha, pack, 2)

    page = desk.get(f"/asha/bills/{bill.pk}/?language=en").content.decode()

    assert [sentence for sentence in said if sentence not in page] == []
    assert f"Agreed to by Lakshmi Rao on {day(asha.today())}." in page
    assert f'd="{SIGNATURE}"' in page
    assert set(bill.document["terms"]["clauses"]) == {"en", "hi"}


def test_the_terms_and_the_signature_fit_with_the_bill_on_one_page_of_a4(
    desk: Client, asha: Clinic, patient: Patient
) -> None:
    rules = {"refund_rule": "fee", "refund_fee": Decimal(500), "sharing": "named", "named_limit": 4}
    of = plan(validity_count=3, validity_start="first_visit", longest_count=6, **rules)
    sold(desk, patient, of, agreed_name="Lakshmi Rao", signature=SIGNATURE)

    pdf = bill_pdf(Bill.objects.get(), language="en-in", at=timezone.now(), paper="a4")

    (page,) = PdfReader(BytesIO(pdf)).pages
    assert "Agreed to by Lakshmi Rao" in " ".join(page.extract_text().split())


def test_a_bill_without_agreement_has_a_line_to_sign_on(desk: Client, patient: Patient) -> None:
    sold(desk, patient, plan())

    page = desk.get(f"/asha/bills/{Bill.objects.get().pk}/").content.decode()

    assert "Read and agreed to:" in page


def test_the_receipt_of_a_visit_prints_no_terms(desk: Client, asha: Clinic, patient: Patient) -> None:
    sold(desk, patient, plan())
    (done,) = use(asha, Package.objects.get())

    assert done.bill.document["terms"] is None
    assert "bill-terms" not in desk.get(f"/asha/bills/{done.bill.pk}/").content.decode()
