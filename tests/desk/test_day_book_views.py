"""The day book over HTTP: what the page, the paper and the file say, who sees it, and what it costs."""

from __future__ import annotations

import csv
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from io import StringIO
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from billing.models import Method
from billing.payments import Tender
from clinic.models import Branch, Clinic, Role
from desk.checkout import take_payment
from tests import acts
from tests.factories import PatientFactory, complete, member, owner_of, reopen, sale, visit

from .test_day_close import close
from .test_day_close_views import words as words_of


def book_of(day: date, kind: str = "/") -> str:
    return f"/asha/days/{day}/book{kind}"


def words(response: Any) -> str:
    """What the page says, with the minus of a keyboard."""
    return words_of(response).replace("−", "-")


@pytest.fixture
def today(asha: Clinic) -> date:
    return asha.today()


@pytest.fixture
def desk(asha: Clinic, client: Client) -> Client:
    client.force_login(member(asha, Role.FRONT_DESK, name="Sunita Patil").user)
    return client


@pytest.fixture
def accountant(asha: Clinic) -> Client:
    client = Client()
    client.force_login(member(asha, Role.ACCOUNTANT, name="Mr Shah").user)
    return client


@pytest.fixture
def busy(asha: Clinic) -> Clinic:
    """A pack paid in part, one overpaid, a visit taken back with its money, some of that handed back."""
    sale(asha, PatientFactory(name="Meera Iyer"), paid=4000)
    rohan = sale(asha, PatientFactory(name="Rohan Desai")).package.patient
    acts.pay(asha, rohan, 500, [], tenders=[Tender(Method.UPI, Decimal(500), "UPI-77")])
    seen = complete(
        asha,
        visit(asha, PatientFactory(name="Usha Menon")),
        how="charge",
        tenders=[acts.cash(1000)],
    )
    reopen(asha, seen.visit)
    acts.pay_back(asha, seen.visit.patient, 300)
    return asha


def test_the_page_says_what_was_received_by_whom_and_how(busy: Clinic, desk: Client, today: date) -> None:
    said = words(desk.get(book_of(today)))

    assert "Owner of asha ₹15,000.00 ₹500.00 ₹15,500.00" in said
    assert "Together ₹15,000.00 ₹500.00 ₹15,500.00" in said
    assert "Handed back Cash -₹300.00" in said
    assert "not closed; what is dated by this day still comes into its book." in said


def test_each_line_says_what_it_pays_for(busy: Clinic, desk: Client, today: date) -> None:
    said = words(desk.get(book_of(today)))

    assert "Rohan Desai UPI UPI-77 ₹500.00 account credit Owner of asha ₹500.00" in said
    assert "Meera Iyer Cash B/" in said
    assert "Usha Menon Cash ₹1,000.00 account credit" in said
    assert f"Usha Menon Handed back: Cash {acts.REASON} Owner of asha -₹300.00" in said


def test_credit_and_what_is_owed_stand_apart(busy: Clinic, desk: Client, today: date) -> None:
    said = words(desk.get(book_of(today)))

    assert "At the beginning ₹0.00 Received and not applied ₹1,500.00 Handed back -₹300.00" in said
    assert "At the end ₹1,200.00" in said
    assert "Billed ₹21,000.00 Taken back by credit notes -₹1,000.00 Paid -₹15,000.00" in said
    assert "At the end ₹6,000.00" in said


def test_a_closed_day_says_who_closed_it_and_what_was_counted(
    busy: Clinic, desk: Client, today: date
) -> None:
    close(busy, counted=Decimal(14_600), difference_reason="A note is missing", unsettled_reason="Later")

    said = words(desk.get(book_of(today)))

    assert "closed by Owner of asha" in said
    cash = "Cash received ₹15,000.00 Cash handed back -₹300.00 Expected ₹14,700.00 Counted ₹14,600.00"
    assert f"{cash} Difference -₹100.00" in said
    assert "A note is missing" in said


def test_what_comes_after_the_closing_is_shown_apart(busy: Clinic, desk: Client, today: date) -> None:
    close(busy, counted=Decimal(14_700), unsettled_reason="Later")
    complete(busy, visit(busy, PatientFactory(name="Late Comer")), how="charge", tenders=[acts.cash(1000)])

    said = words(desk.get(book_of(today)))
    tomorrow = words(desk.get(book_of(today + timedelta(days=1))))

    assert "Together ₹15,000.00 ₹500.00 ₹15,500.00" in said
    assert "Recorded after the closing" in said
    assert said.index("Late Comer") > said.index("Recorded after the closing")
    assert "Papers issued after the closing" in said
    assert "Late Comer" in tomorrow
    assert "Cash received ₹1,000.00 Of earlier days, recorded now -₹1,000.00 Expected ₹0.00" in tomorrow


def test_a_day_on_which_nothing_happened_says_so(asha: Clinic, desk: Client, today: date) -> None:
    assert "No money moved on this day" in words(desk.get(book_of(today)))


