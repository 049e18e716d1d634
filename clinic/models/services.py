from decimal import Decimal

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from clinic.money import with_tax
from clinic.tenancy.models import ClinicModel

from .facts import facts_are_an_object, facts_by_name


class Service(ClinicModel):
    """What a visit is for. A pack refers to the row, so renaming it changes nothing that was sold (S19)."""

    name = models.CharField(_("name"), max_length=120)
    minutes = models.PositiveSmallIntegerField(
        _("minutes"), default=60, validators=[MinValueValidator(5), MaxValueValidator(600)]
    )
    price = models.DecimalField(
        _("price of a single visit"), max_digits=14, decimal_places=3, validators=[MinValueValidator(0)]
    )
    tax_percent = models.DecimalField(
        _("tax in percent"),
        max_digits=6,
        decimal_places=3,  # 14.975 in Québec
        default=Decimal(0),
        validators=[MinValueValidator(0), MaxValueValidator(100)],
    )
    tax_is_added = models.BooleanField(
        _("tax comes on top of the price"),
        default=False,
        help_text=_("Otherwise the price includes it."),
    )
    code = models.CharField(
        _("code on bills"), max_length=20, blank=True, help_text=_("SAC, item or CPT code")
    )
    codes = facts_by_name()  # what else the country asks for: clinic.countries, Profile.service
    is_active = models.BooleanField(_("offered"), default=True)

    class Meta(ClinicModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["clinic", "name"], name="service_name_once"),
            models.CheckConstraint(name="service_price_not_negative", condition=models.Q(price__gte=0)),
            models.CheckConstraint(name="service_minutes_positive", condition=models.Q(minutes__gt=0)),
            facts_are_an_object("codes", name="service_codes"),
        ]

    def __str__(self) -> str:
        return self.name

    def to_pay(self, places: int) -> Decimal:
        """What a single visit costs the patient, tax included; `places` are the digits of the minor unit."""
        return with_tax(self.price, self.tax_percent, places, is_added=self.tax_is_added)
