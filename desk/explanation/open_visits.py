"""Visits whose time has passed and that nobody settled."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from uuid import UUID

from packages.eligibility import Why
from visits.models import Visit

from . import mending
from .causes import Cause
from .held import Held
from .known import Known
from .mending import Mend
from .misses import NearMiss


def reopened_not_completed(held: Held) -> NearMiss | None:
    """Completed once, taken back, and waiting since."""
    if not _waits(held) or not held.visit.completions:
        return None
    return held.miss(Cause.REOPENED_NOT_COMPLETED, *_mends(held))


def never_completed(held: Held) -> NearMiss | None:
    """The patient arrived, and nobody pressed Complete."""
    if not _waits(held) or held.visit.state != Visit.State.CHECKED_IN:
        return None
    return held.miss(Cause.NEVER_COMPLETED, *_mends(held))


def still_booked(held: Held) -> NearMiss | None:
    """Its time has passed, and it is as it was booked."""
    return held.miss(Cause.STILL_BOOKED, *_mends(held)) if _waits(held) else None


def unsettled(known: Known, told: Collection[UUID]) -> Iterator[NearMiss]:
    """The patient's visits whose time has passed and of which no package has told: they need settling all the same."""
    causes = {Visit.State.CHECKED_IN: Cause.NEVER_COMPLETED, Visit.State.BOOKED: Cause.STILL_BOOKED}
    for visit in known.own_visits():
        if visit.is_open and visit.starts_at <= known.at and visit.pk not in told:
            cause = Cause.REOPENED_NOT_COMPLETED if visit.completions else causes[Visit.State(visit.state)]
            at = known.local(visit.starts_at)
            facts = {"on": at.date(), "at": at, "reason": visit.reason}
            mends = (mending.complete(visit), mending.cancel(visit))
            yield NearMiss(cause, facts, at.date(), visit, mends=mends)


def _waits(held: Held) -> bool:
    """Open though its time has passed; and this package has something to do with it."""
    if not held.visit.is_open or held.visit.starts_at > held.known.at or held.counted:
        return False
    if held.entries or held.is_wished:
        return True
    return held.is_of_the_service and Why.NOT_NAMED not in held.whys and Why.NOT_YET_VALID not in held.whys


def _mends(held: Held) -> list[Mend]:
    cancel = mending.cancel(held.visit)
    if held.fit.covers:
        return [mending.complete_from(held.visit, held.package), cancel]
    return [mending.complete(held.visit), cancel]


CAUSES = (reopened_not_completed, never_completed, still_booked)
