"""Another time, therapist, length or package for a visit that is still to come."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from clinic.acts import act
from clinic.http import ClinicRequest
from clinic.keys import keyed
from clinic.refusals import Refused

from .. import diary, services
from ..diary import Outlook
from ..forms import MoveForm
from ..models import Visit
from .booking import say_booked, usable
from .ways import asked_way, day_of, refusal, way_back


@keyed
def move(request: ClinicRequest, visit_id: UUID) -> HttpResponse:
    """Move an open visit; what it would take there is said before."""
    visit = get_object_or_404(
        Visit.objects.select_related("patient", "service", "therapist", "package"), pk=visit_id
    )
    if request.method == "GET" and not visit.is_open:
        return refusal(request, visit, services.NotOpen(visit))
    facts: dict[str, Any] = {
        "clinic": request.clinic,
        "packages": usable(visit.patient),
        "today": request.clinic.today(),
    }
    initial = _initial(request, visit)
    form = MoveForm(request.POST or None, initial=initial, **facts)
    if form.is_valid():
        try:
            moved = _move(request, visit, form)
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            return redirect(asked_way(request) or day_of(moved, request.clinic))
    probe = MoveForm(
        request.POST if form.is_bound else {"key": visit.pk, **initial}, initial=initial, **facts
    )
    context = {
        "visit": visit,
        "form": form,
        "outlook": _outlook(request, visit, probe) if probe.is_valid() else None,
        "back_url": way_back(request, visit),
        "next": asked_way(request),
    }
    return render(request, "visits/move.html", context, status=422 if form.errors else 200)


@act
def _move(request: ClinicRequest, visit: Visit, form: MoveForm) -> Visit:
    expected = _outlook(request, visit, form)
    asked = form.cleaned_data
    moved = services.move_visit(
        visit,
        starts_at=form.starts_at,
        by=request.staff,
        therapist=asked["therapist"],
        minutes=asked["minutes"],
    )
    if "package" in form.fields:
        moved = services.choose_package(moved, package=asked["package"], by=request.staff)
    say_booked(request, moved, _("%(patient)s now comes on %(day)s at %(time)s."), expected)
    return moved


def _outlook(request: ClinicRequest, visit: Visit, form: MoveForm) -> Outlook:
    asked = form.cleaned_data
    there = Visit(
        pk=visit.pk,
        patient=visit.patient,
        service=visit.service,
        therapist=asked["therapist"],
        branch_id=visit.branch_id,
        starts_at=form.starts_at,
        minutes=asked["minutes"] or visit.minutes,
        package=asked.get("package"),
    )
    return diary.outlook(there, clinic=request.clinic, now=timezone.now())


def _initial(request: ClinicRequest, visit: Visit) -> dict[str, Any]:
    at = request.clinic.local(visit.starts_at)
    initial = {
        "on": at.date().isoformat(),
        "at": f"{at:%H:%M}",
        "therapist": visit.therapist_id or "",
        "minutes": visit.minutes,
        "package": visit.package_id or "",
    }
    return initial | {name: request.GET[name] for name in initial if name in request.GET}
