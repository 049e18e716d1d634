from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.utils import timezone

from clinic.models import AuditEvent, Branch, Clinic, Role, Service
from clinic.tenancy.context import clinic_context
from packages.plans import Also, Line
from tests.factories import (
    PatientFactory,
    ServiceFactory,
    complete,
    found,
    member,
    owner_of,
    package,
    plan,
    visit,
)
from visits.models import Visit

NEW, WALK_IN = "/asha/visits/new/", "/asha/visits/walk-in/"


@pytest.fixture
def desk(asha: Clinic, client: Client) -> Client:
    client.force_login(member(asha, Role.FRONT_DESK, name="Sunita").user)
    return client


def words(response: Any) -> str:
    return " ".join(response.content.decode().split())


def asked(clinic: Clinic, days: int = 1, at: str = "10:30", **fields: Any) -> dict[str, Any]:
    """The booking form as it is sent."""
    facts = {"key": uuid4(), "on": (clinic.today() + timedelta(days=days)).isoformat(), "at": at}
    facts |= {
        "service": ServiceFactory().pk,
        "branch": Branch.objects.get().pk,
        "therapist": "",
        "minutes": "",
    }
    return {**facts, "note": "", **fields}


def book(client: Client, patient: Any, fields: dict[str, Any], path: str = NEW) -> Any:
    return client.post(f"{path}?patient={patient.pk}", fields)


def page_of(client: Client, visit: Visit, noun: str) -> str:
    return f"/asha/visits/{visit.pk}/{noun}/"


def test_booking_begins_with_who_comes(asha: Clinic, desk: Client) -> None:
    patient = PatientFactory(name="Asha Verma")

    page = words(desk.get(NEW, {"q": "verma ash", "on": "2026-12-01"}))

    assert f"{NEW}?patient={patient.pk}&amp;on=2026-12-01" in page
    assert "Nobody found" in words(desk.get(NEW, {"q": "zzzz"}))


def test_a_visit_is_booked_at_the_clinics_own_time(asha: Clinic, desk: Client) -> None:
    patient, therapist = PatientFactory(name="Rohan"), member(asha, Role.THERAPIST, name="Dr Anand")

    answer = book(desk, patient, asked(asha, therapist=therapist.pk, note="Left knee"))

    made = Visit.objects.get()
    assert asha.local(made.starts_at).strftime("%H:%M") == "10:30"
    assert (made.minutes, made.therapist, made.note, made.state) == (60, therapist, "Left knee", "booked")
    assert answer["Location"].endswith(f"#visit-{made.pk}")
    assert "Booked: Rohan" in words(desk.get(answer["Location"]))


def test_booking_twice_with_one_key_is_one_visit(asha: Clinic, desk: Client) -> None:
    """S02"""
    patient, fields = PatientFactory(), asked(asha)

    assert book(desk, patient, fields)["Location"] == book(desk, patient, fields)["Location"]
    assert Visit.objects.count() == 1


def test_the_form_says_which_package_would_cover_it(asha: Clinic, desk: Client) -> None:
    pack = package(asha, of=plan(sessions=5, name="Five"))
    for _each in range(2):
        visit(asha, pack.patient, at=timezone.now() + timedelta(hours=1))

    page = words(
        desk.get(NEW, {"patient": pack.patient.pk, "on": asha.today() + timedelta(days=3), "at": "09:00"})
    )

    assert "<strong>Five</strong>: 3 left → 2 left" in page


def test_the_form_offers_what_the_patients_pack_is_for(asha: Clinic, desk: Client) -> None:
    pack = package(asha, PatientFactory(name="Rukmini"))
    Service.objects.create(name="Aqua therapy", minutes=45, price=800)

    response = desk.get(f"{NEW}?patient={pack.patient_id}")

    assert response.context["form"].initial["service"] == pack.lines.get().service_id
    assert "10 left → 9 left" in words(response)


def test_a_visit_after_the_pack_lapses_is_booked_with_a_warning(asha: Clinic, desk: Client) -> None:
    """S37"""
    pack = package(asha, of=plan(validity_count=1))
    fields = asked(asha, days=60)

    form = words(desk.get(NEW, {"patient": pack.patient.pk, "on": fields["on"], "at": "10:30"}))
    answer = book(desk, pack.patient, fields)

    until = f"“{pack.name}” is valid to"
    assert "no package covers it then" in form
    assert until in form
    assert "; this visit is on" in form
    assert answer.status_code == 302
    assert f"Needs payment: {until}" in words(desk.get(answer["Location"]))


