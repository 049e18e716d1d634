"""Naming who may use a pack, and taking them off again."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from clinic.access import NotAllowed
from clinic.models import AuditEvent, Clinic, Patient, Relation, Role
from clinic.patients.merging import MergedBefore, NoSuchRecord
from clinic.tenancy.context import clinic_context
from desk.merging import merge_patients
from packages.eligibility import NotCovered
from packages.ledger import PackageClosed
from packages.models import Package
from packages.naming import (
    BeforeTheSale,
    OwnerNeedsNoName,
    OwnerOnly,
    TooManyNamed,
    UsedSince,
    name_person,
    named_by,
    unname_person,
)
from packages.standing import void
from tests.factories import PatientFactory, complete, member, owner_of, package, plan, reopen, sale, visit
from tests.written import everything


@pytest.fixture
def pack(asha: Clinic) -> Package:
    return shared(asha)


def shared(clinic: Clinic, patient: Patient | None = None, **terms: Any) -> Package:
    return package(clinic, patient, of=plan(**{"sharing": "named"} | terms))


def name(clinic: Clinic, pack: Package, person: Patient, **facts: Any) -> Relation:
    facts = {"kind": "wife", "on": clinic.today(), "by": owner_of(clinic), "key": uuid4()} | facts
    return name_person(pack, person=person, **facts)


def unname(clinic: Clinic, pack: Package, relation: Relation, **facts: Any) -> Relation:
    facts = {"on": clinic.today() + timedelta(days=1), "by": owner_of(clinic), "key": uuid4()} | facts
    return unname_person(pack, relation=relation, **facts)


def test_naming_is_written_down_with_who_and_from_when(asha: Clinic, pack: Package) -> None:
    """S23"""
    desk, wife = member(asha, Role.FRONT_DESK), PatientFactory(name="Sita")

    relation = name(asha, pack, wife, by=desk)

    assert (relation.owner, relation.person, relation.kind) == (pack.patient, wife, "wife")
    assert (relation.since, relation.until) == (asha.today(), None)
    event = AuditEvent.objects.get(act="name_person")
    assert (event.by, event.subject_id) == (desk, pack.pk)
    assert event.after is not None
    assert {
        "name": "Sita",
        "relation": "wife",
        "since": asha.today().isoformat(),
    }.items() <= event.after.items()


def test_from_the_day_named_and_not_before(asha: Clinic) -> None:
    """S23"""
    pack, wife = shared(asha), PatientFactory()
    name(asha, pack, wife, on=asha.today() + timedelta(days=1))

    with pytest.raises(NotCovered, match="is not named"):
        complete(asha, visit(asha, wife), package=pack)
    name(asha, pack, wife)  # the day is moved forward

    assert complete(asha, visit(asha, wife)).entry.package == pack
    assert Relation.objects.count() == 1


def test_refused_namings_write_nothing(asha: Clinic, pack: Package) -> None:
    """S23"""
    cousin, gone = PatientFactory(), PatientFactory()
    merge_patients(
        cousin, gone, clinic=asha, at=timezone.now(), by=owner_of(asha), key=uuid4(), reason="Same phone"
    )
    own = package(asha)
    unpaid = sale(asha, of=plan(sharing="named"), paid=0).package
    void(unpaid, on=asha.today(), by=owner_of(asha), key=uuid4(), reason="Sold by mistake")
    written = everything()

    for of, person, on, refusal in (
        (own, cousin, asha.today(), OwnerOnly),
        (unpaid, cousin, asha.today(), PackageClosed),
        (pack, pack.patient, asha.today(), OwnerNeedsNoName),
        (pack, gone, asha.today(), MergedBefore),
        (pack, cousin, pack.valid_from - timedelta(days=1), BeforeTheSale),
    ):
        with pytest.raises(refusal):
            name(asha, of, person, on=on)

    assert everything() == written


@pytest.mark.parametrize("role", [Role.THERAPIST, Role.ACCOUNTANT])
def test_only_owner_and_front_desk_name(asha: Clinic, pack: Package, role: Role) -> None:
    relation, staff, cousin = name(asha, pack, PatientFactory()), member(asha, role), PatientFactory()
    written = everything()

    with pytest.raises(NotAllowed):
        name(asha, pack, cousin, by=staff)
    with pytest.raises(NotAllowed):
        unname(asha, pack, relation, by=staff)

    assert everything() == written


@pytest.mark.parametrize("limit", [0, 1, 3])
def test_no_more_than_the_terms_allow(asha: Clinic, limit: int) -> None:
    """S23"""
    pack = shared(asha, named_limit=limit)
    for n in range(limit):
        name(asha, pack, PatientFactory(name=f"Named {n}"))
    cousin = PatientFactory()
    written = everything()

    with pytest.raises(TooManyNamed, match=f"{limit} p.* may be named on") as refused:
        name(asha, pack, cousin)

    assert refused.value.names == [f"Named {n}" for n in range(limit)]
    assert everything() == written


def test_whoever_is_taken_off_makes_room_from_that_day(asha: Clinic) -> None:
    """S23"""
    pack = shared(asha, named_limit=1)
    first = name(asha, pack, PatientFactory())
    unname(asha, pack, first, on=asha.today() + timedelta(days=2))

    with pytest.raises(TooManyNamed):
        name(asha, pack, PatientFactory(), on=asha.today() + timedelta(days=1))

    assert name(asha, pack, PatientFactory(), on=asha.today() + timedelta(days=2)).pk


def test_no_limit_is_no_limit(asha: Clinic, pack: Package) -> None:
    for _ in range(6):
        name(asha, pack, PatientFactory())

    assert named_by(pack.patient, asha.today()).count() == 6


def test_the_limit_of_another_pack_of_the_same_owner_holds_too(asha: Clinic) -> None:
    """Whoever is named may use all of the owner's shared packs."""
    narrow = shared(asha, named_limit=1)
    wide = shared(asha, narrow.patient)
    name(asha, wide, PatientFactory())

    with pytest.raises(TooManyNamed) as refused:
        name(asha, wide, PatientFactory())

    assert refused.value.package == narrow


