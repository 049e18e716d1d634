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
from clinic.models import Clinic
from clinic.money import places
from clinic.refusals import Refused
from desk import checkout
from visits.models import Visit
from visits.offers import Offer
from visits.services import AlreadyCompleted
from visits.views.ways import asked_way, way_back

from ..completion import Choosable, choices, receipt
from ..completion_form import CompletionForm, fresh, money_for
from ..completion_remedies import mended
from ..instalments_asking import asking
from ..thawing import unfreeze_and_complete

# What the page offers by role.
ACTS = {
    "move": "move_visit",
    "sell": "sell_package",
    "name": "name_person",
    "take": "take_payment",
    "use_in_part": "use_in_part",
}


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
    complete = unfreeze_and_complete if form.cleaned_data["unfreeze"] else checkout.complete_visit
    try:
        complete(
            Visit(pk=visit_id),  # read and locked inside, once
            clinic=request.clinic,
            at=timezone.now(),
            by=request.staff,
            key=request.key,
            **form.act,
        )
    except Visit.DoesNotExist:
        raise Http404 from None
    except AlreadyCompleted as already:
        return _card(request, _visit(visit_id), notice=str(already))
    except Refused as refused:
        form.money.ask_after(refused)
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
        "sentence": sentence or (form.sentence if form else ""),
        "is_later": request.clinic.day_of(visit.starts_at) > request.clinic.today(),
        "key": request.POST.get("key") or new_key(),
        "next": asked_way(request),
        "back_url": way_back(request, visit),
        "sale_way": urlencode({"next": _here(request, visit.pk), "visit": visit.pk}),
        **_ways(request, visit, form),
        **{f"may_{name}": may(request.staff, act) for name, act in ACTS.items()},
    }
    return render(request, "desk/completion.html", context, status=422 if request.method == "POST" else 200)


def _ways(request: ClinicRequest, visit: Visit, form: CompletionForm | None) -> dict[str, Any]:
    """The packages, the money and the reason; what was typed stands where it was typed."""
    clinic, held = request.clinic, choices(visit, request.clinic)
    is_free = form is not None and form.data.get("how") == Visit.Settlement.FREE
    on = clinic.day_of(visit.starts_at)
    asks = asking(held.others, clinic)
    others = [
        mended(fit, on=on, clinic=clinic, staff=request.staff, asks=asks.get(fit.package.pk, ""))
        for fit in held.others
    ]
    price = visit.service.to_pay(places(clinic.currency))
    return {
        "price": price,
        "choices": held,
        "choosable": [(each, _with_money(each, clinic, form)) for each in held.choosable],
        "others": others,
        "has_way": bool(held.covering or held.choosable or any(each.thaws for each in others)),
        "money": form.money if form and form.is_charged else money_for(price, clinic, "single"),
        "form": form if is_free else fresh(clinic),
        "part_reason": form.part_reason if form else "",
    }


def _with_money(choosable: Choosable, clinic: Clinic, form: CompletionForm | None) -> list[tuple[Offer, Any]]:
    """Each way of the terms, with the fields for the money beside it if it asks for any."""
    shown = []
    for n, offer in enumerate(choosable.offers):
        typed = form.money if form and form.is_for(offer.package, offer.sessions) else None
        place = f"way-{choosable.package.number}-{n}"
        money = typed or money_for(offer.surcharge, clinic, place) if offer.surcharge else None
        shown.append((offer, money))
    return shown


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
