"""Statements of attendance with the facts that most stories share."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

from django.utils import timezone

from billing.models import Statement, StatementKind
from clinic.models import Clinic, Patient
from desk.attendance.issuing import issue_statement
from desk.attendance.printing import issue_of, language_of
from desk.attendance.rendering import sheet
from desk.attendance.scope import Scope
from packages.models import Package
from tests.factories import owner_of


def issue(clinic: Clinic, scope: Scope, **facts: Any) -> Statement:
    """A statement issued now by the owner."""
    kind = facts.pop("kind", StatementKind.ATTENDANCE)
    facts = {"at": timezone.now(), "by": owner_of(clinic), "key": uuid4()} | facts
    return issue_statement(scope, kind=kind, clinic=clinic, **facts)


def of_package(package: Package) -> Scope:
    package = Package.objects.select_related("patient", "branch").get(pk=package.pk)
    return Scope(package.patient, package)


def of_days(patient: Patient, first: date, last: date) -> Scope:
    return Scope(patient, None, first, last)


def lately(clinic: Clinic, patient: Patient, days: int = 30) -> Scope:
    """The last so many days, today included."""
    return of_days(patient, clinic.today() - timedelta(days=days), clinic.today())


def text_of(statement: Statement, *, language: str = "", at: datetime | None = None) -> str:
    """What the sheet says, without its tags."""
    language = language_of(statement, language)
    drawn = sheet(statement.document, issue_of(statement), language=language, at=at or timezone.now())
    return " ".join(re.sub(r"<[^>]+>", " ", str(drawn)).split())


def added_up(document: dict[str, Any]) -> Decimal:
    """All parts of the package on a statement."""
    totals = document["totals"]
    parts = [totals["attended"], totals["absent"], document["others"]["value"]]
    parts += [rest["value"] for rest in document["rest"].values()]
    return sum((Decimal(part) for part in parts), Decimal(0))
