"""Bills on screen and on paper."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from clinic.access import may, require
from clinic.http import ClinicRequest

from . import pdf
from .listing import BillFilter, newest_first
from .models import CHARGING, Bill
from .papers import paper_of
from .rendering import bill_html, language_of, sheet
from .since import since

ON_A_PAGE = 50


@require_safe
def bill_list(request: ClinicRequest) -> HttpResponse:
    """Bills, newest first, by day, kind and patient."""
    pdf.warm_up_soon()
    form = BillFilter(request.GET)
    page = newest_first(form.bills(), request.GET, per_page=ON_A_PAGE)
    asked = {name: value for name, value in request.GET.items() if name in form.fields and value}
    context = {"form": form, "page": page, "asked": asked, "asked_query": urlencode(asked)}
    return render(request, "billing/bill_list.html", context)


@require_safe
def bill_detail(request: ClinicRequest, bill_id: UUID) -> HttpResponse:
    """The bill as issued, and apart from it what happened since."""
    pdf.warm_up_soon()
    bill = _bill(request, bill_id)
    language = language_of(bill, request.GET.get("language", ""))
    context = {
        "bill": bill,
        "sheet": sheet(bill, language=language, at=timezone.now()),
        "language": language[:2],
        "may_list": may(request.staff, "see_bills"),
        "may_send": may(request.staff, "send_bill"),
        "may_take": may(request.staff, "take_payment"),
        "may_void": may(request.staff, "void_bill") and bill.kind in CHARGING and bill.total > 0,
        "since": since(bill, today=request.clinic.today()),
    }
    return render(request, "billing/bill_detail.html", context)


@require_safe
def bill_pdf(request: ClinicRequest, bill_id: UUID) -> HttpResponse:
    """The bill on paper; where no PDF can be made, the page to print instead."""
    bill = _bill(request, bill_id)
    language = language_of(bill, request.GET.get("language", ""))
    paper = paper_of(request.GET.get("paper", ""), usual=request.clinic.profile.paper)
    at = timezone.now()
    try:
        response = HttpResponse(
            pdf.bill_pdf(bill, language=language, at=at, paper=paper), content_type="application/pdf"
        )
        response.headers["Content-Disposition"] = f'inline; filename="{pdf.file_name(bill)}"'
    except pdf.NoPdf:
        response = HttpResponse(_printable(bill, language=language, at=at, paper=paper, no_pdf=True))
    response.headers["Cache-Control"] = "private, no-store"
    return response


@require_safe
def bill_print(request: ClinicRequest, bill_id: UUID) -> HttpResponse:
    """The bill alone, laid out for the paper, to be printed by the browser."""
    bill = _bill(request, bill_id)
    language = language_of(bill, request.GET.get("language", ""))
    paper = paper_of(request.GET.get("paper", ""))
    response = HttpResponse(_printable(bill, language=language, at=timezone.now(), paper=paper))
    response.headers["Cache-Control"] = "private, no-store"
    return response


@require_safe
def visit_bill(request: ClinicRequest, visit_id: UUID) -> HttpResponse:
    """To the current bill of a visit: that of its last completion."""
    bills = Bill.objects.filter(visit=visit_id).order_by("-completion").values_list("pk", flat=True)
    bill_id = bills.first()
    if bill_id is None:
        raise Http404
    return redirect("billing:bill_detail", request.clinic.slug, bill_id)


def _printable(bill: Bill, **how: Any) -> str:
    return bill_html(bill, template="billing/printable.html", **how)


def _bill(request: ClinicRequest, bill_id: UUID) -> Bill:
    """A bill of this clinic. The paper of a visit is for everybody who treats; the others ask for a money role."""
    bill: Bill = get_object_or_404(Bill.objects.select_related("corrects"), pk=bill_id)
    answered = bill.corrects or bill
    if answered.visit_id is None:
        require(request.staff, "see_bills")
    return bill
