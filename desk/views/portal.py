"""The patient's own page, opened by a link that only the patient has. It is outside of the desk: no session, no
cookie, and its address leaves with no request."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone, translation
from django.views.decorators.http import require_safe

from billing import pdf
from billing.models import Bill
from billing.rendering import bill_html
from clinic.models import Clinic, Patient
from clinic.patients.links import find_by_token
from clinic.tenancy.context import clinic_context

from ..portal import bill_of, page_of


@require_safe
def portal(request: HttpRequest, clinic: str, token: str) -> HttpResponse:
    """Balances, passbooks, next visits and bills, in the patient's language or the one that was asked for."""
    with _opened(clinic, token) as (found, patient):
        language = _language(request, patient)
        with translation.override(language):
            context = {
                "clinic": found,
                "patient": patient,
                "token": token,
                "asked": request.GET.get("language", ""),
                "page": page_of(patient, clinic=found, at=timezone.now()),
            }
            return _private(render(request, "desk/portal.html", context), language)


@require_safe
def portal_bill(request: HttpRequest, clinic: str, token: str, bill_id: UUID) -> HttpResponse:
    """A bill of the patient as PDF, or as the page to print where none can be made."""
    with _opened(clinic, token) as (_found, patient):
        bill = bill_of(patient, bill_id)
        if bill is None:
            raise Http404
        language = _language(request, patient)
        return _private(_printed(bill, language), language)


@contextmanager
def _opened(clinic: str, token: str) -> Iterator[tuple[Clinic, Patient]]:
    """The clinic and the patient of a link. One that is unknown, too old, revoked or another clinic's is a 404."""
    found = get_object_or_404(Clinic, slug=clinic)
    with clinic_context(found.pk), timezone.override(found.zone):
        link = find_by_token(token, timezone.now())
        if link is None:
            raise Http404
        yield found, link.patient


def _language(request: HttpRequest, patient: Patient) -> str:
    offered = dict(settings.LANGUAGES)
    asked = request.GET.get("language", "")
    return next((each for each in (asked, patient.language) if each in offered), settings.LANGUAGE_CODE)


def _printed(bill: Bill, language: str) -> HttpResponse:
    at = timezone.now()
    try:
        response = HttpResponse(pdf.bill_pdf(bill, language=language, at=at), content_type="application/pdf")
        response.headers["Content-Disposition"] = f'inline; filename="{pdf.file_name(bill)}"'
        return response
    except pdf.NoPdf:
        return HttpResponse(bill_html(bill, language=language, at=at, template="billing/printable.html"))


def _private(response: HttpResponse, language: str) -> HttpResponse:
    """The address is the key: it is not kept, not indexed and not passed on."""
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    response.headers["Content-Language"] = language
    return response
