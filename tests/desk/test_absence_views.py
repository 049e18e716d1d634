"""Cancelling, not coming, letting off and booking again, as the front desk does it."""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from billing.models import Bill, BillKind
from clinic.models import AuditEvent, Clinic, Role
from desk import absences
from packages.models import Entry, Package, Takes
from tests.factories import PatientFactory, complete, member, owner_of, package, plan, visit
from tests.written import everything
from visits.models import Visit

HOUR = timedelta(hours=1)
State, Consequence = Visit.State, Visit.Consequence


@pytest.fixture
def desk(asha: Clinic, client: Client) -> Client:
    client.force_login(member(asha, Role.FRONT_DESK, name="Sunita").user)
    return client


def as_owner(clinic: Clinic, client: Client) -> Client:
    client.force_login(owner_of(clinic).user)
    return client


def url(visit: Visit, noun: str) -> str:
    return f"/asha/visits/{visit.pk}/{noun}/"


def words(response: Any) -> str:
    return " ".join(response.content.decode().split())


def toast(response: Any) -> str:
    """What the page says was done, with its Undo."""
    found = re.search(r'id="toasts".*?(?=<template)', words(response))
    assert found
    return found.group()


def now(visit: Visit) -> Visit:
    return Visit.objects.select_related("entry").get(pk=visit.pk)


def left(pack: Package) -> Decimal:
    pack.refresh_from_db()
    return pack.sessions_left


def soon(clinic: Clinic, pack: Package, hours: float = 3) -> Visit:
    return visit(clinic, pack.patient, at=timezone.now() + hours * HOUR)


def ten(clinic: Clinic, **terms: Any) -> Package:
    """A pack of ten whose absences count a session and have no free pass, unless said otherwise."""
    return package(clinic, of=plan(name="Ten", **{"free_passes": 0, **terms}))


def mark(clinic: Clinic, visit: Visit) -> Visit:
    return absences.mark_no_show(
        visit, clinic=clinic, at=timezone.now(), by=owner_of(clinic), key=uuid4()
    ).visit


TERMS: list[tuple[dict[str, Any], str, str]] = [
    (
        {"free_passes": 1},
        "The free pass is used and nothing is taken; the next one takes a session.",
        "The free pass was used, so nothing was taken: 10 left.",
    ),
    (
        {"free_passes": 2},
        "A free pass is used and nothing is taken; 1 more is left.",
        "The free pass was used, so nothing was taken: 10 left.",
    ),
    ({}, "It takes 1 session: 10 → 9 left.", "1 session was taken: 9 left."),
    (
        {"no_show_takes": Takes.HALF, "late_cancel_takes": Takes.HALF},
        "It takes half a session: 10 → 9.5 left.",
        "Half a session was taken: 9.5 left.",
    ),
    (
        {
            "no_show_takes": Takes.FEE,
            "late_cancel_takes": Takes.FEE,
            "no_show_fee": Decimal(300),
            "late_cancel_fee": Decimal(300),
        },
        "It costs a fee of ₹300.00, and no session.",
        "A fee of ₹300.00 is charged; no session was taken.",
    ),
    (
        {"no_show_takes": Takes.NOTHING, "late_cancel_takes": Takes.NOTHING},
        "By the terms of the package nothing is taken.",
        "By the terms of the package nothing is taken.",
    ),
]


@pytest.mark.parametrize(("terms", "before", "after"), TERMS)
def test_the_page_says_what_not_coming_costs_and_the_toast_what_it_cost(
    asha: Clinic, desk: Client, terms: dict[str, Any], before: str, after: str
) -> None:
    """S49, S50, S51"""
    pack = ten(asha, **terms)
    seen = visit(asha, pack.patient)
    written = everything()

    page = words(desk.get(url(seen, "no-show")))
    assert before in page
    assert "By the terms of “Ten”." in page
    assert everything() == written
    answer = desk.post(url(seen, "no-show"), {"key": uuid4(), "shown": shown(page)})

    day = desk.get(answer["Location"])
    assert f"{pack.patient.name} did not come. {after}" in toast(day)
    assert now(seen).state == State.NO_SHOW
    assert after in row_of(day, seen)


