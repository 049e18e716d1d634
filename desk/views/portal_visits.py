"""A visit to come, by the personal link: confirm it, cancel it by the terms, or ask for another time."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from clinic.refusals import Refused
from visits import confirming
from visits.models import Visit

from .. import absences
from ..absence_form import LinkCancellationForm
from ..answer_forms import MoveWishForm
from ..portal_visit import Shown, shown_visit
from .portal import to_page
from .portal_link import Opened, opened


@require_safe
def portal_visit(request: HttpRequest, clinic: str, token: str, visit_id: UUID) -> HttpResponse:
    """When, where, with whom, what it takes, and what can be done about it."""
    with opened(request, clinic, token) as link, translation.override(link.language):
        return link.door() if link.is_shut else _page(link, _shown(link, visit_id))


@require_POST
def portal_confirmation(request: HttpRequest, clinic: str, token: str, visit_id: UUID) -> HttpResponse:
    """The patient comes."""
    with opened(request, clinic, token) as link, translation.override(link.language):
        if link.is_shut:
            return link.door()
        shown = _shown(link, visit_id)
        try:
            confirming.confirm_visit(shown.visit, via=Visit.ConfirmedVia.LINK, at=timezone.now(), by=None)
        except Refused as refused:
            return _page(link, shown, sentence=str(refused), status=422)
        return to_page(link, "portal_visit", visit_id)


@require_POST
def portal_cancellation(request: HttpRequest, clinic: str, token: str, visit_id: UUID) -> HttpResponse:
    """The patient cancels, and has read what it comes to; where that has changed since, it is said and asked again."""
    with opened(request, clinic, token) as link, translation.override(link.language):
        if link.is_shut:
            return link.door()
        at = timezone.now()  # one moment for what is shown and what is done
        shown = _shown(link, visit_id, at)
        form = LinkCancellationForm(request.POST, outcome=shown.now)
        if not form.is_valid():
            return _page(link, shown, cancel=form, status=422)
        try:
            _cancel(link, shown.visit, form, at)
        except Refused as refused:
            return _page(link, _shown(link, visit_id), sentence=str(refused), status=422)
        return to_page(link, "portal_visit", visit_id)


@require_POST
def portal_move_wish(request: HttpRequest, clinic: str, token: str, visit_id: UUID) -> HttpResponse:
    """The patient asks for another time. The visit stays as it is until the front desk moves it."""
    with opened(request, clinic, token) as link, translation.override(link.language):
        if link.is_shut:
            return link.door()
        shown, form = _shown(link, visit_id), MoveWishForm(request.POST)
        if not form.is_valid():
            return _page(link, shown, wish=form, status=422)
        given = form.cleaned_data
        try:
            confirming.wish_to_move(
                shown.visit, words=given["words"], clinic=link.clinic, at=timezone.now(), key=given["key"]
            )
        except Refused as refused:
            return _page(link, shown, wish=form, sentence=str(refused), status=422)
        return to_page(link, "portal_visit", visit_id)


def _cancel(link: Opened, visit: Visit, form: LinkCancellationForm, at: datetime) -> None:
    if visit.state == Visit.State.CANCELLED_BY_PATIENT:  # pressed twice
        return
    with translation.override(settings.LANGUAGE_CODE):  # the desk's, not the patient's
        reason = _("By the patient’s link")
    absences.cancel_visit(
        confirming.to_come(visit, at),
        clinic=link.clinic,
        at=at,
        by=None,
        key=form.cleaned_data["key"],
        by_clinic=False,
        reason=reason,
        shown=form.cleaned_data["shown"],
    )


def _shown(link: Opened, visit_id: UUID, at: datetime | None = None) -> Shown:
    shown = shown_visit(link.patient, visit_id, clinic=link.clinic, at=at or timezone.now())
    if shown is None:
        raise Http404
    return shown


def _page(link: Opened, shown: Shown, *, status: int = 200, **asked: Any) -> HttpResponse:
    context = {
        "shown": shown,
        "at": link.clinic.local(shown.visit.starts_at).replace(tzinfo=None),
        "cancel": LinkCancellationForm(outcome=shown.now),
        "wish": MoveWishForm(),
        "sentence": "",
    }
    return link.page("desk/portal_visit.html", status, **context | asked)
