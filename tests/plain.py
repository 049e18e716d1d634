"""Messages of no kind, for tests of what becomes of a message and not of what it says."""

from __future__ import annotations

from typing import Any

from clinic.messages import outbox
from clinic.models import Message, Patient


def queue(patient: Patient, **words: Any) -> Message:
    """An e-mail that waits."""
    message = outbox.plain(patient, **words)
    outbox.put([message])
    return message
