"""Two records of one patient become one: the act itself, what it refuses, and what it leaves to read."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.apps import apps
from django.utils import timezone

from billing.models import Bill, Method, Payment, PaymentLink, Statement
from billing.payments import Tender
from clinic.access import NotAllowed
from clinic.counters import next_number
from clinic.models import AuditEvent, Branch, Clinic, Message, Patient, PatientLink, Relation, Reply, Role
from clinic.patients.duplicates import likely_duplicates
from clinic.patients.links import find_by_token, make_link
from clinic.patients.merging import MergedBefore, NoSuchRecord, SameRecord
from clinic.patients.pages import newest_first
from clinic.patients.search import find_patients
from clinic.patients.services import change_patient
from clinic.tenancy.context import clinic_context
from desk import checkout
from desk.merging import FOLLOWS, STAYS, Merged, ReasonMissing, merge_patients, merges_into
from desk.recount import recount
from packages.memberships import begin
from packages.models import Package
from packages.passbook import lines_of
from tests.committing import check_now
from tests.factories import PatientFactory, complete, member, owner_of, package, plan, sale, told, use, visit
from tests.written import everything
from visits.models import Visit


def merge(clinic: Clinic, kept: Patient, gone: Patient, **facts: Any) -> Merged:
    facts = {"at": timezone.now(), "by": owner_of(clinic), "key": uuid4(), "reason": "Same phone"} | facts
    merged = merge_patients(kept, gone, clinic=clinic, **facts)
    check_now()
    return merged


def with_a_past(clinic: Clinic, **facts: Any) -> Patient:
    """A patient with something in every table that follows."""
    patient = PatientFactory(**facts)
    pack = package(clinic, patient)
    use(clinic, pack)
    visit(clinic, patient)
    begin(patient, on=clinic.today(), by=None, key=uuid4())
    make_link(patient, by=owner_of(clinic))
    told(clinic, patient, f"{patient.pk}")
    Reply.objects.create(
        patient=patient,
        channel="whatsapp",
        sender="+91",
        words="Ok",
        provider_id=f"{patient.pk}",
        received_at=timezone.now(),
    )
    for relation in (
        {"owner": patient, "person": PatientFactory()},
        {"person": patient, "owner": PatientFactory()},
    ):
        Relation.objects.create(kind="friend", since=clinic.today(), **relation)
    Statement.objects.create(
        number=next_number("statement"),
        kind="attendance",
        patient=patient,
        package=pack,
        issued_at=timezone.now(),
        document={},
        key=uuid4(),
    )
    asked = {"branch": Branch.objects.get(), "amount": 1, "currency": "INR", "expires_at": timezone.now()}
    PaymentLink.objects.create(patient=patient, key=uuid4(), **asked)
    return patient


def rows_of(column: str, patient: Patient) -> int:
    """How many rows name the patient in this column."""
    app, model, field = column.split(".")
    return apps.get_model(app, model).objects.filter(**{field: patient}).count()


def test_every_column_that_names_a_patient_is_decided_about() -> None:
    """A new one fails here: say in desk/merging.py whether it follows the kept record, and let it."""
    columns = {
        f"{field.related_model._meta.label_lower}.{field.field.name}"
        for field in Patient._meta.get_fields(include_hidden=True)
        if field.auto_created and field.is_relation
    }

    assert columns == FOLLOWS | STAYS.keys()


@pytest.mark.parametrize("column", sorted(FOLLOWS))
def test_what_is_said_to_follow_follows(asha: Clinic, column: str) -> None:
    """S17"""
    kept, gone = with_a_past(asha), with_a_past(asha)
    together = rows_of(column, kept) + rows_of(column, gone)
    assert rows_of(column, gone)

    merge(asha, kept, gone)

    assert (rows_of(column, kept), rows_of(column, gone)) == (together, 0)


def test_what_is_known_of_both_is_kept(asha: Clinic) -> None:
    kept = PatientFactory(
        name="Asha Sharma", phones=["+919820011111"], email="asha@example.test", notes="Left knee"
    )
    gone = PatientFactory(
        name="A. Sharma",
        phones=["+919820022222", "+919820011111"],
        email="other@example.test",
        birth_date=date(1980, 5, 3),
        notes="Comes with her son",
    )

    merge(asha, kept, gone)

    kept.refresh_from_db()
    assert kept.phones == ["+919820011111", "+919820022222"]
    assert (kept.name, kept.email, kept.birth_date) == ("Asha Sharma", "asha@example.test", date(1980, 5, 3))
    assert kept.notes.split("\n") == ["Left knee", "Comes with her son", "Other e-mail: other@example.test"]


def test_two_dates_of_birth_are_both_kept(asha: Clinic) -> None:
    kept, gone = PatientFactory(birth_date=date(1980, 5, 3)), PatientFactory(birth_date=date(1980, 3, 5))

    merge(asha, kept, gone)

    kept.refresh_from_db()
    assert (kept.birth_date, kept.notes) == (date(1980, 5, 3), "Other date of birth: 5 Mar 1980")


@pytest.mark.parametrize(("before", "agrees"), [(True, True), (False, False)])
def test_the_latest_word_about_messages_counts(asha: Clinic, before: bool, agrees: bool) -> None:
    """Agreed on the old record before or after it was taken back on the kept one."""
    taken_back = timezone.now()
    agreed = taken_back + timedelta(days=1 if before else -1)
    kept = PatientFactory(may_message=True, may_message_since=taken_back - timedelta(days=9))
    change_patient(kept, by=None, country="IN", may_message=False, may_message_since=None)
    gone = PatientFactory(may_message=True, may_message_since=agreed)

    merge(asha, kept, gone)

    kept.refresh_from_db()
    assert (kept.may_message, kept.may_message_since) == (agrees, agreed if agrees else None)


def test_an_old_record_that_was_never_asked_does_not_take_the_agreement_away(asha: Clinic) -> None:
    since = timezone.now()
    kept = PatientFactory(may_message=True, may_message_since=since)

    merge(asha, kept, PatientFactory())

    kept.refresh_from_db()
    assert (kept.may_message, kept.may_message_since) == (True, since)


def test_only_the_kept_record_is_listed_and_both_names_numbers_and_phones_find_it(asha: Clinic) -> None:
    kept = PatientFactory(name="Sunita Rao", phones=["+919820011111"])
    gone = PatientFactory(name="Mrs Rao-Kulkarni", phones=["+919820022222"])

    merge(asha, kept, gone)

    assert newest_first({}, per_page=50).patients == [kept]
    for sought in ("Sunita", "Kulkarni", "98200 22222", "98200 11111", str(gone.number), str(kept.number)):
        assert find_patients(sought) == [kept], sought
    assert find_patients("Sunita 9820022222") == [kept]  # what each knew finds together
    assert likely_duplicates("Kulkarni", ["+919820022222"], country="IN") == [kept]


def test_a_link_of_the_old_record_opens_the_kept_one(asha: Clinic) -> None:
    kept, gone = PatientFactory(), PatientFactory()
    token = make_link(gone, by=None)

    merge(asha, kept, gone)

    link = find_by_token(token, timezone.now())
    assert link is not None
    assert link.patient == kept


def test_people_who_used_each_others_packs_keep_doing_so(asha: Clinic) -> None:
    kept, gone, wife, son, friend = (PatientFactory() for _ in range(5))
    today = asha.today()
    spring, summer = today - timedelta(days=200), today - timedelta(days=100)
    for owner, person, since, until in (
        (kept, wife, summer, today),
        (gone, wife, spring, summer),
        (gone, son, spring, None),
        (friend, gone, spring, None),
        (kept, gone, spring, None),
        (gone, kept, spring, None),
    ):
        Relation.objects.create(owner=owner, person=person, since=since, until=until)

    merge(asha, kept, gone)

    living = {(r.owner, r.person): (r.since, r.until) for r in Relation.objects.all() if r.holds_on(today)}
    assert living == {
        (kept, wife): (spring, today),
        (kept, son): (spring, None),
        (friend, kept): (spring, None),
    }


def test_of_two_periods_apart_the_later_one_stays(asha: Clinic) -> None:
    kept, gone, wife = (PatientFactory() for _ in range(3))
    today = asha.today()
    Relation.objects.create(
        owner=kept, person=wife, since=today - timedelta(days=90), until=today - timedelta(days=60)
    )
    Relation.objects.create(owner=gone, person=wife, since=today - timedelta(days=9))

    merge(asha, kept, gone)

    relation = Relation.objects.get(owner=kept, person=wife)
    assert (relation.since, relation.until) == (today - timedelta(days=9), None)


def test_the_passbook_does_not_say_that_somebody_else_used_the_pack(asha: Clinic) -> None:
    """S17"""
    kept, gone = PatientFactory(name="Asha Sharma"), PatientFactory(name="A. Sharma")
    wife = PatientFactory(name="Sita Rao")
    pack = package(asha, gone, of=plan(sharing="named"))
    Relation.objects.create(owner=gone, person=wife, since=asha.today())
    complete(asha, visit(asha, gone))
    complete(asha, visit(asha, wife))
    second = PatientFactory(name="Sita R. Rao")

    merge(asha, kept, gone)
    merge(asha, second, wife)

    pack.refresh_from_db()
    _sold, own, hers = (line.sentence for line in lines_of(pack, asha))
    assert "Used by" not in own
    assert "Used by Sita R. Rao." in hers


def test_a_record_that_took_one_in_is_merged_further_and_all_is_found_in_one_step(asha: Clinic) -> None:
    """S17"""
    first, second, third = with_a_past(asha), with_a_past(asha), with_a_past(asha)
    pack = Package.objects.get(patient=first)

    merge(asha, second, first)
    merge(asha, third, second)

    assert set(Patient.objects.filter(merged_into=third)) == {first, second}
    assert Package.objects.get(pk=pack.pk).patient == third
    assert [merged.event.subject_id for merged in merges_into(third)] == [second.pk, first.pk]
    assert all("Used by" not in line.sentence for line in lines_of(Package.objects.get(pk=pack.pk), asha))


def test_money_paid_ahead_on_the_one_pays_what_the_other_owes(asha: Clinic) -> None:
    """S17"""
    kept, gone = PatientFactory(), PatientFactory()
    sold = sale(asha, kept, paid=4_000)
    checkout.take_payment(
        gone,
        tenders=[Tender(Method.CASH, Decimal(6_000))],
        lines=[],
        branch=sold.bill.branch,
        clinic=asha,
        at=timezone.now(),
        by=owner_of(asha),
        key=uuid4(),
    )

    merge(asha, kept, gone)
    checkout.apply_unapplied(
        kept, lines=list(sold.bill.lines.all()), on=asha.today(), by=owner_of(asha), key=uuid4()
    )
    check_now()

    assert Package.objects.get(pk=sold.package.pk).paid == 10_000
    assert recount() == []


def test_the_merge_can_be_read_later(asha: Clinic) -> None:
    """S17"""
    kept = PatientFactory(name="Asha Sharma", phones=["+919820011111"])
    gone = with_a_past(asha, name="A. Sharma", phones=["+919820022222"])
    packs, bills = Package.objects.filter(patient=gone), Bill.objects.filter(patient=gone)
    expected = {
        "packages": {str(pk) for pk in packs.values_list("pk", flat=True)},
        "bills": {str(pk) for pk in bills.values_list("pk", flat=True)},
        "visits": {str(pk) for pk in Visit.objects.filter(patient=gone).values_list("pk", flat=True)},
        "payments": {str(pk) for pk in Payment.objects.filter(patient=gone).values_list("pk", flat=True)},
        "payment_links": {
            str(pk) for pk in PaymentLink.objects.filter(patient=gone).values_list("pk", flat=True)
        },
        "memberships": {str(one.pk) for one in gone.memberships.all()},
        "statements": {str(one.pk) for one in gone.statements.all()},
        "links": {str(pk) for pk in PatientLink.objects.filter(patient=gone).values_list("pk", flat=True)},
        "messages": {str(pk) for pk in Message.objects.filter(patient=gone).values_list("pk", flat=True)},
        "replies": {str(one.pk) for one in gone.replies.all()},
    }
    desk = member(asha, Role.FRONT_DESK, name="Rekha")

    merge(asha, kept, gone, by=desk, reason="Both came in on Monday")

    (read,) = merges_into(kept)
    assert (read.event.by, read.after["reason"]) == (desk, "Both came in on Monday")
    assert (read.before["gone"]["name"], read.before["gone"]["number"]) == ("A. Sharma", gone.number)
    assert read.before["gone"]["phones"] == ["+919820022222"]
    assert read.before["kept"]["phones"] == ["+919820011111"]
    assert read.after["kept"]["phones"] == ["+919820011111", "+919820022222"]
    assert {name: set(ids) for name, ids in read.moved.items() if name != "relations"} == expected
    assert len(read.moved["relations"]) == 2


def test_the_same_key_twice_is_the_same_merge(asha: Clinic) -> None:
    kept, gone, key = PatientFactory(), with_a_past(asha), uuid4()
    first = merge(asha, kept, gone, key=key)
    written = everything()

    assert merge(asha, kept, gone, key=key).event == first.event
    assert everything() == written


def test_refused_merges_write_nothing(asha: Clinic, other_clinic: Clinic) -> None:
    """S17"""
    kept, gone, third = with_a_past(asha), PatientFactory(), PatientFactory()
    merge(asha, third, gone)
    with clinic_context(other_clinic.pk):
        theirs = PatientFactory()
    written = everything()

    for one, other, refusal in (
        (kept, kept, SameRecord),
        (kept, gone, MergedBefore),
        (gone, kept, MergedBefore),
        (kept, theirs, NoSuchRecord),
        (theirs, kept, NoSuchRecord),
    ):
        with pytest.raises(refusal):
            merge(asha, one, other)
    with pytest.raises(ReasonMissing):
        merge(asha, kept, third, reason="  ")

    assert everything() == written
    with clinic_context(other_clinic.pk):
        assert Patient.objects.get().merged_into is None


@pytest.mark.parametrize("role", [Role.THERAPIST, Role.ACCOUNTANT])
def test_only_owner_and_front_desk_merge(asha: Clinic, role: Role) -> None:
    kept, gone, staff = PatientFactory(), PatientFactory(), member(asha, role)
    written = everything()

    with pytest.raises(NotAllowed):
        merge(asha, kept, gone, by=staff)

    assert everything() == written


def test_what_was_printed_names_who_it_named(asha: Clinic) -> None:
    """S17"""
    kept, gone = PatientFactory(name="Asha Sharma"), PatientFactory(name="A. Sharma")
    bill = sale(asha, gone).bill

    merge(asha, kept, gone)

    again = Bill.objects.get(pk=bill.pk)
    assert again.patient == kept
    assert again.document == bill.document
    assert again.document["patient"]["name"] == "A. Sharma"
    assert AuditEvent.objects.filter(act="merge_patients").count() == 1
