"""What was decided outside the ordinary about packages, by whom and why: rows of the exceptions report.

Every source gives the same columns, so that the layer above can put its own beside them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import DecimalField, Exists, F, IntegerField, OuterRef, Q, QuerySet, UUIDField, Value
from django.db.models.functions import Cast

from .models import Change, ChangeKind, Entry, Kind
from .models.entries import DEDUCTIONS

COLUMNS = (
    "what",
    "at",
    "by_id",
    "by_name",
    "patient_id",
    "patient_name",
    "package_id",
    "package_number",
    "visit_id",
    "sessions",
    "days",
    "why",
)
CHANGES = [ChangeKind.EXTENDED, ChangeKind.LIFTED, ChangeKind.FROZEN, ChangeKind.VOIDED]
NO_ID = Cast(Value(None), UUIDField())
NO_NUMBER = Cast(Value(None), IntegerField())
NO_SESSIONS = Cast(Value(None), DecimalField(max_digits=6, decimal_places=1))


@dataclass(frozen=True)
class Asked:
    """From this moment to before that one; where named, of one person, about one patient."""

    start: datetime
    end: datetime
    by_id: UUID | None = None
    patient_id: UUID | None = None


def of_packages(asked: Asked) -> list[QuerySet[Any, dict[str, Any]]]:
    """Adjustments and sessions given back; extensions, freezes, lifted restrictions, sales that were mistakes."""
    entries: Any = _narrowed(Entry.objects.filter(kind__in=[Kind.ADJUSTED, Kind.REVERSED]), asked)
    changes: Any = _narrowed(Change.objects.filter(kind__in=CHANGES), asked)
    # What a void takes off is told by the void; what a dispute takes back for a while is no decision yet.
    entries = entries.exclude(clause="void").exclude(_goes_on_at_once())
    return [
        entries.annotate(days=NO_NUMBER, **_about()),
        changes.annotate(visit_id=NO_ID, sessions=NO_SESSIONS, **_about()),
    ]


def _narrowed(records: Any, asked: Asked) -> Any:
    records = records.filter(recorded_at__gte=asked.start, recorded_at__lt=asked.end)
    if asked.by_id:
        records = records.filter(by=asked.by_id)
    return records.filter(package__patient=asked.patient_id) if asked.patient_id else records


def _goes_on_at_once() -> Q:
    """Taken back and, in the same act, set aside or used after all."""
    after = Entry.objects.filter(
        package=OuterRef("package"), number=OuterRef("number") + 1, visit_id=OuterRef("visit_id")
    )
    upheld = after.filter(kind__in=sorted(DEDUCTIONS))
    return Q(Exists(after.filter(kind=Kind.SET_ASIDE))) | Q(Exists(upheld), reverses__kind=Kind.SET_ASIDE)


def _about() -> dict[str, Any]:
    return {
        "what": F("kind"),
        "at": F("recorded_at"),
        "by_name": F("by__name"),
        "patient_id": F("package__patient_id"),
        "patient_name": F("package__patient__name"),
        "package_number": F("package__number"),
        "why": F("reason"),
    }
