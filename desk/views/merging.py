"""Making one record of two: find the other, look at both, confirm; and the page that tells of it later."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from clinic.http import ClinicRequest
from clinic.keys import keyed, new_key
from clinic.models import Patient
from clinic.patients.duplicates import likely_duplicates
from clinic.patients.merging import read_pair
from clinic.patients.rows import rows_of
from clinic.patients.search import find_patients
from clinic.refusals import Refused

from ..merging import merge_patients
from ..merging_log import read_merges
from ..merging_sides import compare


@keyed
def merging(request: ClinicRequest, patient_id: UUID) -> HttpResponse:
    """GET finds the other record, then shows both beside each other. POST merges the other into this one."""
    kept = get_object_or_404(Patient, pk=patient_id)
    if kept.merged_into_id:
        return redirect("desk:patient_file", request.clinic.slug, kept.merged_into_id)
    other = _other(request)
    if other is None:
        return _choose(request, kept)
    try:
        if request.method == "POST":
            return _merge(request, kept, other)
        read_pair(kept, other)
    except Refused as refused:
        return _refused(request, kept, other, str(refused))
    return _compare(request, kept, other)


@require_safe
def merges(request: ClinicRequest, patient_id: UUID) -> HttpResponse:
    """What was merged into this record: when, by whom, why, what both said, and what moved."""
    kept = get_object_or_404(Patient, pk=patient_id)
    if kept.merged_into_id:
        return redirect("desk:merges", request.clinic.slug, kept.merged_into_id)
    context = {"patient": kept, "merges": read_merges(kept, request.clinic)}
    return render(request, "desk/merges.html", context)


def _merge(request: ClinicRequest, kept: Patient, other: Patient) -> HttpResponse:
    merge_patients(
        kept,
        other,
        clinic=request.clinic,
        at=timezone.now(),
        by=request.staff,
        key=request.key,
        reason=request.POST.get("reason", "")[:200],
    )
    facts = {"name": kept.name, "other": other.name, "number": other.number}
    messages.success(
        request, _("This record of %(name)s now includes that of %(other)s, number %(number)s.") % facts
    )
    return redirect("desk:patient_file", request.clinic.slug, kept.pk)


def _other(request: ClinicRequest) -> Patient | None:
    asked = request.POST.get("other") or request.GET.get("other") or ""
    try:
        return get_object_or_404(Patient, pk=UUID(asked))
    except ValueError:
        return None


def _choose(request: ClinicRequest, kept: Patient, sentence: str = "") -> HttpResponse:
    """Whom the desk looks for; before it looks for anybody, who is likely."""
    text = request.GET.get("q", "").strip()
    likely = likely_duplicates(kept.name, kept.phones, country=request.clinic.country, beside=kept)
    found = [patient for patient in find_patients(text) if patient != kept] if text else likely
    context = {
        "patient": kept,
        "text": text,
        "rows": rows_of(found, request.clinic),
        "sentence": sentence,
    }
    status = 422 if sentence or request.method == "POST" else 200
    return render(request, "desk/merging.html", context, status=status)


def _compare(request: ClinicRequest, kept: Patient, other: Patient, sentence: str = "") -> HttpResponse:
    context = {
        "patient": kept,
        "sides": compare(kept, other, clinic=request.clinic, language=request.LANGUAGE_CODE),
        "sentence": sentence,
        "reason": request.POST.get("reason", ""),
        "key": request.POST.get("key") or new_key(),
    }
    return render(request, "desk/merging_comparison.html", context, status=422 if sentence else 200)


def _refused(request: ClinicRequest, kept: Patient, other: Patient, sentence: str) -> HttpResponse:
    """Back to the two records where both still live, else to the choice."""
    if kept == other or Patient.objects.filter(pk=other.pk, merged_into=None).first() is None:
        return _choose(request, kept, sentence)
    return _compare(request, kept, other, sentence)
