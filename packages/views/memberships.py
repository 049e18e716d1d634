"""A membership: its months, ending it, and going on with it after all."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from clinic.http import ClinicRequest
from clinic.keys import keyed, new_key
from clinic.ui.words import day
from packages import memberships
from packages.membership_form import EndingForm
from packages.membership_words import told
from packages.models import Membership, Package
from packages.states import state_of

from .acts import Page, asked, attempt, leave, package_of, show

ENDING = Page(
    gettext_lazy("End the membership"),
    gettext_lazy("The month that runs goes on to its last day, with all that is left of it."),
    gettext_lazy("End it"),
    "calendar-x",
    is_danger=True,
)


@keyed
def membership(request: ClinicRequest, package_id: UUID) -> HttpResponse:
    """GET shows the months. POST ends the membership on a day; again changes the day."""
    package, today = package_of(package_id), request.clinic.today()
    found = _membership_of(package)
    form, _facts = asked(EndingForm, request, last_day=found.ends_on or today)

    def end(*, last_day: date, reason: str, **facts: Any) -> Membership:
        return memberships.end(found, on=last_day, by=request.staff, reason=reason)

    if ended := attempt(request, form, end):
        words = _("The membership ends: no month begins after %(day)s.")
        return leave(request, package, words % {"day": day(ended.ends_on)})
    months = list(Package.objects.filter(membership=found).order_by("-period"))
    more = {
        "membership": found,
        "return_key": new_key(),
        "told": told(months[0], today),
        "months": [(month, state_of(month, today)) for month in months],
    }
    return show(request, package, ENDING, form, template="packages/membership.html", **more)


@require_POST
@keyed
def membership_return(request: ClinicRequest, package_id: UUID) -> HttpResponse:
    """Take the end back."""
    package = package_of(package_id)
    memberships.go_on(_membership_of(package), by=request.staff)
    return leave(request, package, _("The membership goes on."))


def _membership_of(package: Package) -> Membership:
    if package.membership is None:
        raise Http404
    return package.membership
