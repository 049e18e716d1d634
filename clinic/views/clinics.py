"""Between signing in and a clinic: which one, or a new one."""

from __future__ import annotations

from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from clinic.http import SignedInRequest
from clinic.navigation import start_of
from clinic.onboarding import found_clinic
from clinic.refusals import Refused
from clinic.staff.services import memberships_of

from .clinic_form import ClinicForm


@require_safe
def clinics(request: SignedInRequest) -> HttpResponse:
    """One clinic: its first page at once. Several, or asked for with ?all: the list. None: a new one."""
    memberships = memberships_of(request.user)
    if not memberships:
        return redirect("clinic_new")
    if len(memberships) == 1 and "all" not in request.GET:
        return redirect(start_of(memberships[0]))
    return render(
        request, "clinic/clinics.html", {"starts": [(staff, start_of(staff)) for staff in memberships]}
    )


@require_http_methods(["GET", "HEAD", "POST"])
def clinic_new(request: SignedInRequest) -> HttpResponse:
    """Name the clinic; who names it owns it."""
    form = ClinicForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            with transaction.atomic():
                staff = found_clinic(owner=request.user, **form.cleaned_data)
        except Refused as refused:
            form.add_error("slug", str(refused))
        else:
            return redirect(start_of(staff))
    status = 422 if form.is_bound else 200
    return render(request, "clinic/clinic_new.html", {"form": form}, status=status)
