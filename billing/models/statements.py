from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from clinic.models import Patient, Staff
from clinic.tenancy.models import ClinicForeignKey, ClinicModel
from packages.models import Package


class StatementKind(models.TextChoices):
    ATTENDANCE = "attendance", _("Attendance statement")
    SUPERBILL = "superbill", _("Superbill")


class Statement(ClinicModel):
    """What a patient gives to an insurer: which visits took place, and what each was worth. Append-only.

    Of one package, or of a stretch of days. `document` is the frozen copy of all that is printed; a later statement of
    the same may replace it, and names it. `number` counts on in the clinic and may leave a gap: it is no bill.
    `issued_on` is the clinic's local day of `issued_at`, set by the insert trigger.
    """

    number = models.PositiveIntegerField()
    kind = models.CharField(max_length=10, choices=StatementKind.choices)
    patient = ClinicForeignKey(Patient, on_delete=models.PROTECT, related_name="statements")
    package = ClinicForeignKey(Package, on_delete=models.PROTECT, null=True, related_name="+")
    first_day = models.DateField(null=True)
    last_day = models.DateField(null=True)
    issued_at = models.DateTimeField()
    issued_on = models.DateField(db_default=Now())
    replaces = ClinicForeignKey("self", on_delete=models.PROTECT, null=True, related_name="+")
    reason = models.CharField(max_length=200, blank=True)
    document = models.JSONField()
    by = ClinicForeignKey(Staff, on_delete=models.PROTECT, null=True, related_name="+")
    key = models.UUIDField()

    class Meta(ClinicModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["clinic", "key"], name="statement_key_once"),
            models.UniqueConstraint(fields=["clinic", "number"], name="statement_number_once"),
            models.UniqueConstraint(fields=["clinic", "replaces"], name="statement_replaced_once"),
            models.CheckConstraint(name="statement_number_from_1", condition=Q(number__gte=1)),
            models.CheckConstraint(name="statement_kind_known", condition=Q(kind__in=StatementKind.values)),
            models.CheckConstraint(
                name="statement_of_package_or_days",
                condition=Q(package__isnull=False, first_day__isnull=True, last_day__isnull=True)
                | Q(package__isnull=True, first_day__isnull=False, last_day__gte=F("first_day")),
            ),
        ]
        indexes = [models.Index(fields=["clinic", "patient", "number"], name="statement_of_patient")]

    def __str__(self) -> str:
        return f"{self.kind} {self.number}"


class ClaimFacts(ClinicModel):
    """What an insurer asks about a patient beside the visits: insurer, member number, diagnosis. One row a patient.

    On a table of its own, so that no list of patients carries it. A statement freezes what it printed of it.
    """

    patient = ClinicForeignKey(Patient, on_delete=models.PROTECT, related_name="+")
    facts = models.JSONField(default=dict, help_text="by the names of the country profile's claim fields")
    changed_at = models.DateTimeField()
    by = ClinicForeignKey(Staff, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta(ClinicModel.Meta):
        constraints = [models.UniqueConstraint(fields=["clinic", "patient"], name="claim_facts_once")]

    def __str__(self) -> str:
        return str(self.patient_id)
