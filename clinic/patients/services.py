"""What is done to a patient's record."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils import timezone

from clinic import audit
from clinic.acts import act
from clinic.counters import next_number
from clinic.messages import consent, outbox
from clinic.models import Consent, Patient, SearchTerm, Staff
from clinic.search_terms import terms_of

CHANGEABLE = frozenset(
    {
        "name",
        "phones",
        "email",
        "birth_date",
        "language",
        "may_message",
        "may_message_since",
        "channels",
        "notes",
    }
)


@act
def add_patient(
    *, name: str, by: Staff | None, country: str, phones: Sequence[str] = (), **facts: Any
) -> Patient:
    """A new record with the clinic's next patient number. `phones` are E.164, read at home in `country`."""
    patient = Patient.objects.create(
        number=next_number("patient"), name=_one_line(name), phones=list(phones), **facts
    )
    index(patient, country)
    if patient.may_message:
        _write_down(patient, by)
    audit.record("add_patient", patient, by=by, after={"number": patient.number, "name": patient.name})
    return patient


@act
def change_patient(patient: Patient, *, by: Staff | None, country: str, **facts: Any) -> Patient:
    """Change what is known of a patient; the audit line keeps what it was, and only of what differs."""
    if unknown := facts.keys() - CHANGEABLE:
        raise TypeError(f"not a changeable fact of a patient: {', '.join(sorted(unknown))}")
    if "name" in facts:
        facts["name"] = _one_line(facts["name"])
    patient = Patient.objects.select_for_update(no_key=True).get(pk=patient.pk)
    changed = {name: value for name, value in facts.items() if getattr(patient, name) != value}
    if not changed:
        return patient
    before = {name: getattr(patient, name) for name in changed}
    for name, value in changed.items():
        setattr(patient, name, value)
    patient.save(update_fields=list(changed))
    index(patient, country)
    if "may_message" in changed:
        _write_down(patient, by)
    audit.record("change_patient", patient, by=by, before=before, after=changed)
    return patient


def _write_down(patient: Patient, by: Staff | None) -> None:
    """The patient has said at the desk whether messages may come; what waits is taken back with a no."""
    at = patient.may_message_since if patient.may_message else None
    consent.write_down(patient, source=Consent.Source.DESK, at=at or timezone.now(), by=by)
    if not patient.may_message:
        outbox.cancel(patient=patient)


def _one_line(name: str) -> str:
    return " ".join(name.split())


def index(patient: Patient, country: str) -> None:
    """Bring the search terms in line with the record."""
    wanted = terms_of(patient.name, patient.phones, patient.number, country)
    kept = set(SearchTerm.objects.filter(patient=patient).values_list("term", flat=True))
    SearchTerm.objects.filter(patient=patient, term__in=kept - wanted).delete()
    SearchTerm.objects.bulk_create([SearchTerm(patient=patient, term=term) for term in sorted(wanted - kept)])
