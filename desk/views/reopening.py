"""Taking a completion back, with a reason that is printed beside the line and stays there."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from clinic.http import ClinicRequest
from clinic.keys import keyed, new_key
from clinic.models import Clinic
from clinic.refusals import Refused
from clinic.templatetags.ui import money
from clinic.ui.words import session_count
from desk import checkout
from packages.models import Package
from visits.models import Visit
from visits.views.ways import asked_way, day_of, refusal, way_back

from ..completion import TakenBack, taken_back
from ..refunds import Short
from ..reopening_form import ReopeningForm


@keyed
def reopening(request: ClinicRequest, visit_id: UUID) -> HttpResponse:
    """GET asks for the reason, or shows what came of it. POST reopens."""
    rows = Visit.objects.select_related("patient", "service", "therapist", "package", "entry")
    visit = get_object_or_404(rows, pk=visit_id)
    if request.method == "POST":
        return _reopen(request, visit)
    if visit.state != Visit.State.COMPLETED and visit.completions:
        return _done(request, visit)
    return _ask(request, visit, ReopeningForm())


def _reopen(request: ClinicRequest, visit: Visit) -> HttpResponse:
    form = ReopeningForm(request.POST)
    if not form.is_valid():
        return _ask(request, visit, form)
    try:
        checkout.reopen_visit(
            visit,
            clinic=request.clinic,
            at=timezone.now(),
            by=request.staff,
            key=request.key,
            reason=form.cleaned_data["reason"],
        )
    except Refused as refused:
        return refusal(request, visit, refused)
    if asked_way(request):
        messages.success(request, _sentence(visit, taken_back(visit), request.clinic))
        return redirect(way_back(request, visit))
    return redirect("desk:reopening", request.clinic.slug, visit.pk)


def _ask(request: ClinicRequest, visit: Visit, form: ReopeningForm) -> HttpResponse:
    context = {
        "visit": visit,
        "at": request.clinic.local(visit.starts_at).replace(tzinfo=None),
        "is_completed": visit.state == Visit.State.COMPLETED,
        "is_refunded": visit.entry_id is not None and _is_refunded(visit.package),
        "form": form,
        "reasons": [
            _("Marked by mistake"),
            _("Another patient was meant"),
            _("The wrong package was used"),
            _("The visit did not take place"),
        ],
        "key": request.POST.get("key") or new_key(),
        "next": asked_way(request),
        "back_url": way_back(request, visit),
    }
    return render(request, "desk/reopening.html", context, status=422 if form.errors else 200)


def _done(request: ClinicRequest, visit: Visit) -> HttpResponse:
    came_of_it = taken_back(visit)
    context = {
        "visit": visit,
        "came_of_it": came_of_it,
        "sentence": _sentence(visit, came_of_it, request.clinic),
        "back_url": day_of(visit, request.clinic),
    }
    return render(request, "desk/reopening_done.html", context)


def _is_refunded(package: Package | None) -> bool:
    return package is not None and package.state == Package.State.REFUNDED


def _sentence(visit: Visit, came_of_it: TakenBack, clinic: Clinic) -> str:
    """What was given back, in one sentence."""
    note = came_of_it.note.name if came_of_it.note else ""
    if came_of_it.is_credit:
        return _(
            "Taken back for %(patient)s. Credit note %(note)s; what was paid stays to the patient's credit."
        ) % {
            "patient": visit.patient.name,
            "note": note,
        }
    if came_of_it.short:
        return _short_words(visit, came_of_it.short[-1], note, clinic)
    if came_of_it.entry is None:
        return _("Taken back for %(patient)s. Note %(note)s.") % {"patient": visit.patient.name, "note": note}
    return _(
        "Taken back for %(patient)s: the session is on the package again, %(left)s left. Note %(note)s."
    ) % {
        "patient": visit.patient.name,
        "left": session_count(came_of_it.entry.balance_after),
        "note": note,
    }


def _short_words(visit: Visit, short: Short, note: str, clinic: Clinic) -> str:
    """A session of a refunded package does not come back to life (S42)."""
    words = ngettext(
        "Taken back for %(patient)s. The package was refunded before, so no session comes back: that refund was"
        " %(n)s session short, worth %(amount)s. Tell the owner of the clinic. Note %(note)s.",
        "Taken back for %(patient)s. The package was refunded before, so no session comes back: that refund was"
        " %(n)s sessions short, worth %(amount)s. Tell the owner of the clinic. Note %(note)s.",
        1 if short.sessions == 1 else 2,
    )
    return words % {
        "patient": visit.patient.name,
        "n": session_count(short.sessions),
        "amount": money(short.amount, clinic.currency),
        "note": note,
    }
