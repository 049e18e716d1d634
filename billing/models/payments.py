from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from clinic.models import Branch, Patient, Staff
from clinic.tenancy.models import ClinicForeignKey, ClinicModel

from .bills import AMOUNT, BillLine


class Method(models.TextChoices):
    CASH = "cash", _("Cash")
    UPI = "upi", _("UPI")
    CARD = "card", _("Card")
    BANK = "bank", _("Bank transfer")
    CHEQUE = "cheque", _("Cheque")


class Payment(ClinicModel):
    """Money received. Append-only; what it pays for is in its allocations, the rest is unapplied."""

    patient = ClinicForeignKey(Patient, on_delete=models.PROTECT, related_name="payments")
    branch = ClinicForeignKey(Branch, on_delete=models.PROTECT, related_name="+")
    method = models.CharField(max_length=8, choices=Method.choices)
    reference = models.CharField(_("reference"), max_length=60, blank=True)
    amount = models.DecimalField(**AMOUNT)
    received_on = models.DateField()
    recorded_at = models.DateTimeField(db_default=Now())
    by = ClinicForeignKey(Staff, on_delete=models.PROTECT, null=True, related_name="+")
    key = models.UUIDField()

    class Meta(ClinicModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["clinic", "key"], name="payment_key_once"),
            models.CheckConstraint(name="payment_positive", condition=Q(amount__gt=0)),
            models.CheckConstraint(name="payment_method_known", condition=Q(method__in=Method.values)),
        ]
        indexes = [
            models.Index(fields=["clinic", "received_on"], name="payment_by_day"),
        ]

    def __str__(self) -> str:
        return f"{self.method} {self.amount}"


class Allocation(ClinicModel):
    """Part of a payment set against a bill's line; a negative one takes it back. Append-only.

    The insert trigger refuses more than was paid or is owed, and keeps `Package.paid`.
    """

    payment = ClinicForeignKey(Payment, on_delete=models.PROTECT, related_name="allocations")
    line = ClinicForeignKey(BillLine, on_delete=models.PROTECT, related_name="allocations")
    amount = models.DecimalField(**AMOUNT)
    recorded_at = models.DateTimeField(db_default=Now())
    by = ClinicForeignKey(Staff, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta(ClinicModel.Meta):
        constraints = [models.CheckConstraint(name="allocation_not_0", condition=~Q(amount=0))]

    def __str__(self) -> str:
        return str(self.amount)
