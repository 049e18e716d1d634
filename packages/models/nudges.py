from django.db import models
from django.db.models.functions import Now

from clinic.models import Message
from clinic.tenancy.models import ClinicForeignKey, ClinicModel

from .packages import Package


class Nudge(ClinicModel):
    """One reminder about a package on one occasion, whatever the job does (S56)."""

    package = ClinicForeignKey(Package, on_delete=models.PROTECT, related_name="nudges")
    occasion = models.CharField(max_length=60)
    message = ClinicForeignKey(Message, on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(db_default=Now())

    class Meta(ClinicModel.Meta):
        constraints = [models.UniqueConstraint(fields=["clinic", "package", "occasion"], name="nudge_once")]
        indexes = [models.Index(fields=["clinic", "created_at"], name="nudge_latest")]

    def __str__(self) -> str:
        return self.occasion
