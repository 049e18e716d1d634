"""What a provider of SMS reports: our own id under the name it was given by, and a status in words of its own."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime

from clinic.models import Message, MessageAttempt

from .accounts import Account
from .hearing import Report, hear_report

State = Message.State
# As providers and the networks' own receipts (SMPP) write them.
WORDS = {
    State.SENT: {"sent", "submitted", "accepted", "acceptd", "enroute"},
    State.DELIVERED: {"delivered", "delivrd", "success"},
    State.FAILED: {
        "failed",
        "undelivered",
        "undeliv",
        "rejected",
        "rejectd",
        "expired",
        "deleted",
        "ndnc",
        "dnd",
    },
}
MEANING = {word: state for state, words in WORDS.items() for word in words}


def hear_sms(told: Mapping[str, object], account: Account, *, at: datetime) -> None:
    """Keep one report. What names no SMS of ours, or says nothing that is known, is passed over."""
    status = str(told.get(account.of("status_field"), "")).replace("\0", "").strip()
    state = MEANING.get(status.casefold())
    try:
        about = uuid.UUID(str(told.get(account.of("id_field"), "")))
    except ValueError:
        return
    # Our own id names the message; what became of it is about the SMS that was tried last, whatever has followed.
    tries = MessageAttempt.objects.filter(message=about, channel=Message.Channel.SMS)
    attempt = tries.order_by("began_at", "pk").last()
    if attempt and state:
        # Its own number it has only told us where the account says where it stands.
        provider_id = attempt.provider_id or str(attempt.pk)
        hear_report(Report(provider_id, state, at, about=str(about), words=status))
