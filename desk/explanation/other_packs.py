"""Visits that were taken from another package than the one that is asked about."""

from __future__ import annotations

from typing import Any

from packages.eligibility import FOREVER
from packages.models import Package
from visits.models import Visit

from . import mending
from .causes import Cause
from .held import Held
from .misses import NearMiss


def pack_of_another(held: Held) -> NearMiss | None:
    """Taken from a package of somebody else on which the patient is named, though this one would have covered."""
    other = _other(held)
    if other is None or held.known.is_mine(other.patient):
        return None
    return held.miss(
        Cause.PACK_OF_ANOTHER, mending.reopen(held.visit), other=other.number, owner=other.patient.name
    )


def other_pack_ends_first(held: Held) -> NearMiss | None:
    """The rule: the one that ends first (S15)."""
    other = _other(held)
    if other is None or _ends(other) >= _ends(held.then):
        return None
    return _taken(held, other, Cause.OTHER_PACK_ENDS_FIRST)


def other_pack_is_older(held: Held) -> NearMiss | None:
    """The rule where both end on the same day: the older one."""
    other = _other(held)
    if other is None or _ends(other) != _ends(held.then) or _age(other) > _age(held.then):
        return None
    return _taken(held, other, Cause.OTHER_PACK_IS_OLDER)


def other_pack_was_chosen(held: Held) -> NearMiss | None:
    """By the rule it would have been this one: somebody chose."""
    other = _other(held)
    return _taken(held, other, Cause.OTHER_PACK_WAS_CHOSEN) if other else None


def _other(held: Held) -> Package | None:
    """The other package that was used, where this one would have covered the visit."""
    entry = held.visit.entry
    if entry is None or held.visit.state != Visit.State.COMPLETED or entry.package_id == held.package.pk:
        return None
    if not held.was_there or not held.fit.covers:
        return None
    other: Package = entry.package
    history = held.known.history_of(other)
    # As it was when the visit was settled: it may have been made valid for longer since.
    return history.until(held.settled_at).now if history else other


def _taken(held: Held, other: Package, cause: Cause) -> NearMiss:
    facts: dict[str, Any] = {
        "other": other.number,
        "valid_until": other.valid_until,
        "sold_on": other.sold_on,
    }
    return held.miss(cause, mending.see_package(other), mending.reopen(held.visit), **facts)


def _ends(package: Package) -> Any:
    return package.valid_until or FOREVER


def _age(package: Package) -> tuple[Any, int]:
    return (package.sold_on, package.number)


CAUSES = (pack_of_another, other_pack_ends_first, other_pack_is_older, other_pack_was_chosen)
