from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from clinic.models import Staff
from clinic.tenancy.models import ClinicForeignKey, ClinicModel

from .packages import Package
from .terms import AMOUNT


class ChangeKind(models.TextChoices):
    ACTIVATED = "activated", _("Activated")
    SUSPENDED = "suspended", _("Suspended")
    RESUMED = "resumed", _("Resumed")
    VOIDED = "voided", _("Void")
    REFUNDED = "refunded", _("Refunded")
    REFUND_SHORT = "refund_short", _("Refund was short")
    STARTED = "started", _("Validity counted anew")
    FROZEN = "frozen", _("Frozen")
    UNFROZEN = "unfrozen", _("Unfrozen")
    EXTENDED = "extended", _("Extended")
    CLOSURE = "closure", _("Extended for days the clinic was closed")
    LIFTED = "lifted", _("Restriction lifted")


NEEDS_REASON = frozenset(
    {
        ChangeKind.SUSPENDED,
        ChangeKind.VOIDED,
        ChangeKind.REFUNDED,
        ChangeKind.REFUND_SHORT,
        ChangeKind.FROZEN,
        ChangeKind.UNFROZEN,
        ChangeKind.EXTENDED,
        ChangeKind.CLOSURE,
        ChangeKind.LIFTED,
    }
)


class Change(ClinicModel):
    """What happened to a package beside its sessions: its state, its validity, its restrictions. Append-only.

    The insert trigger is the only writer of the package's `state`, `valid_until`, `frozen` and `lifted`. It fills in
    what was before and what is after, so that any past moment can be told.
    """

    package = ClinicForeignKey(Package, on_delete=models.PROTECT, related_name="changes")
    kind = models.CharField(max_length=14, choices=ChangeKind.choices)
    happened_on = models.DateField()
    recorded_at = models.DateTimeField(db_default=Now())
    recorded_on = models.DateField(db_default=Now())
    posted_on = models.DateField(db_default=Now())
    by = ClinicForeignKey(Staff, on_delete=models.PROTECT, null=True, related_name="+")
    key = models.UUIDField()
    reason = models.CharField(max_length=300, blank=True)
    clause = models.CharField(max_length=60, blank=True)
    first_day = models.DateField(null=True, help_text="of a freeze, a thaw or a closure")
    last_day = models.DateField(null=True)
    amount = models.DecimalField(**AMOUNT, null=True, help_text="what a refund came to")
    state_before = models.CharField(max_length=16, db_default="")
    state_after = models.CharField(max_length=16, db_default="")
    valid_until_before = models.DateField(null=True)
    valid_until = models.DateField(null=True)
    days = models.IntegerField(db_default=0, help_text="by which the last valid day moved")

    class Meta(ClinicModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["clinic", "key"], name="change_key_once"),
            models.CheckConstraint(name="change_kind_known", condition=Q(kind__in=ChangeKind.values)),
            models.CheckConstraint(
                name="change_reason_of_kind", condition=~Q(kind__in=sorted(NEEDS_REASON)) | ~Q(reason="")
            ),
            models.CheckConstraint(
                name="change_days_of_kind",
                condition=~Q(kind__in=["frozen", "unfrozen", "closure"])
                | Q(first_day__isnull=False, last_day__gte=models.F("first_day")),
            ),
            models.CheckConstraint(
                name="change_amount_of_refund",
                condition=Q(kind__in=["refunded", "refund_short"], amount__gte=0) | Q(amount__isnull=True),
            ),
        ]
        indexes = [
            models.Index(fields=["clinic", "package", "recorded_at"], name="change_of_package"),
            models.Index(fields=["clinic", "recorded_at"], name="change_by_moment"),
            models.Index(fields=["clinic", "happened_on"], name="change_by_day"),
        ]

    def __str__(self) -> str:
        return f"{self.happened_on} {self.kind}"
