"""What a package is on a day: the stored state where somebody decided, the derived one where the day did."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal

from django.db.models import BooleanField, DateField, F, Func, Q, Sum, Value
from django.db.models.functions import Cast
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from clinic.ui.words import day, session_count

from .models import Entry, Kind, Package

ONE_DAY = timedelta(days=1)
# Where sessions go beside being used, and the lines that bring them back.
GONE: dict[str | Promise, Q] = {
    gettext_lazy("%(n)s moved on"): Q(kind=Kind.TRANSFERRED_OUT)
    | Q(kind=Kind.TRANSFERRED_IN, reverses__isnull=False),
    gettext_lazy("%(n)s lapsed"): Q(kind__in=[Kind.EXPIRED, Kind.REINSTATED]),
    gettext_lazy("%(n)s refunded"): Q(kind=Kind.REFUNDED),
    gettext_lazy("%(n)s taken by hand"): Q(kind=Kind.ADJUSTED) & ~Q(clause="void"),
}


class FrozenOn(Func):
    """Whether one of the frozen ranges of a package holds the day, for queries."""

    template = "(%(expressions)s))"
    arg_joiner = " <@ ANY ("

    def __init__(self, on: date) -> None:
        today = Cast(Value(on), DateField())
        super().__init__(today, F("frozen"), output_field=BooleanField())


def state_of(package: Package, today: date) -> str:
    """A stored state, or "expired" or "frozen" for an active package where its days say so."""
    if package.state != Package.State.ACTIVE:
        return package.state
    if package.has_lapsed_on(today):
        return "expired"
    return "frozen" if package.is_frozen_on(today) else package.state


def notes_of(package: Package, today: date) -> list[str]:
    """What the number left does not say: sessions in dispute, days frozen now or later."""
    return [*_dispute(package), *_frozen(package, today)]


def gone_of(package: Package) -> str:
    """What was sold and is neither used nor left nor in dispute, in words: so the number sold adds up."""
    if package.sessions_sold == package.sessions_used + package.sessions_left + package.set_aside:
        return ""
    gone = {words: -_posted(package, kinds) for words, kinds in GONE.items()}
    return ", ".join(str(words) % {"n": session_count(count)} for words, count in gone.items() if count > 0)


def _posted(package: Package, lines: Q) -> Decimal:
    total = Entry.objects.filter(lines, package=package).aggregate(total=Sum("sessions"))["total"]
    return total or Decimal(0)


def _dispute(package: Package) -> Iterable[str]:
    if package.set_aside:
        words = ngettext(
            "%(count)s session set aside: in dispute, neither used nor free.",
            "%(count)s sessions set aside: in dispute, neither used nor free.",
            1 if package.set_aside == 1 else 2,
        )
        yield words % {"count": session_count(package.set_aside)}


def _frozen(package: Package, today: date) -> Iterable[str]:
    for days in package.frozen:
        facts = {"first": day(days.lower), "last": day(days.upper - ONE_DAY), "again": day(days.upper)}
        if today in days:
            yield _("Frozen to %(last)s: it can be used again from %(again)s.") % facts
        elif days.lower > today:
            yield _("Will be frozen from %(first)s to %(last)s.") % facts
