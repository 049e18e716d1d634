"""Who may use a pack beside its owner: naming them, taking them off, and finding the pack to name somebody on."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from clinic.http import ClinicRequest
from clinic.keys import keyed, new_key
from clinic.models import Patient, Relation
from clinic.patients.rows import rows_of
from clinic.patients.search import find_patients
from clinic.refusals import Refused
from clinic.ui.words import day

from ..models import Package, Sharing
from ..naming import name_person, named_by, shared_packages, unname_person
from ..naming_form import NamingForm, UnnamingForm


@keyed
def naming(request: ClinicRequest, package_id: UUID) -> HttpResponse:
    """GET lists who is named, finds a person and asks from when. POST names the person."""
    package = _package(package_id)
    if request.method != "POST":
        return _page(request, package, person=_asked_person(request))
    form = NamingForm(request.POST, today=request.clinic.today())
    if not form.is_valid():
        return _page(request, package, form=form, person=form.cleaned_data.get("person"))
    facts = form.cleaned_data
    try:
        relation = name_person(
            package,
            person=facts["person"],
            kind=facts["kind"],
            on=facts["since"],
            by=request.staff,
            key=request.key,
        )
    except Refused as refused:
        return _page(request, package, form=form, person=facts["person"], sentence=str(refused))
    said = {"name": facts["person"].name, "number": package.number, "day": day(relation.since)}
    messages.success(request, _("%(name)s may use package %(number)s from %(day)s.") % said)
    return redirect(
        _way(request) or reverse("packages:package_detail", args=[request.clinic.slug, package.pk])
    )


@require_POST
@keyed
def unnaming(request: ClinicRequest, package_id: UUID, relation_id: UUID) -> HttpResponse:
    """Take somebody off, from a day."""
    package = _package(package_id)
    relation = get_object_or_404(
        Relation.objects.select_related("person"), pk=relation_id, owner=package.patient_id
    )
    form = UnnamingForm(request.POST)
    if not form.is_valid():
        sentence = _("Write the day from which it holds no longer.")
        return _page(request, package, taking_off=relation, sentence=sentence)
    on = form.cleaned_data["since"]
    try:
        unname_person(package, relation=relation, on=on, by=request.staff, key=request.key)
    except Refused as refused:
        return _page(request, package, taking_off=relation, sentence=str(refused))
    said = {"name": relation.person.name, "day": day(on)}
    messages.success(request, _("%(name)s may not use the package any more from %(day)s.") % said)
    here = reverse("packages:naming", args=[request.clinic.slug, package.pk])
    return redirect(f"{here}?{urlencode({'next': _way(request)})}" if _way(request) else here)


@require_safe
def naming_elsewhere(request: ClinicRequest, patient_id: UUID) -> HttpResponse:
    """Whose package shall this person use? Finds the owner and leads to the naming."""
    person = get_object_or_404(Patient, pk=patient_id, merged_into=None)
    text = request.GET.get("q", "").strip()
    today = request.clinic.today()
    owners = [patient for patient in find_patients(text) if patient != person] if text else []
    context = {
        "person": person,
        "text": text,
        "owners": [(owner, shared_packages(owner, today)) for owner in owners],
        "way": urlencode({"person": str(person.pk), "next": _way(request)}),
        "next": _way(request),
    }
    return render(request, "packages/naming_elsewhere.html", context)


def _package(package_id: UUID) -> Package:
    return get_object_or_404(Package.objects.select_related("patient"), pk=package_id)


def _asked_person(request: ClinicRequest) -> Patient | None:
    try:
        person_id = UUID(request.GET.get("person", ""))
    except ValueError:
        return None
    return get_object_or_404(Patient, pk=person_id, merged_into=None)


def _page(
    request: ClinicRequest,
    package: Package,
    *,
    form: NamingForm | None = None,
    person: Patient | None = None,
    taking_off: Relation | None = None,
    sentence: str = "",
) -> HttpResponse:
    today = request.clinic.today()
    text = request.GET.get("q", "").strip()
    found = [patient for patient in find_patients(text) if patient.pk != package.patient_id] if text else []
    context: dict[str, Any] = {
        "package": package,
        "is_shared": package.sharing == Sharing.NAMED,
        "named": [(relation, new_key()) for relation in named_by(package.patient, today)],
        "person": person,
        "form": form or NamingForm(initial={"person": person}, today=today),
        "text": text,
        "rows": rows_of(found, request.clinic),
        "sentence": sentence,
        "taking_off": taking_off,
        "typed": request.POST.get("since", ""),
        "today": today,
        "next": _way(request),
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "packages/naming.html", context, status=status)


def _way(request: ClinicRequest) -> str:
    """`next` where it is a page of this site, else nothing."""
    asked = request.POST.get("next") or request.GET.get("next") or ""
    here = url_has_allowed_host_and_scheme(asked, {request.get_host()}, require_https=request.is_secure())
    return asked if here and asked.startswith("/") else ""
