"""A new patient as all lines of the register about them say."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from django.utils.translation import gettext as _

from clinic.models import Patient
from clinic.ui.words import day

from .people import Person

LONGEST_NOTES = 2000


def patient_of(person: Person, as_of: date) -> Patient:
    """Not saved yet. An age without a birthday stays words; nobody has agreed to messages."""
    name = max((row.name for row in person.rows), key=lambda name: (not name.isupper(), len(name)))
    patient = Patient(
        id=person.id,
        name=" ".join(name.split()),
        phones=person.phones,
        email=next((row.email for row in person.rows if row.email), ""),
        notes="\n".join(dict.fromkeys(_notes(person, as_of)))[:LONGEST_NOTES],
    )
    if person.number:
        patient.number = person.number
    return patient


def _notes(person: Person, as_of: date) -> Iterator[str]:
    """What has no field of its own."""
    if person.register_number and person.register_number != str(person.number):
        yield _("Number in the register: %(number)s.") % {"number": person.register_number}
    if age := next((row.age for row in reversed(person.rows) if row.age), None):
        yield _("Age %(age)d (register of %(day)s).") % {"age": age, "day": day(as_of)}
    yield from (row.note for row in person.rows if row.note)
