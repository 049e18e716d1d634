"""Who got exceptions, from whom and why: what packages know, and the visits that were let off or free."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, F, OuterRef, QuerySet, Subquery, TextField, Value
from django.db.models.fields.json import KT
from django.db.models.functions import Cast, Coalesce
from django.utils.translation import gettext_lazy as _

from clinic.models import AuditEvent
from packages.exceptions import COLUMNS, NO_NUMBER, NO_SESSIONS, Asked, of_packages
from packages.models import ChangeKind, Kind
from packages.models.entries import ABSENCES
from visits.models import Visit

LET_OFF, FREE = "let_off", "free"
WHATS = {
    Kind.ADJUSTED.value: _("Sessions given or taken"),
    Kind.REVERSED.value: _("Session given back"),
    LET_OFF: _("Let off"),
    FREE: _("Free visit"),
    ChangeKind.EXTENDED.value: _("Valid for longer"),
    ChangeKind.FROZEN.value: _("Frozen"),
    ChangeKind.LIFTED.value: _("Restriction lifted"),
    ChangeKind.VOIDED.value: _("Sold by mistake"),
}


@dataclass(frozen=True)
class Tally:
    """How many exceptions of one person, or about one patient."""

    id: UUID | None
    name: str
    count: int


@dataclass(frozen=True)
class Exceptions:
    """The exceptions of a period, the newest first."""

    sources: list[QuerySet[Any, Any]]

    @property
    def rows(self) -> QuerySet[Any, dict[str, Any]]:
        first, *others = [source.values(*COLUMNS) for source in self.sources]
        return first.union(*others, all=True).order_by("-at")

    def by_person(self) -> list[Tally]:
        return self._tally("by_id", "by_name")

    def by_patient(self) -> list[Tally]:
        return self._tally("patient_id", "patient_name")

    def _tally(self, *who: str) -> list[Tally]:
        counts: Counter[tuple[UUID | None, str | None]] = Counter()
        for source in self.sources:
            for each in source.order_by().values(*who).annotate(count=Count("pk")):
                counts[each[who[0]], each[who[1]]] += each["count"]
        return [Tally(pk, name or "", count) for (pk, name), count in counts.most_common()]


def exceptions(asked: Asked, what: str = "") -> Exceptions:
    """Everything that was decided outside the ordinary in a period, or one kind of it."""
    entries, changes = of_packages(asked)
    let_off = AuditEvent.objects.filter(act="let_off", subject_id=OuterRef("visit_id"))
    # What a visit that was let off gave back is told by the visit.
    entries = entries.exclude(Exists(let_off), kind=Kind.REVERSED, reverses__kind__in=sorted(ABSENCES))
    sources = {"entries": entries, "changes": changes, LET_OFF: _let_off(asked), FREE: _free(asked)}
    if what in sources:
        return Exceptions([sources[what]])
    if what:
        return Exceptions([entries.filter(kind=what), changes.filter(kind=what)])
    return Exceptions(list(sources.values()))


def _free(asked: Asked) -> QuerySet[Any, Any]:
    visits: Any = Visit.objects.filter(
        settlement=Visit.Settlement.FREE, completed_at__gte=asked.start, completed_at__lt=asked.end
    )
    if asked.by_id:
        visits = visits.filter(completed_by=asked.by_id)
    if asked.patient_id:
        visits = visits.filter(patient=asked.patient_id)
    return visits.annotate(
        what=Value(FREE),
        at=F("completed_at"),
        by_id=F("completed_by_id"),
        by_name=F("completed_by__name"),
        patient_name=F("patient__name"),
        package_number=F("package__number"),
        visit_id=F("id"),
        sessions=NO_SESSIONS,
        days=NO_NUMBER,
        why=F("reason"),
    )


def _let_off(asked: Asked) -> QuerySet[Any, Any]:
    """By the acts that let them off: a visit keeps neither who did it nor when."""
    visit = Visit.objects.filter(pk=OuterRef("subject_id"))
    events: Any = AuditEvent.objects.filter(act="let_off", at__gte=asked.start, at__lt=asked.end)
    events = events.annotate(
        patient_id=Subquery(visit.values("patient_id")),
        patient_name=Subquery(visit.values("patient__name")),
        package_id=Subquery(visit.values("package_id")),
        package_number=Subquery(visit.values("package__number")),
    )
    if asked.by_id:
        events = events.filter(by=asked.by_id)
    if asked.patient_id:
        events = events.filter(patient_id=asked.patient_id)
    return events.annotate(
        what=Value(LET_OFF),
        by_name=F("by__name"),
        visit_id=F("subject_id"),
        sessions=NO_SESSIONS,
        days=NO_NUMBER,
        why=Coalesce(Cast(KT("after__reason"), TextField()), Value(""), output_field=TextField()),
    )
