"""What the desk leaves to the worker."""

from __future__ import annotations

from threading import Thread

import structlog
from celery import shared_task
from django.db import connection, transaction
from django.utils import timezone, translation

from clinic.commands import lift_time_limits
from clinic.messages.rules import settings_of
from clinic.models import Clinic, RegisterImport
from clinic.refusals import Refused
from clinic.tenancy.context import clinic_context, current_clinic_id
from clinic.tenancy.tasks import clinic_task
from packages import memberships, nudges
from packages.models import Membership

from . import instalments_reminders, renewing
from .register import steps

log = structlog.get_logger(__name__)

ONE_HOUR = 3600
EXPIRES_SECONDS = 800


@shared_task
def renew_everywhere() -> None:
    """Open the months of memberships in every clinic, by its own midnight."""
    for clinic_id in Clinic.objects.order_by("pk").values_list("pk", flat=True):
        renew_clinic.apply_async(kwargs={"clinic_id": clinic_id}, expires=EXPIRES_SECONDS)


@shared_task
def renew_clinic(*, clinic_id: int) -> int:
    """Open the months that have begun by now, each membership in a transaction of its own; says how many."""
    clinic = Clinic.objects.get(pk=clinic_id)
    now = timezone.now()
    with clinic_context(clinic_id):
        due = [membership.pk for membership in memberships.due(clinic.day_of(now))]
    opened = 0
    for membership_id in due:
        try:
            with clinic_context(clinic_id):
                opened += len(renewing.renew(Membership(pk=membership_id), clinic=clinic, at=now))
        except Exception:
            # One membership that cannot be renewed must not keep the others from it.
            log.exception("membership_not_renewed", membership=str(membership_id), clinic=clinic_id)
    return opened


@shared_task
def remind_everywhere() -> None:
    """Remind of instalments in the clinics where it is the hour for it."""
    now = timezone.now()
    for clinic in Clinic.objects.order_by("pk"):
        with clinic_context(clinic.pk):
            settings = settings_of()
        if nudges.is_the_hour(clinic.local(now), settings):
            remind_clinic.apply_async(kwargs={"clinic_id": clinic.pk}, expires=EXPIRES_SECONDS)


@shared_task
def remind_clinic(*, clinic_id: int) -> int:
    """Write the reminders of instalments of the clinic's local day; says how many."""
    clinic = Clinic.objects.get(pk=clinic_id)
    return instalments_reminders.write_all(clinic, on=clinic.today())


@clinic_task(time_limit=ONE_HOUR, soft_time_limit=ONE_HOUR - 60)
def go_on_with_register(import_id: str, language: str | None) -> None:
    """Look at a large register, or enter it, in one transaction; what is refused is kept for the page."""
    lift_time_limits()
    clinic = Clinic.objects.get(pk=current_clinic_id())
    record = RegisterImport.objects.select_related("by").get(pk=import_id)

    def progress(done: int, total: int) -> None:
        told = Thread(target=_tell, args=(clinic.pk, import_id, done))
        told.start()
        told.join()

    with translation.override(language):
        try:
            steps.go_on(record, clinic=clinic, at=timezone.now(), progress=progress)
        except Refused as refusal:
            ready = RegisterImport.State.READY
            RegisterImport.objects.filter(pk=import_id).update(state=ready, refusal=str(refusal))


def ring(record: RegisterImport) -> None:
    """Ask the worker to go on after this transaction. The row is what counts: a lost ring is rung again."""
    language, clinic_id, import_id = translation.get_language(), current_clinic_id(), str(record.pk)
    transaction.on_commit(
        lambda: go_on_with_register.delay(import_id, language, clinic_id=clinic_id), robust=True
    )


def _tell(clinic_id: int, import_id: str, done: int) -> None:
    """How far it has come, on a connection of its own: others see nothing of a transaction under way."""
    try:
        with clinic_context(clinic_id):
            RegisterImport.objects.filter(pk=import_id).update(rows_done=done)
    finally:
        connection.close()
