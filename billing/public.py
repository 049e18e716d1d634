"""Pages for whoever holds a paper; nobody signs in."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from clinic.models import Clinic
from clinic.tenancy.context import clinic_context

from .verification import verified


@require_safe
def verification(request: HttpRequest, clinic: str, seal: str) -> HttpResponse:
    """What was issued with this code, and what became of that count. A wrong code and a wrong clinic answer alike."""
    of = Clinic.objects.filter(slug=clinic).first()
    if of is None:
        response = render(request, "billing/verification_unknown.html", status=404)
    else:
        with clinic_context(of.pk), timezone.override(of.zone):
            response = _page(request, of, seal)
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["X-Robots-Tag"] = "noindex"
    return response


def _page(request: HttpRequest, clinic: Clinic, seal: str) -> HttpResponse:
    paper = verified(seal, clinic=clinic)
    if paper is None:
        return render(request, "billing/verification_unknown.html", status=404)
    return render(request, "billing/verification.html", {"paper": paper, "clinic": clinic})
