"""The personal link: a visit is confirmed, cancelled by the terms, or another time is asked for."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from clinic.messages import doorbell
from clinic.models import AuditEvent, Clinic, Message, Patient, Reply, Role
from clinic.patients.links import make_link
from clinic.refusals import Refused
from desk import absences
from packages.models import Entry, Package, Takes
from tests.factories import PatientFactory, member, owner_of, package, plan, visit
from tests.written import everything
from visits import services
from visits.models import Visit

HOUR = timedelta(hours=1)
SHARED = "+919876543210"


@pytest.fixture
def patient(asha: Clinic, monkeypatch: pytest.MonkeyPatch) -> Patient:
    monkeypatch.setattr(doorbell, "ring", lambda *turn: None)
    return PatientFactory(
        name="Priya Nair",
        phones=[SHARED],
        email="priya@example.test",
        may_message=True,
        birth_date=date(1988, 2, 29),
    )


@pytest.fixture
def token(patient: Patient) -> str:
    return make_link(patient, by=None)


def url(page: str, token: str, seen: Visit) -> str:
    return reverse(f"desk:portal_{page}", args=["asha", token, seen.pk])


def words(response: HttpResponse) -> str:
    return " ".join(response.content.decode().split())


def look(client: Client, token: str, seen: Visit) -> str:
    return words(client.get(url("visit", token, seen)))


def field(client: Client, token: str, seen: Visit, name: str) -> str:
    """A hidden field of the page, as a browser would send it."""
    page = look(client, token, seen)
    found = page.split(f'name="{name}" value="')
    return found[-1].split('"')[0] if len(found) > 1 else ""


def cancel(client: Client, token: str, seen: Visit, **sent: Any) -> HttpResponse:
    known = {"key": uuid4(), "shown": field(client, token, seen, "shown")}
    return client.post(url("cancellation", token, seen), known | sent)


def soon(asha: Clinic, patient: Patient, hours: float = 5, **facts: Any) -> Visit:
    return visit(asha, patient, at=timezone.now() + hours * HOUR, **facts)


def left(pack: Package) -> Any:
    return Package.objects.values_list("sessions_left", flat=True).get(pk=pack.pk)


def test_the_page_says_when_with_whom_and_what_it_takes(
    asha: Clinic, patient: Patient, token: str, client: Client
) -> None:
    package(asha, patient, of=plan(sessions=7))
    seen = soon(asha, patient, 50, therapist=member(asha, Role.THERAPIST, name="Dr Anand Iyer"))

    page = look(client, token, seen)

    assert f"{asha.local(seen.starts_at):%H:%M}" in page
    assert "Dr Anand Iyer" in page
    assert "It takes 1 session of the 7 you have left." in page
    assert "Yes, I come" in page


def test_confirming_is_seen_by_the_desk_and_twice_is_once(
    asha: Clinic, patient: Patient, token: str, client: Client
) -> None:
    seen = soon(asha, patient, 1)

    answers = [client.post(url("confirmation", token, seen)) for _ in range(2)]

    assert [each.status_code for each in answers] == [303, 303]
    seen.refresh_from_db()
    assert (seen.confirmed_via, bool(seen.confirmed_at)) == ("link", True)
    assert AuditEvent.objects.filter(act="confirm_visit").count() == 1
    assert "You said that you come" in look(client, token, seen)
    desk = Client()
    desk.force_login(member(asha, Role.FRONT_DESK).user)
    on = asha.day_of(seen.starts_at)
    assert "Confirmed" in words(desk.get(reverse("desk:today", args=["asha"]), {"on": on.isoformat()}))
    assert "by the personal link" in words(desk.get(reverse("visits:visit_detail", args=["asha", seen.pk])))


def test_the_desk_notes_that_the_patient_confirmed(asha: Clinic, patient: Patient, client: Client) -> None:
    client.force_login(member(asha, Role.FRONT_DESK).user)
    seen, begun = soon(asha, patient, 1), soon(asha, patient, -1)
    detail = reverse("visits:visit_detail", args=["asha", seen.pk])
    assert "The patient confirms" in words(client.get(detail))

    codes = [
        client.post(reverse("visits:confirmation", args=["asha", each.pk]), {"key": uuid4()}).status_code
        for each in (seen, begun)
    ]

    assert codes == [302, 422]
    assert list(Visit.objects.exclude(confirmed_at=None).values_list("pk", "confirmed_via")) == [
        (seen.pk, "desk")
    ]
    page = words(client.get(detail))
    assert "said at the front desk" in page
    assert "The patient confirms" not in page


def test_a_moved_visit_is_not_confirmed_any_more(asha: Clinic, patient: Patient) -> None:
    from visits import confirming

    seen = soon(asha, patient, 30)
    confirming.confirm_visit(seen, via=Visit.ConfirmedVia.LINK, at=timezone.now(), by=None)

    moved = services.move_visit(seen, starts_at=seen.starts_at + HOUR, by=owner_of(asha))

    assert (moved.confirmed_at, moved.confirmed_via) == (None, "")


@pytest.mark.parametrize(
    ("hours", "passes", "says", "taken", "told"),
    [
        (30, 1, "In time: nothing is taken.", 0, ""),
        (5, 1, "The free pass is used and nothing is taken", 0, "The free pass was used"),
        (5, 0, "It takes 1 session: 10 → 9 left.", 1, "1 session was taken: 9 left."),
    ],
)
def test_cancelling_says_before_what_it_costs_by_the_frozen_terms_and_does_just_that(
    asha: Clinic,
    patient: Patient,
    token: str,
    client: Client,
    hours: int,
    passes: int,
    says: str,
    taken: int,
    told: str,
) -> None:
    """S50, S57"""
    pack = package(asha, patient, of=plan(late_cancel_hours=24, free_passes=passes))
    seen = soon(asha, patient, hours)
    Message.objects.update(state="cancelled")
    assert says in look(client, token, seen)

    key = uuid4()
    answers = [cancel(client, token, seen, key=key) for _ in range(2)]

    assert [each.status_code for each in answers] == [303, 303]
    seen.refresh_from_db()
    assert (seen.state, seen.reason) == ("cancelled_by_patient", "By the patient’s link")
    assert left(pack) == 10 - taken
    event = AuditEvent.objects.get(act="cancel_visit")
    assert event.by is None
    letters = list(Message.objects.filter(kind="letter.absence"))
    assert len(letters) == bool(told)
    assert all(told in each.body and "Nair" not in each.body for each in letters)
    assert "cancelled by patient" in look(client, token, seen).lower()


def test_in_time_it_is_said_what_it_costs_later(
    asha: Clinic, patient: Patient, token: str, client: Client
) -> None:
    package(asha, patient, of=plan(late_cancel_hours=24, free_passes=0, late_cancel_takes=Takes.HALF))

    page = look(client, token, soon(asha, patient, 30))

    assert "In time: nothing is taken." in page
    assert "It takes half a session: 10 → 9.5 left." in page


def test_what_became_late_since_the_page_was_opened_is_said_and_asked_again(
    asha: Clinic, patient: Patient, token: str, client: Client
) -> None:
    """S50"""
    pack = package(asha, patient, of=plan(late_cancel_hours=24, free_passes=0))
    seen = soon(asha, patient, 25)
    shown = field(client, token, seen, "shown")

    with time_machine.travel(timezone.now() + 2 * HOUR, tick=True):
        refused = cancel(client, token, seen, shown=shown)

        assert refused.status_code == 422
        assert "Something has changed since this page was opened." in words(refused)
        assert "It takes 1 session: 10 → 9 left." in words(refused)
        assert Visit.objects.get(pk=seen.pk).state == "booked"
        assert cancel(client, token, seen).status_code == 303
    assert left(pack) == 9


def test_nothing_is_cancelled_that_did_not_say_what_it_comes_to(
    asha: Clinic, patient: Patient, token: str, client: Client
) -> None:
    """S50"""
    package(asha, patient, of=plan(late_cancel_hours=24, free_passes=0))
    seen = soon(asha, patient, 5)
    before = everything()

    refused = cancel(client, token, seen, shown="")

    assert refused.status_code == 422
    assert "Something has changed since this page was opened." in words(refused)
    assert everything() == before


@pytest.mark.parametrize("shown", ["in_time/0/0", "sessions/0.5/0", "fee/0/500", ""])
def test_what_comes_to_something_else_than_was_shown_is_not_cancelled(
    asha: Clinic, patient: Patient, shown: str
) -> None:
    """S50"""
    package(asha, patient, of=plan(late_cancel_hours=24, free_passes=0))
    seen, before = soon(asha, patient, 5), everything()
    facts = {"clinic": asha, "at": timezone.now(), "by": None, "key": uuid4(), "by_clinic": False}

    with pytest.raises(Refused, match="Something has changed"):
        absences.cancel_visit(seen, **facts, shown=shown)
    assert everything() == before

    done = [absences.cancel_visit(seen, **facts, shown="sessions/1/0") for _ in range(2)]
    assert {each.consequence for each in done} == {"sessions"}


@pytest.mark.parametrize("page", ["confirmation", "cancellation", "move_wish"])
def test_nothing_can_be_done_about_a_visit_that_has_begun(
    asha: Clinic, patient: Patient, token: str, client: Client, page: str
) -> None:
    seen = soon(asha, patient, -1)
    assert "has begun or is over" in look(client, token, seen)
    before = everything()

    answer = client.post(url(page, token, seen), {"key": uuid4(), "words": "Monday", "shown": ""})

    assert answer.status_code == 422
    assert "Please call the clinic." in words(answer)
    assert everything() == before


def test_a_wish_for_another_time_is_read_by_the_desk_and_the_visit_stands(
    asha: Clinic, patient: Patient, token: str, client: Client
) -> None:
    seen, key = soon(asha, patient, 30), uuid4()
    starts_at: datetime = seen.starts_at

    for _ in range(2):
        sent = client.post(url("move_wish", token, seen), {"key": key, "words": "Any  morning\nnext week"})
        assert sent.status_code == 303

    seen.refresh_from_db()
    assert (seen.starts_at, seen.state, seen.move_wish) == (starts_at, "booked", "Any morning next week")
    reply = Reply.objects.get()
    assert reply.patient == patient
    assert reply.words.endswith(": Any morning next week")
    assert reply.seen_at is None
    assert "You asked for another time." in look(client, token, seen)


def test_the_desk_reads_a_wish_in_its_own_language(
    asha: Clinic, patient: Patient, token: str, client: Client
) -> None:
    Patient.objects.update(language="hi")

    client.post(url("move_wish", token, soon(asha, patient, 30)), {"key": uuid4(), "words": "Monday"})

    assert Reply.objects.get().words.startswith("Wishes another time for the visit on ")


def test_wishes_are_bounded_and_an_empty_one_comes_back(
    asha: Clinic, patient: Patient, token: str, client: Client
) -> None:
    seen = soon(asha, patient, 30)

    empty = client.post(url("move_wish", token, seen), {"key": uuid4(), "words": " "})
    codes = [
        client.post(url("move_wish", token, seen), {"key": uuid4(), "words": f"Day {n}"}).status_code
        for n in range(6)
    ]

    assert empty.status_code == 422
    assert codes == [303] * 5 + [422]
    assert Reply.objects.count() == 5


def test_somebody_elses_visit_is_not_there(
    asha: Clinic, patient: Patient, token: str, client: Client
) -> None:
    other = soon(asha, PatientFactory(name="Rohan Das"))

    codes = {client.get(url("visit", token, other)).status_code}
    codes |= {
        client.post(url(page, token, other), {"key": uuid4()}).status_code
        for page in ("confirmation", "cancellation", "move_wish")
    }

    assert codes == {404}


def test_on_a_shared_phone_nothing_is_shown_or_done_before_the_one_thing_only_the_patient_knows(
    asha: Clinic, patient: Patient, token: str, client: Client
) -> None:
    """S57"""
    PatientFactory(name="Rohan Nair", phones=[SHARED])
    pack = package(asha, patient, of=plan(free_passes=0))
    seen = soon(asha, patient, therapist=member(asha, Role.THERAPIST, name="Dr Anand Iyer"))

    pages = [look(client, token, seen), words(cancel(client, token, seen))]

    assert all("Date of birth" in page and "Anand" not in page for page in pages)
    assert (Visit.objects.get(pk=seen.pk).state, left(pack)) == ("booked", 10)
    assert not Entry.objects.filter(kind="late_cancel").exists()
    client.post(
        reverse("desk:portal_identification", args=["asha", token]),
        {"birth_day": 29, "birth_month": 2, "birth_year": 1988},
    )
    assert "Anand" in look(client, token, seen)


def test_a_form_of_another_site_cancels_nothing(asha: Clinic, patient: Patient, token: str) -> None:
    seen = soon(asha, patient)

    answer = Client(enforce_csrf_checks=True).post(url("cancellation", token, seen), {"key": uuid4()})

    assert answer.status_code == 403
    assert Visit.objects.get(pk=seen.pk).state == "booked"