def test_a_therapist_who_is_taken_is_a_warning_not_a_wall(asha: Clinic, desk: Client) -> None:
    therapist = member(asha, Role.THERAPIST, name="Dr Anand")
    taken = datetime.combine(asha.today() + timedelta(days=1), datetime.min.time(), asha.zone).replace(
        hour=10
    )
    visit(asha, PatientFactory(name="Usha"), at=taken, therapist=therapist)

    answer = book(desk, PatientFactory(), asked(asha, therapist=therapist.pk))

    assert Visit.objects.count() == 2
    assert "Dr Anand already has Usha at 10:00." in words(desk.get(answer["Location"]))
    book(desk, PatientFactory(), asked(asha, at="11:00", therapist=therapist.pk, key=uuid4()))
    assert "already has Usha at 10:00" not in words(desk.get(answer["Location"]))


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"on": "2062-11-01"}, "Look at the year again."),
        ({"on": "1926-11-01"}, "Look at the year again."),
        ({"on": "", "at": "10:00"}, "required"),
        ({"at": "25:00"}, "valid time"),
        ({"minutes": "3"}, "5"),
        ({"minutes": "100000"}, "600"),
        ({"service": str(uuid4())}, "valid choice"),
    ],
)
def test_what_cannot_be_booked_is_refused_and_the_form_stays_as_typed(
    asha: Clinic, desk: Client, fields: dict[str, str], sentence: str
) -> None:
    answer = book(desk, PatientFactory(), asked(asha, **{"note": "Left knee", **fields}))

    assert answer.status_code == 422
    assert sentence in words(answer)
    assert 'value="Left knee"' in words(answer)
    assert not Visit.objects.exists()


def test_a_forgotten_visit_of_yesterday_can_be_entered(asha: Clinic, desk: Client) -> None:
    assert book(desk, PatientFactory(), asked(asha, days=-1)).status_code == 302
    assert Visit.objects.count() == 1


def test_a_time_that_the_clocks_skip_is_refused_with_a_sentence(client: Client, db: None) -> None:
    clinic = found("goldengate", time_zone="America/Los_Angeles")
    march = datetime.now(ZoneInfo("America/Los_Angeles")).year + 1
    sunday = next(
        datetime(march, 3, day, tzinfo=ZoneInfo("America/Los_Angeles")).date()
        for day in range(8, 15)
        if datetime(march, 3, day, tzinfo=ZoneInfo("America/Los_Angeles")).weekday() == 6
    )
    with clinic_context(clinic.pk):
        client.force_login(owner_of(clinic).user)
        patient = PatientFactory(country="US")
        fields = asked(clinic, on=sunday.isoformat(), at="02:30")

        answer = client.post(f"/goldengate/visits/new/?patient={patient.pk}", fields)

        assert answer.status_code == 422
        assert "There is no 02:30" in words(answer)
        assert not Visit.objects.exists()


def test_a_walk_in_is_here_now(asha: Clinic, desk: Client) -> None:
    patient = PatientFactory(name="Gurpreet")
    fields = asked(asha)
    del fields["on"], fields["at"]

    answer = book(desk, patient, fields, WALK_IN)

    made = Visit.objects.get()
    assert made.state == Visit.State.CHECKED_IN
    assert abs(timezone.now() - made.starts_at) < timedelta(minutes=2)
    assert "Gurpreet is here." in words(desk.get(answer["Location"]))


def test_arriving_is_one_press_and_pressing_again_changes_nothing(asha: Clinic, desk: Client) -> None:
    seen = visit(asha, PatientFactory())

    for _each in range(2):
        assert desk.post(page_of(desk, seen, "arrival"), {"key": uuid4()}).status_code == 302

    seen.refresh_from_db()
    assert seen.state == Visit.State.CHECKED_IN
    assert AuditEvent.objects.filter(act="check_in").count() == 1


def test_a_visit_that_needs_a_choice_is_booked_with_its_ways(asha: Clinic, desk: Client) -> None:
    """S18"""
    long = ServiceFactory(name="Physiotherapy 90 min", minutes=90)
    also = [Also(long, Decimal(2)), Also(long, Decimal(1), Decimal(500))]
    pack = package(asha, of=plan(Line(ServiceFactory(), Decimal(8), also=also)))
    fields = asked(asha, service=long.pk)

    form = words(desk.get(NEW, {"patient": pack.patient.pk, **fields}))
    answer = book(desk, pack.patient, fields)

    assert "Needs a choice when it is completed" in form
    assert "Use 2 sessions: <strong>8 left → 6 left</strong>" in form
    assert "Use 1 session and pay ₹500.00: <strong>8 left → 7 left</strong>" in form
    day = words(desk.get(answer["Location"]))
    assert "Needs a choice: The package counts Physiotherapy 90 min otherwise" in day
    assert "Needs payment" not in day
    assert "1 needs a choice" in day


