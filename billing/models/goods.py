from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from clinic.money import with_tax
from clinic.tenancy.models import ClinicModel

AMOUNT: dict[str, Any] = {"max_digits": 14, "decimal_places": 3}


class Good(ClinicModel):
    """Something handed over the counter: a knee brace, an exercise band. A bill copies its name and price."""

    name = models.CharField(_("name"), max_length=120)
    price = models.DecimalField(_("price"), **AMOUNT, validators=[MinValueValidator(0)])
    tax_percent = models.DecimalField(
        _("tax in percent"),
        max_digits=6,
        decimal_places=3,  # 14.975 in Québec
        default=Decimal(0),
        validators=[MinValueValidator(0), MaxValueValidator(100)],
    )
    tax_is_added = models.BooleanField(
        _("tax comes on top of the price"), default=False, help_text=_("Otherwise the price includes it.")
    )
    code = models.CharField(_("code on bills"), max_length=20, blank=True, help_text=_("HSN or item code"))
    is_active = models.BooleanField(_("on sale"), default=True)

    class Meta(ClinicModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["clinic", "name"], name="good_name_once"),
            models.CheckConstraint(name="good_price_not_negative", condition=Q(price__gte=0)),
        ]

    def __str__(self) -> str:
        return self.name

    def to_pay(self, places: int) -> Decimal:
        """What one costs the patient, tax included; `places` are the digits of the minor unit."""
        return with_tax(self.price, self.tax_percent, places, is_added=self.tax_is_added)
