"""Visits that look like one entered twice: two on one day, two completed within minutes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta
from itertools import combinations

from packages.models import Entry

from . import mending
from .causes import Cause
from .held import Held
from .misses import NearMiss
from .words import Minutes

SOON = timedelta(minutes=5)


def two_on_one_day(counted: Iterable[Held]) -> Iterator[NearMiss]:
    """Two visits of one person on one day, each with a session."""
    for one, two in _pairs(counted):
        if one.on == two.on:
            times = [f"{held.at:%H:%M}" for held in (one, two)]
            yield two.miss(
                Cause.TWO_ON_ONE_DAY, mending.see(one.visit), mending.reopen(two.visit), times=times
            )


def within_minutes(counted: Iterable[Held]) -> Iterator[NearMiss]:
    """Visits of two days completed in one go: perhaps catching up, perhaps the wrong row was pressed."""
    for one, two in _pairs(counted):
        apart = abs(_line(two).recorded_at - _line(one).recorded_at)
        if one.on != two.on and apart <= SOON and _same_turn(one, two):
            facts = {"days": [one.on, two.on], "minutes": Minutes(max(1, round(apart.total_seconds() / 60)))}
            yield two.miss(Cause.WITHIN_MINUTES, mending.see(one.visit), mending.reopen(two.visit), **facts)


def _pairs(counted: Iterable[Held]) -> Iterator[tuple[Held, Held]]:
    """Neighbours in time of one person, the earlier first."""
    in_order = sorted(counted, key=lambda held: (held.visit.starts_at, held.visit.pk))
    for one, two in combinations(in_order, 2):
        if one.visit.patient_id == two.visit.patient_id and (two.on - one.on).days <= 31:
            yield one, two


def _same_turn(one: Held, two: Held) -> bool:
    """Nobody else's line between them: they were pressed one after the other."""
    return abs(_line(one).number - _line(two).number) == 1


def _line(held: Held) -> Entry:
    assert held.counted is not None
    return held.counted
