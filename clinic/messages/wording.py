"""What every message has in common. Nothing clinical, and of the name only the first."""

from __future__ import annotations

from collections.abc import Iterable

from django.template.loader import render_to_string

from clinic.models import Clinic, Patient


def letter(patient: Patient, sentences: Iterable[str], *, clinic: Clinic, phone: str = "") -> str:
    """The body of a message in the active language: greeting, sentences, who writes."""
    context = {
        "first_name": patient.first_name,
        "sentences": list(sentences),
        "clinic": clinic,
        "phone": phone,
    }
    return render_to_string("messages/letter.txt", context).strip()
