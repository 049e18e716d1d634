from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from billing.models import CHARGING, Bill
from clinic.http import ClinicRequest
from clinic.keys import keyed
from clinic.refusals import Refused
from desk.bill_voiding import Standing, standing_of, take_back
from desk.bill_voiding_form import TakingBackForm


@keyed
def bill_voiding(request: ClinicRequest, bill_id: UUID) -> HttpResponse:
    """Take a bill back, whole or by line, with a reason."""
    bill = get_object_or_404(Bill.objects.select_related("patient", "branch"), pk=bill_id, kind__in=CHARGING)
    lines = standing_of(bill)
    form = TakingBackForm(request.POST or None, lines=lines, currency=request.clinic.currency)
    if request.method != "POST" or not form.is_valid():
        return _page(request, bill, lines, form)
    facts: dict[str, Any] = {
        "clinic": request.clinic,
        "at": timezone.now(),
        "by": request.staff,
        "key": request.key,
    }
    try:
        note = take_back(bill, form.amounts(), reason=form.cleaned_data["reason"], **facts)
    except Refused as refusal:
        return _page(request, bill, lines, form, str(refusal))
    messages.success(request, _("Credit note %(note)s answers bill %(bill)s.") % {"note": note, "bill": bill})
    return redirect("billing:bill_detail", request.clinic.slug, note.pk)


def _page(
    request: ClinicRequest, bill: Bill, lines: list[Standing], form: TakingBackForm, refusal: str = ""
) -> HttpResponse:
    others = [each for each in lines if not each.goes_back]
    rows = [(each, form[name]) for name, each in form.standing.items()]
    context = {"bill": bill, "rows": rows, "others": others, "form": form, "refusal": refusal}
    return render(request, "desk/bill_voiding.html", context, status=422 if request.method == "POST" else 200)
