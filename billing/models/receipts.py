from __future__ import annotations

from django.db import models

from clinic.tenancy.models import ClinicForeignKey, ClinicModel

from .bills import Bill
from .payments import Payment


class Acknowledgement(ClinicModel):
    """The receipt that says a payment was received. Append-only; a payment stands on one receipt at most.

    What is paid with a bill at once is acknowledged by that bill and has none.
    """

    receipt = ClinicForeignKey(Bill, on_delete=models.PROTECT, related_name="acknowledges")
    payment = ClinicForeignKey(Payment, on_delete=models.PROTECT, related_name="acknowledged")

    class Meta(ClinicModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["clinic", "payment"], name="payment_acknowledged_once")
        ]

    def __str__(self) -> str:
        return f"{self.receipt_id} {self.payment_id}"
