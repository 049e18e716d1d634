"""What changed the count of a package, or locks it, beside its visits."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

from packages.models import ChangeKind, Entry, Kind, Package
from visits.models import Visit

from . import mending
from .causes import Cause
from .history import PackageHistory
from .known import Known
from .mending import Mend
from .misses import NearMiss
from .words import Money, Sessions, Visits

ONE_DAY = timedelta(days=1)
TOOK = {
    Kind.EXPIRED: Cause.LAPSED,
    Kind.REINSTATED: Cause.REINSTATED,
    Kind.REFUNDED: Cause.REFUNDED,
}


def moved_without_a_visit(known: Known, history: PackageHistory) -> Iterator[NearMiss]:
    """Lapsed, brought back, refunded: lines that no visit made."""
    for entry in history.entries:
        if entry.kind in TOOK:
            facts = {
                "sessions": Sessions(entry.sessions),
                "reason": entry.reason,
                "valid_until": _last(known, history, entry),
            }
            mends = (mending.extend(history.now),) if entry.kind == Kind.EXPIRED else ()
            yield _of(history, TOOK[Kind(entry.kind)], entry, *mends, **facts)


def adjusted(known: Known, history: PackageHistory) -> Iterator[NearMiss]:
    """By hand, with a reason."""
    for entry in history.entries:
        if entry.kind == Kind.ADJUSTED:
            facts = {
                "by": entry.by.name if entry.by else "–",
                "change": f"{'+' if entry.sessions > 0 else '−'} {Sessions(entry.sessions)}",
                "reason": entry.reason,
            }
            yield _of(history, Cause.ADJUSTED, entry, mending.adjust(history.now), **facts)


def transferred(known: Known, history: PackageHistory) -> Iterator[NearMiss]:
    """To or from somebody else's package (S53)."""
    causes = {Kind.TRANSFERRED_OUT: Cause.TRANSFERRED, Kind.TRANSFERRED_IN: Cause.CAME_BY_TRANSFER}
    for entry in history.entries:
        if entry.kind in causes:
            facts = {
                "sessions": Sessions(entry.sessions),
                "who": entry.beneficiary.name if entry.beneficiary else "–",
                "reason": entry.reason,
            }
            yield _of(history, causes[Kind(entry.kind)], entry, mending.transfer(history.now), **facts)


def refund_short(known: Known, history: PackageHistory) -> Iterator[NearMiss]:
    """A visit was taken back after the refund (S42)."""
    for change in history.changes:
        if change.kind == ChangeKind.REFUND_SHORT:
            amount = Money(change.amount or Decimal(0), known.clinic.currency)
            yield NearMiss(Cause.REFUND_SHORT, {"amount": amount}, change.happened_on, package=history.now)


def opening(known: Known, history: PackageHistory) -> Iterator[NearMiss]:
    """Brought in from paper: what the card said, and whether the patient agreed (S58)."""
    package = history.now
    first = next((entry for entry in history.entries if entry.kind == Kind.OPENING), None)
    if first is None:
        return
    facts: dict[str, object] = {
        "left": first.sessions,
        "sold": package.sessions_sold,
        "used": first.used_after,
    }
    if package.agreed_on is None:
        yield _of(history, Cause.OPENING_NOT_AGREED, first, mending.adjust(package), **facts)
    listed = sum(1 for visit in known.visits if _is_from_before(visit, package))
    if listed and listed != first.used_after:
        facts["listed"] = Visits(listed)
        yield _of(history, Cause.OPENING_DIFFERS, first, mending.adjust(package), **facts)


def no_first_session(known: Known, history: PackageHistory) -> Iterator[NearMiss]:
    """Bought on a day on which nothing was used and no visit stands in the diary."""
    package = history.now
    bought_here = any(entry.kind == Kind.SOLD for entry in history.entries)
    came = any(known.clinic.day_of(visit.starts_at) == package.sold_on for visit in known.own_visits())
    if bought_here and not came and package.sold_on < known.today and package.state not in Package.CLOSED:
        facts = {"on": package.sold_on}
        mends = (mending.enter_visit(known.patient),)
        yield NearMiss(Cause.NO_FIRST_SESSION, facts, package.sold_on, package=package, mends=mends)


def locked_now(known: Known, history: PackageHistory) -> Iterator[NearMiss]:
    """What keeps the package from being used now."""
    package = history.now
    if package.state == Package.State.PENDING:
        to_pay = Money(package.to_pay, known.clinic.currency)
        yield _now(known, package, Cause.WAITS_FOR_MONEY, mending.pay(known.patient), to_pay=to_pay)
    if package.state == Package.State.SUSPENDED:
        reason = next((c.reason for c in reversed(history.changes) if c.kind == ChangeKind.SUSPENDED), "–")
        yield _now(known, package, Cause.SUSPENDED_NOW, mending.resume(package), reason=reason)
    if package.is_frozen_on(known.today):
        last = known.today
        while package.is_frozen_on(last + ONE_DAY):
            last += ONE_DAY
        yield _now(known, package, Cause.FROZEN_NOW, mending.unfreeze(package), last_day=last)


def _now(known: Known, package: Package, cause: Cause, mend: Mend, **facts: object) -> NearMiss:
    return NearMiss(cause, facts, known.today, package=package, mends=(mend,))


def _of(history: PackageHistory, cause: Cause, entry: Entry, *mends: Mend, **facts: object) -> NearMiss:
    return NearMiss(
        cause, {"on": entry.happened_on} | facts, entry.happened_on, package=history.now, mends=mends
    )


def _last(known: Known, history: PackageHistory, entry: Entry) -> object:
    """The last valid day as it was when the line was written: it may have been moved since."""
    return history.book(known.clinic).valid_until_at(entry)


def _is_from_before(visit: Visit, package: Package) -> bool:
    return visit.settlement == Visit.Settlement.BEFORE and visit.package_id == package.pk


CAUSES = (
    locked_now,
    opening,
    no_first_session,
    adjusted,
    moved_without_a_visit,
    transferred,
    refund_short,
)
