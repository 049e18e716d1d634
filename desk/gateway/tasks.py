"""The worker's part: every clinic in turn, a doorbell for one, and a sweep for all that nobody rang for."""

from __future__ import annotations

import time

from celery import shared_task

from billing.gateways.doorbell import EXPIRES_SECONDS
from clinic.models import Clinic

from .asking import ask_next

# One clinic's turn: what is left over then waits for the next minute, so that no clinic holds up the others.
TURN_SECONDS = 45


@shared_task
def sweep() -> None:
    """Look into every clinic, each by a task of its own."""
    for clinic_id in Clinic.objects.order_by("pk").values_list("pk", flat=True):
        ask_provider.apply_async(kwargs={"clinic_id": clinic_id}, expires=EXPIRES_SECONDS)


@shared_task
def ask_provider(*, clinic_id: int) -> int:
    """Ask for what is due in one clinic; says how much that was."""
    clinic = Clinic.objects.get(pk=clinic_id)
    ends_at = time.monotonic() + TURN_SECONDS
    asked = 0
    while time.monotonic() < ends_at and ask_next(clinic):
        asked += 1
    return asked
