from django.db import models
from django.db.models.functions import Now

from clinic.tenancy.models import ClinicForeignKey, ClinicModel

from .people import Staff


class AuditEvent(ClinicModel):
    """Who did what to which row, before and after where it matters. Append-only; `at` is the database's clock."""

    at = models.DateTimeField(db_default=Now())
    by = ClinicForeignKey(Staff, on_delete=models.PROTECT, null=True, related_name="+")
    act = models.CharField(max_length=60)
    subject = models.CharField(max_length=60)
    subject_id = models.UUIDField(null=True)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    request_id = models.CharField(max_length=64, blank=True)

    class Meta(ClinicModel.Meta):
        indexes = [
            models.Index(fields=["clinic", "subject_id", "at"], name="audit_of_subject"),
            models.Index(fields=["clinic", "at"], name="audit_by_time"),
        ]

    def __str__(self) -> str:
        return self.act
