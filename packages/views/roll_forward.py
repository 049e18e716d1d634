"""Why what is owed changed between two days, and what every figure of that is made of."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from clinic.http import ClinicRequest
from packages.liability_asked import asked_days
from packages.liability_charts import changes_chart
from packages.liability_tables import changes_table
from packages.postings import behind
from packages.roll_forward import Row, roll_forward

from .reports import ON_A_PAGE, shared


@require_safe
def liability_changes(request: ClinicRequest) -> HttpResponse:
    """The roll-forward: opening, every kind of change, closing."""
    asked = asked_days(request.GET.dict(), request.clinic)
    why = roll_forward(asked.first, asked.day)
    context = {
        "why": why,
        "chart": changes_chart(why, request.clinic.currency),
        "table": changes_table(why, request.clinic),
    }
    return render(request, "packages/liability_changes.html", context | shared(asked, "liability_changes"))


@require_safe
def liability_postings(request: ClinicRequest, row: str) -> HttpResponse:
    """The postings behind a figure of the roll-forward, the latest first; they add up to it."""
    if row not in Row.values:
        raise Http404
    asked = asked_days(request.GET.dict(), request.clinic)
    which = Row(row)
    postings: Any = behind(asked.first, asked.day, which)
    context = {
        "row": which,
        "figures": roll_forward(asked.first, asked.day).changes[which],
        "page": Paginator(postings, ON_A_PAGE).get_page(request.GET.get("page")),
    }
    return render(request, "packages/liability_postings.html", context | shared(asked, "liability_changes"))
