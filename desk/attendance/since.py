"""What changed since a statement was issued. Shown beside it, never on it: the statement itself never changes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from billing.models import Statement, StatementKind
from clinic.models import Clinic
from clinic.ui.words import day

from .document import freeze
from .reading import read
from .scope import Scope

FIGURES = ("entry", "state", "sessions", "value", "charge")


def scope_of(statement: Statement) -> Scope:
    """What it is about; of its patient as they are now."""
    return Scope(statement.patient, statement.package, statement.first_day, statement.last_day)


def changes_since(statement: Statement, clinic: Clinic) -> list[str]:
    """A sentence for each visit that it says otherwise than it would say now. Visits of later days are no change."""
    now = freeze(
        read(scope_of(statement), clinic), kind=StatementKind(statement.kind), clinic=clinic, claim=()
    )
    said = {row["visit"]: row for row in statement.document["rows"]}
    held = {row["visit"]: row for row in now["rows"]}
    return list(_compared(said, held, clinic.local(statement.issued_at)))


def _compared(said: dict[str, Any], held: dict[str, Any], issued: datetime) -> Iterator[str]:
    for visit, row in said.items():
        if visit not in held:
            yield _("The visit of %(when)s was reopened or taken back.") % _when(row)
        elif any(row[name] != held[visit][name] for name in FIGURES):
            yield _("The visit of %(when)s counts otherwise now.") % _when(row)
    for visit, row in held.items():
        if visit not in said and datetime.fromisoformat(row["starts_at"]) <= issued:
            yield _("The visit of %(when)s was entered after the issue.") % _when(row)


def _when(row: dict[str, Any]) -> dict[str, str]:
    at = datetime.fromisoformat(row["starts_at"])
    return {"when": f"{day(at.date())}, {at:%H:%M}"}
