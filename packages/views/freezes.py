"""Freezing a package for some days, and ending a freeze."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clinic.http import ClinicRequest
from clinic.keys import keyed
from clinic.ui.words import day
from packages import foresight, validity
from packages.act_forms import FreezeForm, ThawForm
from packages.models import Change, Package

from .acts import Page, address, asked, attempt, leave, package_of, show

A_WEEK = timedelta(days=6)
FREEZE = Page(
    gettext_lazy("Freeze the package"),
    gettext_lazy("On these days nothing is used, and the last valid day moves by as many."),
    gettext_lazy("Freeze"),
    "snowflake",
)
THAW = Page(
    gettext_lazy("End the freeze"),
    gettext_lazy("The package can be used again, and the last valid day moves back by the days not needed."),
    gettext_lazy("End the freeze"),
    "sun",
)


@keyed
def freeze(request: ClinicRequest, package_id: UUID) -> HttpResponse:
    """GET says to when it would be valid. POST freezes; days that are frozen already count once (S35)."""
    package, today = package_of(package_id), request.clinic.today()
    form, facts = asked(FreezeForm, request, first_day=today, last_day=today + A_WEEK)
    change = attempt(request, form, lambda **typed: validity.freeze(package, **typed))
    if change:
        undo = address(
            request, "packages:thaw", package, from_day=change.first_day, reason=_("Frozen by mistake")
        )
        package.refresh_from_db(fields=["valid_until"])
        return leave(request, package, _frozen(change, package), undo=undo)
    first, last = facts.get("first_day"), facts.get("last_day")
    outlook = foresight.of_freeze(package, first, last) if first and last else None
    return show(request, package, FREEZE, form, outlook=outlook, why_not=_why_no_freeze(package))


@keyed
def thaw(request: ClinicRequest, package_id: UUID) -> HttpResponse:
    """GET says to when it would be valid. POST ends the freeze from the day on."""
    package = package_of(package_id)
    form, facts = asked(ThawForm, request, from_day=_first_to_free(package, request))
    change = attempt(request, form, lambda **typed: validity.unfreeze(package, **typed))
    if change:
        undo = address(
            request,
            "packages:freeze",
            package,
            first_day=change.first_day,
            last_day=change.last_day,
            reason=_("The freeze was ended by mistake"),
        )
        sentence = _("Not frozen any more from %(day)s on.") % {"day": day(change.first_day)}
        return leave(request, package, sentence, undo=undo)
    from_day = facts.get("from_day")
    outlook = foresight.of_thaw(package, from_day) if from_day else None
    why_not = "" if package.frozen else _("This package was never frozen.")
    return show(request, package, THAW, form, outlook=outlook, why_not=why_not)


def _first_to_free(package: Package, request: ClinicRequest) -> object:
    """Today where it is frozen today, else the first frozen day to come."""
    today = request.clinic.today()
    coming = [days.lower for days in package.frozen if days.lower > today]
    return min(coming, default=today) if not package.is_frozen_on(today) else today


def _frozen(change: Change, package: Package) -> str:
    until = package.valid_until
    facts = {"first": day(change.first_day), "last": day(change.last_day), "until": day(until)}
    if until is None:
        return _("Frozen from %(first)s to %(last)s.") % facts
    return _("Frozen from %(first)s to %(last)s: valid to %(until)s.") % facts


def _why_no_freeze(package: Package) -> str:
    if package.state in Package.CLOSED:
        return _("The package is %(state)s: nothing can be frozen.") % {"state": package.get_state_display()}
    if package.freeze_limit == 0:
        return _("By its terms this package cannot be frozen.")
    return ""
