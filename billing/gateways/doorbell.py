"""Ringing for the worker that asks the provider. Beside the request and never in it: a broker that is down or silent
holds nobody up, and the sweep looks every minute anyway (clinic.messages.doorbell)."""

from __future__ import annotations

import threading

import structlog
from celery import current_app

log = structlog.get_logger(__name__)

# Upper layers own the task: taking the money needs several apps.
TASK = "desk.gateway.tasks.ask_provider"
EXPIRES_SECONDS = 55


def ring(clinic_id: int) -> None:
    """Have the provider asked soon. Returns at once and never fails."""
    threading.Thread(target=_ring, args=(clinic_id,), name="gateway-doorbell", daemon=True).start()


def _ring(clinic_id: int) -> None:
    try:
        options = {"expires": EXPIRES_SECONDS, "retry": False}
        current_app.send_task(TASK, kwargs={"clinic_id": clinic_id}, **options)
    except Exception as error:  # whatever is wrong with the broker, the sweep will do it
        log.warning("doorbell_silent", error=type(error).__name__)
