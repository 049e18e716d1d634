"""What providers and patients answer: kept once each, however often and in whatever order it comes."""

from __future__ import annotations

import json
import unicodedata
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from clinic.acts import act
from clinic.models import Consent, Message, MessageReport, Patient, Reply

from . import consent, delivery

Channel, State = Message.Channel, Message.State
STATUSES = frozenset({State.SENT, State.DELIVERED, State.READ, State.FAILED})
MOST_ENTRIES = 1000

# The whole of a reply, in any case: no more messages, or messages again.
STOP = frozenset({"stop", "unsubscribe", "stop all", "बंद", "बन्द", "बंद करें", "बंद करो", "रोकें", "रोको"})
START = frozenset({"start", "subscribe", "शुरू", "शुरू करें", "चालू"})


@dataclass(frozen=True)
class Report:
    """What a provider says became of a message. `about` is our own id, where it gives it back."""

    provider_id: str
    status: str
    at: datetime
    about: str = ""
    words: str = ""


@dataclass(frozen=True)
class Said:
    """What somebody wrote to the clinic's number."""

    provider_id: str
    phone: str
    words: str
    at: datetime


@act
def hear_report(report: Report) -> None:
    """Keep a report and bring its message in line with it. The same twice is once."""
    delivery.hold_name(report.provider_id)
    row = MessageReport(
        provider_id=report.provider_id,
        about=report.about,
        status=report.status,
        words=report.words[:300],
        happened_at=report.at,
    )
    MessageReport.objects.bulk_create([row], ignore_conflicts=True)
    delivery.catch_up(report.provider_id)


@act
def hear_reply(said: Said, *, channel: str) -> None:
    """Keep what a patient wrote. A word that means "no more" or "again" is heeded for everybody with that number, as
    of when it was written. The same twice is once."""
    delivery.hold_name(said.provider_id)
    if Reply.objects.filter(provider_id=said.provider_id).exists():
        return
    rows = Patient.objects.filter(phones__contains=[said.phone], merged_into=None).order_by("pk")
    word = plain(said.words)
    if word in STOP | START:
        rows = rows.select_for_update(no_key=True)
    patients = list(rows[:MOST_ENTRIES])
    Reply.objects.create(
        patient=patients[0] if len(patients) == 1 else None,
        channel=channel,
        sender=said.phone,
        words=said.words,
        provider_id=said.provider_id,
        received_at=said.at,
    )
    if word in STOP | START:
        for patient in patients:
            _heed(said, patient, wants_more=word in START)


def plain(words: str) -> str:
    """What was written, without case, signs and spaces around it."""
    letters = unicodedata.normalize("NFC", words[:100]).casefold()
    return " ".join(letters.replace("\u200b", "").strip(" \t\r\n.!।,\"'*_-").split())


def hear_whatsapp(body: bytes, *, phone_number_id: str, at: datetime) -> None:
    """All that one webhook of WhatsApp tells about this number. What cannot be read is passed over."""
    values = list(_values(body, phone_number_id))
    statuses = (each for value in values for each in _objects(value.get("statuses")))
    messages = (each for value in values for each in _objects(value.get("messages")))
    reports = [report for each in statuses if (report := _report(each, at))]
    replies = [said for each in messages if (said := _said(each, at))]
    # Always in the same order: two webhooks about the same ids wait for each other, and neither for ever.
    for report in sorted(reports, key=lambda report: (report.provider_id, report.at)):
        hear_report(report)
    for said in sorted(replies, key=lambda said: (said.at, said.provider_id)):
        hear_reply(said, channel=Channel.WHATSAPP)


def _heed(said: Said, patient: Patient, *, wants_more: bool) -> None:
    """A word does nothing against a later one. "Again" gives back what the word "no more" took, and nothing else: who
    said no at the desk, or was never asked, may share the phone."""
    last = consent.latest(patient)
    if last and said.at < last.at.replace(microsecond=0):  # providers tell whole seconds
        return
    at = max(said.at, last.at) if last else said.at
    if not wants_more:
        consent.withdraw(patient, source=Consent.Source.WORD, at=at, words=said.words)
    elif last and not last.given and last.source == Consent.Source.WORD:
        consent.give(patient, source=Consent.Source.WORD, at=at, words=said.words)


def _values(body: bytes, phone_number_id: str) -> Iterator[dict[str, Any]]:
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        return
    for entry in _objects(told.get("entry") if isinstance(told, dict) else None):
        for change in _objects(entry.get("changes")):
            value = change.get("value")
            if isinstance(value, dict) and _of(value, "metadata", "phone_number_id") == phone_number_id:
                yield value


def _report(told: dict[str, Any], at: datetime) -> Report | None:
    provider_id, status = _text(told.get("id")), _text(told.get("status"))
    if not 0 < len(provider_id) <= 120 or status not in STATUSES:
        return None
    error = next(_objects(told.get("errors")), {})
    words = f"{error.get('code', '')} {_of(error, 'error_data', 'details') or _text(error.get('title'))}"
    about = _text(told.get("biz_opaque_callback_data"))
    return Report(
        provider_id, status, _moment(told, at), about if _is_id(about) else "", _text(words).strip()
    )


def _said(told: dict[str, Any], at: datetime) -> Said | None:
    provider_id, sender = _text(told.get("id")), _text(told.get("from"))
    if not 0 < len(provider_id) <= 120 or not (sender.isascii() and sender.isdigit() and len(sender) <= 20):
        return None
    kind = _text(told.get("type"))
    written = _of(told, "text", "body") or _of(told, "button", "text")
    written = written or _of(told, "interactive", "button_reply", "title")
    written = written or _of(told, "interactive", "list_reply", "title") or _of(told, kind, "caption")
    return Said(provider_id, f"+{sender}", written[:4000] or f"[{kind[:40]}]", _moment(told, at))


def _moment(told: dict[str, Any], at: datetime) -> datetime:
    """When it happened, by the provider's clock; never later than now."""
    try:
        return min(datetime.fromtimestamp(int(told["timestamp"]), UTC), at)
    except (LookupError, TypeError, ValueError, OverflowError, OSError):
        return at


def _of(told: Any, *path: str) -> str:
    for name in path:
        told = told.get(name) if isinstance(told, dict) else None
    return _text(told)


def _text(value: object) -> str:
    """A text that can be kept: PostgreSQL takes no NUL, and no half of a character."""
    if not isinstance(value, str):
        return ""
    return value.replace("\0", "").encode(errors="replace").decode()


def _objects(value: object) -> Iterator[dict[str, Any]]:
    found = value[:MOST_ENTRIES] if isinstance(value, list) else []
    return (each for each in found if isinstance(each, dict))


def _is_id(text: str) -> bool:
    try:
        return bool(uuid.UUID(text))
    except ValueError:
        return False
