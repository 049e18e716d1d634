"""The pages of what is owed in care: every figure opens what it is made of, and says when that was recorded."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from html.parser import HTMLParser
from io import BytesIO
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from python_calamine import CalamineWorkbook

from clinic.models import Clinic, Role
from packages.liability import liability
from packages.liability_shares import By
from packages.models import MonthClose, Package
from packages.months import close_month
from packages.roll_forward import roll_forward
from tests.factories import PatientFactory, complete, member, owner_of, package, reopen, visit
from tests.written import everything

REPORT = "/asha/reports/liability"
MONTHS = "/asha/reports/months/"
MARCH = {"first": "2026-03-01", "last": "2026-03-31"}
END_OF_MARCH = date(2026, 3, 31)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Asia/Kolkata"))


class Words(HTMLParser):
    """What a page says, without its drawings."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []
        self.drawings = 0

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.drawings += tag == "svg"

    def handle_endtag(self, tag: str) -> None:
        self.drawings -= tag == "svg"

    def handle_data(self, data: str) -> None:
        if not self.drawings:
            self.said.append(data)


def words(response: Any) -> str:
    """What a page says, with the minus of a keyboard."""
    reader = Words()
    reader.feed(response.content.decode())
    return " ".join(" ".join(reader.said).replace("−", "-").split())


@pytest.fixture
def owner(asha: Clinic, client: Client) -> Client:
    client.force_login(owner_of(asha).user)
    return client


@pytest.fixture
def accountant(asha: Clinic) -> Client:
    client = Client()
    client.force_login(member(asha, Role.ACCOUNTANT, name="Mr Shah").user)
    return client


@pytest.fixture
def meera(asha: Clinic) -> Package:
    """10 sessions at 10,000, sold on 1 March; used on the 3rd and 5th, the second given back on the 6th; 7 April."""
    pack = package(asha, PatientFactory(name="Meera Iyer"), at=at("2026-03-01T10:00"))
    seen = [_seen(asha, pack, day) for day in ("2026-03-03", "2026-03-05", "2026-04-07")]
    reopen(asha, seen[1].visit, at=at("2026-03-06T10:00"))
    return pack


def _seen(clinic: Clinic, pack: Package, day: str) -> Any:
    held = at(f"{day}T10:00")
    return complete(clinic, visit(clinic, pack.patient, at=held), at=held)


def test_the_overview_says_how_it_stood_at_the_end_of_a_past_day(owner: Client, meera: Package) -> None:
    said = words(owner.get(f"{REPORT}/", {"on": "2026-03-31"}))

    assert "Prepaid and not delivered, at the end of Tuesday, 31 March 2026" in said
    assert "Liability ₹9,000.00" in said
    assert "Sessions owed 9 Packages: 1, patients: 1. Of them free, worth 0: 0" in said
    assert "Owed by patients ₹0.00 for care already given; never netted" in said
    assert "Check ₹0.00 packages less ledger: 0, so all is well" in said
    assert "Mar 2026 ₹9,000.00 9 ₹0.00" in said


def test_the_overview_draws_how_it_came_to_stand_there(owner: Client, meera: Package) -> None:
    page = owner.get(f"{REPORT}/", {"on": "2026-04-30"}).content.decode()

    assert page.count('role="img"') == 4
    assert "Mar 2026: ₹9,000.00" in page
    assert "Apr 2026: ₹8,000.00" in page


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ("2199-01-01", "This day is still to come. Choose today or a day before."),
        ("31 May", "Enter a valid date."),
        ("1026-05-31", "The year is from 2000 to 2199."),
    ],
)
def test_a_day_that_cannot_be_reported_says_why_and_shows_today(
    owner: Client, asha: Clinic, asked: str, sentence: str
) -> None:
    response = owner.get(f"{REPORT}/", {"on": asked})

    assert sentence in words(response)
    assert response.context["asked"].day == asha.today()


def test_days_in_the_wrong_order_say_so(owner: Client) -> None:
    said = words(owner.get(f"{REPORT}/changes/", {"first": "2026-03-31", "last": "2026-03-01"}))

    assert "The last day is before the first." in said


def test_the_days_that_are_mostly_asked_for_are_one_click_away(owner: Client, asha: Clinic) -> None:
    page = owner.get(f"{REPORT}/").content.decode()

    assert f'href="?on={asha.today().replace(day=1) - timedelta(days=1)}"' in page
    assert "End of the last financial year" in page


def test_what_changed_leads_from_the_opening_to_the_closing(owner: Client, meera: Package) -> None:
    said = words(owner.get(f"{REPORT}/changes/", MARCH))

    rows = "Opening ₹0.00 0 0 Brought in ₹0.00 0 0 Sold +₹10,000.00 +10 0"
    assert rows in said
    assert "Given back +₹1,000.00 +1 0 Used -₹2,000.00 -2 0" in said
    assert "Closing ₹9,000.00 9 0" in said


