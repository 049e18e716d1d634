"""Putting a visit into the diary: for later, for now (a walk-in), or for a day that has passed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
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
from ..referrals import OutsideReferral, Overbooked
from .ways import asked_way, day_of

NOT_ASKED = {"key", "csrfmiddlewaretoken", "patient"}
NO_PLACE = "no_place"
HALF_AN_HOUR = timedelta(minutes=30)


def booking(request: ClinicRequest) -> HttpResponse:
    """Book a visit; where it repeats, this leads to the page that lists the dates before they are booked."""
    patient = asked_patient(request)
    if patient is None:
        return choose_patient(request, _("Book a visit"))
    if request.method == "POST" and request.POST.get("visits"):
        form = BookingForm(request.POST, **facts_of(request, patient))
        if form.is_valid() and form.repeats:
            return redirect(address_of("visits:series_booking", request, patient, request.POST))
    return _booking(request, patient)


@keyed
def _booking(request: ClinicRequest, patient: Patient) -> HttpResponse:
    """One visit; says which package would cover it, and warns without stopping anybody."""
    facts = facts_of(request, patient)
    form = BookingForm(request.POST or None, initial=_initial(request, patient, facts["packages"]), **facts)
    if form.is_valid() and (booked := _book(request, patient, form, form.starts_at)):
        return booked
    probe = BookingForm(_probe(form, request), **facts)
    expected = (
        outlook_of(request, patient, probe, probe.cleaned_data["starts_at"]) if probe.is_valid() else None
    )
    return _show(request, patient, form, _("Book a visit"), expected, probe)


@keyed
def walk_in(request: ClinicRequest) -> HttpResponse:
    """The patient is here now: the visit starts at this moment, arrived."""
    patient = asked_patient(request)
    if patient is None:
        return choose_patient(request, _("Walk-in"))
    facts: dict[str, Any] = {"clinic": request.clinic, "packages": usable(patient)}
    form = WalkInForm(request.POST or None, initial=_initial(request, patient, facts["packages"]), **facts)
    now = timezone.now().replace(second=0, microsecond=0)
    if form.is_valid() and (booked := _book(request, patient, form, now, arrived_at=now)):
        return booked
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
    visit = visit_as_asked(patient, form, starts_at)
    return diary.outlook(visit, clinic=request.clinic, now=timezone.now())


def visit_as_asked(patient: Patient, form: VisitForm, starts_at: datetime) -> Visit:
    """The visit as the form has it, not saved."""
    asked = form.cleaned_data
    return Visit(
        patient=patient,
        service=asked["service"],
        therapist=asked["therapist"],
        branch=asked["branch"],
        starts_at=starts_at,
        minutes=form.chosen_minutes,
        package=asked.get("package"),
    )


def facts_of(request: ClinicRequest, patient: Patient) -> dict[str, Any]:
    """What the form of a booking needs to know."""
    return {"clinic": request.clinic, "packages": usable(patient), "today": request.clinic.today()}


def address_of(name: str, request: ClinicRequest, patient: Patient, asked: QueryDict) -> str:
    """A page of booking, filled in with what was asked for on another one."""
    kept = [(field, value) for field, values in asked.lists() if field not in NOT_ASKED for value in values]
    query = urlencode([("patient", str(patient.pk)), *kept])
    return f"{reverse(name, args=[request.clinic.slug])}?{query}"


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


def asked_patient(request: ClinicRequest) -> Patient | None:
    """The patient of the address, if there is one."""
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
    if packages and all(package.is_referral for package in packages):
        initial |= {"package": packages[0].pk}  # so that the place is held, and not booked twice
    wish = request.GET.get("package") or str(initial.get("package"))
    wished = [package for package in packages if str(package.pk) == wish]
    initial |= {"service": _likely_service(last, wished or packages)}
    asked = ("on", "at", "service", "therapist", "minutes", "branch", "package", "note", "visits")
    initial |= {"weekdays": request.GET.getlist("weekdays")}
    return initial | {name: request.GET[name] for name in asked if name in request.GET}


def _likely_service(last: Visit | None, packages: list[Package]) -> UUID | None:
    """What they had last time; where no package covers that, what one does cover."""
    covered = [
        line.service_id for package in packages for line in package.lines.all() if line.sessions_left > 0
    ]
    had = last.service_id if last else None
    return had if had in covered or not covered else covered[0]


def _probe(form: VisitForm, request: ClinicRequest) -> Mapping[str, Any]:
    """The form's own values, so that the outlook can be worked out before anything is sent."""
    if form.is_bound:
        return request.POST
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
) -> HttpResponse | None:
    """Book it and go on; None where the referral that was chosen has no place, which then stands on the form."""
    expected = outlook_of(request, patient, form, starts_at)
    try:
        visit = services.book_visit(
            patient,
            starts_at=starts_at,
            by=request.staff,
            key=request.key,
            arrived_at=arrived_at,
            **booked_facts(form),
        )
    except (Overbooked, OutsideReferral) as refused:
        form.add_error("package", ValidationError(str(refused), code=NO_PLACE))
        return None
    words = _("%(patient)s is here.") if arrived_at else _("Booked: %(patient)s, %(day)s at %(time)s.")
    say_booked(request, visit, words, expected)
    return redirect(asked_way(request) or day_of(visit, request.clinic))


def booked_facts(form: VisitForm) -> dict[str, Any]:
    """What the form says of the visit, or of each of a series."""
    asked = form.cleaned_data
    return {
        "service": asked["service"],
        "branch": asked["branch"],
        "therapist": asked["therapist"],
        "minutes": form.chosen_minutes,
        "package": asked.get("package"),
        "note": asked["note"],
    }


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
        "has_no_place": form.has_error("package", NO_PLACE),
    }
    return render(request, "visits/booking.html", context, status=422 if form.errors else 200)


def _sentences(form: VisitForm) -> list[str]:
    return [str(error) for errors in form.errors.values() for error in errors]
