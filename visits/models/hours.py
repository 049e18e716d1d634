from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from clinic.models import Staff
from clinic.tenancy.models import ClinicForeignKey, ClinicModel


class Availability(ClinicModel):
    """The weekly working hours of one person from a day on, until the next such row. Append-only.

    What was in force on a past day stays known. Without hours it says that nobody can be booked from then on.
    """

    staff = ClinicForeignKey(Staff, on_delete=models.PROTECT, related_name="availabilities")
    since = models.DateField(_("from this day on"))
    by = ClinicForeignKey(Staff, on_delete=models.PROTECT, null=True, related_name="+")
    key = models.UUIDField()
    created_at = models.DateTimeField(db_default=Now())

    class Meta(ClinicModel.Meta):
        constraints = [models.UniqueConstraint(fields=["clinic", "key"], name="availability_key_once")]
        indexes = [models.Index(fields=["clinic", "staff", "since"], name="availability_of_staff")]

    def __str__(self) -> str:
        return str(self.since)


class WorkingHours(ClinicModel):
    """One stretch of a weekday, on the clinic's clock. Append-only; the insert trigger refuses an overlap."""

    availability = ClinicForeignKey(Availability, on_delete=models.PROTECT, related_name="hours")
    weekday = models.PositiveSmallIntegerField(help_text="0 is Monday")
    starts = models.TimeField()
    ends = models.TimeField()

    class Meta(ClinicModel.Meta):
        constraints = [
            models.CheckConstraint(name="working_hours_weekday", condition=Q(weekday__lte=6)),
            models.CheckConstraint(name="working_hours_end_after_start", condition=Q(ends__gt=F("starts"))),
            models.UniqueConstraint(
                fields=["clinic", "availability", "weekday", "starts"], name="working_hours_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.starts:%H:%M}–{self.ends:%H:%M}"