def test_every_figure_of_what_changed_is_the_sum_of_the_postings_that_it_opens(
    owner: Client, meera: Package
) -> None:
    why = roll_forward(date(2026, 3, 1), END_OF_MARCH)
    page = owner.get(f"{REPORT}/changes/", MARCH).content.decode()

    for row, figures in why.changes.items():
        assert f'href="{REPORT}/changes/{row}/?first=2026-03-01&amp;last=2026-03-31"' in page
        postings = owner.get(f"{REPORT}/changes/{row}/", MARCH).context["page"].object_list
        assert sum(each.value for each in postings) == figures.value, row
        assert sum(each.sessions for each in postings) == figures.sessions, row


def test_a_posting_says_its_package_who_recorded_it_and_that_it_was_late(
    owner: Client, asha: Clinic, meera: Package
) -> None:
    response = owner.get(f"{REPORT}/changes/used/", MARCH)
    said = words(response)

    today = f"{asha.today():%-d %b %Y}"
    assert "5 Mar 2026 Meera Iyer · package 1" in said
    assert f"of 5 Mar 2026, recorded {today}," in said
    assert "by Owner of asha recorded late" in said
    assert f'href="/asha/packages/{meera.pk}/"' in response.content.decode()


def test_what_is_recorded_for_a_closed_month_is_posted_later_and_flagged(
    owner: Client, asha: Clinic, meera: Package
) -> None:
    """S36"""
    close(asha, END_OF_MARCH)
    _seen(asha, meera, "2026-03-20")

    march = words(owner.get(f"{REPORT}/changes/used/", MARCH))
    april = words(owner.get(f"{REPORT}/changes/used/", {"first": "2026-04-01", "last": "2026-04-01"}))

    assert "20 Mar 2026" not in march
    assert "of 20 Mar 2026" in april
    assert "posted later: its month was closed" in april


def test_a_row_that_does_not_exist_is_not_found(owner: Client) -> None:
    assert owner.get(f"{REPORT}/changes/stolen/").status_code == 404


def test_however_it_is_cut_up_the_parts_add_up_to_the_whole(owner: Client, meera: Package) -> None:
    for by in By:
        said = words(owner.get(f"{REPORT}/shares/", {"on": "2026-03-31", "by": by}))

        assert f"{by.label}: what is owed at the end of" in said
        assert "Together 9 0 ₹9,000.00 ₹0.00" in said