def test_named_twice_is_named_once(asha: Clinic, pack: Package) -> None:
    """S02"""
    wife, key = PatientFactory(), uuid4()
    first = name(asha, pack, wife, key=key)
    written = everything()

    assert name(asha, pack, wife, key=key) == first
    assert name(asha, pack, wife, on=asha.today() + timedelta(days=3)) == first
    assert everything() == written


def test_an_old_form_sent_again_does_not_name_whom_somebody_took_off(asha: Clinic, pack: Package) -> None:
    """S02"""
    wife, key = PatientFactory(), uuid4()
    relation = name(asha, pack, wife, key=key)
    unname(asha, pack, relation, on=asha.today())

    name(asha, pack, wife, key=key)

    assert Relation.objects.get().until == asha.today() - timedelta(days=1)


def test_from_the_day_taken_off_the_pack_does_not_cover_and_what_was_used_stays(
    asha: Clinic, pack: Package
) -> None:
    """S23"""
    wife = PatientFactory(name="Sita")
    relation = name(asha, pack, wife)
    used = complete(asha, visit(asha, wife))

    unname(asha, pack, relation)

    pack.refresh_from_db()
    assert (used.entry.package, pack.sessions_left) == (pack, 9)
    assert Relation.objects.get().holds_on(asha.today())
    assert not Relation.objects.get().holds_on(asha.today() + timedelta(days=1))
    event = AuditEvent.objects.get(act="unname_person")
    assert event.before is not None
    assert event.after is not None
    assert (event.before["until"], event.after["until"]) == (None, asha.today().isoformat())


def test_nobody_is_taken_off_before_a_session_they_used(asha: Clinic, pack: Package) -> None:
    wife = PatientFactory()
    relation = name(asha, pack, wife)
    done = complete(asha, visit(asha, wife))
    written = everything()

    with pytest.raises(UsedSince, match="Choose a later day"):
        unname(asha, pack, relation, on=asha.today())
    assert everything() == written

    reopen(asha, done.visit)
    assert unname(asha, pack, relation, on=asha.today()).until == asha.today() - timedelta(days=1)


def test_nor_before_a_session_they_used_under_another_record(asha: Clinic, pack: Package) -> None:
    """S17"""
    wife, kept = PatientFactory(), PatientFactory()
    name(asha, pack, wife)
    complete(asha, visit(asha, wife))
    merge_patients(
        kept, wife, clinic=asha, at=timezone.now(), by=owner_of(asha), key=uuid4(), reason="Same phone"
    )

    with pytest.raises(UsedSince):
        unname(asha, pack, Relation.objects.get(person=kept), on=asha.today())


def test_taken_off_twice_is_taken_off_once(asha: Clinic, pack: Package) -> None:
    """S02"""
    relation, key = name(asha, pack, PatientFactory()), uuid4()
    unname(asha, pack, relation, key=key)
    written = everything()

    unname(asha, pack, relation, key=key)
    unname(asha, pack, relation)

    assert everything() == written


def test_named_again_later_counts_from_then(asha: Clinic, pack: Package) -> None:
    wife, today = PatientFactory(), asha.today()
    relation = name(asha, pack, wife)
    unname(asha, pack, relation, on=today)

    again = name(asha, pack, wife, on=today + timedelta(days=9), kind="")

    assert (again.pk, again.since, again.until, again.kind) == (
        relation.pk,
        today + timedelta(days=9),
        None,
        "wife",
    )


def test_a_person_of_another_clinic_cannot_be_named(
    asha: Clinic, pack: Package, other_clinic: Clinic
) -> None:
    """S26"""
    with clinic_context(other_clinic.pk):
        theirs = PatientFactory()

    with pytest.raises(NoSuchRecord):
        name(asha, pack, theirs)

    assert not Relation.objects.exists()