def shown(page: str) -> str:
    found = re.search(r'name="shown" value="([^"]+)"', page)
    assert found
    return found.group(1)


def row_of(response: Any, visit: Visit) -> str:
    page = words(response)
    start = page.index(f'id="visit-{visit.pk}"')
    end = page.find('<li class="visit', start)
    return page[start : end if end > 0 else page.index("</ol>", start)]


@pytest.mark.parametrize(("terms", "before", "after"), TERMS)
def test_the_page_says_what_cancelling_late_costs(
    asha: Clinic, desk: Client, terms: dict[str, Any], before: str, after: str
) -> None:
    """S49, S50, S51, S52"""
    pack = ten(asha, **terms)
    seen = soon(asha, pack)

    page = words(desk.get(url(seen, "cancellation")))
    assert f"Late: less than 24 h before. {before}" in page
    assert "Cancelled by the clinic: it never counts." in page
    fields = {"key": uuid4(), "shown": shown(page), "side": "patient", "reason": "Fever"}
    answer = desk.post(url(seen, "cancellation"), fields)

    day = desk.get(answer["Location"])
    assert f"The visit of {pack.patient.name} is cancelled. {after}" in toast(day)
    assert (now(seen).state, now(seen).reason) == (State.CANCELLED_BY_PATIENT, "Fever")
    assert "Fever" in row_of(day, seen)


def test_in_good_time_the_page_says_that_nothing_is_taken(asha: Clinic, desk: Client) -> None:
    """S12"""
    pack = ten(asha)
    seen = soon(asha, pack, 48)

    assert "In time: nothing is taken." in words(desk.get(url(seen, "cancellation")))
    desk.post(url(seen, "cancellation"), {"key": uuid4(), "side": "patient"})

    assert (now(seen).consequence, left(pack)) == (Consequence.IN_TIME, 10)


def test_without_a_package_the_page_says_that_nothing_is_taken(asha: Clinic, desk: Client) -> None:
    seen = visit(asha, PatientFactory())

    page = words(desk.get(url(seen, "no-show")))

    assert "No package covers it: nothing is taken." in page
    assert "By the terms of" not in page


@pytest.mark.parametrize("hours", [1, 48])
def test_what_the_clinic_cancels_takes_nothing(asha: Clinic, desk: Client, hours: int) -> None:
    """S52"""
    pack = ten(asha)
    seen = soon(asha, pack, hours)
    page = words(desk.get(url(seen, "cancellation")))

    fields = {"key": uuid4(), "shown": shown(page), "side": "clinic", "reason": "Dr Anand is ill"}
    answer = desk.post(url(seen, "cancellation"), fields)

    assert "Cancelled by the clinic: it never counts." in toast(desk.get(answer["Location"]))
    assert (now(seen).state, left(pack)) == (State.CANCELLED_BY_CLINIC, 10)


def test_what_changed_since_the_page_was_opened_is_said_and_not_done(asha: Clinic, desk: Client) -> None:
    """S50"""
    pack = ten(asha, free_passes=1)
    seen, other = visit(asha, pack.patient), visit(asha, pack.patient)
    page = words(desk.get(url(seen, "no-show")))
    mark(asha, other)
    written = everything()

    answer = desk.post(url(seen, "no-show"), {"key": uuid4(), "shown": shown(page)})

    assert answer.status_code == 422
    assert "It takes 1 session: 10 → 9 left." in words(answer)
    assert everything() == written
    again = desk.post(url(seen, "no-show"), {"key": uuid4(), "shown": shown(words(answer))})
    assert (again.status_code, left(pack)) == (302, 9)


def test_cancelled_for_the_clinic_no_change_of_the_patients_side_matters(asha: Clinic, desk: Client) -> None:
    """S52"""
    seen = soon(asha, ten(asha))

    answer = desk.post(url(seen, "cancellation"), {"key": uuid4(), "shown": "in_time/0/0", "side": "clinic"})

    assert answer.status_code == 302


def test_cancelling_for_nobody_known_is_refused(asha: Clinic, desk: Client) -> None:
    seen = soon(asha, ten(asha))
    written = everything()

    answer = desk.post(url(seen, "cancellation"), {"key": uuid4(), "side": "god", "reason": "Fever"})

    assert answer.status_code == 422
    assert 'value="Fever"' in words(answer)
    assert everything() == written


