"""What a package is on a day: the stored state where somebody decided, the derived one where the day did."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from django.db.models import BooleanField, DateField, F, Func, Value
from django.db.models.functions import Cast
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from clinic.ui.words import day, session_count

from .models import Package

ONE_DAY = timedelta(days=1)


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
