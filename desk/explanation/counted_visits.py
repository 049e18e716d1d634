"""Visits that did count, and something about them that may surprise."""

from __future__ import annotations

from uuid import UUID

from packages.models import Entry, Kind
from visits.models import Visit

from . import mending
from .causes import Cause
from .held import Held
from .misses import NearMiss
from .words import Days, Sessions

USES = frozenset({Kind.USED, Kind.USED_PARTLY})


def in_dispute(held: Held) -> NearMiss | None:
    """The patient says that it was not right: set aside until it is decided."""
    if held.counted is None or held.counted.kind != Kind.SET_ASIDE:
        return None
    dispute_id: UUID | None = getattr(held.visit, "dispute_id", None)
    mends = [mending.decide(dispute_id)] if dispute_id else []
    return held.miss(Cause.IN_DISPUTE, *mends, reason=held.counted.reason)


def reopened_often(held: Held) -> NearMiss | None:
    """Completed and taken back, again and again: it counts once (S05). A dispute that was decided is no reopening."""
    times = sum((entry.kind in USES) - (entry.kind == Kind.SET_ASIDE) for entry in held.entries)
    if times < 2 or _use(held) is None:
        return None
    return held.miss(Cause.REOPENED_OFTEN, times=times)


def used_by_another(held: Held) -> NearMiss | None:
    """Somebody who is named on the package used it (S22)."""
    entry = _use(held)
    if entry is None or held.known.is_mine(held.visit.patient):
        return None
    return held.miss(
        Cause.USED_BY_ANOTHER,
        who=held.visit.patient.name,
        took=Sessions(entry.taken),
    )


def counted_as_several(held: Held) -> NearMiss | None:
    """A longer visit took more than one session, as the terms offer (S18)."""
    entry = _use(held)
    if entry is None or entry.taken <= 1:
        return None
    facts = {"took": Sessions(entry.taken), "service": held.visit.service.name}
    return held.miss(Cause.COUNTED_AS_SEVERAL, mending.reopen(held.visit), **facts)


def counted_in_part(held: Held) -> NearMiss | None:
    """ "It was only ten minutes": less than a session, with a reason (S21)."""
    entry = _use(held)
    if entry is None or entry.kind != Kind.USED_PARTLY:
        return None
    return held.miss(
        Cause.COUNTED_IN_PART,
        mending.reopen(held.visit),
        took=Sessions(entry.taken),
        reason=entry.reason or held.visit.reason or "–",
    )


def recorded_late(held: Held) -> NearMiss | None:
    """Marked on a later day than it was held (S30)."""
    entry = _use(held)
    if entry is None:
        return None
    recorded = held.known.clinic.day_of(entry.recorded_at)
    late = (recorded - held.on).days
    if late < 1:
        return None
    return held.miss(Cause.RECORDED_LATE, late=Days(late), recorded=recorded)


def _use(held: Held) -> Entry | None:
    entry = held.counted
    is_use = entry is not None and entry.kind in USES and held.visit.state == Visit.State.COMPLETED
    return entry if is_use else None


CAUSES = (in_dispute, used_by_another, reopened_often, counted_as_several, counted_in_part, recorded_late)
