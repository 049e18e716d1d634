"""Records that may split a person's sessions: two of one patient, or one that was merged."""

from __future__ import annotations

from collections.abc import Iterator

from . import mending
from .causes import Cause
from .known import Known
from .misses import NearMiss
from .words import Visits


def duplicates(known: Known) -> Iterator[NearMiss]:
    """Other records with the same name and with visits of their own."""
    for other, visits in known.lookalikes.items():
        facts = {"who": other.name, "number": other.number, "visits": Visits(visits)}
        yield NearMiss(Cause.DUPLICATE_PATIENT, facts, mends=(mending.merge(known.patient, other),))


def merged(known: Known) -> Iterator[NearMiss]:
    """Records that are this one now (S17)."""
    for merge in known.merges:
        on = known.clinic.day_of(merge.at)
        yield NearMiss(Cause.MERGED_RECORD, {"who": merge.name, "number": merge.number, "on": on}, on)


CAUSES = (duplicates, merged)
