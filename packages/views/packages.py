"""The list of packages, and the passbook of one."""

from __future__ import annotations

from uuid import UUID

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render

from clinic.access import may
from clinic.http import ClinicRequest
from packages.agreements import agreed_terms
from packages.listing import VIEWS, listed
from packages.models import Sharing
from packages.naming import named_by
from packages.passbook import passbook_of
from packages.states import gone_of, notes_of, state_of

from .acts import package_of
from .menu import acts_for

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
    """The passbook: every line and every change, and why the count is what it is."""
    package, today = package_of(package_id), request.clinic.today()
    shared = package.sharing == Sharing.NAMED
    context = {
        "package": package,
        "state": state_of(package, today),
        "notes": notes_of(package, today),
        "gone": gone_of(package),
        "lines": passbook_of(package, request.clinic),
        "acts": acts_for(package, request.staff, today),
        "named": named_by(package.patient, today) if shared else None,
        "may_name": may(request.staff, "name_person"),
        "may_see_bills": may(request.staff, "see_visit_bill"),
        "terms": agreed_terms(package, clinic=request.clinic),
        "may_end_membership": may(request.staff, "end_membership"),
        "may_agree": may(request.staff, "sell_package"),
    }
    return render(request, "packages/package_detail.html", context)
