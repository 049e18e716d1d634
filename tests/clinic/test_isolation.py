"""One clinic never sees another (law 8), by the database's rule: tried from every side as the web's role."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

import pytest
from django.db import (
    DatabaseError,
    DataError,
    IntegrityError,
    ProgrammingError,
    connection,
    models,
    transaction,
)
from django.test import Client
from django.utils import timezone

from clinic.models import Branch, Clinic, Patient, PatientLink, Role, Service, Staff
from clinic.onboarding import found_clinic
from clinic.patients.links import find_by_token, make_link
from clinic.tenancy.context import NoClinicError, all_clinics, clinic_context, current_clinic_id
from tests.factories import PatientFactory, ServiceFactory, StaffFactory, UserFactory, found, member, owner_of
from visits.models import Visit

INSERT = (
    "INSERT INTO clinic_branch (clinic_id, id, name, address, is_active) VALUES (%s, uuidv7(), 'x', '', true)"
)


def rows(sql: str, *values: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall()


def changed(sql: str, *values: Any) -> int:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.rowcount


@pytest.fixture
def a(db: None) -> Clinic:
    return found("asha")


@pytest.fixture
def b(db: None) -> Clinic:
    return found("balaji")


def patient_of(clinic: Clinic, name: str) -> Patient:
    with clinic_context(clinic.pk):
        made: Patient = PatientFactory(name=name)
        return made


def test_the_role_is_harmless(db: None) -> None:
    powers = "SELECT rolsuper, rolbypassrls, rolcreaterole FROM pg_roles WHERE rolname = current_user"
    assert rows("SELECT current_user") == [("ginti_app",)]
    assert rows(powers) == [(False, False, False)]
    assert rows("SELECT count(*) FROM pg_class WHERE relowner = 'ginti_app'::regrole") == [(0,)]
    assert rows("SELECT count(*) FROM pg_auth_members WHERE member = 'ginti_app'::regrole") == [(0,)]


@pytest.mark.parametrize(
    "sql",
    [
        "SET ROLE ginti_owner",
        "SET ROLE ginti_platform",
        "ALTER TABLE clinic_patient DISABLE ROW LEVEL SECURITY",
        "ALTER TABLE clinic_patient NO FORCE ROW LEVEL SECURITY",
        "DROP POLICY clinic_isolation ON clinic_patient",
        "TRUNCATE clinic_patient CASCADE",
        "DELETE FROM clinic_patient",
        "CREATE TABLE mine (id int)",
        "CREATE FUNCTION mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "ALTER TABLE clinic_patient DISABLE TRIGGER ALL",
        "SET session_replication_role = replica",
    ],
)
def test_the_role_cannot_lift_the_rule(db: None, sql: str) -> None:
    with pytest.raises(ProgrammingError, match=r"permission denied|must be owner"), transaction.atomic():
        changed(sql)


def test_without_a_clinic_nothing_is_there_and_the_orm_says_so(a: Clinic) -> None:
    patient_of(a, "Anil")

    with pytest.raises(NoClinicError):
        list(Patient.objects.all())
    with pytest.raises(NoClinicError):
        Patient(name="x")
    assert rows("SELECT count(*) FROM clinic_patient") == [(0,)]
    assert changed("UPDATE clinic_patient SET name = 'hacked'") == 0
    with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
        changed(INSERT, a.pk)


def test_nonsense_in_the_setting_is_loud(a: Clinic) -> None:
    changed("SET LOCAL app.clinic_id = '42 or 1=1'")

    with pytest.raises(DataError, match="invalid input syntax"), transaction.atomic():
        rows("SELECT count(*) FROM clinic_patient")


def test_another_clinics_rows_are_not_there(a: Clinic, b: Clinic) -> None:
    patient_of(a, "Anil")
    theirs = patient_of(b, "Bina")

    with clinic_context(a.pk):
        assert [patient.name for patient in Patient.objects.all()] == ["Anil"]
        with pytest.raises(Patient.DoesNotExist):
            Patient.objects.get(pk=theirs.pk)
        assert not Patient.objects.filter(clinic_id=b.pk).exists()
        assert rows("SELECT name FROM clinic_patient") == [("Anil",)]
        assert rows("SELECT name FROM clinic_patient WHERE clinic_id = %s", b.pk) == []
        assert Patient.objects.filter(pk=theirs.pk).update(name="hacked") == 0
        assert changed("UPDATE clinic_patient SET name = 'hacked' WHERE id = %s", theirs.pk) == 0

    with clinic_context(b.pk):
        assert Patient.objects.get().name == "Bina"


@pytest.mark.parametrize(
    "write",
    [
        lambda other: changed(INSERT, other),
        lambda other: changed("UPDATE clinic_branch SET clinic_id = %s", other),
        lambda other: Branch.objects.create(clinic_id=other, name="x"),
        lambda other: Branch.objects.bulk_create([Branch(clinic_id=other, name="x")]),
    ],
    ids=["raw insert", "raw move", "create", "bulk_create"],
)
def test_nothing_is_written_into_another_clinic(a: Clinic, b: Clinic, write: Callable[[int], Any]) -> None:
    with (
        clinic_context(a.pk),
        pytest.raises(ProgrammingError, match="row-level security"),
        transaction.atomic(),
    ):
        write(b.pk)

    with clinic_context(b.pk):
        assert Branch.objects.count() == 1


def test_an_object_smuggled_in_cannot_be_saved(a: Clinic, b: Clinic) -> None:
    theirs = patient_of(b, "Bina")

    with clinic_context(a.pk):
        theirs.name = "hacked"
        with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
            theirs.save()
        with (
            pytest.raises(DatabaseError, match="did not affect any rows"),
            transaction.atomic(),
        ):
            theirs.save(update_fields=["name"])
        with pytest.raises(Patient.DoesNotExist):
            theirs.refresh_from_db()

    with clinic_context(b.pk):
        assert Patient.objects.get().name == "Bina"


def test_another_clinics_id_is_no_reference_though_it_exists(a: Clinic, b: Clinic) -> None:
    """Foreign keys look past row-level security; the composite key does not let them."""
    theirs = patient_of(b, "Bina")
    mine = patient_of(a, "Anil")
    link = {"token_hash": b"y" * 32, "expires_at": timezone.now()}

    with clinic_context(a.pk):
        own = PatientLink.objects.create(patient=mine, token_hash=b"x" * 32, expires_at=timezone.now())
        for take in (
            lambda: PatientLink.objects.create(patient_id=theirs.pk, **link),
            lambda: PatientLink.objects.filter(pk=own.pk).update(patient_id=theirs.pk),
            lambda: changed(
                "UPDATE clinic_patient SET merged_into_id = %s WHERE id = %s", theirs.pk, mine.pk
            ),
        ):
            with (
                pytest.raises(IntegrityError, match=r"foreign key|another patient|merged once"),
                transaction.atomic(),
            ):
                take()
        assert list(PatientLink.objects.values_list("patient_id", flat=True)) == [mine.pk]


def test_contexts_nest_and_come_back(a: Clinic, b: Clinic) -> None:
    patient_of(a, "Anil")
    patient_of(b, "Bina")
    names = "SELECT name FROM clinic_patient"

    with clinic_context(a.pk):
        with clinic_context(b.pk):
            assert rows(names) == [("Bina",)]
        assert rows(names) == [("Anil",)]
        assert current_clinic_id() == a.pk
        with pytest.raises(ZeroDivisionError), clinic_context(b.pk):
            _ = 1 / 0
        assert rows(names) == [("Anil",)]
        with pytest.raises(IntegrityError), clinic_context(b.pk):
            Branch.objects.create(name=Branch.objects.get().name)
        assert rows(names) == [("Anil",)]

    assert rows(names) == []


def test_a_queryset_made_once_serves_every_clinic(a: Clinic, b: Clinic) -> None:
    patient_of(a, "Anil")
    patient_of(b, "Bina")
    kept = Patient.objects.order_by("name")

    for clinic, name in ((a, "Anil"), (b, "Bina"), (a, "Anil")):
        with clinic_context(clinic.pk):
            assert [patient.name for patient in kept.all()] == [name]


def test_joins_carry_the_clinic(a: Clinic) -> None:
    with clinic_context(a.pk):
        sql = str(Visit.objects.select_related("patient").filter(patient__name="x").query)

    assert '"visits_visit"."clinic_id" = "clinic_patient"."clinic_id"' in sql.replace("(", "").replace(
        ")", ""
    )


def test_opening_the_orms_filter_opens_nothing(a: Clinic, b: Clinic) -> None:
    patient_of(a, "Anil")
    patient_of(b, "Bina")

    with all_clinics():
        assert Patient.objects.count() == 0
        with clinic_context(a.pk):
            assert Patient.objects.count() == 1
        with pytest.raises(NoClinicError):
            Patient(name="x")


def test_the_same_word_may_be_used_by_each_clinic(a: Clinic, b: Clinic) -> None:
    for clinic in (a, b):
        with clinic_context(clinic.pk):
            ServiceFactory(name="Dry needling")
            assert Service.objects.count() == 1


def test_between_sign_in_and_clinic_one_sees_ones_own_memberships_and_changes_none(
    a: Clinic, b: Clinic
) -> None:
    mine, somebody = UserFactory(), UserFactory()
    for clinic, user in ((a, mine), (b, mine), (b, somebody)):
        with clinic_context(clinic.pk):
            StaffFactory(user=user)

    with clinic_context(None, user_id=mine.pk), all_clinics():
        assert {staff.clinic_id for staff in Staff.objects.all()} == {a.pk, b.pk}
        assert set(rows("SELECT user_id FROM clinic_staff")) == {(mine.pk,)}
        assert Staff.objects.update(role=Role.OWNER) == 0
        assert Clinic.objects.update(name="hacked") == 0
        with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
            Staff.objects.bulk_create([Staff(clinic_id=b.pk, user=mine, name="x", role=Role.OWNER)])
    assert rows("SELECT count(*) FROM clinic_staff") == [(0,)]


def test_within_a_clinic_ones_memberships_elsewhere_stay_out_of_the_orm(a: Clinic, b: Clinic) -> None:
    mine = UserFactory()
    for clinic in (a, b):
        with clinic_context(clinic.pk):
            StaffFactory(user=mine)

    with clinic_context(a.pk, user_id=mine.pk):
        assert {staff.clinic_id for staff in Staff.objects.all()} == {a.pk}
        assert changed("UPDATE clinic_staff SET role = 'owner' WHERE user_id = %s", mine.pk) == 1


def test_founding_a_clinic_touches_no_other(a: Clinic) -> None:
    with clinic_context(a.pk):
        before = Staff.objects.count(), Branch.objects.count()
        new = found_clinic(slug="new", name="New", owner=UserFactory()).clinic
        assert current_clinic_id() == a.pk
        assert (Staff.objects.count(), Branch.objects.count()) == before

    with clinic_context(new.pk):
        assert owner_of(new).role == Role.OWNER


def test_a_patients_link_opens_in_its_own_clinic_only(a: Clinic, b: Clinic) -> None:
    patient = patient_of(a, "Anil")
    with clinic_context(a.pk):
        token = make_link(patient, by=owner_of(a))
        assert find_by_token(token, timezone.now()).patient == patient  # type: ignore[union-attr]

    with clinic_context(b.pk):
        assert find_by_token(token, timezone.now()) is None


def test_over_http_each_sees_their_own(a: Clinic, b: Clinic) -> None:
    theirs = patient_of(b, "Canary of Balaji")
    patient_of(a, "Anil")
    with clinic_context(a.pk):
        user = member(a, Role.OWNER).user
    client = Client()
    client.force_login(user)

    listed = client.get("/asha/patients/").content.decode()

    assert "Anil" in listed
    assert "Canary" not in listed
    assert client.get(f"/asha/patients/{theirs.pk}/details/").status_code == 404
    assert client.get(f"/balaji/patients/{theirs.pk}/details/").status_code == 404


@pytest.mark.django_db(transaction=True)
def test_nothing_of_the_clinic_outlives_its_transaction() -> None:
    patient_of(found("asha"), "Anil")

    assert rows("SELECT current_setting('app.clinic_id', true)") == [("",)]
    assert rows("SELECT count(*) FROM clinic_patient") == [(0,)]


def test_ids_carry_no_count(a: Clinic) -> None:
    first, second = patient_of(a, "Anil"), patient_of(a, "Bina")

    assert isinstance(first, models.Model)
    assert first.pk.version == 7
    assert first.pk < second.pk
    made = datetime.datetime.fromtimestamp((first.pk.int >> 80) / 1000, tz=datetime.UTC)
    assert abs(timezone.now() - made) < datetime.timedelta(minutes=1)
