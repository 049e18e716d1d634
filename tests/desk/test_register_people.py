"""Whose packs the lines of a register are: the same person on two lines, somebody known, or somebody new."""

from __future__ import annotations

import pytest

from clinic.models import Clinic, Patient
from desk.recount import recount
from desk.register.importing import BadRows
from desk.register.likeness import is_same, may_be_same
from packages.models import Package
from tests.factories import PatientFactory
from tests.written import everything

from .test_import_register import brought_in

ASHA, RAVI = "+919820012345", "+919820099999"


def row(name: str, phone: str = "", *, sold: int = 10, number: str = "", remark: str = "") -> str:
    return f"{name},{phone},Physio,{sold},1,1000,1000,1/2/2026,,,,{remark},{number}\n"


def owners() -> list[tuple[str, int]]:
    """Every patient and how many packs they have."""
    return sorted((each.name, each.packages.count()) for each in Patient.objects.all())


@pytest.mark.parametrize(
    ("name", "other", "same"),
    [
        ("Asha Sharma", "asha  SHARMA", True),
        ("Asha Sharma", "Sharma Asha", True),
        ("Dr. Asha Sharma", "Asha Sharma", True),
        ("Lakshmi Rao", "Laxmi Rao", True),
        ("लक्ष्मी राव", "Laxmi Rao", True),
        ("Asha Sharma", "Asha", False),
        ("Asha Sharma", "Asha Sharma U.", False),
        ("Asha Sharma", "Ramesh Sharma", False),
    ],
)
def test_names_that_sound_the_same_are_the_same(name: str, other: str, same: bool) -> None:
    assert is_same(name, other) is same
    assert is_same(other, name) is same


@pytest.mark.parametrize(
    ("name", "other", "may_be"),
    [
        ("Asha", "Asha Sharma", True),
        ("Asha Sharma", "Asha", True),
        ("Sharma", "Asha Sharma", False),
        ("Ramesh Sharma", "Asha Sharma", False),
        ("Asha Patil", "Asha Sharma", False),
    ],
)
def test_on_one_phone_the_first_name_alone_will_do(name: str, other: str, may_be: bool) -> None:
    assert may_be_same(name, other) is may_be


def test_a_family_that_shares_a_phone_stays_two_people(asha: Clinic) -> None:
    brought_in(asha, row("Asha Sharma", ASHA) + row("Ramesh Sharma", ASHA) + row("ASHA SHARMA", ASHA, sold=5))

    assert owners() == [("Asha Sharma", 2), ("Ramesh Sharma", 1)]


def test_two_people_of_one_name_stay_two(asha: Clinic) -> None:
    brought_in(asha, row("Asha Sharma", ASHA) + row("Asha Sharma", RAVI))

    assert owners() == [("Asha Sharma", 1), ("Asha Sharma", 1)]


def test_a_patient_who_is_here_gets_the_pack(asha: Clinic) -> None:
    known = PatientFactory(name="Laxmi Rao", phones=[ASHA])

    outcome = brought_in(asha, row("लक्ष्मी राव", "098200 12345"))

    assert Package.objects.get().patient == known
    assert (outcome.patients, outcome.patients_known) == (0, 1)


def test_a_patient_without_a_phone_is_known_by_name_and_learns_the_phone(asha: Clinic) -> None:
    known = PatientFactory(name="Asha Sharma")

    brought_in(asha, row("Asha Sharma", ASHA))

    assert Package.objects.get().patient == known
    known.refresh_from_db()
    assert known.phones == [ASHA]


def test_another_phone_is_another_person(asha: Clinic) -> None:
    PatientFactory(name="Asha Sharma", phones=[RAVI])

    brought_in(asha, row("Asha Sharma", ASHA))

    assert owners() == [("Asha Sharma", 0), ("Asha Sharma", 1)]


def test_the_pack_of_a_merged_record_goes_to_the_one_that_lives(asha: Clinic) -> None:
    living = PatientFactory(name="Asha Sharma", phones=[RAVI])
    gone = PatientFactory(name="Asha S. Sharma", phones=[ASHA])
    Patient.objects.filter(pk=gone.pk).update(merged_into=living)

    brought_in(asha, row("Asha S. Sharma", ASHA))

    assert Package.objects.get().patient == living


def test_a_bare_name_that_two_people_have_is_a_bad_row(asha: Clinic) -> None:
    before = everything()

    with pytest.raises(BadRows) as refusal:
        brought_in(asha, row("Asha Sharma") + row("Asha Sharma", ASHA) + row("Asha Sharma", RAVI))

    (problem,) = refusal.value.problems
    assert problem.line == 2
    assert problem.sentence.startswith("2 patients are called “Asha Sharma”.")
    assert everything() == before


def test_the_registers_number_says_who_it_is(asha: Clinic) -> None:
    rows = (
        row("Asha Sharma", number="107")
        + row("Asha Sharma", number="108")
        + row("Asha", number="107", sold=5)
    )

    brought_in(asha, rows)

    assert sorted((each.number, each.packages.count()) for each in Patient.objects.all()) == [
        (107, 2),
        (108, 1),
    ]
    assert PatientFactory(name="Next").number == 109


def test_a_number_that_is_taken_here_is_kept_in_the_notes(asha: Clinic) -> None:
    taken = PatientFactory(name="Somebody Else")

    brought_in(asha, row("Asha Sharma", ASHA, number=str(taken.number)))

    new = Patient.objects.exclude(pk=taken.pk).get()
    assert new.number != taken.number
    assert f"Number in the register: {taken.number}." in new.notes


def test_two_equal_lines_are_two_packs_and_stay_two(asha: Clinic) -> None:
    twice = row("Asha Sharma", ASHA) * 2

    brought_in(asha, twice)
    brought_in(asha, twice)

    assert owners() == [("Asha Sharma", 2)]
    assert recount() == []


def test_a_line_that_was_added_since_comes_in_alone(asha: Clinic) -> None:
    brought_in(asha, row("Asha Sharma", ASHA))

    outcome = brought_in(asha, row("Asha Sharma", ASHA) + row("Asha Sharma", ASHA, sold=5))

    assert (outcome.packages, outcome.known, outcome.patients) == (1, 1, 0)
    assert owners() == [("Asha Sharma", 2)]
