"""The owner's week, and the lists behind its figures: pages, and the same as files."""

from __future__ import annotations

from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from clinic.access import may
from clinic.csv_files import BYTE_ORDER_MARK
from clinic.http import ClinicRequest

from ..week_days import A_WEEK, Span, asked_week
from ..week_figures import BY_NAME
from ..week_file import file_name, list_csv, week_csv
from ..week_list import WeekList, asked_list
from ..week_map import map_of
from ..week_report import report
from ..week_sheet import Sheet

ON_A_PAGE = 50


@require_safe
def week(request: ClinicRequest) -> HttpResponse:
    """Every figure of a week with the average of the four before, and the map of capacity."""
    asked = _week(request)
    sheet = Sheet(report(asked, request.clinic.today()))
    context = {
        "week": asked,
        "query": urlencode(asked.query),
        "before": asked.first - A_WEEK,
        "after": asked.first + A_WEEK if asked.is_whole else None,
        "today": request.clinic.today(),
        "sheet": sheet,
        "map": map_of(sheet),
        "may_set_hours": may(request.staff, "manage_staff"),
    }
    return render(request, "desk/week.html", context)


@require_safe
def week_list(request: ClinicRequest, figure: str) -> HttpResponse:
    """Exactly the rows that a figure counted, each with a link to the thing."""
    asked = _list(request, figure)
    found = asked.found()
    page = Paginator(found, ON_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "asked": asked,
        "week": asked.week,
        "page": page,
        "rows": list(asked.rows(page.object_list, by=request.staff)),
        "total": asked.total(found),
        "query": f"{asked.query}&",
    }
    return render(request, "desk/week_list.html", context)


@require_safe
def week_file(request: ClinicRequest) -> HttpResponse:
    """The figures as a file for a spreadsheet."""
    asked = _week(request)
    return _csv(week_csv(report(asked, request.clinic.today())), file_name(asked))


@require_safe
def week_list_file(request: ClinicRequest, figure: str) -> HttpResponse:
    """The list as a file for a spreadsheet."""
    asked = _list(request, figure)
    heads = [_("When"), _("Patient"), _("What"), _("Detail"), *([_("Amount")] if asked.has_amounts else [])]
    rows = asked.rows(asked.found(), by=request.staff)
    return _csv(list_csv(rows, heads), file_name(asked.week, figure))


def _week(request: ClinicRequest) -> Span:
    return asked_week(request.GET.dict(), request.clinic, now=timezone.now())


def _list(request: ClinicRequest, name: str) -> WeekList:
    if name not in BY_NAME:
        raise Http404
    asked, today = request.GET.dict(), request.clinic.today()
    return asked_list(asked, figure=BY_NAME[name], week=_week(request), today=today)


def _csv(text: str, name: str) -> HttpResponse:
    response = HttpResponse(BYTE_ORDER_MARK + text, content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "private, no-store"
    return response
