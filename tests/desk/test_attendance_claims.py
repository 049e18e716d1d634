"""What insurers ask for beside the visits, and the superbill that carries it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from billing.models import ClaimFacts, Statement, StatementKind
from clinic.access import NotAllowed
from clinic.countries.units import units_of
from clinic.models import AuditEvent, Clinic, ClinicSettings, Patient, Role, Service
from clinic.tenancy.context import clinic_context
from desk.attendance.claims import ClaimIncomplete, facts_of, keep_facts
from packages.models import Package
from tests.desk.attending import issue, of_package, text_of
from tests.factories import PatientFactory, complete, found, member, owner_of, package, plan, visit
from tests.written import everything

FACTS = {
    "insurer": "Aetna",
    "member_number": "W123456789",
    "diagnosis": "M54.50, M25.561",
    "place_of_service": "11",
}


@pytest.fixture
def boston(db: None) -> Iterator[Clinic]:
    clinic = found("boston", country="US", currency="USD", time_zone="America/New_York")
    with clinic_context(clinic.pk):
        yield clinic


@pytest.fixture
def patient(boston: Clinic) -> Patient:
    made: Patient = PatientFactory(name="Jane Roe", country="US", birth_date=date(1980, 2, 29))
    return made


@pytest.fixture
def pack(boston: Clinic, patient: Patient) -> Package:
    """Ten sessions of timed exercise at 1,000, two of them used, by a therapist with an NPI."""
    settings = ClinicSettings.objects.get()
    settings.tax_number, settings.registrations = "12-3456789", {"npi": "1234567893"}
    settings.save()
    service = Service.objects.create(
        name="Exercise", minutes=38, price=120, code="97110", codes={"timed": "yes", "modifiers": "GP"}
    )
    therapist = member(boston, Role.THERAPIST, name="Dr Lee", registration="MA PT 12345")
    therapist.identifiers = {"npi": "1003000126"}
    therapist.save()
    sold = package(
        boston, patient, of=plan(service=service, price=1000), at=timezone.now() - timedelta(days=9)
    )
    for days in (2, 1):
        at = timezone.now() - timedelta(days=days)
        complete(boston, visit(boston, patient, service=service, at=at, therapist=therapist, minutes=38))
    return sold


def keep(clinic: Clinic, patient: Patient, facts: dict[str, str], **more: Any) -> ClaimFacts:
    return keep_facts(patient, facts, **{"at": timezone.now(), "by": owner_of(clinic)} | more)


def superbill(clinic: Clinic, pack: Package, **facts: Any) -> Statement:
    return issue(clinic, of_package(pack), kind=StatementKind.SUPERBILL, **facts)


def test_a_superbill_says_what_an_american_insurer_asks(
    boston: Clinic, patient: Patient, pack: Package
) -> None:
    keep(boston, patient, FACTS)

    said = text_of(superbill(boston, pack))

    for words in (
        "Superbill",
        "EIN 12-3456789",
        "NPI 1234567893",
        "born Feb 29, 1980",
        "Insurer Aetna",
        "Member or policy number W123456789",
        "Diagnosis codes (ICD-10) M54.50, M25.561",
        "97110 GP 3 1 of 10 $100.00",
        "State license MA PT 12345",
        "NPI 1003000126",
        "What was attended comes to $200.00.",
    ):
        assert words in said, words


@pytest.mark.parametrize(
    ("minutes", "units"),
    [(7, 1), (8, 1), (22, 1), (23, 2), (37, 2), (38, 3), (52, 3), (53, 4), (60, 4), (67, 4), (68, 5)],
)
def test_units_by_the_8_minute_rule(minutes: int, units: int) -> None:
    """Medicare Claims Processing Manual, chapter 5, section 20.2.C; a visit that is charged is at least one unit."""
    assert units_of(minutes) == units


def test_a_code_that_is_not_timed_is_one_unit(boston: Clinic, patient: Patient, pack: Package) -> None:
    Service.objects.filter(code="97110").update(code="97161", codes={})
    keep(boston, patient, FACTS)

    assert [row["units"] for row in superbill(boston, pack).document["rows"]] == [1, 1]


def test_what_is_missing_is_said_with_who_lacks_it(boston: Clinic, patient: Patient, pack: Package) -> None:
    keep(boston, patient, {"insurer": "Aetna"})
    settings = ClinicSettings.objects.get()
    settings.registrations = {}
    settings.save()
    before = everything()

    with pytest.raises(ClaimIncomplete) as refusal:
        superbill(boston, pack)

    assert refusal.value.missing == [
        "Member or policy number",
        "Diagnosis codes (ICD-10)",
        "Place of service",
        "NPI of the clinic (in the settings)",
    ]
    assert everything() == before


def test_a_plain_statement_says_nothing_of_the_illness(
    boston: Clinic, patient: Patient, pack: Package
) -> None:
    keep(boston, patient, FACTS)

    said = text_of(issue(boston, of_package(pack)))

    assert "Attendance statement" in said
    assert "Insurer Aetna" in said
    assert "M54.50" not in said


def test_the_audit_says_which_facts_changed_and_not_what_they_are(asha: Clinic) -> None:
    patient = PatientFactory()

    keep(asha, patient, {"insurer": "Star Health", "diagnosis": "M54.5"})
    keep(asha, patient, {"insurer": "Star Health", "diagnosis": ""})
    keep(asha, patient, {"insurer": "Star Health", "diagnosis": ""})

    events = AuditEvent.objects.filter(act="keep_claim_facts").order_by("at")
    assert [event.after for event in events] == [
        {"changed": ["diagnosis", "insurer"]},
        {"changed": ["diagnosis"]},
    ]
    assert facts_of(patient) == {"insurer": "Star Health"}


def test_an_issued_statement_keeps_the_facts_of_its_issue(asha: Clinic) -> None:
    pack = package(asha)
    keep(asha, pack.patient, {"insurer": "Star Health"})
    statement = issue(asha, of_package(pack))

    keep(asha, pack.patient, {"insurer": "Niva Bupa"})

    assert "Star Health" in text_of(statement)


@pytest.mark.parametrize("role", [Role.THERAPIST, Role.ACCOUNTANT])
def test_only_the_desk_and_the_owner_keep_them(asha: Clinic, role: Role) -> None:
    with pytest.raises(NotAllowed):
        keep(asha, PatientFactory(), {"insurer": "Star Health"}, by=member(asha, role))

    assert not ClaimFacts.objects.exists()


def test_of_two_records_that_became_one_the_last_word_counts(asha: Clinic) -> None:
    """S17"""
    from tests.desk.test_merging import merge

    kept, gone = PatientFactory(), PatientFactory()
    keep(asha, kept, {"insurer": "Star Health"}, at=timezone.now() - timedelta(days=1))
    keep(asha, gone, {"insurer": "Niva Bupa"})

    merge(asha, kept, gone)

    assert facts_of(kept) == {"insurer": "Niva Bupa"}


def test_a_wrong_code_comes_back_as_typed_with_the_reason(asha: Clinic, client: Client) -> None:
    patient = PatientFactory()
    client.force_login(member(asha, Role.FRONT_DESK).user)
    address = reverse("desk:claim", args=["asha", patient.pk])

    answer = client.post(address, {"insurer": "Star Health", "diagnosis": "back pain"})

    assert answer.status_code == 422
    page = answer.content.decode()
    assert 'value="Star Health"' in page
    assert 'value="back pain"' in page
    assert not ClaimFacts.objects.exists()
    assert client.post(address, {"insurer": "Star Health", "diagnosis": "m54.5"}).status_code == 302
    assert facts_of(patient) == {"insurer": "Star Health", "diagnosis": "M54.5"}


def test_an_accountant_reads_plain_statements_and_no_superbill(
    boston: Clinic, patient: Patient, pack: Package, client: Client
) -> None:
    keep(boston, patient, FACTS)
    plain, claim = issue(boston, of_package(pack)), superbill(boston, pack)
    client.force_login(member(boston, Role.ACCOUNTANT).user)

    answers = [
        client.get(reverse(name, args=["boston", statement.pk])).status_code
        for statement in (plain, claim)
        for name in ("desk:attendance_detail", "desk:attendance_pdf")
    ]

    assert answers == [200, 200, 403, 403]
    listed = client.get(reverse("desk:attendance_list", args=["boston", patient.pk])).content.decode()
    assert str(plain.pk) in listed
    assert str(claim.pk) not in listed
