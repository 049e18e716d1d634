"""Decisions about a package as a whole: suspended and resumed, void, a restriction of its terms lifted."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clinic import access, audit
from clinic.acts import act
from clinic.models import Staff
from clinic.refusals import Refused

from . import ledger, nudges
from .models import Change, ChangeKind, Kind, Package, Where

# What the owner may lift, by the clause that says it.
LIFTABLE = {
    "therapists": gettext_lazy("the therapists it is tied to"),
    "branches": gettext_lazy("the branches it is tied to"),
}


class NotSuspended(Refused):
    def __init__(self) -> None:
        super().__init__(_("The package is not suspended."))


class CannotSuspend(Refused):
    def __init__(self, package: Package) -> None:
        super().__init__(
            _("The package is %(state)s; it cannot be suspended.") % {"state": package.get_state_display()}
        )


class CannotVoid(Refused):
    """Money came in or sessions went: then it is a credit note or a refund and not a void sale (S54)."""


class NothingToLift(Refused):
    def __init__(self) -> None:
        super().__init__(_("The terms of this package hold no such restriction, or it was lifted before."))


@act
def suspend(package: Package, *, on: date, by: Staff | None, key: uuid.UUID, reason: str) -> Change:
    """Nothing can be used until it is resumed, for instance because a payment bounced (S46)."""
    access.require(by, "suspend_package")
    package = ledger.locked(package)
    if done := Change.objects.filter(key=key).first():
        return done
    if not reason.strip():
        raise ledger.ReasonMissing
    if package.state not in {Package.State.ACTIVE, Package.State.PENDING}:
        raise CannotSuspend(package)
    nudges.withdraw_of(package)
    return _change(package, ChangeKind.SUSPENDED, on=on, by=by, key=key, reason=reason, clause="suspension")


@act
def resume(package: Package, *, on: date, by: Staff | None, key: uuid.UUID, reason: str = "") -> Change:
    """A suspended package goes on; it waits for its money where its terms say so."""
    access.require(by, "suspend_package")
    package = ledger.locked(package)
    if done := Change.objects.filter(key=key).first():
        return done
    if package.state != Package.State.SUSPENDED:
        raise NotSuspended
    return _change(package, ChangeKind.RESUMED, on=on, by=by, key=key, reason=reason, clause="suspension")


@act
def void(package: Package, *, on: date, by: Staff | None, key: uuid.UUID, reason: str) -> Change:
    """Undo a sale by mistake of which nothing was paid and nothing used; its number stays (S54)."""
    access.require(by, "void_package")
    package = ledger.locked(package)
    if done := Change.objects.filter(key=key).first():
        return done
    _refuse_void(package, reason)
    for line in ledger.lines_with_sessions(package):
        ledger.post(
            line,
            Kind.ADJUSTED,
            -line.sessions_left,
            on=on,
            by=by,
            key=uuid.uuid5(key, f"void {line.position}"),
            reason=reason.strip(),
            clause="void",
        )
    nudges.withdraw_of(package)
    return _change(package, ChangeKind.VOIDED, on=on, by=by, key=key, reason=reason, clause="void")


@act
def lift(package: Package, *, clause: str, on: date, by: Staff, key: uuid.UUID, reason: str) -> Change:
    """Lift a restriction of the terms, which stay as they were printed: "therapists" or "branches" (S25)."""
    access.require(by, "lift_restriction")
    package = ledger.locked(package)
    if done := Change.objects.filter(key=key).first():
        return done
    if not reason.strip():
        raise ledger.ReasonMissing
    if clause not in restrictions(package):
        raise NothingToLift
    return _change(package, ChangeKind.LIFTED, on=on, by=by, key=key, reason=reason, clause=clause)


def restrictions(package: Package) -> list[str]:
    """The clauses that can be lifted from this package now."""
    held = []
    if package.therapist_ids:
        held.append("therapists")
    if package.where != Where.ANYWHERE:
        held.append("branches")
    return [clause for clause in held if clause not in package.lifted]


def _refuse_void(package: Package, reason: str) -> None:
    if not reason.strip():
        raise ledger.ReasonMissing
    if package.state in Package.CLOSED:
        raise ledger.PackageClosed(package)
    if package.received:
        raise CannotVoid(_("Money was received for this package. Take the sale back by a credit note."))
    untouched = package.sessions_left == package.sessions_sold and not package.sessions_used
    if not untouched or package.set_aside or package.moved_from_id is not None:
        raise CannotVoid(
            _("Sessions of this package were used or moved. Take them back first, or make a refund.")
        )


def _change(package: Package, kind: ChangeKind, *, on: date, reason: str, **facts: Any) -> Change:
    change = Change.objects.create(package=package, kind=kind, happened_on=on, reason=reason.strip(), **facts)
    audit.record(
        f"package_{kind}",
        package,
        by=change.by,
        before={"state": change.state_before},
        after={"state": change.state_after, "clause": change.clause, "reason": change.reason},
    )
    return change
