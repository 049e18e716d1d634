from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from clinic.http import ClinicRequest
from clinic.models import Branch

from ..models import Good
from . import goods
from .forms import GoodForm, SeriesForm, series_forms
from .numbering import NumberingRefused, choose_numbering

form_page = require_http_methods(["GET", "HEAD", "POST"])


@form_page
def numbering(request: ClinicRequest) -> HttpResponse:
    """How papers are numbered in the whole clinic."""
    return _numbering(request, None)


@form_page
def branch_numbering(request: ClinicRequest, branch_id: UUID) -> HttpResponse:
    """The series that a branch has of its own."""
    return _numbering(request, get_object_or_404(Branch, pk=branch_id))


def _numbering(request: ClinicRequest, branch: Branch | None) -> HttpResponse:
    series = series_forms(request.POST or None, branch=branch, clinic=request.clinic)
    if request.method == "POST" and _saved(request, series, branch):
        messages.success(request, _("Saved."))
        return redirect(request.path)
    context = {"series": series, "branch": branch, "branches": Branch.objects.order_by("name")}
    status = 422 if request.method == "POST" else 200
    return render(request, "billing/administration/numbering.html", context, status=status)


def _saved(request: ClinicRequest, series: list[SeriesForm], branch: Branch | None) -> bool:
    """All of them or none."""
    unclear = [form for form in series if not form.is_valid()]  # every form says what is wrong with it
    if unclear:
        return False
    with transaction.atomic():
        for form in series:
            try:
                choose_numbering(
                    kind=form.kind,
                    branch=branch,
                    prefix=form.cleaned_data["series"],
                    number_format=form.cleaned_data["format"],
                    clinic=request.clinic,
                    by=request.staff,
                )
            except NumberingRefused as refused:
                form.add_error("series" if refused.field == "prefix" else "format", str(refused))
        refused_any = any(form.errors for form in series)
        transaction.set_rollback(refused_any)
    return not refused_any


@require_safe
def good_list(request: ClinicRequest) -> HttpResponse:
    return render(
        request,
        "billing/administration/good_list.html",
        {"goods": Good.objects.order_by("-is_active", "name")},
    )


@form_page
def good_new(request: ClinicRequest) -> HttpResponse:
    form = GoodForm(request.POST or None, **_of(request))
    if request.method == "POST" and form.is_valid():
        goods.add_good(by=request.staff, **form.cleaned_data)
        return redirect("billing:good_list", request.clinic.slug)
    return render(request, "billing/administration/good_new.html", {"form": form}, status=_status(form))


@form_page
def good_edit(request: ClinicRequest, good_id: UUID) -> HttpResponse:
    good = get_object_or_404(Good, pk=good_id)
    form = GoodForm(request.POST or None, instance=good, **_of(request))
    if request.method == "POST" and form.is_valid():
        goods.change_good(good, by=request.staff, **form.cleaned_data)
        return redirect("billing:good_list", request.clinic.slug)
    context = {"form": form, "good": good}
    return render(request, "billing/administration/good_edit.html", context, status=_status(form))


@require_POST
def good_retirement(request: ClinicRequest, good_id: UUID) -> HttpResponse:
    goods.retire_good(get_object_or_404(Good, pk=good_id), by=request.staff)
    return redirect("billing:good_list", request.clinic.slug)


@require_POST
def good_return(request: ClinicRequest, good_id: UUID) -> HttpResponse:
    goods.retire_good(get_object_or_404(Good, pk=good_id), retired=False, by=request.staff)
    return redirect("billing:good_list", request.clinic.slug)


def _of(request: ClinicRequest) -> dict[str, Any]:
    return {"currency": request.clinic.currency, "profile": request.clinic.profile}


def _status(form: GoodForm) -> int:
    return 422 if form.is_bound else 200
