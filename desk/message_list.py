"""The message centre's list, newest first, in pages that cost the same however long it is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django import forms
from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from clinic.calendar import day_bounds
from clinic.forms import DateField
from clinic.keyset import stretch
from clinic.messages import kinds, replies
from clinic.messages.reasons import reasoned
from clinic.models import Clinic, Message
from clinic.patients.search import find_patients

Channel, State = Message.Channel, Message.State
MOST_PATIENTS = 50
OPEN = [State.QUEUED, State.SENDING, State.FAILED]

VIEWS = {
    "attention": (_("Needs attention"), Q(state=State.FAILED)),
    "by_hand": (_("To send by hand"), Q(state=State.QUEUED, channel=Channel.BY_HAND)),
    "waiting": (_("Waiting"), Q(state__in=[State.QUEUED, State.SENDING]) & ~Q(channel=Channel.BY_HAND)),
    "sent": (_("Sent"), Q(state__in=Message.GONE)),
    "all": (_("All"), Q()),
}
COUNTED = ("attention", "by_hand", "waiting")


class MessageFilter(forms.Form):
    """Which messages to list; what is not understood narrows nothing and says so."""

    q = forms.CharField(label=_("Patient"), max_length=80, required=False)
    channel = forms.ChoiceField(label=_("Channel"), required=False)
    kind = forms.ChoiceField(label=_("Kind"), required=False)
    day = DateField(label=_("Day"), required=False)

    def __init__(self, *args: Any, clinic: Clinic, **options: Any) -> None:
        super().__init__(*args, **options)
        self.clinic = clinic
        self.fields["channel"].choices = [("", _("All")), *Channel.choices]  # type: ignore[attr-defined]
        self.fields["kind"].choices = [("", _("All")), *_kinds_in_groups()]  # type: ignore[attr-defined]

    def messages(self) -> QuerySet[Message]:
        """The messages that fit, in no order."""
        asked = self.cleaned_data if self.is_valid() else {}
        messages = Message.objects.all()
        if text := asked.get("q"):
            messages = messages.filter(patient__in=find_patients(text, limit=MOST_PATIENTS))
        if channel := asked.get("channel"):
            messages = messages.filter(channel=channel)
        if kind := asked.get("kind"):
            messages = messages.filter(kind=kind)
        if day := asked.get("day"):
            start, end = day_bounds(day, self.clinic.zone)
            messages = messages.filter(created_at__gte=start, created_at__lt=end)
        return messages


@dataclass(frozen=True)
class Page:
    """A stretch of the list; `older_than` and `newer_than` name the messages at its ends."""

    messages: list[Message]
    older_than: UUID | None
    newer_than: UUID | None


def newest_first(messages: QuerySet[Message], asked: Mapping[str, str], *, per_page: int) -> Page:
    """The page after the message named by `older_than`, or before `newer_than`, else the first."""
    messages = reasoned(messages).defer("fields").select_related("patient")
    page = stretch(messages, asked, by="created_at", per_page=per_page)
    return Page(page.rows, page.older_than, page.newer_than)


def counts() -> dict[str, int]:
    """How many need somebody or wait; read from the index of what is open."""
    open_ones = Message.objects.filter(state__in=OPEN)
    counted = {name: Count("pk", filter=VIEWS[name][1]) for name in COUNTED}
    return open_ones.aggregate(**counted) | {"replies": replies.unseen().count()}


def _kinds_in_groups() -> Iterable[tuple[str, list[tuple[str, str]]]]:
    groups: dict[str, list[tuple[str, str]]] = {}
    for kind in kinds.all_kinds():
        groups.setdefault(str(kind.group.label), []).append((kind.name, str(kind.label)))
    return groups.items()
