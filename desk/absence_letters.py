"""Telling the patient what a visit that did not take place came to, and that it was given back (S50, S57).

Of the name only the first, and counts; what costs nothing is no news.
"""

from __future__ import annotations

from collections.abc import Iterator

from django.utils import timezone, translation
from django.utils.translation import gettext as _

from clinic.messages import outbox
from clinic.messages.wording import letter
from clinic.models import Clinic, ClinicSettings, Message
from clinic.templatetags.ui import money
from clinic.ui.words import day, session_count
from packages.models import Package
from visits.consequences import TAKING, taken_words
from visits.models import Visit

from .receipts import NEWS, absence_words

OUT = [Message.State.SENDING, Message.State.SENT]


def tell(visit: Visit, *, clinic: Clinic) -> Message | None:
    """Put into the outbox what the absence took: a free pass, sessions or a fee. Once for each time it is marked.

    Whoever has an e-mail address hears of a fee by its bill.
    """
    if visit.consequence not in TAKING or visit.ended_at is None or visit.ended_at < timezone.now() - NEWS:
        return None
    if visit.charge and outbox.may_email(visit.patient):
        return None
    with translation.override(visit.patient.language):
        return _write(
            visit,
            f"absence:{visit.pk}:{visit.ended_at.timestamp():.0f}",
            list(_sentences(visit, clinic)),
            clinic,
        )


def take_back(visit: Visit, *, clinic: Clinic) -> Message | None:
    """What was taken came back: the news of it is not sent any more, or answered where it is out already."""
    told = Message.objects.filter(occasion__startswith=f"absence:{visit.pk}:")
    if outbox.cancel(occasion__startswith=f"absence:{visit.pk}:"):
        return None
    last = told.filter(state__in=OUT).order_by("created_at").last()
    if last is None:
        return None
    with translation.override(visit.patient.language):
        return _write(visit, f"given-back:{last.pk}", list(_back_sentences(visit, clinic)), clinic)


def _write(visit: Visit, occasion: str, sentences: list[str], clinic: Clinic) -> Message:
    patient = visit.patient
    by_mail = outbox.may_email(patient)
    written = outbox.plain(
        patient,
        channel=Message.Channel.EMAIL if by_mail else Message.Channel.BY_HAND,
        occasion=occasion,
        subject=_("%(clinic)s: your visit of %(day)s") % {"clinic": clinic.name, "day": _day(visit, clinic)},
        body=letter(patient, sentences, clinic=clinic, phone=ClinicSettings.objects.get().phone),
    )
    outbox.put([written])
    return written


def _sentences(visit: Visit, clinic: Clinic) -> Iterator[str]:
    yield from absence_words((visit.state, clinic.day_of(visit.starts_at).isoformat()))
    if visit.entry is not None:
        yield _("By the terms of your package: %(what)s") % {"what": taken_words(visit.entry)}
    else:
        fee = {"fee": money(visit.charge, clinic.currency)}
        yield _("By the terms of your package a fee of %(fee)s is charged; no session was taken.") % fee
    yield _("If this is not right, please tell us.")


def _back_sentences(visit: Visit, clinic: Clinic) -> Iterator[str]:
    on = {"day": _day(visit, clinic)}
    if visit.is_open:
        yield _("The visit of %(day)s is booked again.") % on
    else:
        yield _("The visit of %(day)s costs you nothing after all.") % on
    if visit.package_id:
        left = Package.objects.values_list("sessions_left", flat=True).get(pk=visit.package_id)
        yield _("You have %(left)s left.") % {"left": session_count(left)}


def _day(visit: Visit, clinic: Clinic) -> str:
    return day(clinic.day_of(visit.starts_at))
