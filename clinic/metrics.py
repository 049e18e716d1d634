"""What is measured: of the web how many answers, how fast, by page and status; and how the messages do. Never who or
what about."""

from __future__ import annotations

import os
import time
from collections.abc import Callable

import structlog
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from clinic.messages.measures import OutboxCollector

log = structlog.get_logger(__name__)

CONTENT_TYPE = CONTENT_TYPE_LATEST
BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)

ANSWERS = Histogram("ginti_answer_seconds", "Time to answer", ["page", "method", "status"], buckets=BUCKETS)
METHODS = frozenset({"GET", "HEAD", "POST"})


class MetricsMiddleware:
    """Counts and times every answer under the name of its URL, so that ids never become labels."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        started = time.perf_counter()
        response = self.get_response(request)
        match = request.resolver_match
        page = match.view_name if match and match.view_name else "none"
        method = request.method if request.method in METHODS else "other"
        ANSWERS.labels(page, method, response.status_code).observe(time.perf_counter() - started)
        return response


def text() -> bytes:
    """Of all web processes where they share PROMETHEUS_MULTIPROC_DIR, else of this one; and of the database, where it
    answers."""
    return _of_the_web() + _of_the_messages()


def _of_the_web() -> bytes:
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return generate_latest(REGISTRY)
    registry = CollectorRegistry()
    MultiProcessCollector(registry)
    return generate_latest(registry)


def _of_the_messages() -> bytes:
    registry = CollectorRegistry()
    registry.register(OutboxCollector(timezone.now()))
    try:
        return generate_latest(registry)
    except DatabaseError:
        log.warning("messages_not_counted")
        return b""
