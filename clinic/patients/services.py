"""What is done to a patient's record."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from clinic import audit
from clinic.acts import act
from clinic.counters import next_number
from clinic.models import Patient, SearchTerm, Staff
from clinic.search_terms import terms_of

CHANGEABLE = ("name", "phones", "email", "birth_date", "language", "may_message", "notes")


@act
def add_patient(*, name: str, by: Staff | None, country: str, phones: Sequence[str] = (), **facts: Any) -> Patient:
    """A new record with the clinic's next patient number. `phones` are E.164."""
    patient = Patient.objects.create(
        number=next_number("patient"), name=" ".join(name.split()), phones=list(phones), **facts
    )
    _index(patient, country)
    audit.record("add_patient", patient, by=by, after={"number": patient.number, "name": patient.name})
    return patient


@act
def change_patient(patient: Patient, *, by: Staff | None, country: str, **facts: Any) -> Patient:
    """Change what is known of a patient; the audit line keeps what it was."""
    before = {name: getattr(patient, name) for name in facts}
    for name, value in facts.items():
        setattr(patient, name, value)
    patient.save(update_fields=list(facts))
    _index(patient, country)
    audit.record("change_patient", patient, by=by, before=before, after=facts)
    return patient


def _index(patient: Patient, country: str) -> None:
    """Bring the search terms in line with the record."""
    wanted = terms_of(patient.name, patient.phones, patient.number, country)
    kept = set(SearchTerm.objects.filter(patient=patient).values_list("term", flat=True))
    SearchTerm.objects.filter(patient=patient, term__in=kept - wanted).delete()
    SearchTerm.objects.bulk_create([SearchTerm(patient=patient, term=term) for term in sorted(wanted - kept)])
