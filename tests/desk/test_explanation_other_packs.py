"""Visits that were taken from another package: by the rule, by choice, or of somebody else."""

from __future__ import annotations

from clinic.models import Clinic
from clinic.ui.words import day
from desk.explanation.causes import Cause
from tests.desk.explaining import days_ago, miss, named
from tests.factories import (
    PatientFactory,
    complete,
    package,
    plan,
    visit,
)

NINETY = {"name": "Physiotherapy 90 min", "minutes": 90, "price": 1500}


def test_of_two_packs_the_other_one_ends_first(asha: Clinic) -> None:
    """S15"""
    pack = package(asha, of=plan(validity_count=90, validity_unit="days"), at=days_ago(5))
    other = package(asha, pack.patient, of=plan(validity_count=30, validity_unit="days"), at=days_ago(4))
    complete(asha, visit(asha, pack.patient, at=days_ago(1)))

    found = miss(asha, pack, Cause.OTHER_PACK_ENDS_FIRST)

    assert found.sentence == (
        f"The visit on {day(asha.day_of(days_ago(1)))} was taken from package {other.number}, because that one ends "
        f"first, on {day(other.valid_until)}."
    )
    assert not found.may_be_wrong


def test_of_two_packs_that_end_together_the_older_one_is_used(asha: Clinic) -> None:
    """S15"""
    older = package(asha, of=plan(validity_count=None), at=days_ago(5))
    pack = package(asha, older.patient, of=plan(validity_count=None), at=days_ago(4))
    complete(asha, visit(asha, pack.patient, at=days_ago(1)))

    assert f"was taken from package {older.number}, because that one was bought first" in (
        miss(asha, pack, Cause.OTHER_PACK_IS_OLDER).sentence
    )


def test_somebody_chose_the_other_pack(asha: Clinic) -> None:
    """S15"""
    pack = package(asha, of=plan(validity_count=30, validity_unit="days"), at=days_ago(5))
    other = package(asha, pack.patient, of=plan(validity_count=90, validity_unit="days"), at=days_ago(4))
    complete(asha, visit(asha, pack.patient, at=days_ago(1)), package=other)

    found = miss(asha, pack, Cause.OTHER_PACK_WAS_CHOSEN)

    assert f"from package {other.number}, although this one comes first by the rule." in found.sentence
    assert found.may_be_wrong


def test_a_visit_that_was_on_the_pack_of_somebody_else(asha: Clinic) -> None:
    """S22"""
    mother = PatientFactory(name="Usha Mother")
    shared = package(asha, mother, of=plan(sharing="named", validity_count=10), at=days_ago(6))
    daughter = PatientFactory(name="Sita Daughter")
    named(asha, shared, daughter)
    own = package(asha, daughter, of=plan(validity_count=20), at=days_ago(5))
    complete(asha, visit(asha, daughter, at=days_ago(1)), package=shared)

    assert f"was taken from package {shared.number}, which belongs to Usha Mother." in (
        miss(asha, own, Cause.PACK_OF_ANOTHER).sentence
    )
    assert (
        "Sita Daughter used 1 session of this package on"
        in miss(asha, shared, Cause.USED_BY_ANOTHER).sentence
    )
