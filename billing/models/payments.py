from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now, Upper
from django.utils.translation import gettext_lazy as _

from clinic.models import Branch, Patient, Staff
from clinic.tenancy.models import ClinicForeignKey, ClinicModel
from packages.models import Package

from .bills import BillLine
from .goods import AMOUNT


class Method(models.TextChoices):
    CASH = "cash", _("Cash")
    UPI = "upi", _("UPI")
    CARD = "card", _("Card")
    BANK = "bank", _("Bank transfer")
    CHEQUE = "cheque", _("Cheque")
    # Taken by the clinic's payment provider, and told to us by it; its reference is the provider's own id of it.
    GATEWAY = "gateway", _("Paid online")
    # No money comes in by it: what a refund gives back of a package whose money was received before go-live, or came
    # with transferred sessions. It is the patient's like any payment, and pays for lines or is paid out.
    CREDIT = "credit", _("Account credit")


# The ways in which money is handed over.
HANDED_OVER = tuple(method for method in Method if method != Method.CREDIT)
# Of these what a person may say that it came by.
BY_HAND = tuple(method for method in HANDED_OVER if method != Method.GATEWAY)


class Payment(ClinicModel):
    """Money received. Append-only; what it pays for is in its allocations, what went back in its refunds, the rest is
    unapplied. One that bounced counts as nothing."""

    patient = ClinicForeignKey(Patient, on_delete=models.PROTECT, related_name="payments")
    branch = ClinicForeignKey(Branch, on_delete=models.PROTECT, related_name="+")
    method = models.CharField(max_length=8, choices=Method.choices)
    reference = models.CharField(_("reference"), max_length=60, blank=True)
    amount = models.DecimalField(**AMOUNT)
    received_on = models.DateField()
    package = ClinicForeignKey(
        Package,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        help_text="of a credit: what was refunded",
    )
    recorded_at = models.DateTimeField(db_default=Now())
    by = ClinicForeignKey(Staff, on_delete=models.PROTECT, null=True, related_name="+")
    key = models.UUIDField()

    class Meta(ClinicModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["clinic", "key"], name="payment_key_once"),
            models.CheckConstraint(name="payment_positive", condition=Q(amount__gt=0)),
            models.CheckConstraint(name="payment_method_known", condition=Q(method__in=Method.values)),
            models.CheckConstraint(
                name="payment_credit_names_package",
                condition=Q(method="credit", package__isnull=False)
                | ~Q(method="credit") & Q(package__isnull=True),
            ),
            models.UniqueConstraint(
                fields=["clinic", "reference"], name="payment_online_once", condition=Q(method="gateway")
            ),
            models.CheckConstraint(
                name="payment_online_has_reference", condition=~Q(method="gateway") | ~Q(reference="")
            ),
        ]
        indexes = [
            models.Index(fields=["clinic", "received_on"], name="payment_by_day"),
            models.Index(F("clinic"), Upper("reference"), name="payment_by_reference"),
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
    key = models.UUIDField(null=True, help_text="of the act")
    reason = models.CharField(max_length=300, blank=True, db_default="")

    class Meta(ClinicModel.Meta):
        indexes = [models.Index(fields=["clinic", "recorded_at"], name="allocation_by_moment")]
        constraints = [
            models.CheckConstraint(name="allocation_not_0", condition=~Q(amount=0)),
            models.UniqueConstraint(
                fields=["clinic", "key", "payment", "line"],
                name="allocation_once",
                condition=Q(key__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return str(self.amount)
