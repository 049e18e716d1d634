"""A gap in the patient's rhythm: where a visit may be missing that nobody entered.

Said only when it is real: against the patient's own usual spacing, and never where a freeze, a cancellation or an open
visit explains it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from itertools import pairwise
from statistics import median

from visits.models import Visit

from . import mending
from .causes import Cause
from .history import PackageHistory
from .known import Known
from .misses import NearMiss
from .words import Days

ENOUGH = 4  # spacings, before one speaks of a rhythm
FACTOR, AT_LEAST = 2, timedelta(days=5)


def gaps(known: Known, history: PackageHistory) -> Iterator[NearMiss]:
    """The gaps between two visits while the package was in use that are twice the usual spacing and more."""
    days = _came_on(known.own_visits(), known)
    spacings = [(after - before).days for before, after in pairwise(days)]
    if len(spacings) < ENOUGH:
        return
    usual = timedelta(days=round(median(spacings)))
    used = [entry.happened_on for entry in history.entries if entry.visit_id]
    for before, after in pairwise(days):
        is_long = after - before >= max(usual * FACTOR, usual + AT_LEAST)
        in_use = bool(used) and before >= min(history.package.sold_on, min(used)) and after <= max(used)
        if is_long and in_use and not _is_explained(before, after, known, history):
            yield _gap(known, before, after, usual)


def _gap(known: Known, before: date, after: date, usual: timedelta) -> NearMiss:
    facts = {
        "first": before,
        "last": after,
        "days": Days((after - before).days),
        "usual": Days(max(usual.days, 1)),
    }
    return NearMiss(Cause.GAP, facts, on=before, mends=(mending.enter_visit(known.patient),))


def _came_on(visits: Iterable[Visit], known: Known) -> list[date]:
    attended = (visit for visit in visits if visit.state == Visit.State.COMPLETED)
    return sorted({known.clinic.day_of(visit.starts_at) for visit in attended})


def _is_explained(before: date, after: date, known: Known, history: PackageHistory) -> bool:
    if any(before < days.lower < after for days in history.now.frozen):
        return True
    others = (visit for visit in known.own_visits() if visit.state != Visit.State.COMPLETED)
    return any(before < known.clinic.day_of(visit.starts_at) < after for visit in others)
