"""The design page: every component in every state, and a day of the desk drawn with them. Debug only."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation

from . import chart_samples, samples


def ui(request: HttpRequest) -> HttpResponse:
    """Every component in every state; `?lang=hi` shows it in Hindi."""
    return _render(request, "ui/ui.html")


def ui_desk(request: HttpRequest) -> HttpResponse:
    """The day's list as the front desk sees it."""
    return _render(request, "ui/desk.html")


def ui_find(request: HttpRequest) -> HttpResponse:
    """What the find box gets while somebody types."""
    found = samples.FOUND if request.GET.get("q", "").strip() else []
    return render(request, "ui/found.html", {"found": found})


def _render(request: HttpRequest, template: str) -> HttpResponse:
    with translation.override(request.GET.get("lang", "en-in")):
        return render(request, template, _context(request))


def _context(request: HttpRequest) -> dict[str, Any]:
    refused = samples.SaleForm(
        {
            "patient": "",
            "price": "8,00",
            "method": "upi",
            "phone": "98200",
            "service": "p",
            "key": samples.A_KEY,
        }
    )
    refused.is_valid()
    return {
        **samples.shell(),
        "balances": samples.BALANCES,
        "visits": samples.visits(),
        "passbook": samples.passbook(),
        "table": samples.table(),
        "page": samples.page(),
        "found": samples.FOUND,
        "form": samples.SaleForm(prefix="sale"),
        "fields": samples.SaleForm(prefix="fields"),
        "refused": refused,
        "signing": samples.SigningForm(prefix="signing"),
        "signature": samples.SIGNATURE,
        "answers": samples.ANSWERS,
        "charts": chart_samples.charts(),
        "levels": ("success", "info", "warning", "error"),
        "tabs": [
            {"label": "Packages", "url": "#", "count": 2, "current": True},
            {"label": "Visits", "url": "#", "count": 14},
            {"label": "Bills", "url": "#", "count": 0},
            {"label": "Notes", "url": "#"},
        ],
        "facts": [
            {"label": "Phone", "value": "98200 12345", "url": "tel:+919820012345"},
            {"label": "Patient number", "value": "31"},
            {"label": "Born", "value": "12 Aug 1968"},
            {"label": "Language", "value": "हिन्दी"},
        ],
    }
