from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from clinic.models import Staff
from clinic.tenancy.models import ClinicForeignKey, ClinicModel

from .bills import AMOUNT, BillLine


class InstalmentPlan(ClinicModel):
    """What was agreed about paying a bill's line by and by. Append-only: what is agreed anew replaces it by name.

    `amount`, what was owed on the line, and `paid_before`, what of it was paid already, are set by the insert trigger.
    The plan that no other replaces is the one that holds; a line has at most one.
    """

    line = ClinicForeignKey(BillLine, on_delete=models.PROTECT, related_name="instalment_plans")
    agreed_on = models.DateField(help_text="the clinic's local day")
    agreed_at = models.DateTimeField(db_default=Now())
    amount = models.DecimalField(**AMOUNT, db_default=0)
    paid_before = models.DecimalField(**AMOUNT, db_default=0)
    replaces = ClinicForeignKey("self", on_delete=models.PROTECT, null=True, related_name="replaced_by")
    reason = models.CharField(max_length=300, blank=True)
    by = ClinicForeignKey(Staff, on_delete=models.PROTECT, null=True, related_name="+")
    key = models.UUIDField()

    class Meta(ClinicModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["clinic", "key"], name="instalment_plan_key_once"),
            models.UniqueConstraint(
                fields=["clinic", "line"],
                name="instalment_plan_first_once",
                condition=Q(replaces__isnull=True),
            ),
            models.UniqueConstraint(fields=["clinic", "replaces"], name="instalment_plan_replaced_once"),
            models.CheckConstraint(name="instalment_plan_of_something", condition=Q(amount__gt=0)),
            models.CheckConstraint(
                name="instalment_plan_anew_has_reason",
                condition=Q(replaces__isnull=True) | ~Q(reason=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.amount} {self.agreed_on}"


class Instalment(ClinicModel):
    """So much, due on that day. Append-only; what is paid of it follows from the line (billing.instalment_states).

    The deposit is the one that is due on the day of the agreement.
    """

    plan = ClinicForeignKey(InstalmentPlan, on_delete=models.PROTECT, related_name="instalments")
    number = models.PositiveSmallIntegerField()
    due_on = models.DateField()
    amount = models.DecimalField(**AMOUNT)

    class Meta(ClinicModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["clinic", "plan", "number"], name="instalment_number_once"),
            models.CheckConstraint(name="instalment_number_from_1", condition=Q(number__gte=1)),
            models.CheckConstraint(name="instalment_positive", condition=Q(amount__gt=0)),
        ]
        indexes = [models.Index(fields=["clinic", "due_on"], name="instalment_by_day")]

    def __str__(self) -> str:
        return f"{self.due_on} {self.amount}"
