"""Packages that sleep and for which nobody is booked: what is owed on each, and what can be done about it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import islice

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery, Sum
from django.utils import translation

from clinic.calendar import day_bounds
from clinic.messages.channels import whatsapp_link
from clinic.messages.kinds import kind_named
from clinic.messages.rules import House
from clinic.messages.wording import worded
from clinic.models import Clinic, Patient, Relation
from packages import nudge_words
from packages.models import Movement, Package, Sharing
from packages.nudge_kinds import NOT_COMING
from packages.sleeping import DAYS, NEVER, last_used, never_used, sleeping
from visits.models import Visit

AT_A_TIME = 2000


@dataclass(frozen=True)
class Sleepers:
    """Those that were asked for, the most `owed` first; what is left and owed on all of them together."""

    packages: QuerySet[Package]
    sessions: Decimal
    value: Decimal


@dataclass(frozen=True)
class Sleeper:
    """A package of the list."""

    package: Package
    last_used: date | None

    @property
    def owed(self) -> Decimal:
        return self.package.owed  # type: ignore[attr-defined]

    @property
    def patient(self) -> Patient:
        return self.package.patient


@dataclass(frozen=True)
class Asleep(Sleeper):
    """One as a page shows it. `whatsapp` opens WhatsApp with the clinic's words written; nothing without consent or
    phone."""

    whatsapp: str


def sleepers(clinic: Clinic, on: date, which: str) -> Sleepers:
    """`which` is a number of days without a use, or "never"; anything else is the fewest days."""
    found = _asked(on, which).exclude(_booked(clinic, on)).annotate(owed=_owed())
    sums = found.aggregate(sessions=Sum("sessions_left"), value=Sum("owed"))
    packages = found.select_related("patient").order_by("-owed", "pk")
    return Sleepers(packages, sums["sessions"] or Decimal(0), sums["value"] or Decimal(0))


def page_of(packages: Iterable[Package], *, clinic: Clinic) -> list[Asleep]:
    """Some of them as a page shows them."""
    house = House.of(clinic, NOT_COMING)
    return [
        Asleep(row.package, row.last_used, _whatsapp(row.package, row.last_used, house))
        for row in _rows(packages)
    ]


def each_of(packages: QuerySet[Package]) -> Iterator[Sleeper]:
    """All of them for a file: never all at once in memory."""
    found = packages.iterator(chunk_size=AT_A_TIME)
    while some := list(islice(found, AT_A_TIME)):
        yield from _rows(some)


def _rows(packages: Iterable[Package]) -> list[Sleeper]:
    packages = list(packages)
    seen = last_used([package.pk for package in packages])
    return [Sleeper(package, seen.get(package.pk)) for package in packages]


def _owed() -> Subquery:
    """What is owed in care on a package now: as its last movement left it."""
    last = Movement.objects.filter(package=OuterRef("pk")).order_by("-posted_on", "-step")
    return Subquery(last.values("owed_after")[:1])


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
