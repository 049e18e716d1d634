"""Completing a visit: one press where a package covers, a page that asks how where none does, then the card."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils import timezone

from clinic.access import may
from clinic.http import ClinicRequest
from clinic.keys import keyed, new_key
from clinic.refusals import Refused
from desk import checkout
from visits.models import Visit
from visits.services import AlreadyCompleted
from visits.views.ways import asked_way, way_back

from ..completion import choices, receipt
from ..completion_form import CompletionForm, fresh


@keyed
def completion(request: ClinicRequest, visit_id: UUID) -> HttpResponse:
    """GET asks how, or shows the card when it is done. POST completes; nothing asked means the package that covers."""
    if request.method == "POST":
        return _complete(request, visit_id)
    visit = _visit(visit_id)
    return _card(request, visit) if visit.state == Visit.State.COMPLETED else _ask(request, visit)


def _complete(request: ClinicRequest, visit_id: UUID) -> HttpResponse:
    form = CompletionForm(request.POST, clinic=request.clinic, may_take=may(request.staff, "take_payment"))
    if not form.is_valid():
        return _ask(request, _visit(visit_id), form=form)
    asked = form.cleaned_data
    try:
        checkout.complete_visit(
            Visit(pk=visit_id),  # read and locked inside, once
            clinic=request.clinic,
            at=timezone.now(),
            by=request.staff,
            key=request.key,
            how=asked["how"],
            package=asked["package"],
            reason=asked["reason"],
            tenders=form.tenders(),
        )
    except Visit.DoesNotExist:
        raise Http404 from None
    except AlreadyCompleted as already:
        return _card(request, _visit(visit_id), notice=str(already))
    except Refused as refused:
        return _ask(request, _visit(visit_id), form=form, sentence=str(refused))
    return redirect(_here(request, visit_id))


def _visit(visit_id: UUID) -> Visit:
    rows = Visit.objects.select_related(
        "patient", "service", "therapist", "branch", "package", "entry", "completed_by"
    )
    return get_object_or_404(rows, pk=visit_id)


def _ask(
    request: ClinicRequest, visit: Visit, *, form: CompletionForm | None = None, sentence: str = ""
) -> HttpResponse:
    """What can be chosen, and why the rest cannot."""
    context: dict[str, Any] = {
        "visit": visit,
        "at": request.clinic.local(visit.starts_at).replace(tzinfo=None),
        "form": form if form and form.is_charged else _offering(request, visit, form),
        "sentence": sentence,
        "choices": choices(visit, request.clinic),
        "is_later": request.clinic.day_of(visit.starts_at) > request.clinic.today(),
        "key": request.POST.get("key") or new_key(),
        "next": asked_way(request),
        "back_url": way_back(request, visit),
        "may_move": may(request.staff, "move_visit"),
        "may_sell": may(request.staff, "sell_package"),
        "may_name": may(request.staff, "name_person"),
        "sale_way": urlencode({"next": _here(request, visit.pk), "visit": visit.pk}),
    }
    return render(request, "desk/completion.html", context, status=422 if request.method == "POST" else 200)


def _offering(request: ClinicRequest, visit: Visit, form: CompletionForm | None) -> CompletionForm:
    """The form as first shown, or as it was typed, with the price offered as paid now."""
    offered = fresh(request.clinic, visit.service.price, may_take=may(request.staff, "take_payment"))
    if form is not None:
        form.money, form.fields["reason"].required = offered.money, True
        return form
    return offered


def _card(request: ClinicRequest, visit: Visit, *, notice: str = "") -> HttpResponse:
    """Turned to the patient, in the patient's language: so many done, so many left, valid to then."""
    done = receipt(visit)
    context = {
        "visit": visit,
        "at": request.clinic.local(visit.starts_at).replace(tzinfo=None),
        "completed_at": request.clinic.local(visit.completed_at or visit.starts_at).replace(tzinfo=None),
        "receipt": done,
        "notice": notice,
        "bill_url": _address("billing:bill_pdf", request.clinic.slug, done.bill.pk if done.bill else None),
        "send_url": _address("desk:sending", request.clinic.slug, done.bill.pk if done.bill else None),
        "may_pay": may(request.staff, "take_payment"),
        "key": new_key(),
        "back_url": way_back(request, visit),
    }
    return render(request, "desk/completion_done.html", context)


def _here(request: ClinicRequest, visit_id: UUID) -> str:
    """This page, remembering where it was opened from."""
    page = reverse("desk:completion", args=[request.clinic.slug, visit_id])
    asked = asked_way(request)
    return f"{page}?{urlencode({'next': asked})}" if asked else page


def _address(name: str, slug: str, pk: UUID | None) -> str:
    try:
        return reverse(name, args=[slug, pk]) if pk else ""
    except NoReverseMatch:
        return ""
