"""What happened to a visit, line by line: who booked, moved, completed, reopened it, and what that took."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from clinic.models import AuditEvent, Clinic
from clinic.ui.words import day, session_count
from packages.models import Entry

from .models import Answer, Visit

ACTS: dict[str, str | Promise] = {
    "book_visit": gettext_lazy("Booked"),
    "check_in": gettext_lazy("Arrived"),
    "move_visit": gettext_lazy("Moved"),
    "choose_package": gettext_lazy("Package chosen"),
    "mark_no_show": gettext_lazy("Did not come"),
    "confirm_visit": gettext_lazy("Confirmed"),
    "wish_to_move": gettext_lazy("Wishes another time"),
    "cancel_visit": gettext_lazy("Cancelled"),
    "let_off": gettext_lazy("Let off"),
    "restore_visit": gettext_lazy("Booked again"),
    "complete_visit": gettext_lazy("Completed"),
    "reopen_visit": gettext_lazy("Reopened"),
    "answer_visit": gettext_lazy("The patient answered"),
    "open_dispute": gettext_lazy("Disputed, and set aside"),
    "decide_dispute": gettext_lazy("Dispute decided"),
}
# What only patients do where nobody of the clinic did it.
BY_LINK = frozenset({"answer_visit", "open_dispute", "confirm_visit", "wish_to_move", "cancel_visit"})


@dataclass(frozen=True)
class Step:
    """One act on a visit: when, what, by whom, and what there is to say about it."""

    at: datetime
    label: str | Promise
    by: str
    detail: str = ""


def history(visit: Visit, clinic: Clinic) -> list[Step]:
    """All that was done with the visit, oldest first."""
    events = AuditEvent.objects.filter(subject_id=visit.pk, subject=Visit._meta.label_lower)
    return [
        Step(
            clinic.local(event.at).replace(tzinfo=None),
            ACTS.get(event.act, event.act),
            _who(event),
            _detail(event, clinic),
        )
        for event in events.select_related("by").order_by("at", "id")
    ]


def entries(visit: Visit) -> list[Entry]:
    """The passbook lines of the visit, oldest first."""
    lines = Entry.objects.filter(visit_id=visit.pk).select_related("package")
    return list(lines.order_by("recorded_at", "number"))


def recorded_late(visit: Visit, clinic: Clinic) -> str:
    """That a visit was completed on a later day than it took place, or nothing (S30)."""
    if visit.completed_at is None:
        return ""
    days = (clinic.day_of(visit.completed_at) - clinic.day_of(visit.starts_at)).days
    words = ngettext("Recorded %(n)d day late", "Recorded %(n)d days late", days)
    return words % {"n": days} if days > 0 else ""


def said(entry: Entry) -> str:
    """A passbook line in a sentence."""
    facts = {
        "kind": entry.get_kind_display(),
        "package": entry.package.name,
        "left": session_count(entry.balance_after),
    }
    return _("%(kind)s: %(package)s, %(left)s left after it.") % facts


def _who(event: AuditEvent) -> str:
    """Whoever did it; what nobody of the clinic said came by the patient's own link."""
    if event.by:
        return event.by.name
    return _("the patient") if event.act in BY_LINK else _("the program")


def _detail(event: AuditEvent, clinic: Clinic) -> str:
    after: dict[str, Any] = event.after or {}
    before: dict[str, Any] = event.before or {}
    words: Callable[..., str] | None = DETAILS.get(event.act)
    return words(before, after, clinic) if words else str(after.get("reason", ""))


def _moved(before: dict[str, Any], after: dict[str, Any], clinic: Clinic) -> str:
    return f"{_moment(before, clinic)} → {_moment(after, clinic)}"


def _booked(_before: dict[str, Any], after: dict[str, Any], clinic: Clinic) -> str:
    return _("for %(moment)s") % {"moment": _moment(after, clinic)}


def _settled(_before: dict[str, Any], after: dict[str, Any], _clinic: Clinic) -> str:
    how = str(dict(Visit.Settlement.choices).get(after.get("settlement", ""), ""))
    return f"{how}: {after['reason']}" if after.get("reason") else how


def _absent(before: dict[str, Any], after: dict[str, Any], _clinic: Clinic) -> str:
    words = str(dict(Visit.Consequence.choices).get(after.get("consequence", ""), ""))
    return f"{words}. {after['reason']}" if after.get("reason") else words


def _answered(_before: dict[str, Any], after: dict[str, Any], _clinic: Clinic) -> str:
    says = str(dict(Answer.Says.choices).get(after.get("says", ""), ""))
    return f"{says}, {dict(Answer.Via.choices).get(after.get('via', ''), '')}"


def _confirmed(_before: dict[str, Any], after: dict[str, Any], _clinic: Clinic) -> str:
    return str(dict(Visit.ConfirmedVia.choices).get(after.get("confirmed_via", ""), ""))


def _wished(_before: dict[str, Any], after: dict[str, Any], _clinic: Clinic) -> str:
    return str(after.get("move_wish", ""))


def _moment(facts: dict[str, Any], clinic: Clinic) -> str:
    try:
        at = clinic.local(datetime.fromisoformat(facts["starts_at"]))
    except (KeyError, ValueError):
        return "?"
    return f"{day(at.date())} {at:%H:%M}"


DETAILS: dict[str, Callable[..., str]] = {
    "move_visit": _moved,
    "book_visit": _booked,
    "complete_visit": _settled,
    "answer_visit": _answered,
    "mark_no_show": _absent,
    "cancel_visit": _absent,
    "confirm_visit": _confirmed,
    "wish_to_move": _wished,
}
