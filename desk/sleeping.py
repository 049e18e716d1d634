"""Packages that sleep and for which nobody is booked: what is owed on each, and what can be done about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import translation

from clinic.calendar import day_bounds
from clinic.messages.channels import whatsapp_link
from clinic.messages.kinds import kind_named
from clinic.messages.rules import House
from clinic.messages.wording import worded
from clinic.models import Clinic, Patient, Relation
from packages import nudge_words
from packages.exposure import owed_on
from packages.models import Package, Sharing
from packages.nudge_kinds import NOT_COMING
from packages.sleeping import DAYS, NEVER, last_used, never_used, sleeping
from visits.models import Visit


@dataclass(frozen=True)
class Sleepers:
    """Those that were asked for: each with what is owed on it, the most first."""

    owed: list[tuple[UUID, Decimal]]
    sessions: Decimal

    @property
    def value(self) -> Decimal:
        return sum((owed for _package, owed in self.owed), Decimal(0))


@dataclass(frozen=True)
class Sleeper:
    """A package of the list. `whatsapp` opens WhatsApp with the clinic's words written; nothing without consent or
    phone."""

    package: Package
    owed: Decimal
    last_used: date | None
    whatsapp: str

    @property
    def patient(self) -> Patient:
        return self.package.patient


def sleepers(clinic: Clinic, on: date, which: str) -> Sleepers:
    """`which` is a number of days without a use, or "never"; anything else is the fewest days."""
    found = _asked(on, which).exclude(_booked(clinic, on))
    left = dict(found.values_list("pk", "sessions_left"))
    owed = sorted(owed_on(left).items(), key=lambda each: (-each[1], each[0]))
    return Sleepers(owed, sum(left.values(), Decimal(0)))


def rows_of(owed: Sequence[tuple[UUID, Decimal]], *, clinic: Clinic) -> list[Sleeper]:
    """The packages of a page as it shows them."""
    packages = Package.objects.select_related("patient").in_bulk([pk for pk, _owed in owed])
    seen = last_used(list(packages))
    house = House.of(clinic, NOT_COMING)
    return [
        Sleeper(packages[pk], value, seen.get(pk), _whatsapp(packages[pk], seen.get(pk), house))
        for pk, value in owed
    ]


def _asked(on: date, which: str) -> QuerySet[Package]:
    if which == NEVER:
        return never_used(on)
    return sleeping(on, int(which)) if which in map(str, DAYS) else sleeping(on)


def _booked(clinic: Clinic, on: date) -> Q:
    """Whoever may use the package is booked from today on."""
    start, _end = day_bounds(on, clinic.zone)
    ahead = Visit.objects.open().filter(starts_at__gte=start)
    named = Relation.objects.filter(owner=OuterRef(OuterRef("patient")), person=OuterRef("patient"))
    by_owner = Exists(ahead.filter(patient=OuterRef("patient")))
    by_named = Exists(ahead.filter(Exists(named)))
    return Q(by_owner) | Q(by_named, sharing=Sharing.NAMED)


def _whatsapp(package: Package, seen: date | None, house: House) -> str:
    """In the words in which the clinic asks who has not come for a while; without the personal link, which is made for
    messages of the outbox alone."""
    patient = package.patient
    if not (patient.may_message and patient.phone):
        return ""
    with translation.override(patient.language):
        fields = {**nudge_words.not_coming(package, seen), "link": ""}
    own = house.wordings.get((NOT_COMING, patient.language))
    says = worded(kind_named(NOT_COMING), patient, fields, clinic=house.clinic, phone=house.phone, own=own)
    return whatsapp_link(patient.phone, says.body)
