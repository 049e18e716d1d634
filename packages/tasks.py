"""What the clock does with packages: fans out to the clinics, each by a task of its own."""

from __future__ import annotations

import structlog
from celery import shared_task
from django.db import OperationalError
from django.utils import timezone

from clinic.messages.rules import settings_of
from clinic.models import Clinic
from clinic.tenancy.context import clinic_context

from . import ledger, monthly_letter, months, nudges
from .models import Package

log = structlog.get_logger(__name__)

# A task that the worker did not come to in time would only do what the next one does.
EXPIRES_SECONDS = 800
AT_ONCE = 2000
HALF_AN_HOUR = 1800  # for the nudges of a very large clinic


@shared_task
def lapse_everywhere() -> None:
    """Post the expiries of every clinic's own midnight."""
    for clinic_id in Clinic.objects.order_by("pk").values_list("pk", flat=True):
        lapse_clinic.apply_async(kwargs={"clinic_id": clinic_id}, expires=EXPIRES_SECONDS)


@shared_task
def lapse_clinic(*, clinic_id: int) -> int:
    """Post what has lapsed by the clinic's local day; says of how many packages.

    Twice, by two workers at once or after a week of standstill, it comes to the same: a line is dated by the
    package's last day and posted once. Each package is a transaction of its own.
    """
    clinic = Clinic.objects.get(pk=clinic_id)
    today = clinic.today()
    with clinic_context(clinic_id):
        due = list(Package.objects.to_lapse_on(today).values_list("pk", flat=True)[:AT_ONCE])
    lapsed = 0
    for package_id in due:
        try:
            with clinic_context(clinic_id):
                lapsed += bool(ledger.lapse(Package(pk=package_id), on=today))
        except Exception:
            # One package that cannot lapse must not keep the others from it.
            log.exception("package_did_not_lapse", package=str(package_id), clinic=clinic_id)
    if len(due) == AT_ONCE and lapsed:
        lapse_clinic.apply_async(kwargs={"clinic_id": clinic_id}, expires=EXPIRES_SECONDS)
    return lapsed


@shared_task
def count_months_everywhere() -> None:
    """Add up the months that are over, in every clinic."""
    for clinic_id in Clinic.objects.order_by("pk").values_list("pk", flat=True):
        count_months.apply_async(kwargs={"clinic_id": clinic_id}, expires=EXPIRES_SECONDS)


@shared_task
def count_months(*, clinic_id: int) -> int:
    """Add up this clinic's months that are over and not added up; says how many. Twice comes to the same."""
    clinic = Clinic.objects.get(pk=clinic_id)
    try:
        return len(months.count_months(clinic, today=clinic.today()))
    except OperationalError:  # somebody writes for long, such as an import: the next hour will do
        log.info("months_wait_for_a_writer", clinic=clinic_id)
        return 0


@shared_task
def nudge_everywhere() -> None:
    """Nudge in the clinics where it is the hour for it."""
    now = timezone.now()
    for clinic in Clinic.objects.order_by("pk"):
        with clinic_context(clinic.pk):
            settings = settings_of()
        if nudges.is_the_hour(clinic.local(now), settings):
            nudge_clinic.apply_async(kwargs={"clinic_id": clinic.pk}, expires=EXPIRES_SECONDS)


@shared_task(time_limit=HALF_AN_HOUR, soft_time_limit=HALF_AN_HOUR - 60)
def nudge_clinic(*, clinic_id: int) -> int:
    """Write the nudges of the clinic's local day; says how many."""
    clinic = Clinic.objects.get(pk=clinic_id)
    now = timezone.now()
    return nudges.write_all(clinic, on=clinic.day_of(now), at=now)


@shared_task
def mail_owners_everywhere() -> None:
    """Early in the month, write to the owners of the clinics where it is the hour for it."""
    now = timezone.now()
    for clinic in Clinic.objects.order_by("pk"):
        with clinic_context(clinic.pk):
            is_time = monthly_letter.is_the_time(clinic.local(now))
        if is_time:
            mail_owners.apply_async(kwargs={"clinic_id": clinic.pk}, expires=EXPIRES_SECONDS)


@shared_task
def mail_owners(*, clinic_id: int) -> int:
    """Write the letters about the month before the clinic's local day; says how many are new."""
    clinic = Clinic.objects.get(pk=clinic_id)
    with clinic_context(clinic_id):
        return monthly_letter.write_all(clinic, on=clinic.today())
