from __future__ import annotations

import zoneinfo
from datetime import date, datetime
from decimal import Decimal

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from clinic.calendar import local_day
from clinic.countries import HOME, Profile, profile_of
from clinic.tenancy.models import ClinicModel

from .facts import facts_are_an_object, facts_by_name


def validate_time_zone(name: str) -> None:
    from django.core.exceptions import ValidationError

    if name not in zoneinfo.available_timezones():
        raise ValidationError(
            _("“%(name)s” is not a time zone. Use a name such as Asia/Kolkata."), params={"name": name}
        )


class Clinic(models.Model):
    """The global directory: which clinics exist here. All else about a clinic is in its own rows."""

    slug = models.SlugField(_("address"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=120)
    time_zone = models.CharField(
        _("time zone"), max_length=60, default="Asia/Kolkata", validators=[validate_time_zone]
    )
    currency = models.CharField(_("currency"), max_length=3, default="INR")
    country = models.CharField(_("country"), max_length=2, default=HOME)
    created_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return self.name

    @property
    def zone(self) -> zoneinfo.ZoneInfo:
        return zoneinfo.ZoneInfo(self.time_zone)

    @property
    def profile(self) -> Profile:
        """What its country asks for and how its papers are called."""
        return profile_of(self.country)

    def reading(self, language: str | None) -> str | None:
        """The language for a page of this clinic: English is that of its country, with its amounts and days."""
        return self.profile.locale if language == settings.LANGUAGE_CODE else language

    def local(self, moment: datetime) -> datetime:
        """The moment on the clinic's own clock."""
        return moment.astimezone(self.zone)

    def day_of(self, moment: datetime) -> date:
        """The clinic's local day of a moment: the day that counts (law 6)."""
        return local_day(moment, self.zone)

    def today(self) -> date:
        return self.day_of(timezone.now())


class ClinicSettings(ClinicModel):
    """One row a clinic: letterhead, registrations, the financial year, how far the front desk may go."""

    legal_name = models.CharField(_("name on bills"), max_length=160, blank=True)
    address = models.TextField(_("address"), max_length=400, blank=True)
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    registration = models.CharField(_("clinic registration number"), max_length=60, blank=True)
    tax_number = models.CharField(_("GSTIN or tax number"), max_length=40, blank=True)
    registrations = facts_by_name()  # what else the country asks for: clinic.countries, Profile.registrations
    region = models.CharField(_("state or province"), max_length=5, blank=True, db_default="")
    upi_id = models.CharField(
        _("UPI id"),
        max_length=100,
        blank=True,
        validators=[RegexValidator(r"^[\w.\-]{2,}@[a-zA-Z]{2,}$", _("A UPI id looks like clinic@bank."))],
    )
    bill_footer = models.TextField(_("line at the foot of bills"), max_length=300, blank=True)
    financial_year_starts = models.PositiveSmallIntegerField(
        _("month the financial year starts"),
        default=4,
        validators=[MinValueValidator(1), MaxValueValidator(12)],
    )
    language = models.CharField(_("language of messages"), max_length=5, default="en-in")
    desk_adjusts_up_to = models.DecimalField(
        _("sessions the front desk may adjust by itself"),
        max_digits=4,
        decimal_places=1,
        default=Decimal(0),
        validators=[MinValueValidator(0), MaxValueValidator(100)],
        help_text=_("Each time, with a reason. 0: only the owner adjusts."),
    )
    desk_extends_up_to = models.PositiveSmallIntegerField(
        _("days the front desk may extend a package by itself"),
        default=0,
        validators=[MaxValueValidator(365)],
        help_text=_("Each time, with a reason. 0: only the owner extends."),
    )
    mails_monthly = models.BooleanField(
        _("each month, e-mail the owner what is owed in care"),
        default=True,
        db_default=True,
        help_text=_("Early in the month, to every owner, with what changed since the month before."),
    )

    class Meta(ClinicModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["clinic"], name="clinic_settings_once"),
            models.CheckConstraint(
                name="clinic_settings_year_month",
                condition=models.Q(financial_year_starts__gte=1, financial_year_starts__lte=12),
            ),
            facts_are_an_object("registrations", name="clinic_settings_registrations"),
        ]

    def __str__(self) -> str:
        return self.legal_name


class Branch(ClinicModel):
    """A place where the clinic treats."""

    name = models.CharField(_("name"), max_length=80)
    address = models.TextField(_("address"), max_length=400, blank=True)
    identifiers = facts_by_name()  # where they differ from the clinic's: clinic.countries, Profile.branch
    region = models.CharField(_("state or province"), max_length=5, blank=True, db_default="")
    is_active = models.BooleanField(_("in use"), default=True)

    class Meta(ClinicModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["clinic", "name"], name="branch_name_once"),
            facts_are_an_object("identifiers", name="branch_identifiers"),
        ]

    def __str__(self) -> str:
        return self.name


class Counter(ClinicModel):
    """The last human number handed out for patients, packages and the like. May have gaps; bills may not."""

    name = models.CharField(max_length=20)
    last = models.PositiveIntegerField(default=0)

    class Meta(ClinicModel.Meta):
        constraints = [models.UniqueConstraint(fields=["clinic", "name"], name="counter_once")]

    def __str__(self) -> str:
        return f"{self.name} {self.last}"