def test_who_cannot_have_stayed_away_yet_is_cancelled_instead(asha: Clinic, desk: Client) -> None:
    seen = soon(asha, ten(asha))
    written = everything()

    page = words(desk.get(url(seen, "no-show")))
    answer = desk.post(url(seen, "no-show"), {"key": uuid4()})

    assert "has not begun yet" in page
    assert url(seen, "cancellation") in page
    assert answer.status_code == 422
    assert everything() == written


@pytest.mark.parametrize("noun", ["no-show", "cancellation"])
def test_the_same_form_sent_twice_is_once(asha: Clinic, desk: Client, noun: str) -> None:
    """S02"""
    pack = ten(asha)
    seen, fields = visit(asha, pack.patient), {"key": uuid4(), "side": "patient"}

    first, again = desk.post(url(seen, noun), fields), desk.post(url(seen, noun), fields)

    assert again["Location"] == first["Location"]
    assert left(pack) == 9
    assert desk.post(url(seen, noun), {"side": "patient"}).status_code == 400


@pytest.mark.parametrize(("terms", "before", "after"), TERMS)
def test_undo_books_the_visit_again_and_gives_all_back(
    asha: Clinic, desk: Client, terms: dict[str, Any], before: str, after: str
) -> None:
    """S50"""
    pack = ten(asha, **terms)
    seen = visit(asha, pack.patient)
    answer = desk.post(url(seen, "no-show"), {"key": uuid4(), "next": "/asha/today/?therapist="})
    found = re.search(
        r'<form method="post" action="([^"]+)">.*?name="key" value="([^"]+)".*?Undo',
        toast(desk.get(answer["Location"])),
    )
    assert found

    back = desk.post(found.group(1).replace("&amp;", "&"), {"key": found.group(2)})

    assert back["Location"] == f"/asha/today/?therapist=#visit-{seen.pk}"
    assert "The visit is booked again" in toast(desk.get(back["Location"]))
    assert (now(seen).state, left(pack)) == (State.BOOKED, 10)
    fees = Bill.objects.filter(lines__kind="fee", kind=BillKind.BILL)
    assert Bill.objects.filter(kind=BillKind.CREDIT_NOTE, corrects__in=fees).count() == fees.count()


@pytest.mark.parametrize(("role", "status"), [(Role.FRONT_DESK, 422), (Role.OWNER, 302)])
def test_what_was_taken_on_an_earlier_day_is_for_the_owner_to_take_back(
    asha: Clinic, client: Client, role: Role, status: int
) -> None:
    """S50"""
    yesterday = timezone.now() - timedelta(days=1)
    pack = package(asha, of=plan(free_passes=0), at=yesterday - timedelta(days=1))
    seen = visit(asha, pack.patient, at=yesterday - 2 * HOUR)
    absences.mark_no_show(seen, clinic=asha, at=yesterday, by=owner_of(asha), key=uuid4())
    client.force_login((owner_of(asha) if role == Role.OWNER else member(asha, role)).user)

    answer = client.post(url(seen, "restoration"), {"key": uuid4()})

    assert answer.status_code == status
    assert left(pack) == (10 if status == 302 else 9)


def test_what_took_nothing_is_booked_again_on_any_day(asha: Clinic, desk: Client) -> None:
    yesterday = timezone.now() - timedelta(days=1)
    seen = visit(asha, PatientFactory(), at=yesterday - 2 * HOUR)
    absences.mark_no_show(seen, clinic=asha, at=yesterday, by=owner_of(asha), key=uuid4())

    assert desk.post(url(seen, "restoration"), {"key": uuid4()}).status_code == 302
    assert now(seen).state == State.BOOKED


