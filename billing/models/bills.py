from __future__ import annotations

from decimal import Decimal

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from clinic.models import Branch, Patient, Service, Staff
from clinic.tenancy.ids import unguessable
from clinic.tenancy.models import ClinicForeignKey, ClinicModel
from packages.models import Package
from visits.models import Visit

from .goods import AMOUNT, Good

PREFIX = 6
NUMBER_FORMAT = "{prefix}/{fy}/{n:06}"


class BillKind(models.TextChoices):
    BILL = "bill", _("Bill of supply")
    INVOICE = "invoice", _("Tax invoice")
    RECEIPT = "receipt", _("Visit receipt")
    CREDIT_NOTE = "credit_note", _("Credit note")
    CORRECTION = "correction", _("Correction note")
    MONEY_RECEIPT = "received", _("Money receipt")
    REFUND_NOTE = "refund_note", _("Refund note")


# Papers that say what was done and what it costs; notes answer one of them; the rest say what money moved.
CHARGING = frozenset({BillKind.BILL, BillKind.INVOICE, BillKind.RECEIPT})
NOTES = frozenset({BillKind.CREDIT_NOTE, BillKind.CORRECTION})


class LineKind(models.TextChoices):
    PACKAGE = "package", _("package")
    VISIT = "visit", _("visit")
    COVERED = "covered", _("visit covered by a package")
    FREE = "free", _("visit free of charge")
    FEE = "fee", _("fee of a visit that did not take place")
    GOODS = "goods", _("goods")
    # Nothing was sold by it: it was handed back out of a payment that then bounced, and is owed (decision 0009).
    RETURNED = "returned", _("money handed back of a payment that bounced")


class NumberSeries(ClinicModel):
    """The last bill number of a prefix and financial year. Written by the bill's insert trigger only."""

    prefix = models.CharField(max_length=PREFIX)
    financial_year = models.DateField(help_text="its first day")
    last_number = models.PositiveIntegerField(default=0)
    last_issued_at = models.DateTimeField(null=True)

    class Meta(ClinicModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["clinic", "prefix", "financial_year"], name="number_series_once")
        ]

    def __str__(self) -> str:
        return f"{self.prefix} {self.financial_year}"


class Bill(ClinicModel):
    """An issued document. Append-only: what was printed never changes (S06, S07).

    number, name, financial_year and issued_on are set by the insert trigger: gapless for each prefix and
    financial year, dated by the clinic's local day of `issued_at`, never before the last one of its series.
    `document` is the frozen copy of all that is printed, the package box included. `seal` is what a printed code
    leads to; nobody can guess it.
    """

    kind = models.CharField(max_length=12, choices=BillKind.choices)
    prefix = models.CharField(max_length=PREFIX)
    format = models.CharField(max_length=40, default=NUMBER_FORMAT, db_default=NUMBER_FORMAT)
    financial_year = models.DateField(db_default=Now())
    number = models.PositiveIntegerField(db_default=0)
    name = models.CharField(max_length=24, db_default="")
    issued_at = models.DateTimeField()
    issued_on = models.DateField(db_default=Now())
    patient = ClinicForeignKey(Patient, on_delete=models.PROTECT, related_name="bills")
    branch = ClinicForeignKey(Branch, on_delete=models.PROTECT, related_name="+")
    visit = ClinicForeignKey(Visit, on_delete=models.PROTECT, null=True, related_name="+")
    completion = models.PositiveIntegerField(
        null=True, help_text="which completion of the visit this bill is for"
    )
    corrects = ClinicForeignKey("self", on_delete=models.PROTECT, null=True, related_name="+")
    total = models.DecimalField(**AMOUNT)
    by = ClinicForeignKey(Staff, on_delete=models.PROTECT, null=True, related_name="+")
    reason = models.CharField(max_length=300, blank=True)
    document = models.JSONField()
    seal = models.CharField(max_length=24, default=unguessable, db_default="")
    key = models.UUIDField()

    class Meta(ClinicModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["clinic", "key"], name="bill_key_once"),
            models.UniqueConstraint(
                fields=["clinic", "prefix", "financial_year", "number"], name="bill_number_once"
            ),
            models.UniqueConstraint(fields=["clinic", "name"], name="bill_name_once"),
            models.UniqueConstraint(fields=["clinic", "seal"], name="bill_seal_once", condition=~Q(seal="")),
            models.CheckConstraint(name="bill_kind_known", condition=Q(kind__in=BillKind.values)),
            models.UniqueConstraint(fields=["clinic", "visit", "completion"], name="bill_of_completion_once"),
            models.CheckConstraint(name="bill_number_from_1", condition=Q(number__gte=1)),
            models.CheckConstraint(
                name="bill_total_of_kind",
                condition=Q(kind__in=["bill", "invoice", "receipt"], total__gte=0)
                | Q(kind="credit_note", total__lte=0)
                | Q(kind__in=["correction", "received", "refund_note"], total=0),
            ),
            models.CheckConstraint(
                name="bill_note_names_its_bill",
                condition=Q(kind__in=["credit_note", "correction"], corrects__isnull=False) & ~Q(reason="")
                | ~Q(kind__in=["credit_note", "correction"]) & Q(corrects__isnull=True),
            ),
        ]
        indexes = [
            models.Index(fields=["clinic", "patient", "issued_at"], name="bill_of_patient"),
            models.Index(fields=["clinic", "issued_at"], name="bill_by_time"),
        ]

    def __str__(self) -> str:
        return self.name


