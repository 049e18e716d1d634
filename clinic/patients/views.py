"""Finding, listing, adding and changing patients."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from clinic.access import may
from clinic.http import ClinicRequest
from clinic.keys import keyed
from clinic.models import Patient

from .duplicates import likely_duplicates
from .forms import NewPatientForm, PatientForm, facts_from_search, facts_of
from .pages import newest_first
from .rows import rows_of
from .search import find_patients
from .services import add_patient, change_patient

WHILE_TYPING = 10
ON_A_PAGE = 50


def search(request: ClinicRequest) -> HttpResponse:
    """The list beneath the find box while typing; without a script a page, or the file of the only match."""
    text = request.GET.get("q", "").strip()
    typing = request.htmx and not request.htmx.boosted
    found = find_patients(text, limit=WHILE_TYPING if typing else ON_A_PAGE)
    if len(found) == 1 and not typing:
        return redirect("desk:patient_file", request.clinic.slug, found[0].pk)
    context = {
        "text": text,
        "rows": rows_of(found, request.clinic),
        "there_is_more": len(found) == ON_A_PAGE,
        "may_add": may(request.staff, "edit_patient"),
    }
    return render(request, "patients/found.html" if typing else "patients/search.html", context)


def patient_list(request: ClinicRequest) -> HttpResponse:
    """Everybody, the newest record first."""
    page = newest_first(request.GET, per_page=ON_A_PAGE)
    context = {
        "page": page,
        "rows": rows_of(page.patients, request.clinic),
        "may_add": may(request.staff, "edit_patient"),
    }
    return render(request, "patients/patient_list.html", context)


@keyed
def patient_new(request: ClinicRequest) -> HttpResponse:
    """Add a patient; asks once more where somebody very like them is here already."""
    sought = facts_from_search(request.GET.get("q", ""))
    form = NewPatientForm(request.POST or None, clinic=request.clinic, initial=sought)
    duplicates = _unseen_duplicates(request, form)
    if not form.is_valid() or duplicates:
        return _form_page(request, form, duplicates)
    facts = form.facts(at=timezone.now())
    patient = add_patient(by=request.staff, country=request.clinic.country, **facts)
    messages.success(
        request, _("%(name)s is patient %(number)s.") % {"name": patient.name, "number": patient.number}
    )
    return redirect("desk:patient_file", request.clinic.slug, patient.pk)


def patient_details(request: ClinicRequest, patient_id: UUID) -> HttpResponse:
    """Change a patient's name, phones and the rest."""
    patient = get_object_or_404(Patient, pk=patient_id, merged_into=None)
    initial = facts_of(patient, request.clinic.country)
    form = PatientForm(request.POST or None, clinic=request.clinic, initial=initial)
    duplicates = _unseen_duplicates(request, form, patient)
    if not form.is_valid() or duplicates:
        return _form_page(request, form, duplicates, patient)
    facts = form.facts(at=timezone.now(), of=patient)
    change_patient(patient, by=request.staff, country=request.clinic.country, **facts)
    messages.success(request, _("Saved."))
    return redirect("desk:patient_file", request.clinic.slug, patient.pk)


def _unseen_duplicates(
    request: ClinicRequest, form: PatientForm, beside: Patient | None = None
) -> list[Patient]:
    """Who may be the same person, but for those whom the desk has seen and said to be somebody else."""
    if not form.is_valid():
        return []
    name, phones = form.cleaned_data["name"], form.cleaned_data["phones"]
    if beside and name == beside.name:
        phones = [phone for phone in phones if phone not in beside.phones]
        name = ""
    seen = request.POST.get("somebody_else", "").split()
    likely = likely_duplicates(name, phones, country=request.clinic.country, beside=beside)
    return likely if {str(patient.pk) for patient in likely} - set(seen) else []


def _form_page(
    request: ClinicRequest, form: PatientForm, duplicates: list[Patient], patient: Patient | None = None
) -> HttpResponse:
    context = {
        "form": form,
        "patient": patient,
        "duplicates": rows_of(duplicates, request.clinic),
        "seen": " ".join(str(one.pk) for one in duplicates),
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "patients/patient_form.html", context, status=status)
