"""The pages of refusal. They ask the database for nothing: it may be what is missing."""

import sys

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

RETRY_AFTER_SECONDS = "5"


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    # No request: whatever it holds could not be read, its host included.
    return HttpResponse(render_to_string("400.html"), status=400)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "403.html", {"exception": str(exception)}, status=403)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form without its token: the page was open over a sign-in, or the form is not ours."""
    sentence = _(
        "This page was open for too long, and nothing was saved. Go back, reload it and send it again."
    )
    return render(request, "403.html", {"exception": sentence}, status=403)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """The same words for what does not exist, what is another clinic's and what is closed."""
    return render(request, "404.html", status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    """Something broke; where it is the database that cannot be reached, say so and when to come again."""
    broke = sys.exc_info()[1]
    if isinstance(broke, (OperationalError, InterfaceError)):
        headers = {"Retry-After": RETRY_AFTER_SECONDS}
        return HttpResponse(render_to_string("503.html"), status=503, headers=headers)
    return HttpResponse(render_to_string("500.html"), status=500)
