from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from clinic.calendar import day_bounds
from clinic.models import Clinic, Role, Staff
from tests.factories import PatientFactory, complete, member, owner_of, package, plan, sale, visit
from visits.models import Visit
from visits.services import cancel_visit, mark_no_show

TODAY = "/asha/today/"


@pytest.fixture
def desk(asha: Clinic, client: Client) -> Client:
    client.force_login(member(asha, Role.FRONT_DESK).user)
    return client


def text_of(response: Any) -> str:
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def row_of(response: Any, visit: Visit) -> str:
    """The line of one visit, as it stands on the page."""
    return text_of(response).partition(f'id="visit-{visit.pk}"')[2].partition("</li>")[0]


def noon(clinic: Clinic, days: int = 0) -> Any:
    start, _end = day_bounds(clinic.today() + timedelta(days=days), clinic.zone)
    return start + timedelta(hours=12)


def test_a_row_says_which_package_covers_the_visit_and_what_is_left(asha: Clinic, desk: Client) -> None:
    pack = package(asha, PatientFactory(name="Rohan Desai"), of=plan(sessions=8, name="Knee pack"))
    seen = visit(asha, pack.patient, at=noon(asha), therapist=member(asha, Role.THERAPIST, name="Dr Anand"))

    row = row_of(desk.get(TODAY), seen)

    assert "Rohan Desai" in row
    assert "Physiotherapy 60 min · Dr Anand" in row
    assert "Knee pack" in row
    assert '<b class="balance-left">8</b>' in row
    assert "Needs payment" not in row


def test_of_two_visits_on_the_last_session_the_second_needs_payment_and_says_why(
    asha: Clinic, desk: Client
) -> None:
    """S03, as it is seen before it happens."""
    pack = package(asha, of=plan(sessions=1))
    first = visit(asha, pack.patient, at=noon(asha))
    second = visit(asha, pack.patient, at=noon(asha) + timedelta(hours=2))

    page = desk.get(TODAY)

    assert "Needs payment" not in row_of(page, first)
    assert "Needs payment" in row_of(page, second)
    assert "The last session of the package goes to the visit" in row_of(page, second)
    assert "12:00" in row_of(page, second).partition("goes to the visit")[2]
    assert "1 needs payment" in text_of(page)
    pack.refresh_from_db()
    assert pack.sessions_left == 1


def test_the_number_on_a_row_is_the_passbook_s_whatever_else_is_booked(asha: Clinic, desk: Client) -> None:
    """S11"""
    pack = package(asha, of=plan(sessions=9))
    rows = [visit(asha, pack.patient, at=noon(asha) + timedelta(hours=n)) for n in range(3)]

    page = desk.get(TODAY)

    assert all('<b class="balance-left">9</b>' in row_of(page, each) for each in rows)


def test_visits_of_a_later_day_count_those_that_come_before_it(asha: Clinic, desk: Client) -> None:
    """S11"""
    pack = package(asha, of=plan(sessions=2))
    later = [visit(asha, pack.patient, at=noon(asha, days)) for days in (1, 2, 3)]

    def needs_payment(each: Visit, days: int) -> bool:
        page = desk.get(TODAY, {"on": asha.today() + timedelta(days=days)})
        return "Needs payment" in row_of(page, each)

    assert [needs_payment(each, days) for days, each in enumerate(later, start=1)] == [False, False, True]


def test_without_a_package_the_row_says_so(asha: Clinic, desk: Client) -> None:
    seen = visit(asha, PatientFactory(), at=noon(asha))

    row = row_of(desk.get(TODAY), seen)

    assert "This patient has no package." in row
    assert "Complete…" not in row.partition("Arrived")[0]
    assert (
        f'href="/asha/visits/{seen.pk}/completion/' in row
    )  # asks how, instead of a press that would be refused


def test_what_a_patient_owes_stands_on_the_row(asha: Clinic, desk: Client) -> None:
    part_paid = sale(asha, paid=4000)
    paid = sale(asha)
    owing = visit(asha, part_paid.package.patient, at=noon(asha))
    clear = visit(asha, paid.package.patient, at=noon(asha))

    page = desk.get(TODAY)

    assert "₹6,000.00 due" in row_of(page, owing)
    assert "due" not in row_of(page, clear)


def test_a_completed_row_says_the_session_and_offers_undo(asha: Clinic, desk: Client) -> None:
    pack = package(asha)
    seen = complete(asha, visit(asha, pack.patient)).visit

    row = row_of(desk.get(TODAY), seen)

    assert "Done: session 1 of 10" in row
    assert '<b class="balance-left">9</b>' in row
    assert f'action="/asha/visits/{seen.pk}/reopening/"' in row
    assert "Undone at the desk" in row


def test_yesterdays_completion_is_reopened_with_a_reason_not_undone(asha: Clinic, desk: Client) -> None:
    pack = package(asha, at=noon(asha, -2))
    seen = complete(asha, visit(asha, pack.patient, at=noon(asha, -1)), at=noon(asha, -1)).visit

    row = row_of(desk.get(TODAY, {"on": asha.today() - timedelta(days=1)}), seen)

    assert "Undone at the desk" not in row
    assert "Reopen…" in row


