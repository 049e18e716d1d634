"""What billing leaves to the worker: many bills as one file. The rows of print_runs are the truth, the broker rings."""

from __future__ import annotations

import time

import structlog
from celery import shared_task
from django.db import transaction
from django.utils import timezone

from clinic.models import Clinic
from clinic.tenancy.context import clinic_context, current_clinic_id

from . import pdf, print_runs
from .models import PrintPart

log = structlog.get_logger(__name__)

EXPIRES_SECONDS = 55
# After so long a turn others have theirs first.
TURN_SECONDS = 20


@shared_task
def sweep() -> None:
    """Look for print runs in every clinic: those of which a worker was killed, or for which no bell rang."""
    for clinic_id in Clinic.objects.order_by("pk").values_list("pk", flat=True):
        print_waiting.apply_async(kwargs={"clinic_id": clinic_id}, expires=EXPIRES_SECONDS)


@shared_task
def print_waiting(*, clinic_id: int) -> int:
    """Print what waits in one clinic, part by part, and ring again after a turn; says how many parts were printed."""
    ends_at = time.monotonic() + TURN_SECONDS
    printed = 0
    with clinic_context(clinic_id):
        print_runs.forget_old(timezone.now())
        print_runs.finish_complete(timezone.now())
    while part := _claimed(clinic_id):
        _print(part, clinic_id)
        printed += 1
        if time.monotonic() > ends_at:
            print_waiting.delay(clinic_id=clinic_id)
            break
    return printed


def ring() -> None:
    """Have the runs of the active clinic made after this transaction. A lost ring is made good by the sweep."""
    clinic_id = current_clinic_id()
    transaction.on_commit(lambda: print_waiting.delay(clinic_id=clinic_id), robust=True)


def _claimed(clinic_id: int) -> PrintPart | None:
    with clinic_context(clinic_id):
        return print_runs.claim(timezone.now())


def _print(part: PrintPart, clinic_id: int) -> None:
    """Print one part; no transaction is open while it is laid out."""
    run = part.run
    try:
        with clinic_context(clinic_id):
            bills = print_runs.bills_of(part)
        file = pdf.bills_pdf(bills, at=run.asked_at, language=run.language, paper=run.paper)
    except pdf.NoPdf:
        _fail(part, clinic_id, print_runs.CANNOT_PRINT)
    except Exception:
        # A bill that breaks the press must not be printed again and again.
        log.exception("bills_not_printed", run=str(run.pk), part=part.position, clinic=clinic_id)
        _fail(part, clinic_id, print_runs.BROKE)
    else:
        with clinic_context(clinic_id):
            print_runs.keep(part, file, at=timezone.now())


def _fail(part: PrintPart, clinic_id: int, words: str) -> None:
    with clinic_context(clinic_id):
        print_runs.fail(part.run, words, at=timezone.now())
