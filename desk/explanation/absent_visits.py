"""Visits that did not take place: what each came to, by whose rule."""

from __future__ import annotations

from packages.models import Package
from visits.models import Visit

from . import mending
from .causes import Cause
from .held import Held
from .mending import Mend
from .misses import NearMiss
from .words import Money, Sessions

State, Consequence = Visit.State, Visit.Consequence


def cancelled_by_clinic(held: Held) -> NearMiss | None:
    if held.visit.state != State.CANCELLED_BY_CLINIC or not _is_near(held):
        return None
    return held.miss(Cause.CANCELLED_BY_CLINIC, *_booking_again(held))


def cancelled_in_time(held: Held) -> NearMiss | None:
    return _of(held, Consequence.IN_TIME, Cause.CANCELLED_IN_TIME)


def nothing_by_terms(held: Held) -> NearMiss | None:
    return _of(held, Consequence.NOTHING, Cause.NOTHING_BY_TERMS)


def no_package_then(held: Held) -> NearMiss | None:
    return _of(held, Consequence.NO_PACKAGE, Cause.NO_PACKAGE_THEN)


def free_pass(held: Held) -> NearMiss | None:
    """The free pass was used by itself (S50)."""
    came_late = held.visit.state == State.NO_SHOW
    cause = Cause.NO_SHOW_FREE_PASS if came_late else Cause.CANCELLED_FREE_PASS
    return _of(held, Consequence.FREE_PASS, cause)


def took_sessions(held: Held) -> NearMiss | None:
    """By the terms a session, or half of one, was taken though nobody was treated (S51)."""
    if held.counted is None:
        return None
    cause = Cause.NO_SHOW_TOOK if held.visit.state == State.NO_SHOW else Cause.CANCELLED_TOOK
    return _of(held, Consequence.SESSIONS, cause, took=Sessions(held.counted.taken))


def fee_instead(held: Held) -> NearMiss | None:
    """A fee, and then no session (S49)."""
    fee = Money(held.visit.charge, held.known.clinic.currency)
    return _of(held, Consequence.FEE, Cause.FEE_INSTEAD, fee=fee)


def let_off(held: Held) -> NearMiss | None:
    return _of(held, Consequence.WAIVED, Cause.LET_OFF)


def _of(held: Held, consequence: str, cause: Cause, **facts: object) -> NearMiss | None:
    visit = held.visit
    if visit.consequence != consequence or not _is_near(held):
        return None
    mends = _booking_again(held)
    if consequence in {Consequence.SESSIONS, Consequence.FREE_PASS, Consequence.FEE}:
        mends.insert(0, mending.let_off(visit))
    return held.miss(cause, *mends, ended=held.ended, **facts)


def _booking_again(held: Held) -> list[Mend]:
    """A visit booked again would find nothing on a package that was refunded or is void."""
    return [] if held.package.state in Package.CLOSED else [mending.book_again(held.visit)]


def _is_near(held: Held) -> bool:
    """Of this package by its lines or by choice; where neither, it is for the service and in its time."""
    if held.entries or held.is_wished:
        return True
    if held.visit.package_id or not held.known.is_mine(held.visit.patient):
        return False
    package = held.package
    return held.is_of_the_service and package.valid_from <= held.on and not package.has_lapsed_on(held.on)


CAUSES = (
    cancelled_by_clinic,
    cancelled_in_time,
    free_pass,
    took_sessions,
    fee_instead,
    let_off,
    nothing_by_terms,
    no_package_then,
)
