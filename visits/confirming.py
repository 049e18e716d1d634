"""A patient says that a visit's time stands, or wishes another."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from clinic.acts import act
from clinic.keys import hold
from clinic.models import Clinic, Message, Reply, Staff
from clinic.refusals import Refused
from clinic.ui.words import day

from .models import Visit
from .records import NotOpen, change, locked

# A patient wishes a few times; more in a day come from no patient.
MOST_WISHES, WITHIN = 5, timedelta(days=1)


class HasBegun(Refused):
    """The visit's time has come or is over."""

    def __init__(self) -> None:
        super().__init__(_("This visit has begun or is over. Please call the clinic."))


class WishIsEmpty(Refused):
    def __init__(self) -> None:
        super().__init__(_("Write which days and times would suit you."))


class TooManyWishes(Refused):
    def __init__(self) -> None:
        super().__init__(_("That is enough for one day. Please call the clinic."))


@act
def confirm_visit(visit: Visit, *, via: Visit.ConfirmedVia, at: datetime, by: Staff | None) -> Visit:
    """The patient comes. Twice is once. Refuses a visit that is not booked, or has begun."""
    visit = to_come(locked(visit), at)
    if visit.confirmed_at:
        return visit
    return change(visit, "confirm_visit", by, confirmed_at=at, confirmed_via=via)


@act
def wish_to_move(visit: Visit, *, words: str, clinic: Clinic, at: datetime, key: uuid.UUID) -> Visit:
    """The patient asks for another time: the visit stays as it is until the front desk moves it, and they read of it
    among the replies. The same key twice is one wish. Refuses as confirm_visit does, no words, and too many."""
    hold(key)
    visit = to_come(locked(visit), at)
    words = " ".join(words.split())[:300]
    if not words:
        raise WishIsEmpty
    patient, known_as = visit.patient, f"wish:{key}"
    wishes = Reply.objects.filter(patient=patient, provider_id__startswith="wish:")
    if wishes.filter(provider_id=known_as).exists():
        return visit
    if wishes.filter(received_at__gt=at - WITHIN).count() >= MOST_WISHES:
        raise TooManyWishes
    Reply.objects.create(
        patient=patient,
        channel=Message.Channel.BY_HAND,
        sender=patient.phone or patient.email,
        words=_wish(clinic.local(visit.starts_at), words),
        provider_id=known_as,
        received_at=at,
    )
    return change(visit, "wish_to_move", None, move_wish=words)


def _wish(starts_at: datetime, words: str) -> str:
    """As the front desk reads it: in its language, not in the patient's."""
    with translation.override(settings.LANGUAGE_CODE):
        facts = {"when": f"{day(starts_at.date(), 'long')}, {starts_at:%H:%M}", "words": words}
        return _("Wishes another time for the visit on %(when)s: %(words)s") % facts


def forgotten(visit: Visit) -> dict[str, object]:
    """What a new time makes void: the patient has confirmed the old one, and the wish is answered."""
    said: dict[str, object] = {"confirmed_at": None, "confirmed_via": "", "move_wish": ""}
    return said if visit.confirmed_at or visit.move_wish else {}


def to_come(visit: Visit, at: datetime) -> Visit:
    """The visit, where the patient can still say something about it."""
    if visit.state != Visit.State.BOOKED:
        raise NotOpen(visit)
    if visit.starts_at <= at:
        raise HasBegun
    return visit
