"""A patient agrees to messages, or takes it back. Each time is written down; what holds now is on the patient."""

from __future__ import annotations

from datetime import datetime

from clinic import audit
from clinic.acts import act
from clinic.models import Consent, Patient, Staff

from . import outbox

Source = Consent.Source


@act
def give(patient: Patient, *, source: str, at: datetime, by: Staff | None = None, words: str = "") -> Patient:
    """The patient agrees to messages. Twice is once."""
    return _say(patient, True, source=source, at=at, by=by, words=words)


@act
def withdraw(
    patient: Patient, *, source: str, at: datetime, by: Staff | None = None, words: str = ""
) -> Patient:
    """The patient wants no more messages: what waits is taken back too. Twice is once."""
    patient = _say(patient, False, source=source, at=at, by=by, words=words)
    outbox.cancel(patient=patient)
    return patient


def write_down(patient: Patient, *, source: str, at: datetime, by: Staff | None, words: str = "") -> Consent:
    """What the patient's record says now, as a line of its own. Part of the act that changed it."""
    return Consent.objects.create(
        patient=patient, given=patient.may_message, source=source, words=words[:200], at=at, by=by
    )


def _say(
    patient: Patient, given: bool, *, source: str, at: datetime, by: Staff | None, words: str
) -> Patient:
    patient = Patient.objects.select_for_update(no_key=True).get(pk=patient.pk)
    if patient.may_message == given:
        return patient
    before = {"may_message": patient.may_message}
    patient.may_message, patient.may_message_since = given, at if given else None
    patient.save(update_fields=["may_message", "may_message_since"])
    write_down(patient, source=source, at=at, by=by, words=words)
    # Under the name that merging and the audit look for.
    audit.record("change_patient", patient, by=by, before=before, after={"may_message": given})
    return patient


def latest(patient: Patient) -> Consent | None:
    """The last word on it, or None where nobody was ever asked."""
    found: Consent | None = Consent.objects.filter(patient=patient).order_by("-at", "-pk").first()
    return found
