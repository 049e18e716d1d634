from __future__ import annotations

from datetime import date
from typing import Any

from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Greatest, Least

from clinic.tenancy.models import ClinicForeignKey, ClinicModel

from .packages import SESSIONS, Package
from .terms import AMOUNT

FOR_EVER = date.max  # PostgreSQL's infinity is no date of Python
OWED = Greatest(Value(0), Least(F("cover_after"), F("value_after")))
OWED_BY_PATIENT = Greatest(Value(0), -F("cover_after"))


class Step(models.IntegerChoices):
    """What moves on a package within a day, in this order, whatever was recorded first."""

    BROUGHT_IN = 10
    TRANSFERRED_IN = 20
    SOLD = 30  # with the money of the same day
    RECEIVED = 40
    REINSTATED = 50
    USED = 60
    REVERSED = 70
    TRANSFERRED_OUT = 80
    ADJUSTED = 90
    EXPIRED = 100
    REFUNDED = 110
    TAKEN_BACK = 120  # money


def _sum(**options: Any) -> models.DecimalField[Any, Any]:
    return models.DecimalField(**AMOUNT, **options)


class Movement(ClinicModel):
    """What moved in a step of a day on a package, and how it stood afterwards: the liability's own ledger.

    Derived from entries, receipts and refunds, and written by the database alone: what is recorded late takes its
    place, and what follows is counted anew. `cover` is money received less the worth of what was used; what is owed in
    care is `value` as far as it is covered, and below 0 the patient owes (DESIGN §6). A session in dispute is still
    owed. It stands until the day `lasts_until`, on which the next one follows.
    """

    package = ClinicForeignKey(
        Package, on_delete=models.PROTECT, related_name="movements", db_index=False
    )  # movement_once begins with it
    posted_on = models.DateField()
    step = models.SmallIntegerField(choices=Step.choices)
    lasts_until = models.DateField()
    sessions = models.DecimalField(**SESSIONS)
    free = models.DecimalField(**SESSIONS, help_text="of the sessions: given without a price")
    value = _sum()
    cover = _sum()
    owed = _sum()
    owed_by_patient = _sum()
    paid_back = _sum(help_text="what a refund came to")
    sessions_after = models.DecimalField(**SESSIONS)
    free_after = models.DecimalField(**SESSIONS)
    value_after = _sum()
    cover_after = _sum()
    owed_after = models.GeneratedField(expression=OWED, output_field=_sum(), db_persist=True)
    owed_by_patient_after = models.GeneratedField(
        expression=OWED_BY_PATIENT, output_field=_sum(), db_persist=True
    )
    late_at = models.DateTimeField(null=True, help_text="when it last changed after its month was over")

    class Meta(ClinicModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["clinic", "package", "posted_on", "step"], name="movement_once"),
            models.CheckConstraint(name="movement_step_known", condition=Q(step__in=Step.values)),
        ]
        indexes = [
            # What stood at the end of a day, without the packages on which nothing is open.
            models.Index(
                fields=["clinic", "lasts_until", "posted_on"],
                name="movement_as_of",
                include=[
                    "package",
                    "sessions_after",
                    "free_after",
                    "value_after",
                    "cover_after",
                    "owed_after",
                    "owed_by_patient_after",
                ],
                condition=~Q(sessions_after=0) | ~Q(value_after=0) | Q(cover_after__lt=0),
            ),
            models.Index(
                fields=["clinic", "posted_on", "step"],
                name="movement_by_day",
                include=["sessions", "free", "value", "owed", "owed_by_patient", "paid_back"],
            ),
            models.Index(
                fields=["clinic", "late_at"],
                name="movement_late",
                include=["posted_on"],
                condition=Q(late_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.posted_on} {self.get_step_display()}"
