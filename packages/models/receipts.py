from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from clinic.tenancy.models import ClinicForeignKey, ClinicModel

from .packages import Package
from .terms import AMOUNT


class Receipt(ClinicModel):
    """Money received for a package, by day; negative where it was taken back. Append-only.

    Written by the database when a payment is allocated to the package's bill line, never by the application: so that
    what the clinic owes can be told for any past day from this layer alone.
    """

    package = ClinicForeignKey(Package, on_delete=models.PROTECT, related_name="receipts")
    amount = models.DecimalField(**AMOUNT)
    received_on = models.DateField()
    recorded_at = models.DateTimeField(db_default=Now())
    recorded_on = models.DateField(db_default=Now())
    posted_on = models.DateField(db_default=Now())

    class Meta(ClinicModel.Meta):
        indexes = [
            models.Index(
                fields=["clinic", "package", "received_on"], name="receipt_as_of", include=["amount"]
            ),
            models.Index(fields=["clinic", "received_on"], name="receipt_by_day"),
            models.Index(
                fields=["clinic", "posted_on"],
                name="receipt_recorded_later",
                include=["recorded_on"],
                condition=Q(recorded_on__gt=F("posted_on")) | Q(posted_on__gt=F("received_on")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.received_on} {self.amount}"
