from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from clinic.models import Branch, Staff
from clinic.tenancy.models import ClinicForeignKey, ClinicModel

from .bills import BillLine
from .goods import AMOUNT
from .payments import HANDED_OVER, Method, Payment


class Refund(ClinicModel):
    """Money handed back, out of what a payment has left. Append-only.

    The insert trigger refuses more than is unapplied: allocations and refunds never exceed the payment.
    """

    payment = ClinicForeignKey(Payment, on_delete=models.PROTECT, related_name="refunds")
    branch = ClinicForeignKey(Branch, on_delete=models.PROTECT, related_name="+")
    amount = models.DecimalField(**AMOUNT)
    method = models.CharField(max_length=8, choices=Method.choices)
    reference = models.CharField(_("reference"), max_length=60, blank=True)
    given_on = models.DateField()
    reason = models.CharField(max_length=300)
    recorded_at = models.DateTimeField(db_default=Now())
    by = ClinicForeignKey(Staff, on_delete=models.PROTECT, null=True, related_name="+")
    key = models.UUIDField(help_text="of the act, which may take from several payments")

    class Meta(ClinicModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["clinic", "key", "payment"], name="refund_once"),
            models.CheckConstraint(name="refund_positive", condition=Q(amount__gt=0)),
            models.CheckConstraint(name="refund_has_reason", condition=~Q(reason="")),
            models.CheckConstraint(
                name="refund_method_handed_over",
                condition=Q(method__in=[method.value for method in HANDED_OVER]),
            ),
            models.UniqueConstraint(
                fields=["clinic", "reference"], name="refund_online_once", condition=Q(method="gateway")
            ),
            models.CheckConstraint(
                name="refund_online_has_reference", condition=~Q(method="gateway") | ~Q(reference="")
            ),
        ]
        indexes = [models.Index(fields=["clinic", "given_on"], name="refund_by_day")]

    def __str__(self) -> str:
        return f"{self.method} -{self.amount}"


class Bounce(ClinicModel):
    """A payment that did not come in after all. Append-only; the payment keeps its row and counts as nothing.

    The insert trigger refuses it while the payment still pays for something, and unless what was handed back of it is
    charged: `charge` is the line of that bill.
    """

    payment = ClinicForeignKey(Payment, on_delete=models.PROTECT, related_name="bounces")
    charge = ClinicForeignKey(
        BillLine,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        help_text="of what had been handed back",
    )
    bounced_on = models.DateField()
    reason = models.CharField(max_length=300)
    recorded_at = models.DateTimeField(db_default=Now())
    by = ClinicForeignKey(Staff, on_delete=models.PROTECT, null=True, related_name="+")
    key = models.UUIDField()

    class Meta(ClinicModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["clinic", "key"], name="bounce_key_once"),
            models.UniqueConstraint(fields=["clinic", "payment"], name="bounce_once"),
            models.CheckConstraint(name="bounce_has_reason", condition=~Q(reason="")),
        ]
        indexes = [models.Index(fields=["clinic", "bounced_on"], name="bounce_by_day")]

    def __str__(self) -> str:
        return f"{self.bounced_on} {self.payment_id}"
