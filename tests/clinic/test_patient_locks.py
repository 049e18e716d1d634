"""Changing a patient's record holds up nobody who writes beside it: their foreign keys only need the row to stay."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from django.db import connection, transaction
from django.utils import timezone

from clinic.models import Clinic, Patient, PatientLink
from clinic.patients.links import make_link, revoke_link
from clinic.patients.services import change_patient
from clinic.tenancy.context import clinic_context
from tests.factories import PatientFactory, found


def rename(patient: Patient) -> None:
    change_patient(patient, by=None, country="IN", name="Another Name")


def close_the_link(patient: Patient) -> None:
    revoke_link(patient.links.get(), by=None, at=timezone.now())


def can_be_named(clinic: Clinic, rows: list[Patient | PatientLink]) -> bool:
    """Whether another session may write rows that point at these now: it takes what a foreign key takes."""
    outcome: list[BaseException | None] = []

    def point_at_them() -> None:
        try:
            with clinic_context(clinic.pk), connection.cursor() as cursor:
                for row in rows:
                    share = f"SELECT FROM {row._meta.db_table} WHERE id = %s FOR KEY SHARE NOWAIT"
                    cursor.execute(share, [row.pk])
            outcome.append(None)
        except Exception as error:
            outcome.append(error)
        finally:
            connection.close()

    other = threading.Thread(target=point_at_them)
    other.start()
    other.join(30)
    assert outcome, "nobody waits here"
    assert outcome[0] is None or "could not obtain lock" in str(outcome[0]), outcome
    return outcome[0] is None


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("change", [rename, close_the_link])
def test_a_visit_is_completed_while_the_record_is_being_changed(change: Callable[[Patient], None]) -> None:
    clinic = found("locks")
    with clinic_context(clinic.pk), transaction.atomic():
        patient = PatientFactory()
        make_link(patient, by=None)
    with clinic_context(clinic.pk), transaction.atomic():
        rows = [patient, patient.links.get()]
        change(patient)
        still_free = can_be_named(clinic, rows)

    assert still_free


@pytest.mark.django_db(transaction=True)
def test_twin_with_the_stronger_lock_everybody_would_wait() -> None:
    clinic = found("locks")
    with clinic_context(clinic.pk):
        patient = PatientFactory()
    with clinic_context(clinic.pk), transaction.atomic():
        Patient.objects.select_for_update().get(pk=patient.pk)

        assert not can_be_named(clinic, [patient])
