"""Giving or taking sessions by decision, with a reason that stays beside the line."""

from __future__ import annotations

from decimal import Decimal
from functools import partial
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clinic.http import ClinicRequest
from clinic.keys import keyed
from clinic.models import ClinicSettings, Role
from clinic.ui.words import session_count
from packages import foresight, ledger
from packages.forms import AdjustmentForm
from packages.models import Entry, Package, PackageLine

from .acts import Page, asked, attempt, leave, package_of, show

ADJUSTMENT = Page(
    gettext_lazy("Give or take sessions"),
    gettext_lazy("A new line in the passbook, with your name and the reason. It is in the owner’s report."),
    gettext_lazy("Write the line"),
    "pencil",
)


@keyed
def adjustment(request: ClinicRequest, package_id: UUID) -> HttpResponse:
    """GET says what would be left. POST writes the line; the front desk within the clinic's limit."""
    package = package_of(package_id)
    first = package.lines.order_by("position").first()
    form, facts = asked(partial(AdjustmentForm, package=package), request, line=first and first.pk)
    entry = attempt(request, form, _adjust)
    if entry:
        facts_done = {"number": entry.number, "left": session_count(entry.balance_after)}
        return leave(request, package, _("Line %(number)s written: %(left)s left.") % facts_done)
    limit = _limit_of(request)
    return show(
        request,
        package,
        ADJUSTMENT,
        form,
        outlook=_outlook(package, **facts),
        why_not=_why_not(package, limit),
        limit=_said_of(limit),
    )


def _adjust(*, line: PackageLine, sessions: Decimal, **facts: Any) -> Entry:
    return ledger.adjust(line, sessions=sessions, **facts)


def _outlook(
    package: Package, line: PackageLine | None = None, sessions: Decimal | None = None, **_rest: object
) -> foresight.Outlook | None:
    return foresight.of_adjustment(package, line, sessions) if line and sessions else None


def _limit_of(request: ClinicRequest) -> Decimal | None:
    """Sessions that this person may give or take by themselves; None for the owner, who is not limited."""
    if request.staff.role == Role.OWNER:
        return None
    return ClinicSettings.objects.get().desk_adjusts_up_to


def _said_of(limit: Decimal | None) -> str:
    if limit is None:
        return ""
    return _("You may give or take up to %(limit)s each time; more is for the owner of the clinic to do.") % {
        "limit": session_count(limit)
    }


def _why_not(package: Package, limit: Decimal | None) -> str:
    if package.state in Package.CLOSED:
        return str(ledger.PackageClosed(package))
    if limit == 0:
        return _("Only the owner of the clinic gives or takes sessions.")
    return ""