def test_the_file_has_every_line_and_no_formula(busy: Clinic, desk: Client, today: date) -> None:
    acts.pay(
        busy,
        PatientFactory(name="=cmd|' /C calc'!A0"),
        10,
        [],
        tenders=[Tender(Method.UPI, Decimal(10), "+SUM(A1)")],
    )

    response = desk.get(book_of(today, ".csv"))
    lines = list(csv.reader(StringIO(response.content.decode())))

    assert response["Content-Type"].startswith("text/csv")
    assert f"day-book-{today}.csv" in response["Content-Disposition"]
    assert ["Owner of asha", "15000.000", "510.000", "15510.000"] in lines
    assert ["Handed back", "Cash", "-300.000"] in lines
    row = next(line for line in lines if "'+SUM(A1)" in line)
    assert row[1] == "'=cmd|' /C calc'!A0"
    assert not any(cell.startswith(("=", "+", "@", "\t", "\r")) for line in lines for cell in line)


@pytest.mark.parametrize("paper", ["a4", "a5"])
def test_the_paper_is_a_pdf(busy: Clinic, desk: Client, today: date, paper: str) -> None:
    response = desk.get(book_of(today, ".pdf"), {"paper": paper})

    assert response["Content-Type"] == "application/pdf"
    assert response.content.startswith(b"%PDF")
    assert f"day-book-{today}.pdf" in response["Content-Disposition"]


def test_several_days_have_a_line_each_that_opens_its_book(
    busy: Clinic, accountant: Client, today: date
) -> None:
    first = today - timedelta(days=2)
    page = accountant.get(book_of(today), {"first": first, "last": today})
    said = words(page)

    assert "Day by day" in said
    assert f'href="{book_of(today)}"' in page.content.decode()
    assert f'href="{book_of(first)}"' in page.content.decode()
    day = "₹21,000.00 -₹1,000.00 ₹15,500.00 ₹15,000.00 -₹300.00 ₹1,200.00 ₹6,000.00"
    assert said.count(day) == 2  # the day, and the sum of all


def test_the_front_desk_sees_a_branchs_day_and_no_more(busy: Clinic, desk: Client, today: date) -> None:
    Branch.objects.filter(name=busy.name).update(name="Andheri")
    second = Branch.objects.create(name="Bandra")

    said = words(desk.get(book_of(today)))

    assert f"· {Branch.objects.get(name='Andheri').name}" in said
    assert "All branches" not in said
    assert "No money moved on this day" in words(desk.get(book_of(today), {"branch": second.pk}))
    for kind in ("/", ".pdf", ".csv"):
        refused = desk.get(book_of(today, kind), {"first": today - timedelta(days=1), "last": today})
        assert refused.status_code == 403


def test_who_keeps_the_books_sees_all_branches_side_by_side(
    busy: Clinic, accountant: Client, today: date
) -> None:
    second = Branch.objects.create(name="Bandra")
    facts = {"clinic": busy, "at": timezone.now(), "by": owner_of(busy), "key": uuid4()}
    take_payment(PatientFactory(), tenders=[acts.cash(70)], lines=[], branch=second, **facts)

    said = words(accountant.get(book_of(today)))

    assert "· All branches" in said
    assert "Received, by branch" in said
    assert "Bandra ₹70.00 ₹70.00" in said
    assert "Cash: Bandra" in said


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({"first": "2026-05-03", "last": "2026-05-01"}, "The last day is before the first."),
        ({"first": "2020-01-01", "last": "2026-01-01"}, "These are too many days for one page."),
        ({"first": "yesterday"}, "Enter a valid date."),
        ({"branch": str(uuid4())}, ""),
        ({"page": "999"}, ""),
    ],
)
def test_a_question_that_is_not_understood_says_so_and_shows_the_day(
    asha: Clinic, accountant: Client, today: date, asked: dict[str, Any], sentence: str
) -> None:
    assert sentence in words(accountant.get(book_of(today), asked))


def test_a_therapist_sees_no_book(asha: Clinic, today: date) -> None:
    client = Client()
    client.force_login(member(asha, Role.THERAPIST).user)

    assert [client.get(book_of(today, kind)).status_code for kind in ("/", ".pdf", ".csv")] == [403] * 3


def test_a_full_day_costs_as_many_queries_as_one_payment(
    asha: Clinic, accountant: Client, today: date, queries: Callable[[], Any]
) -> None:
    def asked() -> int:
        with queries() as sent:
            accountant.get(book_of(today))
        return sent.count

    sale(asha)
    asked()
    first = asked()
    for _ in range(6):
        sale(asha, paid=4000)
        acts.pay(asha, PatientFactory(), 100, [])

    assert asked() == first <= 17


def test_the_lines_are_paged(asha: Clinic, accountant: Client, today: date, monkeypatch: Any) -> None:
    from desk.views import day_book

    monkeypatch.setattr(day_book, "ON_A_PAGE", 2)
    for n in range(3):
        acts.pay(asha, PatientFactory(name=f"Payer {n}"), 100, [])

    first, second = (words(accountant.get(book_of(today), {"page": page})) for page in ("1", "2"))

    assert "Payer 0" in first
    assert "Payer 1" in first
    assert "Payer 2" not in first
    assert "Payer 2" in second
    assert "Page 2 of 2" in second
