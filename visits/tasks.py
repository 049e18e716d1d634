"""What the clock does with visits: the days of a closure go back to the packages, one by one."""

from __future__ import annotations

from datetime import timedelta

import structlog
from celery import shared_task
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from clinic.models import Clinic
from clinic.tenancy.context import clinic_context

from . import closures, reminders
from .models import Closure

log = structlog.get_logger(__name__)

EXPIRES_SECONDS = 800
# Packs sold while the clinic is closed have lost those days too; for so long they are looked for. So are those of
# a closure that is written down long after its days.
AFTER = timedelta(days=2)


@shared_task
def give_back_everywhere() -> None:
    """In every clinic the days of its closures."""
    for clinic_id in Clinic.objects.order_by("pk").values_list("pk", flat=True):
        give_back_clinic.apply_async(kwargs={"clinic_id": clinic_id}, expires=EXPIRES_SECONDS)


@shared_task
def give_back_clinic(*, clinic_id: int) -> int:
    """Give the closed days back to every package that waits for them; says to how many.

    Each package is a transaction of its own; twice, or stopped half-way, it comes to the same.
    """
    clinic = Clinic.objects.get(pk=clinic_id)
    today = clinic.today()
    with clinic_context(clinic_id):
        closed = list(Closure.objects.filter(_lately(clinic), extends=True).order_by("first_day"))
        waiting = [(each, package) for each in closed for package in closures.waiting_for_days(each)]
    given = 0
    for closure, package in waiting:
        try:
            with clinic_context(clinic_id):
                given += closures.give_back_days(closure, package, on=today) is not None
        except Exception:
            # One package that cannot be extended must not keep the others from it.
            log.exception("closed_days_not_given", package=str(package.pk), clinic=clinic_id)
    return given


@shared_task
def remind_everywhere() -> None:
    """In every clinic the reminders of visits whose hour has come."""
    for clinic_id in Clinic.objects.order_by("pk").values_list("pk", flat=True):
        remind_clinic.apply_async(kwargs={"clinic_id": clinic_id}, expires=EXPIRES_SECONDS)


@shared_task
def remind_clinic(*, clinic_id: int) -> int:
    """Write one clinic's reminders of visits; says how many."""
    return reminders.write_all(Clinic.objects.get(pk=clinic_id), at=timezone.now())


def ring(closure: Closure) -> None:
    """Ask the worker to give the days back after this transaction. The row is what counts: the clock asks again."""
    if closure.extends:
        clinic_id = closure.clinic_id
        transaction.on_commit(lambda: give_back_clinic.delay(clinic_id=clinic_id), robust=True)


def _lately(clinic: Clinic) -> Q:
    return Q(last_day__gte=clinic.today() - AFTER) | Q(created_at__gte=timezone.now() - AFTER)
