"""Patients are listed, added, changed and given links by those who may, and nobody is added twice unasked."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import unquote

import pytest
from django.test import Client
from django.utils import timezone

from clinic.keys import new_key
from clinic.models import AuditEvent, Clinic, Patient, PatientLink, Role
from clinic.patients import rows
from clinic.patients.duplicates import likely_duplicates
from clinic.patients.links import find_by_token, make_link, revoke_link
from clinic.patients.services import add_patient, change_patient
from clinic.tenancy.context import clinic_context
from tests.factories import PatientFactory, member

pytestmark = pytest.mark.django_db

TYPING = {"HX-Request": "true"}


@pytest.fixture
def desk(asha: Clinic, client: Client) -> Client:
    """A browser in which the front desk is signed in."""
    return sign_in(asha, client, Role.FRONT_DESK)


def sign_in(clinic: Clinic, client: Client, role: Role) -> Client:
    client.force_login(member(clinic, role).user)
    return client


def filled(**fields: Any) -> dict[str, Any]:
    """The form for a new patient as the desk sends it."""
    return {
        "key": str(new_key()),
        "name": "Asha Sharma",
        "phones": ["98200 12345"],
        "language": "en-in",
    } | fields


def text_of(response: Any) -> str:
    return response.content.decode()


# Adding


def test_the_desk_adds_a_patient_with_phones_in_any_notation(desk: Client) -> None:
    form = filled(
        phones=["098200-12345", "+44 20 7946 0018", ""], email="asha@example.test", notes="Left knee"
    )

    response = desk.post("/asha/patients/new/", form)

    patient = Patient.objects.get()
    assert (response.status_code, response["Location"]) == (302, f"/asha/patients/{patient.pk}/")
    assert (patient.number, patient.name, patient.notes) == (1, "Asha Sharma", "Left knee")
    assert patient.phones == ["+919820012345", "+442079460018"]
    assert AuditEvent.objects.get(act="add_patient").subject_id == patient.pk


def test_sending_the_form_twice_adds_one_patient(desk: Client) -> None:
    form = filled()

    first, second = (desk.post("/asha/patients/new/", form) for _ in range(2))

    assert Patient.objects.count() == 1
    assert second["Location"] == first["Location"]


def test_a_form_without_a_key_adds_nobody(desk: Client) -> None:
    response = desk.post("/asha/patients/new/", filled(key=""))

    assert (response.status_code, Patient.objects.count()) == (400, 0)


@pytest.mark.parametrize(
    ("field", "typed", "sentence"),
    [
        ("name", "  ", "This field is required."),
        ("name", "98200", "Write a name with letters."),
        ("phones", "98200 123", "“98200 123” is not a valid phone number"),
        ("phones", "ask at home", "“ask at home” is not a phone number."),
        ("email", "asha@", "Enter a valid email address."),
        ("birth_date", "2999-01-01", "Look at the year again."),
        ("birth_date", "1811-01-01", "Look at the year again."),
    ],
)
def test_what_cannot_be_is_refused_with_a_sentence_and_comes_back_as_typed(
    desk: Client, field: str, typed: str, sentence: str
) -> None:
    response = desk.post("/asha/patients/new/", filled(notes="Left knee") | {field: typed})

    assert response.status_code == 422
    assert sentence in text_of(response)
    assert "Left knee" in text_of(response)
    assert typed.strip() in text_of(response)
    assert not Patient.objects.exists()


def test_several_phones_in_one_line_are_kept_apart_and_once(desk: Client) -> None:
    desk.post("/asha/patients/new/", filled(phones=["98200 12345, 97699 54321; +91 98200 12345"]))

    assert Patient.objects.get().phones == ["+919820012345", "+919769954321"]


def test_phones_without_a_code_are_read_in_the_clinic_s_country(asha: Clinic, client: Client) -> None:
    Clinic.objects.filter(pk=asha.pk).update(country="GB")
    sign_in(asha, client, Role.FRONT_DESK)

    client.post("/asha/patients/new/", filled(phones=["020 7946 0018"]))

    assert Patient.objects.get().phones == ["+442079460018"]


def test_agreement_to_messages_is_kept_with_its_moment(desk: Client) -> None:
    desk.post("/asha/patients/new/", filled(may_message="on"))

    patient = Patient.objects.get()
    assert patient.may_message
    assert abs(timezone.now() - patient.may_message_since) < timedelta(minutes=1)


@pytest.mark.parametrize(
    ("sought", "name", "phone"),
    [("ravi kumar", "Ravi Kumar", ""), ("98200 1234", "", "98200 1234"), ("रवि", "रवि", "")],
)
def test_what_was_looked_for_in_vain_begins_the_form(
    desk: Client, sought: str, name: str, phone: str
) -> None:
    form = desk.get("/asha/patients/new/", {"q": sought}).context["form"]

    assert (form["name"].value() or "", *(form["phones"].value() or [""])) == (name, phone)


# Somebody very like them


@pytest.mark.parametrize(
    ("name", "phone"),
    [
        ("Sharma, Asha", "97699 54321"),
        ("आशा शर्मा", "97699 54321"),
        ("Dr. Asha SHARMA", ""),
        ("Ramesh", "98200 12345"),
    ],
)
def test_a_likely_duplicate_is_shown_and_nobody_is_added_until_the_desk_says_it_is_somebody_else(
    desk: Client, name: str, phone: str
) -> None:
    here = PatientFactory(name="Asha Sharma", phones=["+919820012345"])
    form = filled(name=name, phones=[phone])

    asked = desk.post("/asha/patients/new/", form)

    assert asked.status_code == 422
    assert f"/asha/patients/{here.pk}/" in text_of(asked)
    assert Patient.objects.count() == 1

    desk.post("/asha/patients/new/", form | {"somebody_else": asked.context["seen"]})

    assert Patient.objects.count() == 2


def test_the_answer_counts_only_for_those_who_were_shown(desk: Client) -> None:
    asha = PatientFactory(name="Asha Sharma")
    PatientFactory(name="Ravi Kumar")

    response = desk.post("/asha/patients/new/", filled(name="Ravi Kumar", somebody_else=str(asha.pk)))

    assert (response.status_code, Patient.objects.count()) == (422, 2)


@pytest.mark.parametrize("name", ["Asha Patil", "Asha", "Asha Sharma Patil", "Ashok Sharma"])
def test_another_name_with_another_phone_is_no_duplicate(asha: Clinic, name: str) -> None:
    PatientFactory(name="Asha Sharma", phones=["+919820012345"])

    assert likely_duplicates(name, ["+919769954321"], country="IN") == []


def test_changing_a_record_asks_only_about_what_is_new(asha: Clinic, desk: Client) -> None:
    mother = PatientFactory(name="Asha Sharma", phones=["+919820012345"])
    child = PatientFactory(name="Isha Sharma", phones=["+919820012345"])
    form = filled(name="Isha Sharma", notes="Comes with her mother")

    saved = desk.post(f"/asha/patients/{child.pk}/details/", form)
    asked = desk.post(f"/asha/patients/{child.pk}/details/", form | {"name": "Asha Sharma"})

    assert saved.status_code == 302
    assert asked.status_code == 422
    assert str(mother.pk) in asked.context["seen"]


# Changing


def test_a_change_is_written_down_with_what_it_was(desk: Client) -> None:
    patient = PatientFactory(name="Asha Sharma", phones=["+919820012345"])

    desk.post(f"/asha/patients/{patient.pk}/details/", filled(name="Asha  Mehta"))

    event = AuditEvent.objects.get(act="change_patient")
    assert (event.before, event.after) == ({"name": "Asha Sharma"}, {"name": "Asha Mehta"})
    assert event.by.role == Role.FRONT_DESK


def test_saving_without_a_change_writes_nothing_down(desk: Client) -> None:
    patient = PatientFactory(name="Asha Sharma", phones=["+919820012345"])

    desk.post(f"/asha/patients/{patient.pk}/details/", filled())

    assert not AuditEvent.objects.filter(act="change_patient").exists()


def test_agreement_keeps_its_first_moment_and_ends_when_it_is_withdrawn(desk: Client) -> None:
    since = timezone.now() - timedelta(days=90)
    patient = PatientFactory(name="Asha Sharma", may_message=True, may_message_since=since)

    desk.post(f"/asha/patients/{patient.pk}/details/", filled(may_message="on"))
    patient.refresh_from_db()
    assert patient.may_message_since == since

    desk.post(f"/asha/patients/{patient.pk}/details/", filled())
    patient.refresh_from_db()
    assert (patient.may_message, patient.may_message_since) == (False, None)


def test_a_number_or_a_clinic_is_never_changed_by_the_service(asha: Clinic) -> None:
    patient = PatientFactory()

    with pytest.raises(TypeError, match="number"):
        change_patient(patient, by=None, country="IN", number=99)


def test_the_title_and_the_address_of_a_record_name_nobody(desk: Client) -> None:
    patient = PatientFactory(name="Asha Sharma")

    page = text_of(desk.get(f"/asha/patients/{patient.pk}/details/"))

    title = page[page.index("<title>") : page.index("</title>")]
    assert "Patient 1" in title
    assert "Sharma" not in title


# Who may


@pytest.mark.parametrize("role", [Role.THERAPIST, Role.ACCOUNTANT])
def test_therapist_and_accountant_see_patients_but_change_none(
    asha: Clinic, client: Client, role: Role
) -> None:
    patient = PatientFactory(name="Asha Sharma")
    sign_in(asha, client, role)

    pages = [client.get("/asha/patients/"), client.get("/asha/search/", {"q": "zz"}, headers=TYPING)]
    refused = [
        client.post("/asha/patients/new/", filled(name="Ravi Kumar")),
        client.post(f"/asha/patients/{patient.pk}/details/", filled(name="Ravi Kumar")),
        client.post(f"/asha/patients/{patient.pk}/link/"),
    ]

    assert [(page.status_code, "/patients/new/" in text_of(page)) for page in pages] == [(200, False)] * 2
    assert [response.status_code for response in refused] == [403] * 3
    assert [p.name for p in Patient.objects.all()] == ["Asha Sharma"]
    assert not PatientLink.objects.exists()


def test_another_clinic_s_patient_is_not_there(desk: Client, other_clinic: Clinic) -> None:
    with clinic_context(other_clinic.pk):
        patient = PatientFactory()
        link = PatientLink.objects.create(patient=patient, token_hash=b"x", expires_at=timezone.now())

    answers = [
        desk.get(f"/asha/patients/{patient.pk}/details/"),
        desk.get(f"/asha/patients/{patient.pk}/link/"),
        desk.post(f"/asha/patients/{patient.pk}/links/{link.pk}/revoking/"),
    ]

    assert [response.status_code for response in answers] == [404] * 3


# Finding and listing


def test_while_typing_the_list_has_an_option_for_each_patient(desk: Client) -> None:
    patient = PatientFactory(name="Asha Sharma", phones=["+919820012345"])

    options = text_of(desk.get("/asha/search/", {"q": "asha"}, headers=TYPING))

    assert options.count('role="option"') == 1
    assert f'href="/asha/patients/{patient.pk}/"' in options
    assert "No. 1 · 98200 12345" in options
    assert "<html" not in options


def test_typing_what_nobody_is_called_offers_to_add_them(desk: Client) -> None:
    options = text_of(desk.get("/asha/search/", {"q": "रवि & <b>"}, headers=TYPING))

    assert options.count('role="option"') == 1
    assert "Add patient “रवि &amp; &lt;b&gt;”" in options
    assert unquote(options).count('href="/asha/patients/new/?q=रवि & <b>"') == 1


def test_nothing_typed_shows_nothing(desk: Client) -> None:
    assert text_of(desk.get("/asha/search/", {"q": " "}, headers=TYPING)).strip() == ""


def test_without_a_script_the_only_match_opens_at_once_and_several_are_a_page(desk: Client) -> None:
    patient = PatientFactory(name="Asha Sharma")
    PatientFactory(name="Ramesh Sharma")

    one = desk.get("/asha/search/", {"q": "asha"})
    several = desk.get("/asha/search/", {"q": "sharma"})
    none = desk.get("/asha/search/", {"q": "zz"})

    assert one["Location"] == f"/asha/patients/{patient.pk}/"
    assert [row.name for row in several.context["rows"]] == ["Asha Sharma", "Ramesh Sharma"]
    assert "<html" in text_of(several)
    assert "Add patient “zz”" in text_of(none)


def test_the_list_begins_with_the_newest_and_is_walked_both_ways(desk: Client) -> None:
    for number in range(1, 121):
        Patient.objects.create(number=number, name=f"Patient {number}")

    shown, page = [], desk.get("/asha/patients/")
    assert page.context["page"].newer_than is None
    while True:
        shown.append([row.number for row in page.context["rows"]])
        if not page.context["page"].older_than:
            break
        page = desk.get("/asha/patients/", {"older_than": page.context["page"].older_than})
    back = desk.get("/asha/patients/", {"newer_than": page.context["page"].newer_than})

    assert shown == [list(range(120, 70, -1)), list(range(70, 20, -1)), list(range(20, 0, -1))]
    assert [row.number for row in back.context["rows"]] == shown[1]
    assert back.context["page"].newer_than == 70


@pytest.mark.parametrize("asked", ["", "x", "-1", "٣", "9" * 40])
def test_a_page_that_is_none_is_the_first(desk: Client, asked: str) -> None:
    PatientFactory()

    assert len(desk.get("/asha/patients/", {"older_than": asked}).context["rows"]) == 1


def test_an_empty_clinic_is_told_what_to_do(desk: Client) -> None:
    page = text_of(desk.get("/asha/patients/"))

    assert "No patients yet" in page
    assert 'href="/asha/patients/new/"' in page


def test_a_page_of_the_list_costs_the_same_however_many_there_are(desk: Client, queries: Any) -> None:
    def cost() -> int:
        with queries() as sent:
            desk.get("/asha/patients/")
        return int(sent.count)

    PatientFactory()
    cost()  # the first page of a session notes when it began
    few = cost()
    PatientFactory.create_batch(60)

    assert cost() == few


# Personal links


def test_only_the_hash_of_a_link_is_kept_and_the_token_finds_it(asha: Clinic) -> None:
    patient, now = PatientFactory(), timezone.now()

    token = make_link(patient, by=None, at=now)

    link = PatientLink.objects.get()
    assert find_by_token(token, now) == link
    assert link.patient == patient
    assert len(token) >= 43
    assert token.encode() not in bytes(link.token_hash)
    assert token not in str(list(AuditEvent.objects.values_list("before", "after")))
    assert link.expires_at == now + timedelta(days=180)


def test_a_link_opens_until_it_expires(asha: Clinic) -> None:
    now = timezone.now()

    token = make_link(PatientFactory(), by=None, at=now, valid_days=2)

    assert find_by_token(token, now + timedelta(days=2, seconds=-1))
    assert find_by_token(token, now + timedelta(days=2)) is None


@pytest.mark.parametrize("token", ["", "x", "\x00", "ü" * 50])
def test_a_wrong_token_opens_nothing(asha: Clinic, token: str) -> None:
    make_link(PatientFactory(), by=None)

    assert find_by_token(token, timezone.now()) is None


def test_a_link_of_another_clinic_opens_nothing_here(asha: Clinic, other_clinic: Clinic) -> None:
    with clinic_context(other_clinic.pk):
        token = make_link(PatientFactory(), by=None)

    assert find_by_token(token, timezone.now()) is None


def test_a_revoked_link_stays_closed_and_is_revoked_once(asha: Clinic) -> None:
    now: datetime = timezone.now()
    token = make_link(PatientFactory(), by=None, at=now)
    link = PatientLink.objects.get()

    revoke_link(link, by=None, at=now)
    again = revoke_link(link, by=None, at=now + timedelta(hours=1))

    assert find_by_token(token, now) is None
    assert again.revoked_at == now
    assert AuditEvent.objects.filter(act="revoke_link").count() == 1


def test_the_desk_makes_a_link_that_is_shown_once(asha: Clinic, desk: Client) -> None:
    patient = PatientFactory(name="Asha Sharma", phones=["+919820012345"], language="en-in")

    made = desk.post(f"/asha/patients/{patient.pk}/link/")
    address = made.context["address"]
    later = desk.get(f"/asha/patients/{patient.pk}/link/")

    token = address.rstrip("/").rpartition("/")[2]
    assert address in text_of(made)
    assert find_by_token(token, timezone.now())
    assert token not in text_of(later)
    assert made.context["whatsapp"].startswith("https://wa.me/919820012345?text=Asha%20Physiotherapy")
    assert address in unquote(made.context["whatsapp"])


def test_the_desk_closes_a_link(asha: Clinic, desk: Client) -> None:
    patient = PatientFactory()
    token = make_link(patient, by=None)
    link = PatientLink.objects.get()

    desk.post(f"/asha/patients/{patient.pk}/links/{link.pk}/revoking/")

    assert find_by_token(token, timezone.now()) is None


def test_looking_at_the_page_makes_no_link(desk: Client) -> None:
    patient = PatientFactory()

    desk.get(f"/asha/patients/{patient.pk}/link/")

    assert not PatientLink.objects.exists()


def test_adding_through_the_service_gives_the_next_number(asha: Clinic) -> None:
    numbers = [add_patient(name=f"Patient {letter}", by=None, country="IN").number for letter in "ABC"]

    assert numbers == [1, 2, 3]


def test_an_upper_app_may_say_how_many_sessions_are_left(
    asha: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rows, "_sources", [])
    with_pack, without = PatientFactory(name="Asha Sharma"), PatientFactory(name="Ravi Kumar")

    rows.show_sessions_left(lambda patients: {with_pack.pk: Decimal("4.5")})

    assert [row.left for row in rows.rows_of([without, with_pack], asha)] == [None, Decimal("4.5")]
