"""Nothing but a merge moves what is a patient's, whoever writes and whatever the statement says."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from django.db import Error, connection, transaction
from django.utils import timezone

from clinic.models import Clinic, Message, Patient, PatientLink
from clinic.patients.links import make_link
from desk.merging import merge_patients
from packages.memberships import begin
from packages.models import Package
from tests.committing import check_now
from tests.conftest import connect_as
from tests.factories import PatientFactory, owner_of, sale, told
from tests.written import everything

Scene = dict[str, Any]

TABLES = (
    "billing_bill",
    "billing_payment",
    "packages_membership",
    "packages_package",
    "clinic_message",
    "clinic_patientlink",
)
REFUSAL = "only grows|another patient"


@pytest.fixture
def owner_connection(django_db_setup: None, django_db_blocker: Any) -> Any:
    with django_db_blocker.unblock():
        connect_as("owner")
    yield
    with django_db_blocker.unblock():
        connect_as("app")


@pytest.fixture
def scene(asha: Clinic) -> Scene:
    """A patient with everything, somebody else, and a third into whom the first is merged by `merged`."""
    patient = PatientFactory()
    sold = sale(asha, patient)
    make_link(patient, by=None)
    told(asha, patient)
    return {
        "patient": patient.pk,
        "somebody": PatientFactory().pk,
        "kept": PatientFactory().pk,
        "billing_bill": sold.bill.pk,
        "billing_payment": sold.payments[0].pk,
        "packages_package": sold.package.pk,
        "packages_membership": begin(patient, on=asha.today(), by=None, key=uuid4()).pk,
        "clinic_message": Message.objects.get().pk,
        "clinic_patientlink": PatientLink.objects.get().pk,
    }


@pytest.fixture
def merged(scene: Scene) -> None:
    Patient.objects.filter(pk=scene["patient"]).update(merged_into=scene["kept"])


def run(sql: str, facts: Scene) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, facts)
        check_now()


def refused(sql: str, facts: Scene, refusal: str = REFUSAL) -> None:
    written = everything()
    with pytest.raises(Error, match=refusal):
        run(sql, facts)
    assert everything() == written


@pytest.mark.parametrize("table", TABLES)
def test_nothing_is_moved_to_a_patient_it_was_not_merged_into(scene: Scene, table: str) -> None:
    """S13, S17"""
    refused(f"UPDATE {table} SET patient_id = %(somebody)s WHERE id = %({table})s", scene)


@pytest.mark.parametrize("table", TABLES)
def test_nor_past_the_one_it_was_merged_into(scene: Scene, merged: None, table: str) -> None:
    """S13, S17"""
    refused(f"UPDATE {table} SET patient_id = %(somebody)s WHERE id = %({table})s", scene)


@pytest.mark.parametrize("table", TABLES)
def test_the_owner_of_the_database_is_refused_too(owner_connection: None, scene: Scene, table: str) -> None:
    """S13, S17"""
    refused(f"UPDATE {table} SET patient_id = %(somebody)s WHERE id = %({table})s", scene)


@pytest.mark.parametrize("table", TABLES)
def test_to_the_record_it_was_merged_into_it_moves(scene: Scene, merged: None, table: str) -> None:
    """S17: the guards are not simply shut."""
    run(f"UPDATE {table} SET patient_id = %(kept)s WHERE id = %({table})s", scene)

    with connection.cursor() as cursor:
        cursor.execute(f"SELECT patient_id FROM {table} WHERE id = %s", [scene[table]])
        assert cursor.fetchone() == (scene["kept"],)


@pytest.mark.parametrize(
    ("table", "change"),
    [
        ("billing_bill", "total = total - 1"),
        ("billing_bill", 'document = document || \'{"total": "0"}\''),
        ("billing_bill", "issued_at = issued_at + interval '1 microsecond'"),
        ("billing_bill", "visit_id = gen_random_uuid()"),
        ("billing_payment", "amount = amount + 0.001"),
        ("billing_payment", "received_on = received_on - 1"),
    ],
)
def test_the_owner_of_the_database_cannot_change_more_with_the_move(
    owner_connection: None, scene: Scene, merged: None, table: str, change: str
) -> None:
    """S13, S17"""
    refused(f"UPDATE {table} SET patient_id = %(kept)s, {change} WHERE id = %({table})s", scene, "only grows")


@pytest.mark.parametrize("table", ["billing_bill", "billing_payment"])
def test_the_application_has_no_right_to_any_other_column(scene: Scene, merged: None, table: str) -> None:
    """S13, S17"""
    refused(
        f"UPDATE {table} SET patient_id = %(kept)s, branch_id = branch_id WHERE id = %({table})s",
        scene,
        "permission denied",
    )


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE clinic_patient SET merged_into_id = NULL WHERE id = %(patient)s",
        "UPDATE clinic_patient SET merged_into_id = %(somebody)s WHERE id = %(patient)s",
        "UPDATE clinic_patient SET merged_into_id = %(patient)s WHERE id = %(kept)s",
        "UPDATE clinic_patient SET merged_into_id = %(patient)s WHERE id = %(somebody)s",
        "UPDATE clinic_patient SET merged_into_id = %(somebody)s WHERE id = %(somebody)s",
    ],
    ids=["taken apart", "merged again", "in a circle", "into a merged one", "into itself"],
)
def test_a_record_is_merged_once_and_into_a_living_one(scene: Scene, merged: None, sql: str) -> None:
    """S17"""
    refused(sql, scene, "merged once, into a living one")


def test_what_is_written_for_a_merged_record_lands_on_the_kept_one(asha: Clinic, scene: Scene) -> None:
    """S17: somebody had the page open while the records were merged."""
    patient, kept = Patient.objects.get(pk=scene["patient"]), Patient.objects.get(pk=scene["kept"])
    merge_patients(
        kept, patient, clinic=asha, at=timezone.now(), by=owner_of(asha), key=uuid4(), reason="Same phone"
    )

    sold = sale(asha, patient)
    check_now()

    assert Package.objects.get(pk=sold.package.pk).patient == kept
    assert set(kept.bills.values_list("pk", flat=True)) >= {sold.bill.pk}
    assert not any(Patient.objects.get(pk=patient.pk).payments.all())
