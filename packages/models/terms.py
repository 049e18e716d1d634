"""The terms a plan offers and a package freezes: one abstract model, so that the copy is complete by construction."""

from __future__ import annotations

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


class Terms(models.Model):
    """Price and rules. Frozen at the sale (law 5)."""

    name = models.CharField(_("name"), max_length=120)
    price = models.DecimalField(
        _("price"), max_digits=14, decimal_places=3, validators=[MinValueValidator(0)]
    )
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

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name

    @classmethod
    def term_names(cls) -> tuple[str, ...]:
        """The fields that are copied from a plan to a package."""
        return tuple(field.name for field in Terms._meta.local_fields)
