"""Bills on screen, through the door that people use."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from uuid import UUID, uuid4

import pytest
from django.test import Client
from django.utils import timezone

from billing import pdf
from billing.models import Bill, BillKind, Method
from billing.payments import Tender
from clinic.models import Clinic, Role
from clinic.tenancy.context import clinic_context
from desk import checkout
from tests.factories import PatientFactory, complete, member, owner_of, package, plan, reopen, sale, visit
from tests.factories.people import UserFactory


@pytest.fixture(autouse=True)
def no_warm_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """The background thread of a first bill page would outlive the test."""
    monkeypatch.setattr(pdf, "_warming", _Always())


class _Always:
    def is_set(self) -> bool:
        return True


@pytest.fixture
def desk(asha: Clinic, client: Client) -> Client:
    """A browser in which the owner has signed in."""
    client.force_login(owner_of(asha).user)
    return client


def signed_in(clinic: Clinic, role: Role) -> Client:
    client = Client()
    client.force_login(member(clinic, role, user=UserFactory()).user)
    return client


def test_the_list_names_number_patient_and_what_is_owed(asha: Clinic, desk: Client) -> None:
    sold = sale(asha, PatientFactory(name="Lakshmi Krishnan"), paid=4000)

    page = desk.get("/asha/bills/").content.decode()

    assert sold.bill.name in page
    assert "Lakshmi Krishnan" in page
    assert "₹10,000.00" in page
    assert "₹6,000.00" in page


def test_a_clinic_without_bills_is_told_what_makes_one(desk: Client) -> None:
    assert "No bills yet" in desk.get("/asha/bills/").content.decode()


@pytest.mark.parametrize(
    ("asked", "shown"),
    [
        ("kind=bill", ["sold"]),
        ("kind=receipt", ["seen"]),
        ("q=laks", ["sold", "seen"]),
        ("q=somebody-else", []),
        ("first=2000-01-01&last=2000-01-31", []),
        ("first=2000-01-01", ["sold", "seen"]),
        ("first=not-a-day", ["sold", "seen"]),
    ],
)
def test_the_list_is_narrowed_by_kind_name_and_day(
    asha: Clinic, desk: Client, asked: str, shown: list[str]
) -> None:
    sold = sale(asha, PatientFactory(name="Lakshmi Krishnan"))
    seen = complete(asha, visit(asha, sold.package.patient))
    names = {"sold": sold.bill.name, "seen": seen.bill.name}

    page = desk.get(f"/asha/bills/?{asked}").content.decode()

    assert [which for which, name in names.items() if name in page] == shown


def test_a_number_finds_its_bill(asha: Clinic, desk: Client) -> None:
    first, second = sale(asha).bill, sale(asha).bill

    page = desk.get("/asha/bills/", {"q": second.name.lower()}).content.decode()

    assert second.name in page
    assert first.name not in page


def test_pages_lead_to_older_bills_and_back_without_missing_one(
    asha: Clinic, desk: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("billing.views.ON_A_PAGE", 2)
    at = timezone.now()
    bills = {sale(asha, at=at).bill.pk for _ in range(5)}  # all at one moment, which must not lose one

    seen: list[UUID] = []
    query: dict[str, UUID] = {}
    while True:
        page = desk.get("/asha/bills/", query).context["page"]
        seen += [bill.pk for bill in page.bills]
        if page.older_than is None:
            break
        query = {"older_than": page.older_than}
    back = desk.get("/asha/bills/", {"newer_than": page.newer_than}).context["page"]

    assert len(seen) == 5
    assert set(seen) == bills
    assert [bill.pk for bill in back.bills] == seen[2:4]


def test_a_page_of_the_list_costs_the_same_however_many_bills(
    asha: Clinic, desk: Client, queries: object
) -> None:
    sale(asha)
    desk.get("/asha/bills/")  # the first page of a session writes to it
    with queries() as one:  # type: ignore[operator]
        desk.get("/asha/bills/")
    for _ in range(4):
        sale(asha)
    with queries() as five:  # type: ignore[operator]
        desk.get("/asha/bills/")

    assert five.count == one.count <= 8


def test_the_screen_shows_the_bill_as_issued_and_todays_balance_apart(asha: Clinic, desk: Client) -> None:
    """S07"""
    pack = package(asha)
    first = complete(asha, visit(asha, pack.patient)).bill
    complete(asha, visit(asha, pack.patient))

    page = desk.get(f"/asha/bills/{first.pk}/").content.decode()
    paper, today = page.split('<aside class="stack no-print"')

    assert "1 of 10 used" in paper
    assert "2 of 10 used" not in paper
    assert "2 of 10 used" in today


def test_the_screen_names_the_note_that_answers_the_bill(asha: Clinic, desk: Client) -> None:
    """S06"""
    pack = package(asha)
    seen = visit(asha, pack.patient)
    bill = complete(asha, seen).bill
    note = reopen(asha, seen, reason="Marked by mistake")

    page = desk.get(f"/asha/bills/{bill.pk}/").content.decode()
    answer = desk.get(f"/asha/bills/{note.pk}/").content.decode()

    assert f"/asha/bills/{note.pk}/" in page
    assert "Marked by mistake" in page
    assert f"0 used, 10 left; replaces the balance on bill {bill.name}." in answer


def test_the_pdf_is_shown_in_the_browser_and_kept_nowhere(asha: Clinic, desk: Client) -> None:
    bill = sale(asha).bill

    answer = desk.get(f"/asha/bills/{bill.pk}.pdf")

    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.headers["Content-Disposition"] == f'inline; filename="{bill.name.replace("/", "-")}.pdf"'
    assert {"private", "no-store"} <= set(answer.headers["Cache-Control"].split(", "))
    assert answer.content.startswith(b"%PDF-")


def test_without_pango_the_pdf_address_shows_the_page_to_print(
    asha: Clinic, desk: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing() -> pdf.Press:
        raise pdf.NoPdf("cannot load library 'libpango-1.0-0'")

    monkeypatch.setattr(pdf, "_press", missing)
    bill = sale(asha).bill

    answer = desk.get(f"/asha/bills/{bill.pk}.pdf?paper=a4")

    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/html")
    assert {"private", "no-store"} <= set(answer.headers["Cache-Control"].split(", "))
    page = answer.content.decode()
    assert bill.name in page
    assert "Print this page instead" in page
    assert "bill-a4" in page


def test_the_address_of_a_visits_bill_leads_to_that_of_its_last_completion(
    asha: Clinic, desk: Client
) -> None:
    pack = package(asha)
    seen = visit(asha, pack.patient)
    complete(asha, seen)
    reopen(asha, seen)
    again = complete(asha, seen).bill

    assert desk.get(f"/asha/visits/{seen.pk}/bill/").headers["Location"] == f"/asha/bills/{again.pk}/"


def test_a_visit_without_a_bill_and_one_that_does_not_exist_answer_alike(asha: Clinic, desk: Client) -> None:
    booked = visit(asha, PatientFactory())

    assert desk.get(f"/asha/visits/{booked.pk}/bill/").status_code == 404
    assert desk.get(f"/asha/visits/{uuid4()}/bill/").status_code == 404


def test_a_therapist_reads_the_receipt_of_a_visit_but_no_sale_and_no_list(asha: Clinic) -> None:
    pack = package(asha)
    seen = visit(asha, pack.patient)
    receipt = complete(asha, seen).bill
    note = reopen(asha, seen)
    sold = Bill.objects.get(kind=BillKind.BILL)
    therapist = signed_in(asha, Role.THERAPIST)

    assert therapist.get(f"/asha/bills/{receipt.pk}/").status_code == 200
    assert therapist.get(f"/asha/bills/{note.pk}/").status_code == 200
    assert therapist.get(f"/asha/bills/{receipt.pk}.pdf").status_code == 200
    assert therapist.get(f"/asha/bills/{sold.pk}/").status_code == 403
    assert therapist.get(f"/asha/bills/{sold.pk}.pdf").status_code == 403
    assert therapist.get("/asha/bills/").status_code == 403


def test_another_clinics_bill_is_not_there(asha: Clinic, other_clinic: Clinic) -> None:
    """S26"""
    bill = sale(asha).bill
    with clinic_context(other_clinic.pk):
        stranger = signed_in(other_clinic, Role.OWNER)

    for address in (f"/other/bills/{bill.pk}/", f"/other/bills/{bill.pk}.pdf", f"/asha/bills/{bill.pk}/"):
        assert stranger.get(address).status_code == 404


def test_the_bill_is_shown_in_the_language_that_is_asked_for(asha: Clinic, desk: Client) -> None:
    sold = sale(asha, PatientFactory(language="hi"), of=plan(price=8000))

    own = desk.get(f"/asha/bills/{sold.bill.pk}/").content.decode()
    english = desk.get(f"/asha/bills/{sold.bill.pk}/?language=en").content.decode()

    assert "आठ हज़ार रुपये मात्र" in own
    assert "Rupees Eight Thousand Only" in english


def test_what_was_received_later_stands_beside_the_bill(asha: Clinic, desk: Client) -> None:
    """A bill issued unpaid stays so on paper; the screen says that nothing is owed any more."""
    sold = sale(asha, paid=0)
    checkout.take_payment(
        sold.bill.patient,
        tenders=[Tender(Method.UPI, Decimal(10_000), "UTR 77")],
        lines=list(sold.bill.lines.all()),
        branch=sold.bill.branch,
        clinic=asha,
        at=timezone.now() + timedelta(seconds=1),
        by=owner_of(asha),
        key=uuid4(),
    )

    page = desk.get(f"/asha/bills/{sold.bill.pk}/").content.decode()
    paper, today = page.split('<aside class="stack no-print"')

    assert "Still to pay" in paper
    assert "UTR 77" not in paper
    assert "Still to pay" not in today
    assert "UTR 77" in today
