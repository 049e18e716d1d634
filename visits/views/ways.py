"""Where a visit's page leads back to, and what is answered when an act is refused."""

from __future__ import annotations

from urllib.parse import quote

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from clinic.http import ClinicRequest
from clinic.models import Clinic
from clinic.refusals import Refused

from ..models import Visit

LONGEST_WAY = 200  # with the page that carries it, it stays within what an answer's address may have


def day_of(visit: Visit, clinic: Clinic) -> str:
    """The day's list, at the visit's line."""
    on = clinic.day_of(visit.starts_at)
    return f"{reverse('desk:today', args=[clinic.slug])}?on={on}#visit-{visit.pk}"


def way_back(request: ClinicRequest, visit: Visit) -> str:
    """The page of ours that `next` names, else the visit's day; at the visit's line."""
    asked = asked_way(request)
    return f"{asked.partition('#')[0]}#visit-{visit.pk}" if asked else day_of(visit, request.clinic)


def asked_way(request: ClinicRequest) -> str:
    """`next` where it is a page of this site, else nothing."""
    asked = request.POST.get("next") or request.GET.get("next") or ""
    here = url_has_allowed_host_and_scheme(asked, {request.get_host()}, require_https=request.is_secure())
    return asked if here and asked.startswith("/") and len(quote(asked)) <= LONGEST_WAY else ""


def refusal(request: ClinicRequest, visit: Visit, refused: Refused) -> HttpResponse:
    """The sentence and the ways on, as a page of its own; htmx puts it in the place of the whole page."""
    context = {"visit": visit, "sentence": str(refused), "back_url": way_back(request, visit)}
    response = render(request, "visits/refused.html", context, status=422)
    if request.htmx:
        response["HX-Retarget"] = response["HX-Reselect"] = "#main"
        response["HX-Reswap"] = "outerHTML"
    return response