def test_visits_that_did_not_take_place_say_so(asha: Clinic, desk: Client) -> None:
    patient = PatientFactory()
    absent, cancelled = (visit(asha, patient, at=noon(asha)) for _ in range(2))
    facts = {"clinic": asha, "at": noon(asha), "by": owner_of(asha)}
    mark_no_show(absent, key=uuid4(), **facts)
    cancel_visit(cancelled, by_clinic=True, reason="Dr Anand is ill", key=uuid4(), **facts)

    page = desk.get(TODAY)

    assert "Did not come" in row_of(page, absent)
    assert "No package covers it: nothing is taken." in row_of(page, absent)
    assert "Cancelled by the clinic: it never counts. Reason: Dr Anand is ill" in row_of(page, cancelled)


def test_the_day_is_the_clinics_own(asha: Clinic, desk: Client) -> None:
    """S27"""
    start, end = day_bounds(asha.today(), asha.zone)
    patient = PatientFactory()
    inside = [visit(asha, patient, at=moment) for moment in (start, end - timedelta(minutes=1))]
    outside = [visit(asha, patient, at=moment) for moment in (start - timedelta(minutes=1), end)]

    page = text_of(desk.get(TODAY))

    assert [f"visit-{each.pk}" in page for each in inside] == [True, True]
    assert [f'id="visit-{each.pk}"' in page for each in outside] == [False, False]


def test_an_empty_day_says_what_to_do(asha: Clinic, desk: Client) -> None:
    page = text_of(desk.get(TODAY))

    assert "No visits on this day" in page
    assert "/asha/visits/new/?on=" in page
    assert "/asha/visits/walk-in/" in page


@pytest.mark.parametrize("on", ["yesterday", "2026-02-30", "0001-01-01", "9999-12-31", "", "2026-13-01"])
def test_what_is_no_day_is_today(asha: Clinic, desk: Client, on: str) -> None:
    seen = visit(asha, PatientFactory(), at=noon(asha))

    assert row_of(desk.get(TODAY, {"on": on}), seen)


def test_a_therapist_sees_the_own_day_and_everybody_when_asked(asha: Clinic, client: Client) -> None:
    anand, priya = (member(asha, Role.THERAPIST, name=name) for name in ("Dr Anand", "Dr Priya"))
    patient = PatientFactory()
    hers = visit(asha, patient, at=noon(asha) - timedelta(hours=2), therapist=priya)
    his = visit(asha, patient, at=noon(asha), therapist=anand)
    client.force_login(anand.user)

    own, everybody = text_of(client.get(TODAY)), text_of(client.get(TODAY, {"therapist": "all"}))

    assert (f'id="visit-{his.pk}"' in own, f'id="visit-{hers.pk}"' in own) == (True, False)
    assert everybody.index(f'id="visit-{his.pk}"') < everybody.index(f'id="visit-{hers.pk}"')
    assert "/asha/visits/walk-in/" not in own


def test_the_filter_by_therapist_is_kept_in_the_links(asha: Clinic, desk: Client) -> None:
    anand, priya = (member(asha, Role.THERAPIST, name=name) for name in ("Dr Anand", "Dr Priya"))
    his = visit(asha, PatientFactory(), at=noon(asha), therapist=anand)
    hers = visit(asha, PatientFactory(), at=noon(asha), therapist=priya)

    page = text_of(desk.get(TODAY, {"therapist": anand.pk}))

    assert (f'id="visit-{his.pk}"' in page, f'id="visit-{hers.pk}"' in page) == (True, False)
    assert f"/asha/today/?therapist={anand.pk}&amp;on=" in page
    assert "Dr Priya" in page  # can be chosen


@pytest.mark.parametrize(
    ("role", "status"),
    [(Role.OWNER, 200), (Role.FRONT_DESK, 200), (Role.THERAPIST, 200), (Role.ACCOUNTANT, 403)],
)
def test_who_may_see_the_day(asha: Clinic, client: Client, role: Role, status: int) -> None:
    staff: Staff = owner_of(asha) if role == Role.OWNER else member(asha, role)
    client.force_login(staff.user)

    assert client.get(TODAY).status_code == status


def test_today_asks_the_database_as_little_for_60_visits_as_for_3(
    asha: Clinic, desk: Client, queries: Callable[[], Any]
) -> None:
    packs = [package(asha, at=noon(asha, -2)) for _ in range(3)]
    for pack in packs:
        visit(asha, pack.patient, at=noon(asha))
    complete(asha, visit(asha, packs[0].patient, at=noon(asha, -1)))
    desk.get(TODAY)

    def statements() -> int:
        with queries() as asked:
            assert desk.get(TODAY).status_code == 200
        return asked.count

    few = statements()
    for n in range(57):
        visit(
            asha,
            packs[n % 3].patient if n % 2 else package(asha).patient,
            at=noon(asha) + timedelta(minutes=n),
        )
    complete(asha, Visit.objects.filter(patient=packs[0].patient, state="booked").first(), at=timezone.now())

    assert statements() == few
    assert few <= 8
