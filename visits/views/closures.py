"""Days on which the clinic is closed: the list, closing some, and how far the days went back to the packages."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from clinic import access
from clinic.http import ClinicRequest
from clinic.keys import keyed, new_key

from .. import tasks
from ..closure_form import ClosureForm
from ..closure_outlook import cancelled_by, foresee, progress_of
from ..closures import close_clinic
from ..models import Closure

ON_A_PAGE = 25


def closure_list(request: ClinicRequest) -> HttpResponse:
    """Every closure, the latest first."""
    closures = Closure.objects.select_related("branch", "by").order_by("-first_day", "-created_at")
    page = Paginator(closures, ON_A_PAGE).get_page(request.GET.get("page"))
    may_close = access.may(request.staff, "close_clinic")
    return render(request, "visits/closure_list.html", {"page": page, "may_close": may_close})


@keyed
def closure_new(request: ClinicRequest) -> HttpResponse:
    """GET says what closing the days comes to. POST closes them and leaves the packages to the worker (S52)."""
    form = _form(request)
    if form.is_bound and form.is_valid():
        facts = {name: value for name, value in form.cleaned_data.items() if name != "key"}
        if request.method == "POST":
            return _close(request, facts)
        reason = facts.pop("reason")
        outlook = foresee(clinic=request.clinic, **facts)
        to_send = ClosureForm(form.data, auto_id=False)  # its fields stand on the page a second time
        context = {"form": form, "outlook": outlook, "reason": reason, "to_send": to_send}
        return render(request, "visits/closure_new.html", context)
    status = 422 if request.method == "POST" else 200
    return render(request, "visits/closure_new.html", {"form": form}, status=status)


def closure_detail(request: ClinicRequest, closure_id: UUID) -> HttpResponse:
    """What was closed, whose visits were cancelled, and how many packages have their days."""
    closure = get_object_or_404(Closure.objects.select_related("branch", "by"), pk=closure_id)
    visits = Paginator(cancelled_by(closure, request.clinic), ON_A_PAGE).get_page(request.GET.get("page"))
    rows = [(visit, request.clinic.local(visit.starts_at).replace(tzinfo=None)) for visit in visits]
    context = {
        "closure": closure,
        "progress": progress_of(closure) if closure.extends else None,
        "page": visits,
        "rows": rows,
        "may_book": access.may(request.staff, "book_visit"),
    }
    return render(request, "visits/closure_detail.html", context)


def _form(request: ClinicRequest) -> ClosureForm:
    """As sent, as asked for in the address, or empty."""
    if request.method == "POST":
        return ClosureForm(request.POST)
    if not request.GET.get("first_day"):
        return ClosureForm(initial={"extends": True})
    asked = request.GET.copy()
    asked["key"] = str(new_key())
    return ClosureForm(asked)


def _close(request: ClinicRequest, facts: dict[str, Any]) -> HttpResponse:
    closure = close_clinic(
        clinic=request.clinic, at=timezone.now(), by=request.staff, key=request.key, **facts
    )
    tasks.ring(closure)
    messages.success(request, _("Closed: %(reason)s.") % {"reason": closure.reason})
    return redirect("visits:closure_detail", request.clinic.slug, closure.pk)
