"""Decisions about a package as a whole: suspended, resumed, a restriction lifted."""

from __future__ import annotations

from functools import partial
from uuid import UUID

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clinic.http import ClinicRequest
from clinic.keys import keyed
from packages import standing
from packages.act_forms import LiftingForm, ReasonForm, ResumptionForm
from packages.models import Package

from .acts import Page, address, asked, attempt, leave, package_of, show

SUSPENSION = Page(
    gettext_lazy("Suspend the package"),
    gettext_lazy(
        "Nothing can be used until it is resumed. The sessions stay, and its last valid day does not move."
    ),
    gettext_lazy("Suspend"),
    "ban",
    is_danger=True,
)
RESUMPTION = Page(
    gettext_lazy("Resume the package"),
    gettext_lazy("It can be used again; where its terms ask for all of the price first, once that is paid."),
    gettext_lazy("Resume"),
    "rotate-ccw",
)
LIFTING = Page(
    gettext_lazy("Lift a restriction"),
    gettext_lazy("The terms stay as they were printed; from now on this one is not applied to this package."),
    gettext_lazy("Lift it"),
    "key-round",
)
SUSPENDABLE = frozenset({Package.State.ACTIVE, Package.State.PENDING})


@keyed
def suspension(request: ClinicRequest, package_id: UUID) -> HttpResponse:
    """Suspend, with a reason."""
    package = package_of(package_id)
    form, _facts = asked(ReasonForm, request)
    if attempt(request, form, partial(standing.suspend, package)):
        undo = address(request, "packages:resumption", package, reason=_("Suspended by mistake"))
        return leave(request, package, _("Suspended: nothing can be used until it is resumed."), undo=undo)
    why_not = "" if package.state in SUSPENDABLE else _is_in_the_way(package)
    return show(request, package, SUSPENSION, form, why_not=why_not)


@keyed
def resumption(request: ClinicRequest, package_id: UUID) -> HttpResponse:
    """End a suspension."""
    package = package_of(package_id)
    form, _facts = asked(ResumptionForm, request)
    change = attempt(request, form, partial(standing.resume, package))
    if change:
        waits = change.state_after == Package.State.PENDING
        done = _("Resumed; it waits for its payment.") if waits else _("Resumed: it can be used again.")
        return leave(request, package, done)
    suspended = package.state == Package.State.SUSPENDED
    return show(
        request, package, RESUMPTION, form, why_not="" if suspended else _("The package is not suspended.")
    )


@keyed
def lifting(request: ClinicRequest, package_id: UUID) -> HttpResponse:
    """Lift a tie to therapists or branches (S25); the other way is a refund, which the page offers."""
    package = package_of(package_id)
    form, _facts = asked(partial(LiftingForm, package=package), request)
    change = attempt(request, form, partial(standing.lift, package))
    if change:
        return leave(request, package, _("Lifted: %(what)s.") % {"what": standing.LIFTABLE[change.clause]})
    why_not = "" if standing.restrictions(package) else str(standing.NothingToLift())
    if package.state in Package.CLOSED:
        why_not = _is_in_the_way(package)
    return show(request, package, LIFTING, form, why_not=why_not, offers_refund=not why_not)


def _is_in_the_way(package: Package) -> str:
    return _("The package is %(state)s.") % {"state": package.get_state_display()}
