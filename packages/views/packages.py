from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from clinic.access import may
from clinic.http import ClinicRequest
from clinic.keys import keyed
from clinic.refusals import Refused
from packages import ledger, passbook
from packages.forms import AdjustmentForm
from packages.listing import VIEWS, listed
from packages.models import Package, Sharing
from packages.naming import named_by
from packages.states import state_of

ON_A_PAGE = 50


def package_list(request: ClinicRequest) -> HttpResponse:
    """Packages: in use, running out, expiring soon, lapsed or all."""
    view = request.GET.get("view", "")
    view = view if view in VIEWS else next(iter(VIEWS))
    page = Paginator(listed(view, request.clinic.today()), ON_A_PAGE).get_page(request.GET.get("page"))
    rows = [(package, state_of(package, request.clinic.today())) for package in page]
    tabs = [
        {"url": f"?view={name}", "label": label, "current": name == view} for name, label in VIEWS.items()
    ]
    return render(
        request, "packages/package_list.html", {"page": page, "rows": rows, "tabs": tabs, "view": view}
    )


def package_detail(request: ClinicRequest, package_id: UUID) -> HttpResponse:
    """The passbook: every line, and why the count is what it is."""
    return _passbook(request, _package(package_id))


@keyed
def adjustment(request: ClinicRequest, package_id: UUID) -> HttpResponse:
    """The owner adds or takes sessions, with a reason that stays beside the line."""
    package = _package(package_id)
    form = AdjustmentForm(request.POST or None, package=package)
    if request.method != "POST" or not form.is_valid():
        return _passbook(request, package, form=form)
    facts = form.cleaned_data
    try:
        entry = ledger.adjust(
            facts["line"],
            sessions=facts["sessions"],
            on=request.clinic.today(),
            by=request.staff,
            key=request.key,
            reason=facts["reason"],
        )
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return _passbook(request, package, form=form)
    messages.success(request, _("Line %(number)s written.") % {"number": entry.number})
    return redirect("packages:package_detail", request.clinic.slug, package.pk)


def _package(package_id: UUID) -> Package:
    packages = Package.objects.select_related("patient", "branch", "sold_by").prefetch_related(
        "lines__service"
    )
    return get_object_or_404(packages, pk=package_id)


def _passbook(request: ClinicRequest, package: Package, form: AdjustmentForm | None = None) -> HttpResponse:
    may_adjust = may(request.staff, "adjust_package")
    context = {
        "package": package,
        "state": state_of(package, request.clinic.today()),
        "lines": passbook.lines_of(package, request.clinic),
        "form": (form or AdjustmentForm(package=package)) if may_adjust else None,
        "named": named_by(package.patient, request.clinic.today())
        if package.sharing == Sharing.NAMED
        else None,
        "may_name": may(request.staff, "name_person"),
        "asked_to_adjust": form is not None,
        "may_see_bills": may(request.staff, "see_visit_bill"),
    }
    status = 422 if form is not None and form.is_bound else 200
    return render(request, "packages/package_detail.html", context, status=status)
