"""Until when a package is valid, and what moves that day: the first visit, a freeze, an extension, a closure.

Each verb writes a Change; the database moves the day, and counts overlapping freezes once (S35).
"""

from __future__ import annotations

import uuid
from datetime import date, timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet, Sum
from django.utils.translation import gettext as _

from clinic import access, audit, calendar
from clinic.acts import act
from clinic.models import Staff
from clinic.refusals import Refused
from clinic.ui.words import day

from . import ledger, limits, nudges
from .announcing import announce
from .models import Change, ChangeKind, Entry, Kind, Package, PackageLine, Start
from .models.terms import Terms
from .nudge_kinds import ABOUT_THE_LAST_DAY

ONE_DAY = timedelta(days=1)
# What moves the last day and is not the terms' own count.
MOVES = frozenset({ChangeKind.FROZEN, ChangeKind.UNFROZEN, ChangeKind.EXTENDED, ChangeKind.CLOSURE})


class NeverLapses(Refused):
    def __init__(self) -> None:
        super().__init__(_("This package never lapses: there is no last day to move."))


class HasLapsed(Refused):
    def __init__(self, package: Package) -> None:
        assert package.valid_until
        super().__init__(
            _("The package was valid to %(day)s. Extend it first.") % {"day": day(package.valid_until)}
        )


class DaysDoNotFit(Refused):
    def __init__(self) -> None:
        super().__init__(_("The last day must not be before the first, and the first not before the sale."))


class NotLater(Refused):
    def __init__(self, package: Package) -> None:
        assert package.valid_until
        super().__init__(
            _("The package is valid to %(day)s already. Choose a later day.")
            % {"day": day(package.valid_until)}
        )


class FreezeLimit(Refused):
    """More frozen days than the terms allow."""

    def __init__(self, limit: int, used: int) -> None:
        self.limit, self.used = limit, used
        if limit == 0:
            sentence = _("By its terms this package cannot be frozen.")
        else:
            sentence = _("By its terms this package may be frozen for %(limit)d days; %(used)d are used.") % {
                "limit": limit,
                "used": used,
            }
        super().__init__(sentence)


class UsedThen(Refused):
    """A session was used on one of the days."""

    def __init__(self, on: date) -> None:
        super().__init__(
            _("A session was used on %(day)s: the package cannot have been frozen then.") % {"day": day(on)}
        )


class NotFrozen(Refused):
    def __init__(self) -> None:
        super().__init__(_("The package is not frozen on that day or later."))


def lasts_until(terms: Terms, bought_on: date, first_visit: date | None = None) -> date | None:
    """The last valid day by the terms, or None where it never lapses (S31).

    Where it counts from the first visit (S32): the outer limit until there is one.
    """
    if terms.validity_count is None:
        return None
    if terms.validity_start == Start.SALE:
        return calendar.valid_until(bought_on, terms.validity_count, terms.validity_unit)
    days = [longest] if (longest := _longest(terms, bought_on)) else []
    if first_visit:
        days.append(calendar.valid_until(first_visit, terms.validity_count, terms.validity_unit))
    return min(days, default=None)


@act
def start(package: Package, *, by: Staff | None, key: uuid.UUID) -> Change | None:
    """Count the validity from the first visit, where the terms say so and it is another day than before (S32).

    The package is locked. A reversal, or an earlier visit that is recorded later, counts it anew.
    """
    if package.validity_start != Start.FIRST_VISIT or package.validity_count is None:
        return None
    if package.is_opening:  # its last day was agreed; visits before go-live are not known
        return None
    first = first_use(package)
    moves = Change.objects.filter(package=package, kind__in=MOVES)
    ends = []
    if longest := _outer_limit(package):
        ends.append(longest + _days(moves))
    if first:
        counted = calendar.valid_until(first, package.validity_count, package.validity_unit)
        ends.append(counted + _days(moves.exclude(last_day__lt=first)))
    until = min(ends, default=None)
    if until == package.valid_until:
        return None
    change = Change.objects.create(
        package=package,
        kind=ChangeKind.STARTED,
        valid_until=until,
        happened_on=first or package.sold_on,
        clause="validity",
        by=by,
        key=uuid.uuid5(key, "start"),
    )
    package.valid_until = until
    nudges.withdraw_of(package, *ABOUT_THE_LAST_DAY)
    return change


