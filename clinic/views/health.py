"""What machines ask: is the process alive, may it get traffic, and how is it doing."""

from __future__ import annotations

import secrets
from collections.abc import Callable

import redis
from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.loader import MigrationLoader
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from redis.backoff import NoBackoff
from redis.retry import Retry

from clinic import metrics as measures

LOOPBACK = frozenset({"127.0.0.1", "::1"})
BROKER_TIMEOUT_SECONDS = 1


@require_safe
@never_cache
def healthz(request: HttpRequest) -> HttpResponse:
    """The process answers. Asks nothing of anybody."""
    return JsonResponse({"process": "ok"})


@require_safe
@never_cache
def readyz(request: HttpRequest) -> HttpResponse:
    """Database, broker and migrations; 503 unless all are well."""
    answers = {"database": _answer(_database), "broker": _answer(_broker), "migrations": _answer(_migrations)}
    ready = all(answer == "ok" for answer in answers.values())
    return JsonResponse({"ready": ready, **answers}, status=200 if ready else 503)


@require_safe
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus' text, for this machine or who holds GINTI_METRICS_TOKEN; a 404 for everybody else."""
    if not (_from_this_machine(request) or _has_token(request)):
        raise Http404
    return HttpResponse(measures.text(), content_type=measures.CONTENT_TYPE)


def _answer(question: Callable[[], str]) -> str:
    try:
        return question()
    except (DatabaseError, redis.RedisError, OSError) as error:
        return type(error).__name__  # its words may hold an address or a password


def _database() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return "ok"


def _broker() -> str:
    address = settings.CELERY_BROKER_URL.replace("redis+socket://", "unix://")
    timeout = BROKER_TIMEOUT_SECONDS
    client = redis.Redis.from_url(
        address, socket_timeout=timeout, socket_connect_timeout=timeout, retry=Retry(NoBackoff(), 0)
    )
    with client:
        client.ping()
    return "ok"


def _migrations() -> str:
    loader = MigrationLoader(connection)
    pending = loader.graph.nodes.keys() - loader.applied_migrations.keys()
    return "ok" if not pending else f"{len(pending)} pending"


def _from_this_machine(request: HttpRequest) -> bool:
    # Behind a proxy everybody seems to come from this machine.
    return request.META.get("REMOTE_ADDR") in LOOPBACK and "HTTP_X_FORWARDED_FOR" not in request.META


def _has_token(request: HttpRequest) -> bool:
    token = settings.METRICS_TOKEN
    sent = request.headers.get("Authorization", "").removeprefix("Bearer ")
    return bool(token) and secrets.compare_digest(sent.encode(), token.encode())