@pytest.mark.parametrize(("terms", "before", "after"), TERMS[:-1])
def test_only_the_owner_lets_off_with_a_reason(
    asha: Clinic, client: Client, terms: dict[str, Any], before: str, after: str
) -> None:
    """S50"""
    pack = ten(asha, **terms)
    seen = mark(asha, visit(asha, pack.patient))
    client.force_login(member(asha, Role.FRONT_DESK).user)
    assert client.get(url(seen, "letting-off")).status_code == 403
    assert client.post(url(seen, "letting-off"), {"key": uuid4(), "reason": "Fever"}).status_code == 403
    as_owner(asha, client)
    assert after in words(client.get(url(seen, "letting-off")))
    written = everything()
    assert client.post(url(seen, "letting-off"), {"key": uuid4(), "reason": " "}).status_code == 422
    assert everything() == written

    answer = client.post(url(seen, "letting-off"), {"key": uuid4(), "reason": "Was in hospital"})

    page = words(client.get(answer["Location"]))
    assert "Let off: Was in hospital" in page
    assert (now(seen).state, now(seen).consequence, left(pack)) == (State.NO_SHOW, Consequence.WAIVED, 10)
    assert AuditEvent.objects.get(act="let_off").by == owner_of(asha)


def test_what_took_nothing_is_not_let_off(asha: Clinic, client: Client) -> None:
    seen = mark(asha, visit(asha, PatientFactory()))

    answer = as_owner(asha, client).get(url(seen, "letting-off"))

    assert answer.status_code == 422
    assert "took neither a session nor a free pass" in words(answer)


@pytest.mark.parametrize("noun", ["no-show", "cancellation"])
def test_a_completed_visit_is_not_marked_as_absent(asha: Clinic, desk: Client, noun: str) -> None:
    seen = complete(asha, visit(asha, ten(asha).patient)).visit
    written = everything()

    for answer in (
        desk.get(url(seen, noun)),
        desk.post(url(seen, noun), {"key": uuid4(), "side": "patient"}),
    ):
        assert answer.status_code == 422
        assert "This visit is completed." in words(answer)
    assert everything() == written


@pytest.mark.parametrize(
    ("noun", "roles"),
    [
        ("no-show", {Role.OWNER, Role.FRONT_DESK, Role.THERAPIST}),
        ("cancellation", {Role.OWNER, Role.FRONT_DESK}),
        ("restoration", {Role.OWNER, Role.FRONT_DESK, Role.THERAPIST}),
        ("letting-off", {Role.OWNER}),
    ],
)
@pytest.mark.parametrize("role", list(Role))
def test_who_may_do_what(asha: Clinic, client: Client, noun: str, roles: set[Role], role: Role) -> None:
    seen = visit(asha, PatientFactory())
    client.force_login((owner_of(asha) if role == Role.OWNER else member(asha, role)).user)
    written = everything()

    answer = client.post(url(seen, noun), {"key": uuid4(), "side": "patient", "reason": "Fever"})

    assert (answer.status_code == 403) == (role not in roles)
    if role not in roles:
        assert everything() == written


@pytest.mark.parametrize(("terms", "before", "after"), TERMS)
def test_the_page_of_the_visit_tells_what_it_came_to_and_by_which_clause(
    asha: Clinic, client: Client, terms: dict[str, Any], before: str, after: str
) -> None:
    """S49, S50, S51"""
    pack = ten(asha, **terms)
    seen = mark(asha, visit(asha, pack.patient))

    page = words(as_owner(asha, client).get(f"/asha/visits/{seen.pk}/"))

    assert after in page
    assert ("Let off…" in page) == (seen.consequence != Consequence.NOTHING)
    entry = Entry.objects.filter(visit_id=seen.pk).first()
    if entry:
        assert f"/asha/packages/{pack.pk}/#line-{entry.number}" in page
        assert f"Clause: {'Free passes' if entry.clause == 'free_pass' else 'Not coming'}" in page


def test_an_open_visit_offers_what_can_be_said_of_it(asha: Clinic, desk: Client) -> None:
    begun, later = visit(asha, PatientFactory()), soon(asha, ten(asha))

    begun_page, later_page = (words(desk.get(f"/asha/visits/{each.pk}/")) for each in (begun, later))

    assert (url(begun, "no-show") in begun_page, url(begun, "cancellation") in begun_page) == (True, True)
    assert (url(later, "no-show") in later_page, url(later, "cancellation") in later_page) == (False, True)