class BillLine(ClinicModel):
    """What is charged. `amount` includes tax; `unit_price` and `discount` do where `tax_is_added` is false.

    A credit line points at the line it takes back.
    """

    bill = ClinicForeignKey(Bill, on_delete=models.PROTECT, related_name="lines")
    position = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=8, choices=LineKind.choices)
    text = models.CharField(max_length=300)
    quantity = models.DecimalField(max_digits=8, decimal_places=1, default=Decimal(1))
    unit_price = models.DecimalField(**AMOUNT)
    discount = models.DecimalField(**AMOUNT, default=Decimal(0))
    discount_reason = models.CharField(max_length=300, blank=True, default="", db_default="")
    tax_is_added = models.BooleanField(default=False, db_default=False)
    tax_percent = models.DecimalField(max_digits=6, decimal_places=3, default=Decimal(0))
    tax = models.DecimalField(**AMOUNT, default=Decimal(0))
    amount = models.DecimalField(**AMOUNT)
    package = ClinicForeignKey(Package, on_delete=models.PROTECT, null=True, related_name="+")
    visit = ClinicForeignKey(Visit, on_delete=models.PROTECT, null=True, related_name="+")
    service = ClinicForeignKey(Service, on_delete=models.PROTECT, null=True, related_name="+")
    good = ClinicForeignKey(Good, on_delete=models.PROTECT, null=True, related_name="+")
    credits = ClinicForeignKey("self", on_delete=models.PROTECT, null=True, related_name="+")

    class Meta(ClinicModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["clinic", "bill", "position"], name="bill_line_position"),
            models.CheckConstraint(
                name="bill_line_sign",
                condition=Q(credits__isnull=True, amount__gte=0) | Q(credits__isnull=False, amount__lte=0),
            ),
            models.CheckConstraint(
                name="bill_line_adds_up",
                condition=Q(tax_is_added=False, amount=F("quantity") * F("unit_price") - F("discount"))
                | Q(tax_is_added=True, amount=F("quantity") * F("unit_price") - F("discount") + F("tax")),
            ),
            models.CheckConstraint(
                name="bill_line_discount_fits", condition=Q(discount__gte=0) | Q(credits__isnull=False)
            ),
            models.CheckConstraint(
                name="bill_line_package_named", condition=~Q(kind="package") | Q(package__isnull=False)
            ),
            models.CheckConstraint(
                name="bill_line_fee_names_visit", condition=~Q(kind="fee") | Q(visit__isnull=False)
            ),
        ]
        indexes = [
            models.Index(fields=["clinic", "visit"], name="fee_of_visit", condition=Q(kind="fee")),
        ]

    def __str__(self) -> str:
        return self.text