@act
def freeze(
    package: Package, *, first_day: date, last_day: date, on: date, by: Staff, key: uuid.UUID, reason: str
) -> Change:
    """Freeze a package for these days, both included: the last valid day moves by as many (S35).

    Days that are frozen already count once. The same key twice is the same freeze. Refuses what the terms do not
    allow, days on which a session was used, and a package that has lapsed by then.
    """
    access.require(by, "freeze_package")
    package = ledger.locked(package)
    if done := Change.objects.filter(key=key).first():
        return done
    _refuse_freeze(package, first_day, last_day, reason)
    change = Change.objects.create(
        package=package,
        kind=ChangeKind.FROZEN,
        first_day=first_day,
        last_day=last_day,
        happened_on=on,
        reason=reason.strip(),
        clause="freeze",
        by=by,
        key=key,
    )
    change.refresh_from_db(fields=["valid_until"])
    if change.valid_until is None or change.valid_until >= on:  # written down after it had lapsed
        reinstate(package, on=on, by=by, key=key, reason=reason)
    nudges.withdraw_of(package)
    return _recorded("freeze", change)


@act
def unfreeze(package: Package, *, from_day: date, on: date, by: Staff, key: uuid.UUID, reason: str) -> Change:
    """End the freeze that runs on this day, or the next one: from this day on the package can be used again.

    The last valid day moves back by as many days. A later freeze that was agreed apart from it stays.
    """
    access.require(by, "freeze_package")
    package = ledger.locked(package)
    if done := Change.objects.filter(key=key).first():
        return done
    if not reason.strip():
        raise ledger.ReasonMissing
    ends = [days.upper - ONE_DAY for days in package.frozen if days.upper > from_day]
    if not ends:
        raise NotFrozen
    change = Change.objects.create(
        package=package,
        kind=ChangeKind.UNFROZEN,
        first_day=from_day,
        last_day=min(ends),
        happened_on=on,
        reason=reason.strip(),
        clause="freeze",
        by=by,
        key=key,
    )
    nudges.withdraw_of(package, *ABOUT_THE_LAST_DAY)
    return _recorded("unfreeze", change)


@act
def extend(
    package: Package, *, until: date, on: date, by: Staff | None, key: uuid.UUID, reason: str
) -> Change:
    """Move the last valid day to a later one. What had lapsed comes back on the day `on`, not in the past (S36)."""
    access.require(by, "extend_package")
    package = ledger.locked(package)
    if done := Change.objects.filter(key=key).first():
        return done
    _refuse_extension(package, until, reason)
    assert package.valid_until
    limits.may_extend(by, (until - package.valid_until).days)
    change = Change.objects.create(
        package=package,
        kind=ChangeKind.EXTENDED,
        valid_until=until,
        happened_on=on,
        reason=reason.strip(),
        clause="extension",
        by=by,
        key=key,
    )
    reinstate(package, on=on, by=by, key=key, reason=reason)
    nudges.withdraw_of(package, *ABOUT_THE_LAST_DAY)
    return _recorded("extend", change)


@act
def add_closed_days(
    package: Package,
    *,
    first_day: date,
    last_day: date,
    on: date,
    by: Staff | None,
    key: uuid.UUID,
    reason: str,
) -> Change | None:
    """Give back the days on which the clinic was closed while the package was valid and not frozen (S52).

    None where there was no such day. The same key twice is the same extension.
    """
    package = ledger.locked(package)
    if done := Change.objects.filter(key=key).first():
        return done
    if package.valid_until is None or package.state in Package.CLOSED:
        return None
    lost = len(days_lost(package, first_day, last_day))
    if not lost:
        return None
    change = Change.objects.create(
        package=package,
        kind=ChangeKind.CLOSURE,
        first_day=max(first_day, package.valid_from),
        last_day=min(last_day, package.valid_until),
        valid_until=package.valid_until + lost * ONE_DAY,
        happened_on=on,
        reason=reason.strip(),
        clause="closure",
        by=by,
        key=key,
    )
    reinstate(package, on=on, by=by, key=key, reason=reason)
    nudges.withdraw_of(package, *ABOUT_THE_LAST_DAY)
    return _recorded("add_closed_days", change)


