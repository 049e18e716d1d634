"""Days on which the clinic is closed: its visits never count, and every package may get the days back (S52)."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from clinic import access, audit
from clinic.acts import act
from clinic.calendar import day_bounds
from clinic.keys import hold, part
from clinic.models import Branch, Clinic, Staff
from clinic.refusals import Refused
from packages import ledger, validity
from packages.models import Change, ChangeKind, Package, Where

from . import services
from .models import Closure, Visit

LONGEST = 92


class ClosureDoesNotFit(Refused):
    """The days cannot be; the sentence says why."""


@act
def close_clinic(
    *,
    first_day: date,
    last_day: date,
    clinic: Clinic,
    at: datetime,
    by: Staff,
    key: uuid.UUID,
    reason: str,
    branch: Branch | None = None,
    extends: bool = False,
) -> Closure:
    """Write down that the clinic, or one branch, is closed on these days; visits booked then are cancelled by it.

    Packages get the days back by `give_back_days`, one by one. The same key twice is the same closure.
    """
    access.require(by, "close_clinic")
    hold(key)
    if closure := Closure.objects.filter(key=key).first():
        return closure
    if not reason.strip():
        raise ledger.ReasonMissing
    refuse_impossible(first_day, last_day)
    closure = Closure.objects.create(
        branch=branch,
        first_day=first_day,
        last_day=last_day,
        reason=reason.strip(),
        extends=extends,
        by=by,
        key=key,
    )
    cancelled = [
        services.cancel_visit(
            visit,
            clinic=clinic,
            at=at,
            by=by,
            by_clinic=True,
            key=part(key, str(visit.pk)),
            reason=closure.reason,
        )
        for visit in booked_then(closure, clinic)
    ]
    after: dict[str, Any] = {"first_day": first_day, "last_day": last_day, "cancelled": len(cancelled)}
    audit.record("close_clinic", closure, by=by, after=after)
    return closure


def refuse_impossible(first_day: date, last_day: date) -> None:
    """Raise ClosureDoesNotFit for days that cannot be closed in one go."""
    if not 0 <= (last_day - first_day).days < LONGEST:
        raise ClosureDoesNotFit(
            _("The last day must not be before the first, nor more than %(most)d days after it.")
            % {"most": LONGEST}
        )


def booked_then(closure: Closure, clinic: Clinic) -> QuerySet[Visit]:
    """Open visits of the closed days."""
    start, _end = day_bounds(closure.first_day, clinic.zone)
    _start, end = day_bounds(closure.last_day, clinic.zone)
    visits = Visit.objects.between(start, end).open()
    if closure.branch_id:
        visits = visits.filter(branch=closure.branch_id)
    found: QuerySet[Visit] = visits.order_by("starts_at")
    return found


def waiting_for_days(closure: Closure) -> list[Package]:
    """Packages that were valid on a closed day and did not get it back yet."""
    if not closure.extends:
        return []
    valid = Package.objects.exclude(state__in=Package.CLOSED).filter(
        valid_from__lte=closure.last_day, valid_until__gte=closure.first_day, authorised_by=""
    )
    if closure.branch_id:
        # A pack that is good elsewhere too has lost nothing by one closed branch.
        here = Q(where=Where.WHERE_SOLD, branch=closure.branch_id)
        here |= Q(where=Where.LISTED, branch_ids=[closure.branch_id])
        valid = valid.filter(here)
    valid = valid.prefetch_related("changes").order_by("number")  # what other closures gave back
    keys = {part(closure.key, str(package.pk)): package for package in valid}
    given = set(Change.objects.filter(kind=ChangeKind.CLOSURE, key__in=keys).values_list("key", flat=True))
    return [package for key, package in keys.items() if key not in given]


def give_back_days(closure: Closure, package: Package, *, on: date) -> Change | None:
    """One package gets the closed days back; twice is once. None where they did it no harm, being frozen."""
    return validity.add_closed_days(
        package,
        first_day=closure.first_day,
        last_day=closure.last_day,
        on=on,
        by=closure.by,
        key=part(closure.key, str(package.pk)),
        reason=closure.reason,
    )
