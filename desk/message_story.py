"""A message as people here may see it, and all that became of it in the order of time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from clinic.messages.kinds import find_kind
from clinic.messages.personal import without_link
from clinic.messages.reasons import NAMED
from clinic.models import AuditEvent, Message, MessageAttempt


@dataclass(frozen=True)
class Shown:
    """A message in words; the personal link in it is not told."""

    message: Message

    @property
    def label(self) -> str:
        """What kind of message it is."""
        kind = find_kind(self.message.kind)
        return str(kind.label) if kind else self.message.subject or _("Message")

    @property
    def text(self) -> str:
        return without_link(self.message.body, _("(the patient’s personal link)"))

    @property
    def first_line(self) -> str:
        """What it says after the greeting."""
        lines = [line for line in self.text.splitlines() if line.strip()]
        return lines[1] if len(lines) > 1 else "".join(lines)

    @property
    def reason(self) -> str:
        """Why it could not be sent; nothing for a message that was not asked for with its reason."""
        reason = NAMED.get(getattr(self.message, "reason", ""))
        return str(reason.label) if reason and self.message.state == Message.State.FAILED else ""


@dataclass(frozen=True)
class Step:
    """Something that happened to a message. `words` are the provider's own."""

    at: datetime
    what: str
    words: str = ""
    tone: str = ""


def story_of(message: Message) -> list[Step]:
    """Written, tried, sent, delivered, read, and what people did about it."""
    steps = [Step(message.created_at, _("Written"))]
    steps += [_attempt(each) for each in MessageAttempt.objects.filter(message=message)]
    steps += [_act(event) for event in AuditEvent.objects.filter(subject_id=message.pk).select_related("by")]
    if message.sent_at and message.channel != Message.Channel.BY_HAND:
        steps.append(Step(message.sent_at, _("Sent"), tone="good"))
    if message.delivered_at:
        steps.append(Step(message.delivered_at, _("Delivered"), tone="good"))
    if message.read_at:
        steps.append(Step(message.read_at, _("Read"), tone="good"))
    return sorted(steps, key=lambda step: step.at)


def _attempt(attempt: MessageAttempt) -> Step:
    by_which = {"channel": attempt.get_channel_display(), "address": attempt.address}
    outcome = attempt.get_outcome_display() or _("not finished")
    what = _("Tried by %(channel)s to %(address)s") % by_which
    tone = "bad" if attempt.outcome == MessageAttempt.Outcome.REFUSED else ""
    return Step(attempt.began_at, f"{what}: {outcome}", attempt.words, tone)


def _act(event: AuditEvent) -> Step:
    by = event.by.name if event.by else _("Ginti")
    after = event.after or {}
    sentence = _("%(by)s changed it")
    if event.act == "retry_message":
        sentence = _("%(by)s asked to try again")
    elif event.act == "settle_message" and after.get("state") == Message.State.SENT:
        sentence = _("%(by)s sent it by hand")
    elif event.act == "settle_message":
        sentence = _("%(by)s took it off the list: not needed")
    elif event.act == "test_channel":
        sentence = _("%(by)s asked for this test")
    return Step(event.at, sentence % {"by": by})
