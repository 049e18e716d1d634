"""What the desk leaves to the worker."""

from __future__ import annotations

from threading import Thread

from django.db import connection, transaction
from django.utils import timezone, translation

from clinic.commands import lift_time_limits
from clinic.models import Clinic, RegisterImport
from clinic.refusals import Refused
from clinic.tenancy.context import clinic_context, current_clinic_id
from clinic.tenancy.tasks import clinic_task

from .register import steps

ONE_HOUR = 3600


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
