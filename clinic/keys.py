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
LONGEST_ANSWER = 300


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
        expected = _expected_answer(request)
        if not _claim(request, content, expected):
            key: uuid.UUID = request.key  # type: ignore[attr-defined]
            return _first_answer(request, ActKey.objects.get(key=key), content)
        response = view(request, *args, **kwargs)
        if response.status_code >= 400:
            transaction.set_rollback(True)
            return response
        answer = response.headers.get("Location", request.path)
        if answer != expected:
            ActKey.objects.filter(key=request.key).update(answer=answer)  # type: ignore[attr-defined]
    return response


# ON CONFLICT waits for whoever holds the key now; after their commit the row is there to read. Django's own
# ignore_conflicts does not say which of the two it was, and asking would cost every act a statement.
CLAIM = """
INSERT INTO clinic_actkey (clinic_id, id, key, by_id, path, content, answer)
VALUES (%s, %s, %s, %s, %s, %s, %s) ON CONFLICT (clinic_id, key) DO NOTHING
"""


def _claim(request: HttpRequest, content: bytes, expected: str) -> bool:
    """Whether the key is new, and ours now."""
    staff, key = request.staff, request.key  # type: ignore[attr-defined]
    with connection.cursor() as cursor:
        row = [staff.clinic_id, uuid7(), key, staff.pk, request.path[:200], content, expected]
        cursor.execute(CLAIM, row)
        return cursor.rowcount == 1


def _expected_answer(request: HttpRequest) -> str:
    """Most acts lead back to their own page: then the answer need not be written a second time."""
    page = request.get_full_path()
    return page if len(page) <= LONGEST_ANSWER else request.path


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
