"""What the clinic owes in care, as of any day: each page asks for what it shows and nothing else."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from clinic.http import ClinicRequest
from packages.late_records import recorded_after
from packages.liability import liability as owed_on
from packages.liability_asked import Asked, asked_day
from packages.liability_charts import ageing_chart, over_time_chart
from packages.liability_rows import Rows
from packages.liability_shares import By, ageing, shares
from packages.liability_tables import ageing_table, over_time_table, share_table
from packages.months import over_time

ON_A_PAGE = 50


@require_safe
def liability(request: ClinicRequest) -> HttpResponse:
    """How much at the end of a day, how it came to stand there month by month, and when it lapses."""
    asked, clinic = asked_day(request.GET.dict(), request.clinic), request.clinic
    points, bands = over_time(asked.day), ageing(asked.day)
    context = {
        "report": owed_on(asked.day),
        "over_time": over_time_chart(points, clinic.currency),
        "over_time_table": over_time_table(points, clinic),
        "ageing": ageing_chart(bands, clinic.currency),
        "ageing_table": ageing_table(bands, clinic.currency),
    }
    return render(request, "packages/liability.html", context | shared(asked, "liability"))


@require_safe
def liability_shares(request: ClinicRequest) -> HttpResponse:
    """What is owed, cut up by plan, service, branch, therapist, month of the sale or month it lapses."""
    asked = asked_day(request.GET.dict(), request.clinic)
    by = By(request.GET["by"]) if request.GET.get("by") in By.values else By.PLAN
    tabs = [{"label": each.label, "url": f"?{asked.query}&by={each}", "current": each == by} for each in By]
    table = share_table(str(by.label), shares(asked.day, by), request.clinic.currency)
    context = {"by": by, "by_tabs": tabs, "table": table}
    return render(request, "packages/liability_shares.html", context | shared(asked, "liability_shares"))


@require_safe
def liability_packages(request: ClinicRequest) -> HttpResponse:
    """Every package on which something is open at the end of the day."""
    asked = asked_day(request.GET.dict(), request.clinic)
    report = owed_on(asked.day)
    rows: Any = Rows(report)
    page = Paginator(rows, ON_A_PAGE).get_page(request.GET.get("page"))
    context = {"report": report, "page": page}
    return render(request, "packages/liability_packages.html", context | shared(asked, "liability_packages"))


@require_safe
def liability_late(request: ClinicRequest) -> HttpResponse:
    """What was recorded after the day for that day or before: why its report is not what it was that evening."""
    asked = asked_day(request.GET.dict(), request.clinic)
    late: Any = recorded_after(asked.day)
    context = {
        "page": Paginator(late, ON_A_PAGE).get_page(request.GET.get("page")),
        "change": late.change,
    }
    return render(request, "packages/liability_late.html", context | shared(asked, "liability_late"))


def shared(asked: Asked, current: str) -> dict[str, Any]:
    """What the head of every page of the report needs."""
    return {"asked": asked, "tabs": _tabs(asked, current), "query": f"{asked.query}&"}


def _tabs(asked: Asked, current: str) -> list[dict[str, Any]]:
    """The pages of the report, for the same day."""
    day = asked.day
    month = f"first={asked.first}&last={day}"
    pages = [
        ("liability", _("Overview"), f"on={day}"),
        ("liability_changes", _("Why it changed"), month),
        ("liability_shares", _("Shares"), f"on={day}"),
        ("liability_packages", _("By package"), f"on={day}"),
        ("liability_late", _("Recorded later"), f"on={day}"),
        ("month_list", _("Months"), ""),
    ]
    return [
        {
            "label": label,
            "url": f"{reverse(f'packages:{name}', args=[asked.clinic.slug])}?{query}".rstrip("?"),
            "current": name == current,
        }
        for name, label, query in pages
    ]
