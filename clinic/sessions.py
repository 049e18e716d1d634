"""How long a sign-in lasts, and that nothing of it stays in the browser afterwards."""

from __future__ import annotations

import time
from collections.abc import Callable

from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.utils.cache import add_never_cache_headers

NOTED_EVERY_SECONDS = 60


class SessionAgeMiddleware:
    """Ends a session that was idle, or is old however busy; signed-in pages are never stored by the browser.

    Without a session cookie it does nothing, so that public pages ask the database for nothing.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        signed_in = settings.SESSION_COOKIE_NAME in request.COOKIES and request.user.is_authenticated
        if signed_in:
            _note(request)
        response = self.get_response(request)
        if signed_in:
            add_never_cache_headers(response)
            if not request.user.is_authenticated:
                response["Clear-Site-Data"] = '"cache", "storage"'
        return response


def _note(request: HttpRequest) -> None:
    now = int(time.time())
    session = request.session
    seen = session.get("seen_at", now)
    if (
        now - seen > settings.SESSION_IDLE_SECONDS
        or now - session.get("since", now) > settings.SESSION_COOKIE_AGE
    ):
        logout(request)
    elif "since" not in session:
        session["since"] = session["seen_at"] = now
    elif now - seen >= NOTED_EVERY_SECONDS:
        session["seen_at"] = now
