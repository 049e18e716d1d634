"""Putting a visit into the diary: for later, for now (a walk-in), or for a day that has passed."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from clinic.http import ClinicRequest
from clinic.keys import keyed
from clinic.models import Patient
from clinic.patients.rows import rows_of
from clinic.patients.search import find_patients
from clinic.ui.words import day
from packages import eligibility
from packages.models import Package

from .. import diary, services
from ..diary import Outlook
from ..forms import BookingForm, VisitForm, WalkInForm
from ..models import Visit
from .ways import asked_way, day_of

HALF_AN_HOUR = timedelta(minutes=30)


@keyed
def booking(request: ClinicRequest) -> HttpResponse:
    """Book a visit; says which package would cover it, and warns without stopping anybody."""
    patient = _patient(request)
    if patient is None:
        return choose_patient(request, _("Book a visit"))
    facts: dict[str, Any] = {
        "clinic": request.clinic,
        "packages": usable(patient),
        "today": request.clinic.today(),
    }
    form = BookingForm(request.POST or None, initial=_initial(request, patient, facts["packages"]), **facts)
    if form.is_valid():
        return _book(request, patient, form, form.starts_at)
    probe = BookingForm(_probe(form, request), **facts)
    expected = (
        outlook_of(request, patient, probe, probe.cleaned_data["starts_at"]) if probe.is_valid() else None
    )
    return _show(request, patient, form, _("Book a visit"), expected, probe)


@keyed
def walk_in(request: ClinicRequest) -> HttpResponse:
    """The patient is here now: the visit starts at this moment, arrived."""
    patient = _patient(request)
    if patient is None:
        return choose_patient(request, _("Walk-in"))
    facts: dict[str, Any] = {"clinic": request.clinic, "packages": usable(patient)}
    form = WalkInForm(request.POST or None, initial=_initial(request, patient, facts["packages"]), **facts)
    now = timezone.now().replace(second=0, microsecond=0)
    if form.is_valid():
        return _book(request, patient, form, now, arrived_at=now)
    probe = WalkInForm(_probe(form, request), **facts)
    expected = outlook_of(request, patient, probe, now) if probe.is_valid() else None
    return _show(request, patient, form, _("Walk-in"), expected, probe)


def choose_patient(request: ClinicRequest, title: str) -> HttpResponse:
    """The first step: who comes? The list narrows while somebody types; without a script by pressing Enter."""
    text = request.GET.get("q", "").strip()
    rows = rows_of(find_patients(text), request.clinic) if text else []
    kept = {name: request.GET[name] for name in ("on", "at", "next") if name in request.GET}
    context = {"title": title, "text": text, "rows": rows, "kept": kept, "path": request.path}
    return render(request, "visits/patient_choice.html", context)


def usable(patient: Patient) -> list[Package]:
    """The packages that the patient may wish for: those with something left."""
    held = eligibility.packages_for(patient)[patient.pk]
    return [package for package in held if package.sessions_left > 0 and package.state not in Package.CLOSED]


def outlook_of(request: ClinicRequest, patient: Patient, form: VisitForm, starts_at: datetime) -> Outlook:
    """What the filled-in visit would take and run into."""
    asked = form.cleaned_data
    visit = Visit(
        patient=patient,
        service=asked["service"],
        therapist=asked["therapist"],
        branch=asked["branch"],
        starts_at=starts_at,
        minutes=form.chosen_minutes,
        package=asked.get("package"),
    )
    return diary.outlook(visit, clinic=request.clinic, now=timezone.now())


def say_booked(request: ClinicRequest, visit: Visit, words: str, expected: Outlook) -> None:
    """What was done, then what to know about it."""
    at = request.clinic.local(visit.starts_at)
    facts = {"patient": visit.patient.name, "day": day(at.date(), "long"), "time": f"{at:%H:%M}"}
    messages.success(request, words % facts)
    for warning in expected.warnings:
        messages.warning(request, warning)
    if expected.cover.offers:
        messages.warning(request, _("Needs a choice: %(reason)s") % {"reason": expected.cover.reason})
    elif expected.cover.fit is None:
        messages.warning(request, _("Needs payment: %(reason)s") % {"reason": expected.cover.reason})


def _patient(request: ClinicRequest) -> Patient | None:
    asked = request.GET.get("patient")
    if not asked:
        return None
    try:
        return get_object_or_404(Patient, pk=UUID(asked), merged_into=None)
    except ValueError:
        return None


def _initial(request: ClinicRequest, patient: Patient, packages: list[Package]) -> dict[str, Any]:
    """What the address says, else what this patient had last time, at the next half hour."""
    last = Visit.objects.filter(patient=patient).order_by("-starts_at").first()
    now = request.clinic.local(timezone.now())
    soon = now + HALF_AN_HOUR - timedelta(minutes=now.minute % 30)
    initial: dict[str, Any] = {"on": soon.date().isoformat(), "at": f"{soon:%H:%M}"}
    if last:
        initial |= {"therapist": last.therapist_id, "branch": last.branch_id}
    initial |= {"service": _likely_service(last, packages)}
    asked = ("on", "at", "service", "therapist", "minutes", "branch", "package", "note")
    return initial | {name: request.GET[name] for name in asked if name in request.GET}


def _likely_service(last: Visit | None, packages: list[Package]) -> UUID | None:
    """What they had last time; where no package covers that, what one does cover."""
    covered = [
        line.service_id for package in packages for line in package.lines.all() if line.sessions_left > 0
    ]
    had = last.service_id if last else None
    return had if had in covered or not covered else covered[0]


def _probe(form: VisitForm, request: ClinicRequest) -> dict[str, Any]:
    """The form's own values, so that the outlook can be worked out before anything is sent."""
    if form.is_bound:
        return request.POST.dict()
    probe = {name: form.get_initial_for_field(field, name) for name, field in form.fields.items()}
    first = form.fields["service"].queryset.first()  # type: ignore[attr-defined]
    probe["service"] = probe.get("service") or (first and first.pk)
    return {name: value for name, value in probe.items() if value is not None}


def _book(
    request: ClinicRequest,
    patient: Patient,
    form: VisitForm,
    starts_at: datetime,
    arrived_at: datetime | None = None,
) -> HttpResponse:
    asked = form.cleaned_data
    expected = outlook_of(request, patient, form, starts_at)
    visit = services.book_visit(
        patient,
        service=asked["service"],
        branch=asked["branch"],
        starts_at=starts_at,
        by=request.staff,
        key=request.key,
        therapist=asked["therapist"],
        minutes=form.chosen_minutes,
        package=asked.get("package"),
        note=asked["note"],
        arrived_at=arrived_at,
    )
    words = _("%(patient)s is here.") if arrived_at else _("Booked: %(patient)s, %(day)s at %(time)s.")
    say_booked(request, visit, words, expected)
    return redirect(asked_way(request) or day_of(visit, request.clinic))


def _show(
    request: ClinicRequest,
    patient: Patient,
    form: VisitForm,
    title: str,
    expected: Outlook | None,
    probe: VisitForm,
) -> HttpResponse:
    context = {
        "patient": patient,
        "form": form,
        "title": title,
        "outlook": expected,
        "impossible": [] if form.is_bound or probe.is_valid() else _sentences(probe),
        "next": asked_way(request),
    }
    return render(request, "visits/booking.html", context, status=422 if form.errors else 200)


def _sentences(form: VisitForm) -> list[str]:
    return [str(error) for errors in form.errors.values() for error in errors]
