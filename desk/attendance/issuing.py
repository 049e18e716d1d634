"""Giving a statement its number. It is made from what is true at that moment, frozen, and never changed."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from billing.models import Statement, StatementKind
from clinic import access, audit
from clinic.acts import act
from clinic.counters import next_number
from clinic.keys import hold
from clinic.models import Clinic, Staff
from clinic.refusals import Refused
from packages.models import Package
from visits.models import Visit

from .claims import claim_for
from .document import freeze
from .reading import Attendance, read
from .scope import Scope

# A superbill says what the illness is.
ACT_OF = {StatementKind.ATTENDANCE: "issue_statement", StatementKind.SUPERBILL: "keep_claim"}
# What each issue says of itself; the rest tells whether anything changed.
OF_THE_ISSUE = ("by", "reason", "replaces")


class NothingToState(Refused):
    def __init__(self) -> None:
        super().__init__(_("There was no visit in these days. Choose others, or a package."))


class IssuedBefore(Refused):
    """Nothing has changed since the last statement of the same."""

    def __init__(self, statement: Statement) -> None:
        self.statement = statement
        super().__init__(
            _("Nothing has changed since statement %(number)s. Print that one again.")
            % {"number": statement.number}
        )


def drawn_up(attendance: Attendance, *, kind: StatementKind, clinic: Clinic) -> dict[str, Any]:
    """All that it would print if it were issued now. Refuses a claim that lacks something."""
    claim = claim_for(attendance, kind=kind, clinic=clinic)
    return freeze(attendance, kind=kind, clinic=clinic, claim=claim)


@act
def issue_statement(
    scope: Scope,
    *,
    kind: StatementKind,
    clinic: Clinic,
    at: datetime,
    by: Staff | None,
    key: uuid.UUID,
    reason: str = "",
) -> Statement:
    """Freeze what the scope says now. The same key twice is the same statement.

    It replaces the last statement of the same kind and scope, which stays and says so. Refuses days without a visit,
    a claim that lacks what insurers ask for, and a statement that would say nothing new.
    """
    access.require(by, ACT_OF[kind])
    hold(key)
    if done := Statement.objects.filter(key=key).first():
        return done
    _hold_still(scope)
    last = _last_of(scope, kind)
    attendance = read(scope, clinic)
    if not scope.package and not attendance.rows:
        raise NothingToState
    document = drawn_up(attendance, kind=kind, clinic=clinic)
    if last and _facts(last.document) == document:
        raise IssuedBefore(last)
    document |= {
        "by": by.name if by else "",
        "reason": reason.strip(),
        "replaces": last.number if last else None,
    }
    statement = Statement.objects.create(
        number=next_number("statement"),
        kind=kind,
        **scope.columns,
        issued_at=at,
        replaces=last,
        reason=reason.strip(),
        document=document,
        by=by,
        key=key,
    )
    statement.refresh_from_db(fields=["issued_on", "patient"])
    audit.record(
        "issue_statement",
        statement,
        by=by,
        after={"number": statement.number, "replaces": document["replaces"]},
    )
    return statement


def _hold_still(scope: Scope) -> None:
    """No session comes or goes while it is read, and nobody issues another one for this patient."""
    hold(scope.patient.pk)
    used = Visit.objects.filter(patient=scope.patient, entry__isnull=False).values("entry__package")
    held = [scope.package.pk] if scope.package else used
    packages = Package.objects.filter(pk__in=held).order_by("number")
    list(packages.select_for_update(no_key=True).values_list("pk"))


def _last_of(scope: Scope, kind: StatementKind) -> Statement | None:
    last: Statement | None = Statement.objects.filter(kind=kind, **scope.columns).order_by("-number").first()
    return last


def _facts(document: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in document.items() if name not in OF_THE_ISSUE}
