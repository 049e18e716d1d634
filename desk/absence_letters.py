"""Telling the patient what a visit that did not take place came to, and that it was given back (S50, S57).

Of the name only the first, and counts; what costs nothing is no news.
"""

from __future__ import annotations

from django.utils import timezone, translation
from django.utils.translation import gettext as _

from clinic.messages import outbox
from clinic.messages.outbox import Occasion
from clinic.messages.personal import mark
from clinic.models import Clinic, Message
from clinic.templatetags.ui import money
from clinic.ui.words import day, session_count
from packages.models import Package
from visits.consequences import TAKING, taken_words
from visits.models import Visit

from . import letter_kinds as kinds
from .receipt_words import absence_words
from .receipts import NEWS

OUT = [Message.State.SENDING, *Message.GONE]


def tell(visit: Visit, *, clinic: Clinic) -> Message | None:
    """Put into the outbox what the absence took: a free pass, sessions or a fee. Once for each time it is marked."""
    if visit.consequence not in TAKING or visit.ended_at is None or visit.ended_at < timezone.now() - NEWS:
        return None
    occasion = f"absence:{visit.pk}:{visit.ended_at.timestamp():.0f}"
    with translation.override(visit.patient.language):
        fields = {
            "what": " ".join(absence_words((visit.state, clinic.day_of(visit.starts_at).isoformat()))),
            "took": _took(visit, clinic),
            "day": _day(visit, clinic),
            "answer_link": mark(f"visits/{visit.pk}/answers/") if visit.entry_id else "",
        }
    return _write(visit, Occasion(occasion, kinds.ABSENCE, fields), clinic)


def take_back(visit: Visit, *, clinic: Clinic) -> Message | None:
    """What was taken came back: the news of it is not sent any more, or answered where it is out already."""
    told = Message.objects.filter(occasion__startswith=f"absence:{visit.pk}:")
    if outbox.cancel(occasion__startswith=f"absence:{visit.pk}:"):
        return None
    last = told.filter(state__in=OUT).order_by("created_at").last()
    if last is None:
        return None
    with translation.override(visit.patient.language):
        fields = {"what": _back(visit, clinic), "balance": _left(visit), "day": _day(visit, clinic)}
    return _write(visit, Occasion(f"given-back:{last.pk}", kinds.GIVEN_BACK, fields), clinic)


def _write(visit: Visit, occasion: Occasion, clinic: Clinic) -> Message | None:
    return outbox.post(visit.patient, occasion, clinic=clinic, at=timezone.now())


def _took(visit: Visit, clinic: Clinic) -> str:
    if visit.entry is not None:
        return _("By the terms of your package: %(what)s") % {"what": taken_words(visit.entry)}
    fee = {"fee": money(visit.charge, clinic.currency)}
    return _("By the terms of your package a fee of %(fee)s is charged; no session was taken.") % fee


def _back(visit: Visit, clinic: Clinic) -> str:
    on = {"day": _day(visit, clinic)}
    if visit.is_open:
        return _("The visit of %(day)s is booked again.") % on
    return _("The visit of %(day)s costs you nothing after all.") % on


def _left(visit: Visit) -> str:
    if not visit.package_id:
        return ""
    left = Package.objects.values_list("sessions_left", flat=True).get(pk=visit.package_id)
    return _("You have %(left)s left.") % {"left": session_count(left)}


def _day(visit: Visit, clinic: Clinic) -> str:
    return day(clinic.day_of(visit.starts_at))
