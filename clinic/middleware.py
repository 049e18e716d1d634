"""Who is asking, in which clinic, and whether they may: before any view runs."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib.auth.views import redirect_to_login
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.middleware.locale import LocaleMiddleware
from django.urls import Resolver404, ResolverMatch, resolve
from django.utils.cache import add_never_cache_headers

from .access import Door, NotAllowed, roles_of
from .models import Clinic, Role, Staff
from .tenancy.context import clinic_context

Next = Callable[[HttpRequest], HttpResponse]

language_middleware = LocaleMiddleware

# allauth names its own pages; it decides itself which of them need a login.
ALLAUTH = ("account_", "mfa_", "usersessions_")


class AccessMiddleware:
    """Opens a clinic's transaction around the whole request (lazily rendered templates included), or refuses.

    A clinic that does not exist, one that is another's, and a page without an entry in clinic.access answer alike.
    """

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        try:
            match = resolve(request.path_info)
        except Resolver404:
            return self.get_response(request)
        request.clinic = request.staff = None  # type: ignore[attr-defined]
        if "clinic" not in match.kwargs or roles_of(match.view_name) is Door.PUBLIC:
            return self.get_response(request)
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        return self._inside(request, match)

    def _inside(self, request: HttpRequest, match: ResolverMatch) -> HttpResponse:
        clinic = Clinic.objects.filter(slug=match.kwargs["clinic"]).first()
        if clinic is None:
            return self.get_response(request)  # process_view answers 404 with the ordinary page
        with clinic_context(clinic.pk, user_id=request.user.pk):
            request.staff = (  # type: ignore[attr-defined]
                Staff.objects.filter(user_id=request.user.pk, is_active=True).first()
            )
            if request.staff:  # type: ignore[attr-defined]
                request.staff.clinic = request.clinic = clinic  # type: ignore[attr-defined]
            response = self.get_response(request)
            if response.status_code >= 500 or getattr(request, "view_raised", False):
                transaction.set_rollback(True)
            add_never_cache_headers(response)
            return response

    def process_view(self, request: HttpRequest, view: object, args: object, kwargs: dict[str, object]) -> None:
        match = request.resolver_match
        assert match is not None
        if match.view_name.startswith(ALLAUTH):
            return
        allowed = roles_of(match.view_name)
        if allowed is Door.PUBLIC:
            return
        if allowed is Door.SIGNED_IN:
            if not request.user.is_authenticated:
                raise Http404
            return
        staff: Staff | None = request.staff  # type: ignore[attr-defined]
        if allowed is None or staff is None:
            raise Http404
        kwargs.pop("clinic")  # views read request.clinic
        if Role(staff.role) not in allowed:
            raise NotAllowed(match.view_name)

    def process_exception(self, request: HttpRequest, exception: Exception) -> None:
        request.view_raised = True  # type: ignore[attr-defined]  # any exception rolls the request back
