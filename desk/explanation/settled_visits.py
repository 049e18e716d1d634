"""Visits that were completed and took nothing from the package: what stood against it when they were settled."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from packages.eligibility import Why
from packages.models import Package
from visits.models import Visit

from . import mending
from .causes import Cause
from .held import Held
from .mending import Mend
from .misses import NearMiss
from .words import Money, Sessions

Settlement = Visit.Settlement
# How long before the purchase and after the last day a visit still belongs to the question.
SHORTLY = timedelta(days=60)


def before_go_live(held: Held) -> NearMiss | None:
    if held.visit.settlement != Settlement.BEFORE or not held.is_wished:
        return None
    return held.miss(Cause.BEFORE_GO_LIVE)


def given_back(held: Held) -> NearMiss | None:
    """It was on this package, was taken back, and is settled in another way now."""
    if not held.entries or not _is_settled_elsewhere(held):
        return None
    back = held.entries[-1]
    facts = {"back_on": held.known.clinic.day_of(back.recorded_at), "reason": back.reason}
    return held.miss(Cause.GIVEN_BACK, *_mends(held), **facts)


def first_day(held: Held) -> NearMiss | None:
    """On the day of the sale, before the sale: the first session that nobody deducted."""
    if not _is_near(held) or held.was_there or held.on != held.package.sold_on:
        return None
    return held.miss(Cause.FIRST_DAY, *_mends(held)) if _is_of_the_service_now(held) else None


def before_purchase(held: Held) -> NearMiss | None:
    """Held and paid for before the package was bought (S34)."""
    package = held.package
    if not _is_near(held) or held.on >= package.valid_from or not _is_of_the_service_now(held):
        return None
    return held.miss(Cause.BEFORE_PURCHASE, *_mends(held), sold_on=package.sold_on)


def other_service(held: Held) -> NearMiss | None:
    if not _is_near(held) or Why.OTHER_SERVICE not in held.whys or not _is_in_its_time(held):
        return None
    covered = list(dict.fromkeys(line.service.name for line in held.package.lines.all()))
    return held.miss(
        Cause.OTHER_SERVICE, mending.reopen(held.visit), service=held.visit.service.name, covered=covered
    )


def not_named(held: Held) -> NearMiss | None:
    """Somebody came who may not use the package (S23)."""
    if not _stood(held, Why.NOT_NAMED):
        return None
    mends = [mending.name_people(held.package), mending.reopen(held.visit)]
    return held.miss(Cause.NOT_NAMED, *mends, who=held.visit.patient.name)


def counts_otherwise(held: Held) -> NearMiss | None:
    """The terms offer the service in another count, and nobody chose (S18)."""
    if not _stood(held, Why.COUNTS_OTHERWISE):
        return None
    ways = [Sessions(way.sessions) for way in held.fit.ways]
    return held.miss(
        Cause.COUNTS_OTHERWISE, mending.reopen(held.visit), service=held.visit.service.name, ways=ways
    )


def after_expiry(held: Held) -> NearMiss | None:
    if not _stood(held, Why.EXPIRED) or held.then.valid_until is None:
        return None
    if held.on > held.then.valid_until + SHORTLY:
        return None
    mends = [mending.extend(held.package), mending.reopen(held.visit)]
    return held.miss(Cause.AFTER_EXPIRY, *mends, valid_until=held.then.valid_until)


def frozen_then(held: Held) -> NearMiss | None:
    mends = [mending.unfreeze(held.package), mending.reopen(held.visit)]
    return held.miss(Cause.FROZEN_THEN, *mends) if _stood(held, Why.FROZEN) else None


def suspended_then(held: Held) -> NearMiss | None:
    return held.miss(Cause.SUSPENDED_THEN, *_mends(held)) if _stood(held, Why.SUSPENDED) else None


def closed_then(held: Held) -> NearMiss | None:
    """Void or refunded by then."""
    closed = _stood(held, Why.REFUNDED) or _stood(held, Why.VOID)
    return held.miss(Cause.CLOSED_THEN) if closed else None


def not_paid_then(held: Held) -> NearMiss | None:
    """Locked until paid in full (S45)."""
    if not _stood(held, Why.NOT_PAID):
        return None
    to_pay = Money(held.whys[Why.NOT_PAID]["to_pay"], held.known.clinic.currency)
    return held.miss(Cause.NOT_PAID_THEN, *_mends(held), to_pay=to_pay)


def paid_in_part_then(held: Held) -> NearMiss | None:
    """As many as are paid for, and these were used (S45)."""
    if not _stood(held, Why.NOT_PAID_ENOUGH):
        return None
    opened = Sessions(held.whys[Why.NOT_PAID_ENOUGH]["open"])
    return held.miss(Cause.PAID_IN_PART_THEN, *_mends(held), open=opened)


def other_therapist(held: Held) -> NearMiss | None:
    if not _stood(held, Why.OTHER_THERAPIST):
        return None
    facts = {
        "therapist": held.visit.therapist.name if held.visit.therapist else "–",
        "therapists": held.known.names(held.package.therapist_ids),
    }
    return held.miss(Cause.OTHER_THERAPIST, mending.lift(held.package), mending.reopen(held.visit), **facts)


def other_branch(held: Held) -> NearMiss | None:
    if not _stood(held, Why.OTHER_BRANCH):
        return None
    mends = [mending.lift(held.package), mending.reopen(held.visit)]
    return held.miss(Cause.OTHER_BRANCH, *mends, branch=held.visit.branch.name)


def part_left_then(held: Held) -> NearMiss | None:
    """Half a session was left, and money would have made it whole (S51)."""
    if not _stood(held, Why.PART_LEFT):
        return None
    left = Sessions(held.whys[Why.PART_LEFT]["left"])
    return held.miss(Cause.PART_LEFT_THEN, mending.reopen(held.visit), left=left)


def none_left_then(held: Held) -> NearMiss | None:
    return held.miss(Cause.NONE_LEFT_THEN) if _stood(held, Why.NONE_LEFT) else None


def free_of_charge(held: Held) -> NearMiss | None:
    """A free visit is never silently nothing: it has its reason (S14)."""
    if held.visit.settlement != Settlement.FREE or not _covered(held):
        return None
    return held.miss(Cause.FREE_OF_CHARGE, mending.reopen(held.visit))


def paid_singly(held: Held) -> NearMiss | None:
    """This package would have covered it, and it was paid singly."""
    if held.visit.settlement != Settlement.CHARGE or not _covered(held):
        return None
    return held.miss(Cause.PAID_SINGLY, *_mends(held))


def _is_settled_elsewhere(held: Held) -> bool:
    return held.visit.settlement in {Settlement.CHARGE, Settlement.FREE} or (
        held.visit.settlement == Settlement.PACKAGE and held.counted is None
    )


def _is_near(held: Held) -> bool:
    """Completed without any package, and near enough to this one to be asked about."""
    visit = held.visit
    if visit.settlement not in {Settlement.CHARGE, Settlement.FREE}:
        return False
    package = held.package
    return held.on >= package.sold_on - SHORTLY and not package.has_lapsed_on(held.on - SHORTLY)


def _is_in_its_time(held: Held) -> bool:
    package = held.package
    mine = held.known.is_mine(held.visit.patient) or held.is_wished
    return mine and package.valid_from <= held.on and not package.has_lapsed_on(held.on)


def _stood(held: Held, why: Why) -> bool:
    """Whether this stood against the package, and the service did not."""
    if not _is_near(held) or not held.was_there or why not in held.whys or not held.is_of_the_service:
        return False
    return Why.NOT_YET_VALID not in held.whys


def _covered(held: Held) -> bool:
    return _is_near(held) and held.was_there and held.fit.covers


def _is_of_the_service_now(held: Held) -> bool:
    """Whether the package, once it was there, was for this service and this patient."""
    if not held.known.is_mine(held.visit.patient):
        return False
    return held.visit.service_id in services_of(held.package)


def services_of(package: Package) -> set[UUID]:
    """The services that its lines may be used for."""
    lines = package.lines.all()
    others = {UUID(offer["service"]) for line in lines for offer in getattr(line, "offers", ())}
    return {line.service_id for line in lines} | others


def _mends(held: Held) -> list[Mend]:
    if held.visit.settlement == Settlement.CHARGE:
        return [mending.apply(held.visit, held.package), mending.reopen(held.visit)]
    return [mending.reopen(held.visit)]


# The order is that of telling: what somebody decided first, then what no decision changes.
CAUSES = (
    before_go_live,
    given_back,
    first_day,
    before_purchase,
    other_service,
    not_named,
    closed_then,
    after_expiry,
    frozen_then,
    suspended_then,
    not_paid_then,
    paid_in_part_then,
    other_therapist,
    other_branch,
    counts_otherwise,
    part_left_then,
    none_left_then,
    free_of_charge,
    paid_singly,
)
