from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from clinic.models import Staff
from clinic.tenancy.models import ClinicForeignKey, ClinicModel

from .movements import Step
from .packages import SESSIONS
from .terms import AMOUNT


class MonthClose(ClinicModel):
    """The books are closed through this day. Append-only.

    What is recorded later for a day of a closed month is posted to the first day that is still open.
    """

    last_day = models.DateField()
    by = ClinicForeignKey(Staff, on_delete=models.PROTECT, null=True, related_name="+")
    key = models.UUIDField()
    closed_at = models.DateTimeField(db_default=Now())

    class Meta(ClinicModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["clinic", "last_day"], name="month_closed_once"),
            models.UniqueConstraint(fields=["clinic", "key"], name="month_close_key_once"),
        ]

    def __str__(self) -> str:
        return f"{self.last_day}"


class MonthEnd(ClinicModel):
    """A month's movements were added up, for speed. Append-only; the latest one of a month counts.

    The database adds up when the row is written. It holds while nothing of the month moved after `counted_at`.
    """

    last_day = models.DateField()
    counted_at = models.DateTimeField()

    class Meta(ClinicModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["clinic", "last_day", "counted_at"], name="month_end_once"),
        ]

    def __str__(self) -> str:
        return f"{self.last_day}"


class MonthSum(ClinicModel):
    """What a step came to in a month: a row of a MonthEnd. Written by the database alone."""

    month_end = ClinicForeignKey(MonthEnd, on_delete=models.PROTECT, related_name="sums", db_index=False)
    step = models.SmallIntegerField(choices=Step.choices)
    sessions = models.DecimalField(max_digits=12, decimal_places=SESSIONS["decimal_places"])
    free = models.DecimalField(max_digits=12, decimal_places=SESSIONS["decimal_places"])
    value = models.DecimalField(**AMOUNT)
    owed = models.DecimalField(**AMOUNT)
    owed_by_patient = models.DecimalField(**AMOUNT)
    paid_back = models.DecimalField(**AMOUNT)

    class Meta(ClinicModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["clinic", "month_end", "step"], name="month_sum_once"),
            models.CheckConstraint(name="month_sum_step_known", condition=Q(step__in=Step.values)),
        ]

    def __str__(self) -> str:
        return f"{self.step} {self.owed}"
