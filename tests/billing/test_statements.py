"""What the database holds about statements, whoever writes."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import Error, connection, transaction
from django.utils import timezone

from billing.models import ClaimFacts, Statement
from clinic.models import Clinic, Patient
from tests.factories import PatientFactory


@pytest.fixture
def patient(asha: Clinic) -> Patient:
    made: Patient = PatientFactory()
    return made


def statement(patient: Patient, number: int = 1, **facts: Any) -> Statement:
    facts = {
        "first_day": date(2026, 4, 1),
        "last_day": date(2026, 4, 30),
        "issued_at": timezone.now(),
    } | facts
    made: Statement = Statement.objects.create(
        number=number, kind="attendance", patient=patient, document={"rows": []}, key=uuid4(), **facts
    )
    return made


def refused(sql: str, *given: Any) -> str:
    with pytest.raises(Error) as error, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, given)
    return str(error.value)


def test_a_statement_is_dated_by_the_clinic_s_own_day(patient: Patient) -> None:
    made = statement(patient, issued_at=datetime(2026, 3, 31, 20, 0, tzinfo=UTC))  # 01:30 in India

    made.refresh_from_db()

    assert made.issued_on == date(2026, 4, 1)


def test_none_is_dated_ahead(patient: Patient) -> None:
    with pytest.raises(Error, match="future"), transaction.atomic():
        statement(patient, issued_at=timezone.now() + timedelta(hours=1))

    assert not Statement.objects.exists()


@pytest.mark.parametrize(
    "change", ["document = '{}'", "reason = 'x'", "number = 9", "issued_on = '2020-01-01'"]
)
def test_an_issued_statement_never_changes(patient: Patient, change: str) -> None:
    made = statement(patient)

    refusal = refused(f"UPDATE billing_statement SET {change} WHERE id = %s", made.pk)

    assert "permission denied" in refusal
    assert Statement.objects.get().document == {"rows": []}


def test_none_goes_away(patient: Patient) -> None:
    made = statement(patient)

    assert "permission denied" in refused("DELETE FROM billing_statement WHERE id = %s", made.pk)


def test_it_goes_to_no_other_patient(patient: Patient) -> None:
    made = statement(patient)

    refusal = refused(
        "UPDATE billing_statement SET patient_id = %s WHERE id = %s", PatientFactory().pk, made.pk
    )

    assert "only grows" in refusal


def test_one_replaces_only_one_of_the_same_patient_and_days(patient: Patient) -> None:
    first = statement(patient)
    for wrong in ({"last_day": date(2026, 5, 1)}, {"patient": PatientFactory()}):
        with pytest.raises(Error, match="replaces none"), transaction.atomic():
            statement(**({"patient": patient, "number": 2, "replaces": first} | wrong))

    second = statement(patient, 2, replaces=first)

    with pytest.raises(Error, match="statement_replaced_once"), transaction.atomic():
        statement(patient, 3, replaces=first)
    assert second.replaces == first


@pytest.mark.parametrize(
    "wrong", [{"first_day": None, "last_day": None}, {"last_day": date(2026, 3, 31)}, {"kind": "other"}]
)
def test_it_is_of_a_package_or_of_days(patient: Patient, wrong: dict[str, Any]) -> None:
    facts = {"first_day": date(2026, 4, 1), "last_day": date(2026, 4, 30), "kind": "attendance"} | wrong

    with pytest.raises(Error), transaction.atomic():
        Statement.objects.create(
            number=1, patient=patient, issued_at=timezone.now(), document={}, key=uuid4(), **facts
        )

    assert not Statement.objects.exists()


def test_what_insurers_ask_is_kept_once_a_patient_and_never_deleted(patient: Patient) -> None:
    kept = ClaimFacts.objects.create(patient=patient, facts={"insurer": "Star"}, changed_at=timezone.now())

    with pytest.raises(Error, match="claim_facts_once"), transaction.atomic():
        ClaimFacts.objects.create(patient=patient, facts={}, changed_at=timezone.now())

    assert refused("DELETE FROM billing_claimfacts WHERE id = %s", kept.pk)
    assert ClaimFacts.objects.get().facts == {"insurer": "Star"}
