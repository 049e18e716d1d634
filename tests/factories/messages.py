"""Messages as the program writes them."""

from __future__ import annotations

from django.utils import timezone

from clinic.messages import outbox
from clinic.messages.outbox import Occasion
from clinic.models import Clinic, Message, Patient


def told(clinic: Clinic, patient: Patient, occasion: str = "told") -> Message:
    """Something that waits for the patient: where nothing reaches them, for the desk to tell."""
    about = Occasion(occasion, "letter.given_back", {"what": "2 left.", "balance": "", "day": "today"})
    message = outbox.post(patient, about, clinic=clinic, at=timezone.now())
    assert message
    return message
