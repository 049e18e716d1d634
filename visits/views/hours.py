"""The weekly hours of somebody who treats."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from clinic.http import ClinicRequest
from clinic.keys import keyed
from clinic.models import Staff

from ..hours import hours_of, set_hours
from ..hours_form import HoursForm, first_day


@require_http_methods(["GET", "HEAD", "POST"])
@keyed
def hours(request: ClinicRequest, staff_id: UUID) -> HttpResponse:
    """The hours in force today, and the form that writes new ones from a day on."""
    colleague = get_object_or_404(Staff, pk=staff_id)
    in_force = hours_of(colleague, request.clinic.today())
    form = HoursForm(request.POST or None, clinic=request.clinic, in_force=in_force)
    if form.is_bound and form.is_valid():
        facts = {"since": form.cleaned_data["since"], "by": request.staff, "key": request.key}
        set_hours(colleague, hours=form.stretches, **facts)
        messages.success(request, _("The hours of %(name)s are saved.") % {"name": colleague.name})
        return redirect("visits:hours", request.clinic.slug, colleague.pk)
    form.initial["since"] = first_day(request.clinic, in_force)
    context = {"form": form, "colleague": colleague, "in_force": in_force}
    return render(request, "visits/hours.html", context, status=422 if form.is_bound else 200)
