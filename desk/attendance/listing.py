"""Statements that were issued for a patient, the latest first."""

from __future__ import annotations

from django.db.models import OuterRef, QuerySet, Subquery

from billing.models import Statement, StatementKind
from clinic.access import may
from clinic.models import Patient, Staff

from .issuing import ACT_OF


def statements_of(patient: Patient, staff: Staff | None = None) -> QuerySet[Statement]:
    """Those that this person may read (nobody: the patient's own eyes), each with `replaced_by`, a number or None."""
    kinds = [kind for kind in StatementKind if may(staff, ACT_OF[kind])]
    later = Statement.objects.filter(replaces=OuterRef("pk")).values("number")
    rows = Statement.objects.filter(patient=patient, kind__in=kinds).annotate(replaced_by=Subquery(later))
    return rows.select_related("package", "by").defer("document").order_by("-number")
