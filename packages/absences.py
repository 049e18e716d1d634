"""What a visit that did not take place comes to, by the frozen terms of the package it would have used (S49 to S51)."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Exists, OuterRef

from clinic.models import Staff

from . import eligibility, ledger
from .eligibility import Fit, Wanted
from .models import FREE_PASS, Entry, Kind, Package, Takes
from .models.entries import ABSENCES

ZERO, HALF, ONE = Decimal(0), Decimal("0.5"), Decimal(1)
SESSIONS = {Takes.NOTHING: ZERO, Takes.FEE: ZERO, Takes.HALF: HALF, Takes.ONE: ONE}
CLAUSES = {Kind.NO_SHOW: "no_show", Kind.LATE_CANCEL: "late_cancel"}


@dataclass(frozen=True)
class Due:
    """What the terms ask for: sessions or a fee, never both (S49); or the free pass that is used instead."""

    package: Package
    kind: Kind
    sessions: Decimal = ZERO
    fee: Decimal = ZERO
    free_pass: bool = False
    passes_left: int = 0


def is_late(package: Package, *, starts_at: datetime, at: datetime) -> bool:
    """Whether a cancellation at this moment is late by the package's terms."""
    return at > starts_at - timedelta(hours=package.late_cancel_hours)


def due(package: Package, kind: Kind) -> Due:
    """What this absence comes to by the terms, with the free passes that were used before it taken into account."""
    takes = Takes(package.no_show_takes if kind == Kind.NO_SHOW else package.late_cancel_takes)
    if takes == Takes.NOTHING:
        return Due(package, kind)
    left = package.free_passes - passes_used(package)
    if left > 0:
        return Due(package, kind, free_pass=True, passes_left=left - 1)
    if takes == Takes.FEE:
        return Due(
            package, kind, fee=package.no_show_fee if kind == Kind.NO_SHOW else package.late_cancel_fee
        )
    return Due(package, kind, sessions=SESSIONS[takes])


def passes_used(package: Package) -> int:
    """Free passes of this package that were used and not taken back."""
    taken_back = Entry.objects.filter(kind=Kind.REVERSED, reverses=OuterRef("pk"))
    used = Entry.objects.filter(package=package, kind__in=ABSENCES, clause=FREE_PASS)
    return used.exclude(Exists(taken_back)).count()


def covering(wanted: Wanted, packages: Iterable[Package], wish: uuid.UUID | None) -> Fit | None:
    """The package that the visit would have used, with half a session left at least; None where there is none.

    The one chosen at booking comes first. Not having a whole session left is no reason to take nothing.
    """
    held = [_would_use(eligibility.fit(replace(wanted, sessions=HALF), package)) for package in packages]
    covers = sorted((fit for fit in held if fit.covers), key=lambda fit: fit.package.pk != wish)
    if not covers:
        return None
    return covers[0] if covers[0].package.pk == wish else eligibility.best_of(covers)


def _would_use(fit: Fit) -> Fit:
    """A visit of another service would have used the package in a way of its terms; staying away is judged by it."""
    return Fit(fit.package, fit.ways[0].line) if fit.can_choose else fit


def take(
    fit: Fit,
    wanted: Wanted,
    owed: Due,
    *,
    visit_id: uuid.UUID,
    by: Staff | None,
    key: uuid.UUID,
    **attendance: Any,
) -> Entry | None:
    """Write the absence into the passbook: what it takes, or the free pass. None where it takes no session.

    The package is locked. Never more than is left.
    """
    if not owed.sessions and not owed.free_pass:
        return None
    # A line that has all of it goes before one that has a part.
    line = eligibility.fit(replace(wanted, sessions=owed.sessions), fit.package).line or fit.line
    assert line is not None
    taken = min(owed.sessions, eligibility.available(line))
    return ledger.use(
        Fit(fit.package, line, (), taken),
        wanted,
        visit_id=visit_id,
        by=by,
        key=key,
        kind=owed.kind,
        clause=FREE_PASS if owed.free_pass else CLAUSES[owed.kind],
        **attendance,
    )