def days_lost(package: Package, first_day: date, last_day: date) -> list[date]:
    """Of these days those on which the package was valid and not frozen, and that no other closure gave back."""
    first, last = max(first_day, package.valid_from), min(last_day, package.valid_until or last_day)
    days = [first + n * ONE_DAY for n in range((last - first).days + 1)]
    given = [(c.first_day, c.last_day) for c in package.changes.all() if c.kind == ChangeKind.CLOSURE]
    return [
        each
        for each in days
        if not package.is_frozen_on(each)
        and not any(start and end and start <= each <= end for start, end in given)
    ]


@act
def reinstate(package: Package, *, on: date, by: Staff | None, key: uuid.UUID, reason: str) -> list[Entry]:
    """Bring back what has lapsed, on the day `on`. The package is locked."""
    back = []
    for line in PackageLine.objects.filter(package=package).with_lapsed():
        if line.lapsed <= 0:
            continue
        expired = Entry.objects.filter(line=line, kind=Kind.EXPIRED).order_by("-number")[0]
        entry = ledger.post(
            line,
            Kind.REINSTATED,
            line.lapsed,
            on=max(on, expired.happened_on),
            by=by,
            key=uuid.uuid5(key, f"reinstate {line.position}"),
            reverses=expired,
            reason=reason.strip(),
            clause="extension",
        )
        back.append(entry)
    return back


def frozen_days(package: Package) -> int:
    """On how many days the package was, is or will be frozen."""
    return sum((days.upper - days.lower).days for days in package.frozen)


def _outer_limit(package: Package) -> date | None:
    """What the terms say of the latest day; transferred sessions came with the last day they had."""
    if package.moved_from_id is None:
        return _longest(package, package.sold_on)
    first = Change.objects.filter(package=package).order_by("recorded_at", "pk").first()
    return first.valid_until_before if first else package.valid_until


def _longest(terms: Terms, bought_on: date) -> date | None:
    if terms.longest_count is None:
        return None
    return calendar.valid_until(bought_on, terms.longest_count, terms.longest_unit)


def first_use(package: Package) -> date | None:
    """The day of the first visit that the package was used for and that stands."""
    return _live_uses(package).order_by("held_on").values_list("held_on", flat=True).first()


def _live_uses(package: Package) -> QuerySet[Entry]:
    """Visits that took place and stand; a disputed one took place until somebody decides otherwise."""
    taken_back = Entry.objects.filter(kind=Kind.REVERSED, reverses=OuterRef("pk"))
    # A disputed absence keeps its clause; a disputed visit has none.
    took_place = Q(kind__in=[Kind.USED, Kind.USED_PARTLY]) | Q(kind=Kind.SET_ASIDE, clause="")
    uses = Entry.objects.filter(took_place, package=package, held_on__isnull=False)
    live: QuerySet[Entry] = uses.exclude(Exists(taken_back))
    return live


def _days(changes: object) -> timedelta:
    total = changes.aggregate(days=Sum("days"))["days"]  # type: ignore[attr-defined]
    return timedelta(days=total or 0)


def _refuse_freeze(package: Package, first_day: date, last_day: date, reason: str) -> None:
    if not reason.strip():
        raise ledger.ReasonMissing
    if package.state in Package.CLOSED:
        raise ledger.PackageClosed(package)
    if last_day < first_day or first_day < package.valid_from:
        raise DaysDoNotFit
    if package.has_lapsed_on(first_day):
        raise HasLapsed(package)
    new = sum(
        not package.is_frozen_on(first_day + n * ONE_DAY) for n in range((last_day - first_day).days + 1)
    )
    used = frozen_days(package)
    if package.freeze_limit is not None and used + new > package.freeze_limit:
        raise FreezeLimit(package.freeze_limit, used)
    use = _live_uses(package).filter(held_on__range=(first_day, last_day)).first()
    if use and use.held_on:
        raise UsedThen(use.held_on)


def _refuse_extension(package: Package, until: date, reason: str) -> None:
    if not reason.strip():
        raise ledger.ReasonMissing
    if package.state in Package.CLOSED:
        raise ledger.PackageClosed(package)
    if package.valid_until is None:
        raise NeverLapses
    if until <= package.valid_until:
        raise NotLater(package)


def _recorded(verb: str, change: Change) -> Change:
    change.refresh_from_db(fields=["valid_until", "valid_until_before", "days"])  # as the trigger set them
    audit.record(
        verb,
        change.package,
        by=change.by,
        before={"valid_until": change.valid_until_before},
        after={"valid_until": change.valid_until, "reason": change.reason},
    )
    announce(verb, change)
    return change
