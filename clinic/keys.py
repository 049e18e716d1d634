"""Doing it twice is doing it once (law 7): a form that moves sessions or money carries a key made when it was shown."""

from __future__ import annotations

import functools
import hashlib
import uuid
from collections.abc import Callable
from typing import Any

from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from .models import ActKey
from .tenancy.ids import uuid7

View = Callable[..., HttpResponse]
NOT_CONTENT = {"csrfmiddlewaretoken", "key"}


def new_key() -> uuid.UUID:
    """The key of a form about to be shown."""
    return uuid7()


def part(key: uuid.UUID, name: str) -> uuid.UUID:
    """The key of one step of an act that has several: the same act gives the same steps."""
    return uuid.uuid5(key, name)


def hold(key: uuid.UUID) -> None:
    """Whoever brings the same key at the same moment waits here until the first is done, and then finds its answer."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [key.int % 2**63])


def keyed(view: View) -> View:
    """Run a POST view once for each key; the view reads it as request.key.

    The same key and content again leads to the first answer. The same key with other content is refused (409).
    A refusal (4xx) releases the key, so that the corrected form may be sent with it.
    """

    @functools.wraps(view)
    def once(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.method != "POST":
            return view(request, *args, **kwargs)
        try:
            request.key = uuid.UUID(request.POST.get("key", ""))  # type: ignore[attr-defined]
        except ValueError:
            return HttpResponseBadRequest(
                _("This form has no key. Open the page again and send it once more.")
            )
        return _run_once(view, request, *args, **kwargs)

    return once


def _run_once(view: View, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
    content = _content(request)
    with transaction.atomic():
        kept, is_new = _claim(request, content)
        if not is_new:
            return _first_answer(request, kept, content)
        response = view(request, *args, **kwargs)
        if response.status_code >= 400:
            transaction.set_rollback(True)
            return response
        ActKey.objects.filter(pk=kept.pk).update(answer=response.headers.get("Location", request.path))
    return response


def _claim(request: HttpRequest, content: bytes) -> tuple[ActKey, bool]:
    # ON CONFLICT waits for whoever holds the key now; after their commit the row is there to read.
    claim = ActKey(key=request.key, by=request.staff, path=request.path, content=content)  # type: ignore[attr-defined]
    ActKey.objects.bulk_create([claim], ignore_conflicts=True)
    kept = ActKey.objects.get(key=claim.key)
    return kept, kept.pk == claim.pk


def _first_answer(request: HttpRequest, kept: ActKey, content: bytes) -> HttpResponse:
    if bytes(kept.content) != content:
        return render(request, "409.html", {"answer": kept.answer}, status=409)
    response = redirect(kept.answer)
    response.status_code = 303
    return response


def _content(request: HttpRequest) -> bytes:
    fields = sorted((name, request.POST.getlist(name)) for name in request.POST if name not in NOT_CONTENT)
    staff = request.staff.pk  # type: ignore[attr-defined]
    return hashlib.sha256(repr((staff, request.path, fields)).encode()).digest()
