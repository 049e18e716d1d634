"""The front desk's list of packages that ask for something: whom to tell, who was told, why, and what it is worth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery
from django.utils.translation import gettext as _

from clinic.messages import by_hand
from clinic.messages.channels import whatsapp_link
from clinic.messages.personal import with_links, without_link
from clinic.models import Clinic, Message, Patient
from packages.models import Nudge, Package
from packages.nudge_kinds import NOT_COMING, USED_UP
from packages.nudges import OPEN, of_their_own
from packages.states import FrozenOn
from visits.models import Visit

from .renewal_words import why_of, worth_of

LATELY = timedelta(days=30)
MOST_OTHERS = 50
Channel, State = Message.Channel, Message.State


@dataclass(frozen=True)
class ToTell:
    """A message that a person may have to send. `text` is what it says, the patient's link in it."""

    message: Message
    text: str

    @property
    def patient(self) -> Patient:
        return self.message.patient

    @property
    def waits(self) -> bool:
        """Whether somebody here has to tell."""
        return by_hand.is_for_hand(self.message)

    @property
    def whatsapp(self) -> str:
        """Opens WhatsApp with the text; nothing without consent or phone: then it is said in person."""
        return whatsapp_link(self.patient.phone, self.text) if self.patient.may_message else ""

    @property
    def shown(self) -> str:
        """What it says; the link is a secret and is in what is sent alone."""
        return without_link(self.message.body, _("(the patient’s own link)"))

    @property
    def failed(self) -> bool:
        return self.message.state == State.FAILED


@dataclass(frozen=True)
class Renewal(ToTell):
    """A package of the list."""

    package: Package
    why: list[str] = field(default_factory=list)
    worth: str = ""
    told_at: datetime | None = None

    @property
    def is_used_up(self) -> bool:
        return self.package.sessions_left <= 0


def renewals(clinic: Clinic, at: datetime, *, kind: str = "") -> QuerySet[Any]:
    """Packages of which a nudge was written lately that nothing has answered yet: not sold again, not closed, frozen or
    lapsed, not used up since, and whoever had stayed away has neither come nor booked. Those to be told come first."""
    today = clinic.day_of(at)
    latest = _lately(at).filter(package=OuterRef("pk")).order_by("-created_at", "-pk")
    found = (
        Package.objects.filter(pk__in=_lately(at).values("package"), state__in=OPEN)
        .filter(Q(valid_until__isnull=True) | Q(valid_until__gte=today))
        .annotate(
            kind=Subquery(latest.values("message__kind")[:1]),
            told_by=Subquery(latest.values("message__channel")[:1]),
            told=Subquery(latest.values("message__state")[:1]),
            nudge=Subquery(latest.values("pk")[:1]),
        )
        .exclude(FrozenOn(today))
        .exclude(_bought_again())
        .exclude(Q(sessions_left=0) & ~Q(kind=USED_UP))
        .exclude(Q(kind=NOT_COMING) & _came_or_booked(at))
    )
    found = found.annotate(waits=Q(told=State.FAILED) | Q(told_by=Channel.BY_HAND, told=State.QUEUED))
    ordered: QuerySet[Any] = found.order_by("-waits", F("valid_until").asc(nulls_last=True), "number")
    return ordered.filter(kind=kind) if kind else ordered


def counts(clinic: Clinic, at: datetime) -> dict[str, int]:
    """How many there are of each kind."""
    rows = renewals(clinic, at).order_by().values_list("kind").annotate(n=Count("pk"))
    return {kind: n for kind, n in rows if kind}


def rows_of(packages: Sequence[Any], *, clinic: Clinic, at: datetime) -> list[Renewal]:
    """The packages of a page as it shows them."""
    nudges = Nudge.objects.select_related("message__patient").in_bulk([each.nudge for each in packages])
    messages = [nudge.message for nudge in nudges.values() if nudge.message]
    texts = with_links([each for each in messages if _is_shown(each)], clinic=clinic, at=at)
    reasons = _reasons(messages)
    return [_row(package, nudges[package.nudge], texts, reasons, clinic, at) for package in packages]


def others(clinic: Clinic, at: datetime) -> list[ToTell]:
    """Messages to be sent by hand that are about no package: the oldest first."""
    waiting = by_hand.for_hand().exclude(kind__startswith="nudge.").select_related("patient")
    messages = list(waiting[:MOST_OTHERS])
    texts = with_links([each for each in messages if _is_shown(each)], clinic=clinic, at=at)
    return [ToTell(message, texts.get(message.pk, message.body)) for message in messages]


def _lately(at: datetime) -> QuerySet[Nudge]:
    """Nudges of these weeks that stand, each with the message that is about its own package."""
    nudges = Nudge.objects.filter(created_at__gte=at - LATELY, message__isnull=False)
    return of_their_own(nudges).exclude(message__state=State.CANCELLED)


def _bought_again() -> Exists:
    newer = Package.objects.filter(patient=OuterRef("patient"), number__gt=OuterRef("number"))
    return Exists(newer.filter(state__in=OPEN))


def _came_or_booked(at: datetime) -> Exists:
    """Booked for later, or here since it was written, which was on the same day at the earliest."""
    visits = Visit.objects.filter(patient=OuterRef("patient"))
    booked = Q(state__in=Visit.OPEN, starts_at__gte=at)
    nudges = Nudge.objects.filter(pk=OuterRef(OuterRef("nudge")), created_at__lte=OuterRef("starts_at"))
    return Exists(visits.filter(booked | Q(Exists(nudges), state=Visit.State.COMPLETED)))


def _is_shown(message: Message) -> bool:
    """Whether its text is handed to somebody who sends it."""
    return by_hand.is_for_hand(message) and message.patient.may_message and bool(message.patient.phone)


def _reasons(messages: Sequence[Message]) -> Mapping[tuple[UUID | None, UUID], list[str]]:
    """By message and package, the occasions that it answers."""
    found: dict[tuple[UUID | None, UUID], list[str]] = {}
    for nudge in Nudge.objects.filter(message__in=messages).order_by("pk"):
        found.setdefault((nudge.message_id, nudge.package_id), []).append(nudge.occasion)
    return found


def _row(
    package: Package,
    nudge: Nudge,
    texts: Mapping[UUID, str],
    reasons: Mapping[tuple[UUID | None, UUID], list[str]],
    clinic: Clinic,
    at: datetime,
) -> Renewal:
    message = nudge.message
    assert message is not None
    today = clinic.day_of(at)
    return Renewal(
        message,
        texts.get(message.pk, message.body),
        package,
        why=[why_of(package, occasion, today) for occasion in reasons[message.pk, package.pk]],
        worth=worth_of(package, clinic.currency),
        told_at=message.read_at or message.delivered_at or message.sent_at,
    )
