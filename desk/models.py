"""What the desk keeps of its own: how each day ended. All else belongs to the apps beneath."""

from __future__ import annotations

from decimal import Decimal

from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Mod, Now
from django.db.models.lookups import Exact
from django.utils.translation import gettext_lazy as _

from billing.models.goods import AMOUNT
from clinic.models import Branch, Staff
from clinic.tenancy.models import ClinicForeignKey, ClinicModel


class DayClose(ClinicModel):
    """A branch's local day was closed, or opened again. Append-only: the last row of a branch and day says which.

    The rows of a day take turns: 1 closes it, 2 opens it again, 3 closes it. Two who close at once want the same
    number, and the database gives it to one of them.

    What is recorded up to `recorded_at` of the first closing of a day, or of a later day, stands in its day book and
    nothing else ever does (docs/decisions/0010-day-book.md).
    """

    class Kind(models.TextChoices):
        CLOSED = "closed", _("closed")
        REOPENED = "reopened", _("opened again")

    branch = ClinicForeignKey(Branch, on_delete=models.PROTECT, related_name="+")
    day = models.DateField()
    number = models.PositiveIntegerField()
    kind = models.CharField(max_length=8, choices=Kind.choices)
    expected_cash = models.DecimalField(**AMOUNT, null=True)
    counted_cash = models.DecimalField(**AMOUNT, null=True)
    pieces = models.JSONField(
        default=dict, help_text="how many of each note and coin, where they were counted"
    )
    credit_left = models.DecimalField(
        **AMOUNT, null=True, help_text="account credit at the end of the day's book"
    )
    owed_left = models.DecimalField(
        **AMOUNT, null=True, help_text="what was still to pay at the end of the day's book"
    )
    takings = models.JSONField(default=dict, help_text="what was received by each method")
    unsettled = models.JSONField(default=dict, help_text="how many of each kind were left unsettled")
    difference_reason = models.CharField(_("about the difference"), max_length=300, blank=True)
    unsettled_reason = models.CharField(_("why it is closed unsettled"), max_length=300, blank=True)
    note = models.CharField(_("note"), max_length=300, blank=True)
    by = ClinicForeignKey(Staff, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()
    recorded_at = models.DateTimeField(db_default=Now())
    key = models.UUIDField()

    class Meta(ClinicModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["clinic", "key"], name="day_close_key_once"),
            models.UniqueConstraint(fields=["clinic", "branch", "day", "number"], name="day_close_in_turn"),
            models.CheckConstraint(
                name="day_close_takes_turns",
                condition=Q(kind="closed") & Q(Exact(Mod(F("number"), Value(2)), Value(1)))
                | Q(kind="reopened", number__gte=2) & Q(Exact(Mod(F("number"), Value(2)), Value(0))),
            ),
            models.CheckConstraint(
                name="day_close_counts_cash",
                condition=Q(
                    kind="closed",
                    expected_cash__isnull=False,
                    counted_cash__isnull=False,
                    counted_cash__gte=0,
                )
                | Q(kind="reopened", expected_cash__isnull=True, counted_cash__isnull=True),
            ),
            models.CheckConstraint(
                name="day_close_explains_difference",
                condition=Q(kind="reopened") | Q(counted_cash=F("expected_cash")) | ~Q(difference_reason=""),
            ),
            models.CheckConstraint(
                name="day_close_explains_unsettled", condition=Q(unsettled={}) | ~Q(unsettled_reason="")
            ),
            models.CheckConstraint(
                name="day_close_reopened_says_why", condition=Q(kind="closed") | ~Q(note="")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.kind}"

    @property
    def is_closed(self) -> bool:
        return self.kind == self.Kind.CLOSED

    @property
    def difference(self) -> Decimal:
        """What was counted beyond what was expected; negative where cash is missing."""
        return (self.counted_cash or Decimal(0)) - (self.expected_cash or Decimal(0))

    @property
    def left_unsettled(self) -> int:
        return sum(self.unsettled.values())


class Acceptance(ClinicModel):
    """Somebody looked at an item of a day's list and left it as it is: who, and when. Append-only.

    It speaks of the item as it then was: what happens to it afterwards puts it on the list again.
    """

    branch = ClinicForeignKey(Branch, on_delete=models.PROTECT, related_name="+")
    day = models.DateField()
    kind = models.CharField(max_length=20)
    subject_id = models.UUIDField(help_text="the visit, bill or payment of the item")
    by = ClinicForeignKey(Staff, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()
    key = models.UUIDField()

    class Meta(ClinicModel.Meta):
        constraints = [models.UniqueConstraint(fields=["clinic", "key"], name="acceptance_key_once")]
        indexes = [models.Index(fields=["clinic", "branch", "day"], name="acceptance_of_day")]

    def __str__(self) -> str:
        return f"{self.day} {self.kind}"
