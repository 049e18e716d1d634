"""The terms a plan offers and a package freezes: one abstract model, so that the copy is complete by construction."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from clinic.calendar import ValidityUnit


class Activation(models.TextChoices):
    PAID_IN_FULL = "paid_in_full", _("when paid in full")
    AS_PAID = "as_paid", _("as many sessions as are paid for")
    AT_ONCE = "at_once", _("at once, paid or not")


class Sharing(models.TextChoices):
    OWNER = "owner", _("only the patient who bought it")
    NAMED = "named", _("the patient and people named by the patient")


class Start(models.TextChoices):
    """From when the validity counts."""

    SALE = "sale", _("from the day of the sale")
    FIRST_VISIT = "first_visit", _("from the first visit")


class Where(models.TextChoices):
    ANYWHERE = "anywhere", _("at every branch")
    WHERE_SOLD = "where_sold", _("only at the branch that sold it")
    LISTED = "listed", _("only at the branches named")


class Takes(models.TextChoices):
    """What a late cancellation or a visit nobody came to takes."""

    NOTHING = "nothing", _("nothing")
    HALF = "half", _("half a session")
    ONE = "one", _("one session")
    FEE = "fee", _("a fee, and no session")


class TransferRule(models.TextChoices):
    ANYBODY = "anybody", _("to any patient of the clinic")
    NAMED = "named", _("to people named by the patient")
    NOBODY = "nobody", _("to nobody")


class RefundRule(models.TextChoices):
    RATE_PAID = "rate_paid", _("unused sessions at the rate paid")
    LIST_RATE = "list_rate", _("what was paid, less used sessions at the list rate")
    FEE = "fee", _("unused sessions at the rate paid, less a fee")
    NONE = "none", _("no refund")


AMOUNT: dict[str, Any] = {"max_digits": 14, "decimal_places": 3}
NOT_NEGATIVE = [MinValueValidator(0)]


class Terms(models.Model):
    """Price and rules. Frozen at the sale (law 5)."""

    name = models.CharField(_("name"), max_length=120)
    price = models.DecimalField(_("price"), **AMOUNT, validators=NOT_NEGATIVE)
    validity_count = models.PositiveSmallIntegerField(
        _("valid for"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(3650)],
        help_text=_("Leave empty for a pack that never lapses."),
    )
    validity_unit = models.CharField(
        _("unit"), max_length=6, choices=ValidityUnit.choices, default=ValidityUnit.MONTHS
    )
    activation = models.CharField(
        _("can be used"), max_length=12, choices=Activation.choices, default=Activation.PAID_IN_FULL
    )
    sharing = models.CharField(
        _("who may use it"), max_length=6, choices=Sharing.choices, default=Sharing.OWNER
    )

    named_limit = models.PositiveSmallIntegerField(
        _("how many people may be named"),
        null=True,
        blank=True,
        help_text=_("Leave empty for as many as the patient names."),
    )
    validity_start = models.CharField(
        _("validity counts"), max_length=12, choices=Start.choices, default=Start.SALE
    )
    longest_count = models.PositiveSmallIntegerField(
        _("at the latest after"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(3650)],
        help_text=_("From the sale, whenever the first visit is. Leave empty for no such limit."),
    )
    longest_unit = models.CharField(
        _("unit"), max_length=6, choices=ValidityUnit.choices, default=ValidityUnit.MONTHS
    )
    where = models.CharField(_("where"), max_length=12, choices=Where.choices, default=Where.ANYWHERE)
    # Ids and not a table: terms are a copy, read with every row of the front desk's pages (docs/decisions/0005).
    branch_ids = ArrayField(models.UUIDField(), verbose_name=_("branches"), default=list, blank=True)
    therapist_ids = ArrayField(models.UUIDField(), verbose_name=_("therapists"), default=list, blank=True)
    late_cancel_hours = models.PositiveSmallIntegerField(
        _("hours before the visit from which a cancellation is late"),
        default=24,
        validators=[MaxValueValidator(24 * 14)],
    )
    late_cancel_takes = models.CharField(
        _("a late cancellation takes"), max_length=8, choices=Takes.choices, default=Takes.ONE
    )
    late_cancel_fee = models.DecimalField(
        _("fee for a late cancellation"), **AMOUNT, default=Decimal(0), validators=NOT_NEGATIVE
    )
    no_show_takes = models.CharField(
        _("not coming takes"), max_length=8, choices=Takes.choices, default=Takes.ONE
    )
    no_show_fee = models.DecimalField(
        _("fee for not coming"), **AMOUNT, default=Decimal(0), validators=NOT_NEGATIVE
    )
    free_passes = models.PositiveSmallIntegerField(
        _("free passes"),
        default=1,
        help_text=_("So many late cancellations or missed visits take nothing. Used without anybody asking."),
    )
    freeze_limit = models.PositiveSmallIntegerField(
        _("days it may be frozen in all"),
        null=True,
        blank=True,
        default=30,
        help_text=_("0: it cannot be frozen. Leave empty for no limit."),
    )
    transfer_rule = models.CharField(
        _("sessions may be transferred"),
        max_length=8,
        choices=TransferRule.choices,
        default=TransferRule.ANYBODY,
    )
    refund_rule = models.CharField(
        _("refund"), max_length=12, choices=RefundRule.choices, default=RefundRule.RATE_PAID
    )
    refund_fee = models.DecimalField(
        _("fee kept of a refund"), **AMOUNT, default=Decimal(0), validators=NOT_NEGATIVE
    )
    list_rate = models.DecimalField(
        _("list rate of a session"),
        **AMOUNT,
        null=True,
        blank=True,
        validators=NOT_NEGATIVE,
        help_text=_("For refunds at the list rate. Leave empty for the price of the plan by its sessions."),
    )
    renews_monthly = models.BooleanField(
        _("renews every month"), default=False, help_text=_("So many sessions a month until it is ended.")
    )
    carries_over = models.BooleanField(_("unused sessions move to the next month"), default=False)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name

    @classmethod
    def term_names(cls) -> tuple[str, ...]:
        """The fields that are copied from a plan to a package."""
        return tuple(field.name for field in Terms._meta.local_fields)