@pytest.mark.parametrize("noun", ["arrival", "no-show", "restoration"])
def test_a_completed_visit_keeps_its_state(asha: Clinic, desk: Client, noun: str) -> None:
    seen = complete(asha, visit(asha, package(asha).patient)).visit
    before = AuditEvent.objects.count()

    answer = desk.post(page_of(desk, seen, noun), {"key": uuid4()})
    in_place = desk.post(page_of(desk, seen, noun), {"key": uuid4()}, headers={"HX-Request": "true"})

    assert answer.status_code == 422
    assert "This visit is completed. Open it first." in words(answer)
    assert in_place["HX-Retarget"] == "#main"
    assert AuditEvent.objects.count() == before


def test_a_visit_moves_to_another_time_therapist_and_package(asha: Clinic, desk: Client) -> None:
    first = package(asha, of=plan(name="First"))
    second = package(asha, first.patient, of=plan(name="Second"))
    anand, priya = (member(asha, Role.THERAPIST, name=name) for name in ("Dr Anand", "Dr Priya"))
    seen = visit(asha, first.patient, therapist=anand)
    page = words(desk.get(page_of(desk, seen, "move")))
    fields = asked(asha, days=2, at="17:15", therapist=priya.pk, minutes=45, package=second.pk)

    answer = desk.post(page_of(desk, seen, "move"), fields)

    assert "First · 10 left" in page
    seen = Visit.objects.select_related("therapist", "package").get(pk=seen.pk)
    assert (seen.therapist, seen.minutes, seen.package) == (priya, 45, second)
    assert asha.local(seen.starts_at).strftime("%H:%M") == "17:15"
    assert "Second" in words(desk.get(answer["Location"]))


def test_a_completed_visit_is_not_moved(asha: Clinic, desk: Client) -> None:
    seen = complete(asha, visit(asha, package(asha).patient)).visit
    starts_at = seen.starts_at

    assert desk.get(page_of(desk, seen, "move")).status_code == 422
    assert desk.post(page_of(desk, seen, "move"), asked(asha)).status_code == 422
    seen.refresh_from_db()
    assert seen.starts_at == starts_at


def test_the_history_tells_all_that_was_done(asha: Clinic, desk: Client) -> None:
    pack = package(asha, of=plan(name="Ten"))
    seen = visit(asha, pack.patient)
    desk.post(page_of(desk, seen, "arrival"), {"key": uuid4()})
    desk.post(page_of(desk, seen, "completion"), {"key": uuid4()})
    desk.post(page_of(desk, seen, "reopening"), {"key": uuid4(), "reason": "Wrong patient"})

    page = words(desk.get(f"/asha/visits/{seen.pk}/"))

    places = [
        page.index(f"<strong>{label}</strong>") for label in ("Booked", "Arrived", "Completed", "Reopened")
    ]
    assert places == sorted(places)
    assert "Used: Ten, 9 left after it." in page
    assert "Given back: Ten, 10 left after it." in page
    assert "Wrong patient" in page
    assert "Sunita" in page


@pytest.mark.parametrize(
    ("noun", "roles"),
    [
        ("arrival", {Role.OWNER, Role.FRONT_DESK, Role.THERAPIST}),
        ("move", {Role.OWNER, Role.FRONT_DESK}),
    ],
)
@pytest.mark.parametrize("role", list(Role))
def test_who_may_do_what(asha: Clinic, client: Client, noun: str, roles: set[Role], role: Role) -> None:
    seen = visit(asha, PatientFactory())
    before = AuditEvent.objects.count()
    client.force_login((owner_of(asha) if role == Role.OWNER else member(asha, role)).user)

    answer = client.post(page_of(client, seen, noun), asked(asha, side="patient", reason="Fever"))

    assert (answer.status_code == 403) == (role not in roles)
    if role not in roles:
        assert AuditEvent.objects.count() == before


def test_a_visit_of_another_clinic_is_not_there(asha: Clinic, client: Client, other_clinic: Clinic) -> None:
    """S26"""
    seen = visit(asha, package(asha).patient)
    with clinic_context(other_clinic.pk):
        client.force_login(owner_of(other_clinic).user)
        Service.objects.create(name="Physio", price=100)

    for noun in ("arrival", "no-show", "cancellation", "move", "restoration", "completion", "reopening"):
        for pk in (seen.pk, uuid4()):
            answer = client.post(
                f"/other/visits/{pk}/{noun}/", {"key": uuid4(), "reason": "x", "side": "patient"}
            )
            assert answer.status_code == 404
    assert client.get(f"/other/visits/{seen.pk}/").status_code == 404
    with clinic_context(asha.pk):
        seen.refresh_from_db()
        assert seen.state == Visit.State.BOOKED
