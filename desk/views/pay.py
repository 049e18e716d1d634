"""What therapists delivered and earned: everybody for who keeps the books, and each person's own."""

from __future__ import annotations

from uuid import UUID

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from billing import pdf
from billing.papers import A4, paper_of
from clinic import access
from clinic.csv_files import BYTE_ORDER_MARK
from clinic.http import ClinicRequest
from clinic.models import Staff
from visits.pay_statement import Statement, by_therapist, total_of

from ..pay_period import Period, period_of
from ..pay_sheet import file_name, page_html, rows, statement_csv

ON_A_PAGE = 25


@require_safe
def therapists(request: ClinicRequest) -> HttpResponse:
    """Everybody who held a session in these days: sessions, value delivered and pay."""
    period = period_of(request)
    parts = by_therapist(period.first, period.last)
    waiting = Staff.objects.therapists().exclude(pk__in=[part.of[0] for part in parts]).order_by("name")
    context = {
        "period": period,
        "parts": parts,
        "total": total_of(parts),
        "most": max((part.sums.value for part in parts), default=0),
        "others": waiting,
        "may_set": access.may(request.staff, "set_pay"),
    }
    return render(request, "desk/therapists.html", context)


@require_safe
def therapist_statement(request: ClinicRequest, staff_id: UUID) -> HttpResponse:
    """One person's statement, for who keeps the books."""
    return _page(request, get_object_or_404(Staff, pk=staff_id), is_own=False)


@require_safe
def therapist_statement_pdf(request: ClinicRequest, staff_id: UUID) -> HttpResponse:
    """The same on paper; where no PDF can be made, the page to print instead."""
    return _paper(request, get_object_or_404(Staff, pk=staff_id))


@require_safe
def therapist_statement_file(request: ClinicRequest, staff_id: UUID) -> HttpResponse:
    """The same as a file for a spreadsheet, line by line."""
    return _file(request, get_object_or_404(Staff, pk=staff_id))


@require_safe
def own_statement(request: ClinicRequest) -> HttpResponse:
    """The statement of whoever asks; the address names nobody, so it can show nobody else."""
    return _page(request, request.staff, is_own=True)


@require_safe
def own_statement_pdf(request: ClinicRequest) -> HttpResponse:
    """One's own on paper."""
    return _paper(request, request.staff)


@require_safe
def own_statement_file(request: ClinicRequest) -> HttpResponse:
    """One's own as a file."""
    return _file(request, request.staff)


def _page(request: ClinicRequest, staff: Staff, *, is_own: bool) -> HttpResponse:
    pdf.warm_up_soon()
    period = period_of(request)
    statement = _statement(request, staff, period)
    page = Paginator(statement.lines, ON_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "statement": statement,
        "period": period,
        "page": page,
        "rows": list(rows(page.object_list, request.clinic.currency)),
        "most": max((part.sums.value for part in statement.by_day), default=0),
        "most_of_service": max((part.sums.value for part in statement.by_service), default=0),
        "is_own": is_own,
        "may_set": not is_own and access.may(request.staff, "set_pay"),
    }
    return render(request, "desk/therapist_statement.html", context)


def _paper(request: ClinicRequest, staff: Staff) -> HttpResponse:
    statement = _statement(request, staff, period_of(request))
    html = page_html(statement)
    try:
        made = pdf.pdf_of(html, paper=paper_of(request.GET.get("paper", ""), usual=A4))
        response = HttpResponse(made, content_type="application/pdf")
        response.headers["Content-Disposition"] = f'inline; filename="{file_name(statement, "pdf")}"'
    except pdf.NoPdf:
        response = HttpResponse(html)
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _file(request: ClinicRequest, staff: Staff) -> HttpResponse:
    statement = _statement(request, staff, period_of(request))
    response = HttpResponse(
        BYTE_ORDER_MARK + statement_csv(statement), content_type="text/csv; charset=utf-8"
    )
    response.headers["Content-Disposition"] = f'attachment; filename="{file_name(statement, "csv")}"'
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _statement(request: ClinicRequest, staff: Staff, period: Period) -> Statement:
    return Statement(staff, period.first, period.last, request.clinic)
