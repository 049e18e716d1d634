"""The screen is turned: is this right? Yes, or not right, with initials or a signature."""

from __future__ import annotations

from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from clinic.http import ClinicRequest
from clinic.keys import keyed
from clinic.refusals import Refused
from visits import answers
from visits.models import Answer, Visit
from visits.views.ways import asked_way, way_back

from ..answer_forms import ScreenAnswerForm


@keyed
def answer(request: ClinicRequest, visit_id: UUID) -> HttpResponse:
    """GET asks about the session that a visit took. POST keeps the answer; "not right" opens a dispute."""
    rows = Visit.objects.select_related("patient", "service", "therapist", "entry__package")
    visit = get_object_or_404(rows, pk=visit_id)
    if request.method != "POST":
        return _ask(request, visit, ScreenAnswerForm())
    form = ScreenAnswerForm(request.POST)
    if not form.is_valid():
        return _ask(request, visit, form)
    given = form.cleaned_data
    try:
        answers.answer(
            visit,
            says=Answer.Says(given["says"]),
            via=Answer.Via.SCREEN,
            clinic=request.clinic,
            at=timezone.now(),
            by=request.staff,
            key=request.key,
            initials=given["initials"],
            signature=given["signature"],
            words=given["words"],
        )
    except Refused as refused:
        return _ask(request, visit, form, sentence=str(refused))
    return _answered(request, visit)


def _ask(request: ClinicRequest, visit: Visit, form: ScreenAnswerForm, *, sentence: str = "") -> HttpResponse:
    context = {
        "visit": visit,
        "at": request.clinic.local(visit.starts_at).replace(tzinfo=None),
        "form": form,
        "sentence": sentence,
        "next": asked_way(request),
        "back_url": way_back(request, visit),
    }
    return render(request, "desk/answer.html", context, status=422 if request.method == "POST" else 200)


def _answered(request: ClinicRequest, visit: Visit) -> HttpResponse:
    """Back to the card, which now says it; an absence has none and is shown here."""
    messages.success(request, _("Thank you. Your answer is written down."))
    page = "completion" if visit.state == Visit.State.COMPLETED else "answer"
    way = redirect(f"desk:{page}", request.clinic.slug, visit.pk)
    if asked := asked_way(request):
        way["Location"] += f"?{urlencode({'next': asked})}"
    return way
