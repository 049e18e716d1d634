"""Who did what: one row for every act, in the act's own transaction."""

from __future__ import annotations

from typing import Any

import structlog
from django.db import models

from .models import AuditEvent, Staff


def record(
    act: str,
    subject: models.Model,
    *,
    by: Staff | None,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> AuditEvent:
    """Write down an act on `subject`. `before` and `after` hold only what the act changed, as plain values."""
    return AuditEvent.objects.create(
        by=by,
        act=act,
        subject=subject._meta.label_lower,
        subject_id=subject.pk,
        before=_plain(before),
        after=_plain(after),
        request_id=str(structlog.contextvars.get_contextvars().get("request_id", "")),
    )


def _plain(facts: dict[str, Any] | None) -> dict[str, Any] | None:
    if facts is None:
        return None
    return {
        name: value if isinstance(value, (int, bool, list, dict, type(None))) else str(value)
        for name, value in facts.items()
    }
