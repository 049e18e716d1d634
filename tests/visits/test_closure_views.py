"""Closing some days, over HTTP; and what a closed day says where it is shown."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from clinic.models import Branch, Clinic, Role
from packages import validity
from tests.factories import PatientFactory, ServiceFactory, member, owner_of, package, plan, visit
from tests.written import everything
from visits.closures import close_clinic, give_back_days
from visits.models import Closure, Visit
from visits.tasks import give_back_clinic

LIST, NEW = "/asha/closures/", "/asha/closures/new/"
ONE_DAY = timedelta(days=1)


@pytest.fixture
def owner(asha: Clinic, client: Client) -> Client:
    client.force_login(owner_of(asha).user)
    return client


@pytest.fixture
def desk(asha: Clinic) -> Client:
    client = Client()
    client.force_login(member(asha, Role.FRONT_DESK).user)
    return client


def words(response: Any) -> str:
    return " ".join(response.content.decode().split())


def asked(first: date, last: date, **more: Any) -> dict[str, Any]:
    days = {"first_day": first.isoformat(), "last_day": last.isoformat()}
    return {"key": str(uuid4()), **days, "reason": "Diwali", "extends": "on", **more}


def close(clinic: Clinic, first: date, last: date | None = None, **facts: Any) -> Closure:
    facts = {"by": owner_of(clinic), "key": uuid4(), "reason": "Diwali"} | facts
    return close_clinic(first_day=first, last_day=last or first, clinic=clinic, at=timezone.now(), **facts)


def at(clinic: Clinic, day: date) -> datetime:
    return datetime.combine(day, time(11), tzinfo=clinic.zone)


def test_before_it_is_closed_the_page_says_what_it_comes_to(asha: Clinic, owner: Client) -> None:
    """S52"""
    first = asha.today() + 3 * ONE_DAY
    whole, rested = (package(asha, of=plan(validity_count=3)) for _ in range(2))
    facts = {"on": asha.today(), "by": owner_of(asha), "key": uuid4(), "reason": "Travels"}
    validity.freeze(rested, first_day=first, last_day=first, **facts)
    visit(asha, whole.patient, at=at(asha, first))
    visit(asha, whole.patient, at=at(asha, first + 9 * ONE_DAY))
    written = everything()

    page = words(owner.get(NEW, asked(first, first + 2 * ONE_DAY)))

    assert "1 booked visit is cancelled by the clinic." in page
    assert page.index("1 package: 3 days longer") < page.index("1 package: 2 days longer")
    assert everything() == written
    assert "No package gets a day back." in words(owner.get(NEW, asked(first, first) | {"extends": ""}))


def test_closing_cancels_the_visits_and_leaves_the_packages_to_the_worker(
    asha: Clinic, owner: Client, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    """S02, S52"""
    rung: list[int] = []
    monkeypatch.setattr(give_back_clinic, "delay", lambda *, clinic_id: rung.append(clinic_id))
    pack, day = package(asha, PatientFactory(name="Rohan"), of=plan(validity_count=3)), asha.today() + ONE_DAY
    booked, fields = visit(asha, pack.patient, at=at(asha, day)), asked(day, day)

    with django_capture_on_commit_callbacks(execute=True):
        answer, again = owner.post(NEW, fields), owner.post(NEW, fields)

    closure = Closure.objects.get()
    assert answer["Location"] == again["Location"] == f"{LIST}{closure.pk}/"
    booked.refresh_from_db()
    assert (booked.state, rung) == (Visit.State.CANCELLED_BY_CLINIC, [asha.pk])
    page = words(owner.get(answer["Location"]))
    assert ("1 visit was cancelled" in page, "Rohan" in page) == (True, True)
    assert "0 of 1" in page


def test_the_page_follows_the_days_as_they_go_back(asha: Clinic, desk: Client) -> None:
    packs = [package(asha, of=plan(validity_count=3)) for _ in range(3)]
    closure = close(asha, asha.today() + ONE_DAY, extends=True)
    page = f"{LIST}{closure.pk}/"
    give_back_days(closure, packs[0], on=asha.today())

    half = words(desk.get(page))
    for pack in packs[1:]:
        give_back_days(closure, pack, on=asha.today())
    whole = words(desk.get(page))

    assert ("1 of 3" in half, 'hx-trigger="every 2s"' in half) == (True, True)
    assert ("3 packages have their days back." in whole, "every 2s" in whole) == (True, False)


def test_each_closure_counts_its_own_days(asha: Clinic, desk: Client) -> None:
    packs = [package(asha, of=plan(validity_count=3)) for _ in range(2)]
    first, second = (close(asha, asha.today() + n * ONE_DAY, extends=True) for n in (1, 2))
    for pack in packs:
        give_back_days(first, pack, on=asha.today())

    assert "2 packages have their days back." in words(desk.get(f"{LIST}{first.pk}/"))
    assert "0 of 2" in words(desk.get(f"{LIST}{second.pk}/"))


def test_a_package_that_rests_all_the_time_is_not_waited_for(asha: Clinic, desk: Client) -> None:
    """S35"""
    pack, day = package(asha, of=plan(validity_count=3)), asha.today() + ONE_DAY
    facts = {"on": asha.today(), "by": owner_of(asha), "key": uuid4(), "reason": "Travels"}
    validity.freeze(pack, first_day=day, last_day=day, **facts)

    page = words(desk.get(f"{LIST}{close(asha, day, extends=True).pk}/"))

    assert "0 packages have their days back." in page


@pytest.mark.django_db(transaction=True)
def test_days_that_are_written_down_late_go_back_too(asha: Clinic) -> None:
    pack = package(asha, of=plan(validity_count=3), at=timezone.now() - 30 * ONE_DAY)
    close(asha, asha.today() - 9 * ONE_DAY, extends=True)

    assert give_back_clinic(clinic_id=asha.pk) == 1
    until = pack.valid_until
    pack.refresh_from_db()
    assert (pack.valid_until - until).days == 1


def test_days_that_cannot_be_are_refused_with_the_form_as_it_was_typed(asha: Clinic, owner: Client) -> None:
    written = everything()

    answer = owner.post(NEW, asked(asha.today(), asha.today() - ONE_DAY))

    assert answer.status_code == 422
    assert ("must not be before the first" in words(answer), 'value="Diwali"' in words(answer)) == (
        True,
        True,
    )
    assert everything() == written


def test_the_front_desk_reads_closures_and_makes_none(asha: Clinic, owner: Client, desk: Client) -> None:
    for n in range(26):
        close(asha, asha.today() + n * ONE_DAY, reason=f"Feast {n}")

    first, second = words(desk.get(LIST)), words(desk.get(LIST, {"page": 2}))

    assert ("Feast 25" in first, "Feast 0<" in first, "Feast 0<" in second) == (True, False, True)
    assert (NEW in first, NEW in words(owner.get(LIST))) == (False, True)
    assert desk.get(NEW).status_code == 403
    assert desk.post(NEW, asked(asha.today(), asha.today())).status_code == 403


@pytest.mark.parametrize("booked", [0, 1])
def test_today_says_that_it_is_closed(asha: Clinic, desk: Client, booked: int) -> None:
    close(asha, asha.today(), asha.today() + 2 * ONE_DAY)
    for _ in range(booked):
        visit(asha, PatientFactory(), at=at(asha, asha.today()))

    assert "Diwali" in words(desk.get("/asha/today/"))
    assert "Diwali" not in words(desk.get("/asha/today/", {"on": asha.today() + 3 * ONE_DAY}))


def test_only_what_is_looked_at_is_said_to_be_closed(asha: Clinic, desk: Client) -> None:
    here, there = Branch.objects.get(), Branch.objects.create(name="Baner")
    close(asha, asha.today(), branch=there)

    assert "Baner is closed that day: Diwali" in words(desk.get("/asha/today/"))
    assert "is closed" not in words(desk.get("/asha/today/", {"branch": here.pk}))


def test_booking_at_a_branch_that_is_open_says_nothing(asha: Clinic, desk: Client) -> None:
    here, there = Branch.objects.get(), Branch.objects.create(name="Baner")
    close(asha, asha.today() + 3 * ONE_DAY, branch=there)
    fields = {"patient": PatientFactory().pk, "on": asha.today() + 3 * ONE_DAY, "at": "10:30"}
    fields |= {"service": ServiceFactory().pk}

    pages = [words(desk.get("/asha/visits/new/", fields | {"branch": each.pk})) for each in (here, there)]

    assert ["Baner is closed that day" in page for page in pages] == [False, True]


def test_booking_on_a_closed_day_warns_and_stops_nobody(asha: Clinic, desk: Client) -> None:
    day, patient = asha.today() + 3 * ONE_DAY, PatientFactory()
    close(asha, day)
    fields = {"on": day.isoformat(), "at": "10:30", "service": ServiceFactory().pk, "note": "", "minutes": ""}
    fields |= {"therapist": "", "branch": Branch.objects.get().pk}

    page = words(desk.get("/asha/visits/new/", {"patient": patient.pk} | fields))
    answer = desk.post(f"/asha/visits/new/?patient={patient.pk}", {"key": uuid4()} | fields)

    assert "Closed: Diwali" in page
    assert (answer.status_code, Visit.objects.count()) == (302, 1)
    assert "Closed: Diwali" in words(desk.get(answer["Location"]))
