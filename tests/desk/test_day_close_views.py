"""Closing the day over HTTP: the list, the cash, the days, and what the day's own page says of it."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from billing.models import Method
from billing.payments import Tender
from clinic.models import Branch, Clinic, Role
from desk.models import Acceptance, DayClose
from tests.factories import (
    PatientFactory,
    ServiceFactory,
    complete,
    member,
    owner_of,
    package,
    plan,
    reopen,
    sale,
    visit,
)
from visits.models import Visit
from visits.services import book_visit

from .test_day_close import close, moment

DAYS = "/asha/days/"
TODAY = "/asha/today/"


def page_of(day: date) -> str:
    return f"/asha/days/{day}/closing/"


@pytest.fixture
def today(asha: Clinic) -> date:
    return asha.today()


@pytest.fixture
def desk(asha: Clinic, client: Client) -> Client:
    client.force_login(member(asha, Role.FRONT_DESK, name="Sunita Patil").user)
    return client


@pytest.fixture
def owner(asha: Clinic) -> Client:
    client = Client()
    client.force_login(owner_of(asha).user)
    return client


def words(response: Any, status: int = 200) -> str:
    """What the page says, without its markup."""
    assert response.status_code == status, response.content.decode()[:2000]
    main = response.content.decode().partition('<main class="main"')[2].partition("</main>")[0]
    return " ".join(re.sub(r"<[^>]+>", " ", main).split())


def pressed(client: Client, page: Any, label: str) -> Any:
    """Send the form of the first button of that name, as the browser would."""
    main = page.content.decode()
    form = next(
        form
        for form in re.findall(r'<form method="post" action="([^"]+)">(.*?)</form>', main, re.DOTALL)
        if f'aria-label="{label}' in form[1]
    )
    fields = dict(re.findall(r'name="([^"]+)" value="([^"]*)"', form[1]))
    return client.post(form[0], fields, follow=True)


def counted(**facts: Any) -> dict[str, Any]:
    return {"key": str(uuid4()), "counted": "0"} | facts


def test_the_page_lists_what_is_unsettled_by_kind(asha: Clinic, desk: Client, today: date) -> None:
    visit(asha, package(asha, PatientFactory(name="Usha Menon")).patient)
    sale(asha, PatientFactory(name="Rohan Desai"), paid=4000)

    said = words(desk.get(page_of(today)))

    assert "2 things to settle" in said
    assert "Booked, and not marked 1" in said
    assert "Usha Menon Nobody has said what became of it." in said
    assert "Still to pay 1 Rohan Desai Bill B/" in said
    assert "There should be ₹14,000.00 in cash" in said


def test_a_settled_day_says_so(asha: Clinic, desk: Client, today: date) -> None:
    said = words(desk.get(page_of(today)))

    assert "Ready to be closed" in said
    assert "Everything of this day is settled." in said
    assert "Why is the day closed without settling the list?" not in said


@pytest.mark.parametrize(
    ("label", "state"), [("Complete", Visit.State.COMPLETED), ("Did not come", Visit.State.NO_SHOW)]
)
def test_one_press_settles_a_visit_and_leads_back(
    asha: Clinic, desk: Client, today: date, label: str, state: str
) -> None:
    """S10"""
    seen = visit(asha, package(asha).patient)

    after = pressed(desk, desk.get(page_of(today)), label)

    seen.refresh_from_db()
    assert seen.state == state
    assert after.redirect_chain[-1][0].partition("#")[0] == page_of(today)
    assert "Everything of this day is settled." in words(after)


def test_a_pack_that_would_have_covered_is_used_after_all_with_two_presses(
    asha: Clinic, desk: Client, today: date
) -> None:
    """S14"""
    pack = package(asha, of=plan(name="Knee pack"))
    seen = complete(asha, visit(asha, pack.patient), how="free", reason="Forgot the pack").visit
    page = desk.get(page_of(today))
    assert "Free of charge: Forgot the pack. A pack would have covered this: Knee pack." in words(page)

    taken_back = pressed(desk, page, "Use the pack")
    after = pressed(desk, taken_back, "Complete")

    seen.refresh_from_db()
    pack.refresh_from_db()
    assert (seen.settlement, pack.sessions_left) == ("package", 9)
    assert "Everything of this day is settled." in words(after)


def test_a_free_visit_that_is_meant_so_is_left_and_says_who_looked(
    asha: Clinic, desk: Client, today: date
) -> None:
    """S14"""
    complete(asha, visit(asha, PatientFactory()), how="free", reason="Camp")

    after = pressed(desk, desk.get(page_of(today)), "It is meant so")

    said = words(after)
    assert "Everything of this day is settled." in said
    assert "1 left as it is" in said
    assert "Sunita Patil looked at it on" in said


def test_a_form_sent_twice_leaves_one_acceptance(asha: Clinic, desk: Client, today: date) -> None:
    """S02"""
    sale(asha, paid=4000)
    page = desk.get(page_of(today))

    pressed(desk, page, "Pays later")
    again = pressed(desk, page, "Pays later")

    assert again.status_code == 200
    assert Acceptance.objects.count() == 1


def test_an_item_that_somebody_else_settled_is_refused_with_a_sentence(
    asha: Clinic, desk: Client, today: date
) -> None:
    seen = visit(asha, package(asha).patient)
    page = desk.get(page_of(today))
    complete(asha, seen)

    said = words(pressed(desk, page, "Complete"), 422)

    assert "This is not on the list any more: somebody has settled it." in said


def test_the_day_is_closed_with_one_figure(asha: Clinic, desk: Client, today: date) -> None:
    sale(asha)

    after = desk.post(page_of(today), counted(counted="10,000", note="Quiet day"), follow=True)

    said = words(after)
    assert "Closed By Sunita Patil on" in said
    assert "Cash expected ₹10,000.00 Cash counted ₹10,000.00" in said
    assert "Difference" not in said
    assert "Note: Quiet day" in said
    assert "Count the cash" not in said


def test_the_cash_may_be_counted_by_notes_and_coins(asha: Clinic, desk: Client, today: date) -> None:
    sale(asha)
    pieces = {"piece_0": "19", "piece_1": "2", "piece_2": "1"}

    after = desk.post(page_of(today), counted(counted="", **pieces), follow=True)

    assert "19 × ₹500.00 · 2 × ₹200.00 · 1 × ₹100.00" in words(after)
    assert DayClose.objects.get().counted_cash == 10_000


@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        ({"counted": ""}, "Count the cash. Write 0 where there is none."),
        ({"counted": "-5"}, "“-5” is negative"),
        ({"counted": "10.001"}, "has more decimals"),
        ({"counted": "99999999999"}, "too large"),
        ({"counted": "many"}, "is not an amount"),
        ({"counted": "10000", "piece_0": "3"}, "The notes and coins come to ₹1,500.00."),
        ({"counted": "", "piece_0": "-3"}, "greater than or equal to 0"),
        ({"counted": "9800"}, "₹200.00 is missing: ₹10,000.00 was received in cash."),
        ({"counted": "", "piece_0": "1"}, "₹9,500.00 is missing"),
    ],
)
def test_what_does_not_fit_is_said_and_stays_as_it_was_typed(
    asha: Clinic, desk: Client, today: date, sent: dict[str, str], sentence: str
) -> None:
    sale(asha)

    answer = desk.post(page_of(today), counted(note="As typed", **sent))

    assert sentence in words(answer, 422)
    assert 'value="As typed"' in answer.content.decode()
    assert not DayClose.objects.exists()


def test_a_day_with_something_unsettled_is_closed_only_with_a_reason(
    asha: Clinic, desk: Client, owner: Client, today: date
) -> None:
    """S10"""
    visit(asha, PatientFactory(name="Usha Menon"))

    refused = desk.post(page_of(today), counted())
    assert "1 thing of the day is not settled." in words(refused, 422)

    after = words(desk.post(page_of(today), counted(unsettled_reason="She calls tomorrow"), follow=True))
    assert "Left unsettled 1 × Booked, and not marked She calls tomorrow" in after
    assert "Usha Menon" in after.partition("Unsettled now")[2]
    assert "1 left unsettled" in words(owner.get(DAYS))


def test_the_second_to_close_reads_who_did(asha: Clinic, desk: Client, today: date) -> None:
    close(asha, by=member(asha, Role.FRONT_DESK, name="Meera Rao"))

    answer = desk.post(page_of(today), counted())

    assert "was already closed by Meera Rao at" in words(answer, 422)
    assert DayClose.objects.count() == 1


def test_a_form_sent_twice_closes_once_and_leads_to_the_same_page(
    asha: Clinic, desk: Client, today: date
) -> None:
    """S02"""
    form = counted()

    answers = [desk.post(page_of(today), form) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [302, 303]
    assert {answer["Location"] for answer in answers} == {page_of(today)}
    assert DayClose.objects.count() == 1


def test_a_day_to_come_has_nothing_to_close(asha: Clinic, desk: Client, today: date) -> None:
    tomorrow = today + timedelta(days=1)

    assert "This day has not come yet." in words(desk.get(page_of(tomorrow)))
    assert "has not come yet" in words(desk.post(page_of(tomorrow), counted()), 422)
    assert not DayClose.objects.exists()


@pytest.mark.parametrize("day", ["2026-02-30", "2026-13-01", "1999-01-01", "today", "2026-5-1"])
def test_what_is_no_day_has_no_page(asha: Clinic, desk: Client, day: str) -> None:
    assert desk.get(f"/asha/days/{day}/closing/").status_code == 404


def test_the_owner_opens_a_day_again_and_the_desk_does_not(
    asha: Clinic, desk: Client, owner: Client, today: date
) -> None:
    close(asha)
    address = f"/asha/days/{today}/reopening/"
    form = {"key": str(uuid4()), "reason": "Cash was found"}
    assert desk.post(address, form).status_code == 403
    assert "Open the day again" not in words(desk.get(page_of(today)))

    said = words(owner.post(address, form, follow=True))

    assert "Opened again by Owner of asha on" in said
    assert "Cash was found" in said
    assert "Count the cash" in said


def test_opening_again_needs_a_reason(asha: Clinic, owner: Client, today: date) -> None:
    close(asha)

    answer = owner.post(f"/asha/days/{today}/reopening/", {"key": str(uuid4()), "reason": ""})

    assert "Write why the day is opened again." in words(answer, 422)


def test_cash_recorded_after_the_closing_is_said(asha: Clinic, desk: Client, today: date) -> None:
    close(asha)
    sale(asha)

    assert "₹10,000.00 in cash was recorded for this day after it was closed." in words(
        desk.get(page_of(today))
    )


def test_several_branches_each_have_their_list(asha: Clinic, desk: Client, today: date) -> None:
    visit(asha, PatientFactory(name="Usha Menon"))
    second = Branch.objects.create(name="Zayed Road")

    first_page, second_page = (
        words(desk.get(page_of(today) + query)) for query in ("", f"?branch={second.pk}")
    )

    assert "Usha Menon" in first_page
    assert "Usha Menon" not in second_page
    answer = desk.post(page_of(today), counted(branch=str(second.pk)))
    assert answer["Location"] == f"{page_of(today)}?branch={second.pk}"
    assert DayClose.objects.get().branch == second
    for unknown in (uuid4(), "nowhere"):
        assert desk.get(f"{page_of(today)}?branch={unknown}").status_code == 404


def test_the_days_say_which_are_closed_and_which_are_open(asha: Clinic, owner: Client, today: date) -> None:
    pack = package(asha, at=moment(asha, -6))
    for days in (-4, -3, -2):
        complete(asha, visit(asha, pack.patient, at=moment(asha, days)), at=moment(asha, days))
    close(asha, days=-4, at=moment(asha, -4, hour=20))
    close(asha, days=-3, counted=Decimal(50), difference_reason="Found", at=moment(asha, -3, hour=20))

    page = owner.get(DAYS)

    def line(days: int) -> str:
        rows = re.findall(r"<tr.*?</tr>", page.content.decode(), re.DOTALL)
        link = page_of(today + timedelta(days=days))
        return next(words_of(row) for row in rows if link in row)

    assert "Closed 1" in line(-4)
    assert "20:00" in line(-4)
    assert "₹50.00 too much" in line(-3)
    assert "Not closed" in line(-2)
    assert "1 day is not closed" in words(page)
    assert "Still open" in words(page)


def words_of(markup: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", markup).split())


def test_the_days_are_paged_and_a_new_clinic_has_none(asha: Clinic, owner: Client) -> None:
    assert "No day yet" in words(owner.get(DAYS))
    visit(asha, PatientFactory(), at=moment(asha, -60))

    first, last = words(owner.get(DAYS)), words(owner.get(DAYS, {"page": 3}))

    assert "Page 1 of 3" in first
    assert "Not closed" not in first
    assert "Not closed" in last
    assert "Page 3 of 3" in words(owner.get(DAYS, {"page": "99"}))


def test_the_accountant_reads_the_days_and_closes_none(asha: Clinic, today: date) -> None:
    visit(asha, PatientFactory())
    accounts = Client()
    accounts.force_login(member(asha, Role.ACCOUNTANT).user)

    page = accounts.get(DAYS)

    assert page_of(today) not in page.content.decode()
    assert accounts.get(page_of(today)).status_code == 403


def test_the_day_s_own_page_leads_to_its_end_and_remembers_yesterday(
    asha: Clinic, desk: Client, today: date
) -> None:
    visit(asha, PatientFactory(), at=moment(asha, -1))
    yesterday = today - timedelta(days=1)

    page = desk.get(TODAY)

    assert f'href="{page_of(today)}"' in page.content.decode()
    assert f'href="{page_of(yesterday)}?branch=' in page.content.decode()
    assert "was not closed. Close it now" in words(page)
    of_yesterday = desk.get(TODAY, {"on": yesterday}).content.decode()
    assert f'href="{page_of(yesterday)}"' in of_yesterday
    assert "was not closed" not in of_yesterday
    assert "Close the day" not in words(desk.get(TODAY, {"on": today + timedelta(days=1)}))
    close(asha, days=-1, unsettled_reason="?")
    assert "was not closed" not in words(desk.get(TODAY))


def test_where_there_are_several_branches_the_forgotten_one_is_named(asha: Clinic, desk: Client) -> None:
    old, new = Branch.objects.get(), Branch.objects.create(name="Zayed Road")
    for branch in (old, new):
        booked(asha, branch, days=0)
    booked(asha, new, days=-2)

    page = desk.get(TODAY)

    assert "was not closed at Zayed Road. Close it now" in words(page)
    assert f"closing/?branch={new.pk}" in page.content.decode()


def booked(clinic: Clinic, branch: Branch, *, days: int) -> Visit:
    return book_visit(
        PatientFactory(),
        service=ServiceFactory(),
        branch=branch,
        starts_at=moment(clinic, days),
        by=None,
        key=uuid4(),
    )


def test_a_therapist_is_not_asked_to_close_the_day(asha: Clinic) -> None:
    visit(asha, PatientFactory(), at=moment(asha, -1))
    anand = Client()
    anand.force_login(member(asha, Role.THERAPIST).user)

    said = words(anand.get(TODAY))

    assert "closed" not in said
    assert "Close the day" not in said


def busy(clinic: Clinic, patients: int) -> None:
    """A day with some of everything."""
    for _ in range(patients):
        pack = package(clinic)
        visit(clinic, pack.patient)
        complete(clinic, visit(clinic, pack.patient), how="free", reason="Camp")
        complete(clinic, visit(clinic, pack.patient), how="charge")
        sale(clinic, paid=10_500)
        sale(clinic, paid=500)
        complete(clinic, visit(clinic, PatientFactory(), at=moment(clinic, -2)), how="charge")
        paid = [Tender(Method.CASH, Decimal(1000))]
        back = complete(clinic, visit(clinic, PatientFactory()), how="charge", tenders=paid)
        reopen(clinic, back.visit)
        close(
            clinic,
            unsettled_reason="?",
            difference_reason="?",
            day=clinic.today() - timedelta(days=1 + DayClose.objects.count()),
        )


@pytest.mark.parametrize(("address", "most"), [("closing", 24), ("days", 11)])
def test_the_pages_cost_the_same_statements_however_busy_the_day(
    asha: Clinic, owner: Client, today: date, queries: Callable[[], Any], address: str, most: int
) -> None:
    url = page_of(today) if address == "closing" else DAYS
    busy(asha, 1)
    owner.get(url)
    with queries() as one:
        owner.get(url)
    busy(asha, 4)
    with queries() as five:
        owner.get(url)

    assert five.count == one.count <= most, "\n".join(five.statements)


def test_today_stays_within_its_statements(asha: Clinic, desk: Client, queries: Callable[[], Any]) -> None:
    visit(asha, package(asha).patient)
    visit(asha, PatientFactory(), at=moment(asha, -1))
    desk.get(TODAY)

    with queries() as counted_statements:
        assert "was not closed" in words(desk.get(TODAY))

    assert counted_statements.count <= 8, "\n".join(counted_statements.statements)


def test_closed_at_a_time_of_its_own(asha: Clinic, desk: Client) -> None:
    """The clock of the clinic, not the server's."""
    close(asha, days=-1, at=moment(asha, -1, hour=21))

    assert "at 21:00." in words(desk.get(page_of(asha.today() - timedelta(days=1))))
    assert timezone.now() >= moment(asha, -1, hour=21)
