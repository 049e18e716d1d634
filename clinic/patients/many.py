"""Many new patients at once, as a register brings them: the same rows as one by one, in few statements."""

from __future__ import annotations

from collections.abc import Sequence

from clinic.acts import act
from clinic.counters import count_on_from, next_number
from clinic.models import Patient, SearchTerm
from clinic.search_terms import terms_of


@act
def add_patients(patients: Sequence[Patient], *, country: str) -> None:
    """Save new records. One with a number (the register's own, free here) keeps it, others get the next ones.

    The caller writes the one audit line of the whole import.
    """
    if not patients:
        return
    if own := [patient.number for patient in patients if patient.number]:
        count_on_from("patient", max(own))
    without = [patient for patient in patients if not patient.number]
    if without:
        last = next_number("patient", count=len(without))
        for number, patient in enumerate(without, start=last - len(without) + 1):
            patient.number = number
    Patient.objects.bulk_create(patients)
    SearchTerm.objects.bulk_create(
        SearchTerm(patient=patient, term=term)
        for patient in patients
        for term in sorted(terms_of(patient.name, patient.phones, patient.number, country))
    )
