from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from clinic.http import ClinicRequest
from clinic.models import Branch, ClinicSettings, Service
from clinic.refusals import Refused

from .forms import BranchForm, ServiceForm, SettingsForm
from .services import (
    add_branch,
    add_service,
    change_branch,
    change_service,
    change_settings,
    rename_clinic,
    retire_service,
)

form_page = require_http_methods(["GET", "HEAD", "POST"])


@form_page
def settings(request: ClinicRequest) -> HttpResponse:
    """Letterhead, registrations and numbering of the clinic."""
    clinic = request.clinic
    form = SettingsForm(
        request.POST or None,
        instance=ClinicSettings.objects.get(),
        initial={"clinic_name": clinic.name},
        profile=clinic.profile,
    )
    if request.method == "POST" and form.is_valid():
        facts = dict(form.cleaned_data)
        rename_clinic(clinic, name=facts.pop("clinic_name"), by=request.staff)
        change_settings(form.instance, by=request.staff, **facts)
        messages.success(request, _("Saved."))
        return redirect("administration:settings", clinic.slug)
    return render(request, "clinic/administration/settings.html", {"form": form}, status=_status(form))


@require_safe
def service_list(request: ClinicRequest) -> HttpResponse:
    context = {"services": Service.objects.order_by("-is_active", "name")}
    return render(request, "clinic/administration/service_list.html", context)


@form_page
def service_new(request: ClinicRequest) -> HttpResponse:
    form = ServiceForm(request.POST or None, **_ways(request))
    if request.method == "POST" and form.is_valid():
        add_service(by=request.staff, **form.cleaned_data)
        return redirect("administration:service_list", request.clinic.slug)
    return render(request, "clinic/administration/service_new.html", {"form": form}, status=_status(form))


@form_page
def service_edit(request: ClinicRequest, service_id: uuid.UUID) -> HttpResponse:
    service = get_object_or_404(Service, pk=service_id)
    form = ServiceForm(request.POST or None, instance=service, **_ways(request))
    if request.method == "POST" and form.is_valid():
        change_service(service, by=request.staff, **form.cleaned_data)
        return redirect("administration:service_list", request.clinic.slug)
    context = {"form": form, "service": service}
    return render(request, "clinic/administration/service_edit.html", context, status=_status(form))


@require_POST
def service_retirement(request: ClinicRequest, service_id: uuid.UUID) -> HttpResponse:
    retire_service(get_object_or_404(Service, pk=service_id), by=request.staff)
    return redirect("administration:service_list", request.clinic.slug)


@require_POST
def service_return(request: ClinicRequest, service_id: uuid.UUID) -> HttpResponse:
    retire_service(get_object_or_404(Service, pk=service_id), retired=False, by=request.staff)
    return redirect("administration:service_list", request.clinic.slug)


@require_safe
def branch_list(request: ClinicRequest) -> HttpResponse:
    context = {"branches": Branch.objects.order_by("-is_active", "name")}
    return render(request, "clinic/administration/branch_list.html", context)


@form_page
def branch_new(request: ClinicRequest) -> HttpResponse:
    form = BranchForm(request.POST or None, profile=request.clinic.profile)
    if request.method == "POST" and form.is_valid():
        add_branch(by=request.staff, **form.cleaned_data)
        return redirect("administration:branch_list", request.clinic.slug)
    return render(request, "clinic/administration/branch_new.html", {"form": form}, status=_status(form))


@form_page
def branch_edit(request: ClinicRequest, branch_id: uuid.UUID) -> HttpResponse:
    branch = get_object_or_404(Branch, pk=branch_id)
    form = BranchForm(request.POST or None, instance=branch, profile=request.clinic.profile)
    if request.method == "POST" and form.is_valid():
        try:
            change_branch(branch, by=request.staff, **form.cleaned_data)
        except Refused as refused:
            form.add_error("is_active", str(refused))
        else:
            return redirect("administration:branch_list", request.clinic.slug)
    context = {"form": form, "branch": branch}
    return render(request, "clinic/administration/branch_edit.html", context, status=_status(form))


def _ways(request: ClinicRequest) -> dict[str, Any]:
    return {"currency": request.clinic.currency, "profile": request.clinic.profile}


def _status(form: SettingsForm | ServiceForm | BranchForm) -> int:
    return 422 if form.is_bound else 200
