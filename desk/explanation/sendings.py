"""What was sent to the patient about each line: papers of its visit or of the sale, and reminders of the package."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.utils.translation import gettext as _

from billing.models import Bill
from clinic.models import Message
from clinic.ui.words import day
from packages.models import Entry, Nudge

from .counts import CountExplained
from .known import Known

MOST = 500


def sent_about(counts: Sequence[CountExplained], known: Known) -> Mapping[UUID, list[str]]:
    """By line, what the patient was sent about it. Messages to others who used the package are theirs alone."""
    lines = [entry for count in counts for entry in count.history.entries]
    subjects = _papers(lines, [count.package.pk for count in counts])
    found: dict[UUID, list[str]] = {}
    messages = Message.objects.filter(patient=known.patient, created_at__lte=known.at)
    for message in reversed(messages.order_by("-created_at", "-pk")[:MOST]):
        subject = subjects.get(message.enclosure) or _visit_named_in(message.occasion)
        line = _line_of(subject, message, lines) if subject else None
        if line:
            found.setdefault(line, []).append(said(message, known))
    return found


def reminders_of(counts: Sequence[CountExplained], known: Known) -> Mapping[UUID, list[str]]:
    """By package, the reminders about it, each once."""
    nudges = Nudge.objects.filter(
        package__in=[count.package.pk for count in counts],
        message__patient=known.patient,
        message__created_at__lte=known.at,
    )
    found: dict[UUID, dict[UUID, str]] = {}
    for nudge in nudges.select_related("message").order_by("created_at", "pk"):
        if nudge.message:
            found.setdefault(nudge.package_id, {})[nudge.message.pk] = said(nudge.message, known)
    return {package_id: list(words.values()) for package_id, words in found.items()}


def said(message: Message, known: Known) -> str:
    """How, when, and what became of it. What was sent after this moment was still waiting then."""
    was_sent = message.sent_at is not None and message.sent_at <= known.at
    at = known.local(message.sent_at if was_sent and message.sent_at else message.created_at)
    facts = {
        "channel": message.get_channel_display(),
        "day": day(at.date()),
        "time": f"{at:%H:%M}",
        "state": message.get_state_display(),
    }
    if was_sent:
        return _("%(channel)s, sent on %(day)s at %(time)s") % facts
    if not known.is_past and message.state in {Message.State.FAILED, Message.State.CANCELLED}:
        return _("%(channel)s of %(day)s at %(time)s: %(state)s") % facts
    return _("%(channel)s, written on %(day)s at %(time)s, not sent yet") % facts


def _papers(lines: Iterable[Entry], packages: Sequence[UUID]) -> Mapping[str, UUID]:
    """By enclosure, the visit or the package that the paper is about."""
    visits = {entry.visit_id for entry in lines if entry.visit_id}
    about = Q(visit__in=visits) | Q(corrects__visit__in=visits) | Q(lines__package__in=packages)
    rows = Bill.objects.filter(about).values_list("pk", "visit", "corrects__visit", "lines__package")
    return {f"bill:{pk}": visit or corrected or package for pk, visit, corrected, package in rows.distinct()}


def _visit_named_in(occasion: str) -> UUID | None:
    """Letters about an absence say their visit in their occasion."""
    kind, _colon, rest = occasion.partition(":")
    return UUID(rest.partition(":")[0]) if kind == "absence" else None


def _line_of(subject: UUID, message: Message, lines: Iterable[Entry]) -> UUID | None:
    """The last line about the visit that was there when the message was written; of a sale, its first line."""
    written = [each for each in lines if each.recorded_at <= message.created_at]
    of_visit: list[Any] = [each for each in written if each.visit_id == subject]
    if of_visit:
        return max(of_visit, key=lambda each: each.turn).pk
    return next((each.pk for each in written if each.package_id == subject), None)
