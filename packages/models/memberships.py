from __future__ import annotations

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from clinic.models import Patient, Staff
from clinic.tenancy.models import ClinicForeignKey, ClinicModel


class Membership(ClinicModel):
    """A monthly plan: so many sessions a month until it is ended. Each month is a package of its own.

    The first package holds the terms as sold, and every later month is a copy of the one before (law 5).
    """

    patient = ClinicForeignKey(Patient, on_delete=models.PROTECT, related_name="memberships")
    started_on = models.DateField()
    ends_on = models.DateField(
        _("last day"), null=True, help_text=_("No month begins after it. Empty while it goes on.")
    )
    by = ClinicForeignKey(Staff, on_delete=models.PROTECT, null=True, related_name="+")
    key = models.UUIDField()
    created_at = models.DateTimeField(db_default=Now())

    class Meta(ClinicModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["clinic", "key"], name="membership_key_once"),
            models.CheckConstraint(
                name="membership_ends_after_start",
                condition=models.Q(ends_on__isnull=True) | models.Q(ends_on__gte=models.F("started_on")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.started_on}"