def test_packages_come_page_by_page_with_the_sum_of_all(
    owner: Client, asha: Clinic, meera: Package, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("packages.views.reports.ON_A_PAGE", 2)
    for _ in range(2):
        package(asha, at=at("2026-03-02T10:00"))

    first, second = (owner.get(f"{REPORT}/packages/", {"on": "2026-03-31", "page": page}) for page in (1, 2))

    assert [len(page.context["page"].object_list) for page in (first, second)] == [2, 1]
    assert "All packages 29 ₹29,000.00 ₹0.00" in words(second)
    assert 'href="?on=2026-03-31&amp;page=2"' in first.content.decode()


def test_what_was_recorded_later_is_listed_with_what_it_changed(owner: Client, meera: Package) -> None:
    said = words(owner.get(f"{REPORT}/late/", {"on": "2026-03-31"}))

    assert "the report of 31 Mar 2026 differs from that of the same evening by ₹9,000.00" in said
    assert "Meera Iyer · package 1" in said
    assert "₹0.00 ₹9,000.00 ₹9,000.00" in said


def test_nothing_recorded_later_says_so(owner: Client, asha: Clinic) -> None:
    package(asha)

    assert "The report of this day is what it was on the same evening." in words(owner.get(f"{REPORT}/late/"))


def test_a_clinic_that_owes_nothing_says_so_on_every_page(owner: Client) -> None:
    for page in ("", "shares/", "packages/"):
        assert "Nothing is owed" in words(owner.get(f"{REPORT}/{page}"))
    assert "Nothing was owed and nothing moved in these days." in words(owner.get(f"{REPORT}/changes/"))
    assert "Nothing of this kind was posted to these days." in words(owner.get(f"{REPORT}/changes/used/"))


def close(clinic: Clinic, day: date) -> MonthClose:
    return close_month(day, clinic=clinic, today=clinic.today(), by=owner_of(clinic), key=uuid4())


def send(client: Client, day: str, key: Any = None) -> Any:
    return client.post(f"{MONTHS}closing/", {"key": str(key or uuid4()), "last_day": day}, follow=True)


def test_the_owner_closes_a_month_after_reading_what_that_means(owner: Client, meera: Package) -> None:
    page = words(owner.get(f"{MONTHS}closing/"))
    assert "It cannot be undone." in page
    assert "31 Mar 2026, with ₹9,000.00 owed" in page

    said = words(send(owner, "2026-03-31"))

    assert "The books are closed through 31 Mar 2026." in said
    assert "31 Mar 2026 ₹9,000.00 9 ₹0.00 books closed" in said
    assert "30 Apr 2026 ₹8,000.00 8 ₹0.00 open" in said


def test_sending_the_closing_twice_closes_once(owner: Client, meera: Package) -> None:
    """S02"""
    key = uuid4()

    assert [send(owner, "2026-03-31", key).status_code for _ in range(2)] == [200, 200]
    assert MonthClose.objects.count() == 1


def test_a_month_that_is_closed_or_not_over_is_not_closed(
    owner: Client, asha: Clinic, meera: Package
) -> None:
    close(asha, END_OF_MARCH)
    before = everything()

    for day in ("2026-03-31", asha.today().isoformat(), "2026-04-15", "soon"):
        assert send(owner, day).status_code == 422, day

    assert everything() == before


def test_an_accountant_sees_the_months_and_closes_none(accountant: Client, meera: Package) -> None:
    before = everything()

    assert "Close a month" not in words(accountant.get(MONTHS))
    assert send(accountant, "2026-03-31").status_code == 403
    assert everything() == before


def test_a_clinic_whose_months_are_all_closed_has_none_to_close(owner: Client, asha: Clinic) -> None:
    package(asha)

    assert "No month is over that is still open." in words(owner.get(f"{MONTHS}closing/"))


def sheets(response: Any) -> CalamineWorkbook:
    return CalamineWorkbook.from_filelike(BytesIO(b"".join(response.streaming_content)))


def test_the_workbook_says_what_the_pages_say(accountant: Client, meera: Package) -> None:
    book = sheets(accountant.get(f"{REPORT}.xlsx", {"on": "2026-03-31"}))

    def sheet(name: str) -> list[list[Any]]:
        return book.get_sheet_by_name(name).to_python()

    assert book.sheet_names[:4] == ["Liability", "What changed it", "Over time", "When it lapses"]
    assert sheet("Liability")[4][:2] == ["Liability", 9000.0]
    assert sheet("What changed it")[-1] == ["Closing", 9000.0, 9.0, 0.0]
    assert sheet("By package")[-2][:4] == [1.0, meera.name, meera.patient.number, "Meera Iyer"]
    assert sheet("By package")[-1][-2:] == [9000.0, 0.0]
    for by in By:
        assert sheet(str(by.label))[-1][-2:] == [9000.0, 0.0]


def test_a_report_too_long_for_a_workbook_says_to_take_the_other_file(
    accountant: Client, meera: Package, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("clinic.sheets.xlsx_file.LAST_ROW", 6)

    response = accountant.get(f"{REPORT}.xlsx", {"on": "2026-03-31"})

    assert response.status_code == 422
    assert "Take the CSV file" in words(response)


def test_the_file_has_the_same_and_no_formula(accountant: Client, asha: Clinic) -> None:
    package(asha, PatientFactory(name="=cmd|' /C calc'!A0"), at=at("2026-03-01T10:00"))

    response = accountant.get(f"{REPORT}.csv", {"first": "2026-03-01", "last": "2026-03-31"})
    said = b"".join(response.streaming_content).decode()

    assert response.headers["Content-Disposition"] == 'attachment; filename="liability-2026-03-31.csv"'
    assert "Closing,10000.00,10,0" in said
    assert ",'=cmd|' /C calc'!A0," in said


def test_the_pdf_is_of_the_day_and_says_when_it_was_made(
    accountant: Client, asha: Clinic, meera: Package
) -> None:
    from desk.liability_paper import liability_html

    response = accountant.get(f"{REPORT}.pdf", {"on": "2026-03-31"})
    html = liability_html(asha, first=date(2026, 3, 1), day=END_OF_MARCH, at=at("2026-06-01T09:30"))

    assert response.content.startswith(b"%PDF-")
    assert response.headers["Content-Disposition"] == 'inline; filename="liability-2026-03-31.pdf"'
    for said in (
        "As of 31 Mar 2026",
        "Made on 1 Jun 2026 at 09:30.",
        "No books are closed yet.",
        "Meera Iyer",
    ):
        assert said in html


PAGES = {
    f"{REPORT}/": 16,
    f"{REPORT}/changes/": 16,
    f"{REPORT}/changes/used/": 19,
    f"{REPORT}/shares/": 12,
    f"{REPORT}/packages/": 15,
    f"{REPORT}/late/": 16,
    MONTHS: 13,
    f"{MONTHS}closing/": 13,
}


def test_a_page_costs_the_same_however_much_is_owed(
    owner: Client, asha: Clinic, meera: Package, queries: Callable[[], Any]
) -> None:
    asked = {"first": "2026-03-01", "last": "2026-04-30", "on": "2026-04-30"}

    def sent(page: str) -> int:
        with queries() as counted:
            assert owner.get(page, asked).status_code == 200
        return int(counted.count)

    for page in PAGES:
        sent(page)
    first = {page: sent(page) for page in PAGES}
    for number in range(3):
        other = package(asha, at=at("2026-03-02T10:00"))
        _seen(asha, other, f"2026-03-1{number}")

    assert {page: sent(page) for page in PAGES} == first
    assert [page for page, most in PAGES.items() if first[page] > most] == []


def test_the_report_of_a_past_day_stays_what_it_was_when_its_month_is_closed(
    asha: Clinic, meera: Package
) -> None:
    was = liability(END_OF_MARCH).totals()
    close(asha, END_OF_MARCH)

    _seen(asha, meera, "2026-03-20")

    assert liability(END_OF_MARCH).totals() == was
    assert liability(date(2026, 4, 1)).value == Decimal(8_000)
