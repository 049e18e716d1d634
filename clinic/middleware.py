"""Who is asking, in which clinic, and whether they may: before any view runs."""

from __future__ import annotations

from collections.abc import Callable

import structlog
from django.contrib.auth.views import redirect_to_login
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import Resolver404, ResolverMatch, resolve
from django.utils import timezone, translation
from django.utils.translation import get_language

from .access import Door, NotAllowed, roles_of
from .models import Clinic, Role, Staff
from .tenancy.context import clinic_context

log = structlog.get_logger(__name__)

# allauth names its own pages; it decides itself which of them need a login.
ALLAUTH = ("account_", "mfa_", "usersessions_")


class AccessMiddleware:
    """Opens a clinic's transaction around the whole request (lazily rendered templates included), or refuses.

    A clinic that does not exist, one that is another's, and a page without an entry in clinic.access
    answer alike.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.clinic = request.staff = None  # type: ignore[attr-defined]
        try:
            match = resolve(request.path_info)
        except Resolver404:
            return self.get_response(request)
        if match.view_name.startswith(ALLAUTH) or roles_of(match.view_name) is Door.PUBLIC:
            return self.get_response(request)
        if not request.user.is_authenticated:
            return redirect_to_login(_way_back(request))
        if "clinic" not in match.kwargs:
            return self.get_response(request)
        return self._inside(request, match)

    def _inside(self, request: HttpRequest, match: ResolverMatch) -> HttpResponse:
        clinic = Clinic.objects.filter(slug=match.kwargs["clinic"]).first()
        if clinic is None:
            return self.get_response(request)  # process_view answers 404 with the ordinary page
        here = clinic_context(clinic.pk, user_id=request.user.pk)
        with here, timezone.override(clinic.zone), translation.override(clinic.reading(get_language())):
            staff = Staff.objects.filter(user_id=request.user.pk, is_active=True).first()
            if staff:
                staff.clinic = clinic
                request.clinic, request.staff = clinic, staff  # type: ignore[attr-defined]
            response = self.get_response(request)
            if response.status_code >= 500 or getattr(request, "view_raised", False):
                transaction.set_rollback(True)
            return response

    def process_view(
        self, request: HttpRequest, view: object, args: object, kwargs: dict[str, object]
    ) -> None:
        match = request.resolver_match
        assert match is not None
        if match.view_name.startswith(ALLAUTH):
            return
        allowed = roles_of(match.view_name)
        if isinstance(allowed, Door):
            return
        staff: Staff | None = request.staff  # type: ignore[attr-defined]
        if allowed is None or staff is None:
            raise Http404
        kwargs.pop("clinic")  # views read request.clinic
        if Role(staff.role) not in allowed:
            log.warning("refused", page=match.view_name, role=staff.role, clinic=staff.clinic.slug)
            raise NotAllowed(match.view_name)

    def process_exception(self, request: HttpRequest, exception: Exception) -> None:
        request.view_raised = True  # type: ignore[attr-defined]  # any exception rolls the request back


def _way_back(request: HttpRequest) -> str:
    """Where to go after signing in: a change that was asked for is not repeated, its page is shown again."""
    return request.get_full_path() if request.method in {"GET", "HEAD"} else "/"
