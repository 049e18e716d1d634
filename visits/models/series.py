from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from clinic.models import Staff
from clinic.tenancy.models import ClinicForeignKey, ClinicModel


class Series(ClinicModel):
    """Visits that were booked together. What each of them takes is still a question of its own (S11)."""

    by = ClinicForeignKey(Staff, on_delete=models.PROTECT, null=True, related_name="+")
    key = models.UUIDField()
    created_at = models.DateTimeField(db_default=Now())

    class Meta(ClinicModel.Meta):
        constraints = [models.UniqueConstraint(fields=["clinic", "key"], name="series_key_once")]

    def __str__(self) -> str:
        return str(self.id)
