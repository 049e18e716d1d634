from django.db import models
from django.db.models.functions import Now

from clinic.tenancy.models import ClinicForeignKey, ClinicModel

from .people import Staff


class ActKey(ClinicModel):
    """Doing it twice is doing it once: the key of a form, the hash of what was sent, and where its answer is."""

    key = models.UUIDField()
    by = ClinicForeignKey(Staff, on_delete=models.PROTECT, related_name="+")
    path = models.CharField(max_length=200)
    content = models.BinaryField(max_length=32)
    answer = models.CharField(max_length=300, blank=True)
    at = models.DateTimeField(db_default=Now())

    class Meta(ClinicModel.Meta):
        constraints = [models.UniqueConstraint(fields=["clinic", "key"], name="act_key_once")]

    def __str__(self) -> str:
        return str(self.key)
