"""What an act on a package would come to, for the page that asks before it is done. Nothing is written here."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from clinic.money import value_left
from clinic.ui.words import day, session_count

from .models import Package, PackageLine
from .validity import frozen_days

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Move:
    """What is so now, and what it will be."""

    label: str
    before: str
    after: str


@dataclass(frozen=True)
class Outlook:
    moves: list[Move] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def of_freeze(package: Package, first: date, last: date) -> Outlook | None:
    """The last valid day after a freeze, with days that are frozen already counted once (S35)."""
    if last < first:
        return None
    days = (last - first).days + 1
    new = sum(not package.is_frozen_on(first + n * ONE_DAY) for n in range(days))
    notes = []
    if new < days:
        words = ngettext(
            "%(n)d of these days is frozen already: it counts once.",
            "%(n)d of these days are frozen already: they count once.",
            days - new,
        )
        notes.append(words % {"n": days - new})
    notes.append(_("Nothing can be used on these days."))
    return Outlook([*_valid_to(package, new), _frozen(package, new)], notes)


def of_thaw(package: Package, from_day: date) -> Outlook | None:
    """The last valid day when a freeze ends early."""
    given_back = _days_given_back(package, from_day)
    if not given_back:
        return None
    notes = [_("It can be used again from %(day)s on.") % {"day": day(from_day)}]
    return Outlook([*_valid_to(package, -given_back), _frozen(package, -given_back)], notes)


def thawed_until(package: Package, from_day: date) -> date | None:
    """The last valid day once a freeze has ended early; none for a package that never lapses."""
    if package.valid_until is None:
        return None
    return package.valid_until - timedelta(days=_days_given_back(package, from_day))


def _days_given_back(package: Package, from_day: date) -> int:
    """Of the freeze that runs on this day, or of the next one; a later one stays."""
    freezes = (days for days in package.frozen if days.upper > from_day)
    first = min(freezes, key=lambda days: days.lower, default=None)
    return (first.upper - max(first.lower, from_day)).days if first else 0


def of_extension(package: Package, until: date) -> Outlook | None:
    """The last valid day, and the lapsed sessions that come back."""
    if package.valid_until is None or until <= package.valid_until:
        return None
    moves = list(_valid_to(package, (until - package.valid_until).days))
    lapsed = sum(
        (line.lapsed for line in PackageLine.objects.filter(package=package).with_lapsed()), Decimal(0)
    )
    if not lapsed:
        return Outlook(moves)
    after = session_count(package.sessions_left + lapsed)
    moves.append(Move(_("Left"), session_count(package.sessions_left), after))
    words = ngettext(
        "%(count)s session that had lapsed comes back today.",
        "%(count)s sessions that had lapsed come back today.",
        1 if lapsed == 1 else 2,
    )
    return Outlook(moves, [words % {"count": session_count(lapsed)}])


def of_adjustment(package: Package, line: PackageLine, sessions: Decimal) -> Outlook | None:
    """The count after sessions are given or taken."""
    if line.sessions_left + sessions < 0:
        return None
    left = package.sessions_left
    return Outlook([Move(_("Left"), session_count(left), session_count(left + sessions))])


def moved_value(package: Package, line: PackageLine, sessions: Decimal) -> Decimal:
    """What so many sessions of a line take with them when they are transferred; bonus sessions nothing."""
    if line.is_bonus or not package.paid_sessions:
        return Decimal(0)
    left = min(package.paid_left - sessions, package.paid_sessions)
    return package.value_left - value_left(package.price, left, package.paid_sessions, package.places)


def _valid_to(package: Package, days: int) -> Iterable[Move]:
    if package.valid_until:
        moved = package.valid_until + timedelta(days=days)
        yield Move(_("Valid to"), day(package.valid_until), day(moved))


def _frozen(package: Package, days: int) -> Move:
    now = frozen_days(package)
    after = str(now + days)
    if package.freeze_limit is not None:
        after = _("%(days)s of at most %(limit)d") % {"days": after, "limit": package.freeze_limit}
    return Move(_("Frozen days"), str(now), after)
