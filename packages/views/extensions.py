"""Making a package valid for longer, also after it has lapsed."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from clinic.http import ClinicRequest
from clinic.keys import keyed
from clinic.models import ClinicSettings, Role
from clinic.ui.words import day
from packages import foresight, validity
from packages.act_forms import ExtensionForm
from packages.models import Package

from .acts import Page, asked, attempt, leave, package_of, show

A_WEEK = timedelta(days=7)
EXTENSION = Page(
    gettext_lazy("Make it valid for longer"),
    gettext_lazy("What has lapsed comes back today; no day of the past changes."),
    gettext_lazy("Extend"),
    "calendar-plus",
)


@keyed
def extension(request: ClinicRequest, package_id: UUID) -> HttpResponse:
    """GET says what would come back. POST moves the last valid day (S36)."""
    package, today = package_of(package_id), request.clinic.today()
    form, facts = asked(ExtensionForm, request, until=max(package.valid_until or today, today) + A_WEEK)
    change = attempt(request, form, lambda **typed: validity.extend(package, **typed))
    if change:
        return leave(request, package, _("Valid to %(day)s now.") % {"day": day(change.valid_until)})
    until = facts.get("until")
    limit = _limit_of(request)
    return show(
        request,
        package,
        EXTENSION,
        form,
        outlook=foresight.of_extension(package, until) if until else None,
        why_not=_why_not(package, limit),
        limit=_said_of(limit),
    )


def _limit_of(request: ClinicRequest) -> int | None:
    """Days that this person may give by themselves; None for the owner, who is not limited."""
    if request.staff.role == Role.OWNER:
        return None
    return ClinicSettings.objects.get().desk_extends_up_to


def _said_of(limit: int | None) -> str:
    if limit is None:
        return ""
    words = ngettext(
        "You may give up to %(n)d day; more is for the owner of the clinic to give.",
        "You may give up to %(n)d days; more is for the owner of the clinic to give.",
        limit,
    )
    return words % {"n": limit}


def _why_not(package: Package, limit: int | None) -> str:
    if package.state in Package.CLOSED:
        return _("The package is %(state)s: it cannot be made valid for longer.") % {
            "state": package.get_state_display()
        }
    if package.valid_until is None:
        return _("This package never lapses: there is no last day to move.")
    if limit == 0:
        return _("Only the owner of the clinic makes packages valid for longer.")
    return ""
