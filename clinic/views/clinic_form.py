from __future__ import annotations

from typing import Any

from babel import Locale
from babel.numbers import get_currency_name
from django import forms
from django.core.validators import RegexValidator
from django.utils.text import slugify
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from clinic.models.clinics import validate_time_zone

# Country: its time zone and currency. Where a country has several zones, the one most people live in.
COUNTRIES = {
    "IN": ("Asia/Kolkata", "INR"),
    "AE": ("Asia/Dubai", "AED"),
    "AU": ("Australia/Sydney", "AUD"),
    "BD": ("Asia/Dhaka", "BDT"),
    "CA": ("America/Toronto", "CAD"),
    "DE": ("Europe/Berlin", "EUR"),
    "ES": ("Europe/Madrid", "EUR"),
    "FR": ("Europe/Paris", "EUR"),
    "GB": ("Europe/London", "GBP"),
    "IE": ("Europe/Dublin", "EUR"),
    "IT": ("Europe/Rome", "EUR"),
    "JP": ("Asia/Tokyo", "JPY"),
    "KE": ("Africa/Nairobi", "KES"),
    "KW": ("Asia/Kuwait", "KWD"),
    "LK": ("Asia/Colombo", "LKR"),
    "MY": ("Asia/Kuala_Lumpur", "MYR"),
    "NL": ("Europe/Amsterdam", "EUR"),
    "NP": ("Asia/Kathmandu", "NPR"),
    "NZ": ("Pacific/Auckland", "NZD"),
    "SA": ("Asia/Riyadh", "SAR"),
    "SG": ("Asia/Singapore", "SGD"),
    "US": ("America/New_York", "USD"),
    "ZA": ("Africa/Johannesburg", "ZAR"),
}
MORE_ZONES = (
    "America/Chicago",
    "America/Denver",
    "America/Los_Angeles",
    "America/Vancouver",
    "Australia/Perth",
)
OF_THE_COUNTRY = [("", _("the country's own"))]
ADDRESS = RegexValidator(r"^[a-z0-9]+(-[a-z0-9]+)*$", _("Small Latin letters, figures and hyphens only."))


def countries() -> list[tuple[str, str]]:
    """Where Ginti knows the ways of the country, India first."""
    names = Locale.parse(get_language() or "en-in", sep="-").territories
    return [(code, names[code]) for code in COUNTRIES]


def currencies() -> list[tuple[str, Any]]:
    codes = dict.fromkeys(currency for _zone, currency in COUNTRIES.values())
    locale = Locale.parse(get_language() or "en-in", sep="-")
    return OF_THE_COUNTRY + [(code, f"{code} · {get_currency_name(code, locale=locale)}") for code in codes]


def zones() -> list[tuple[str, Any]]:
    own = {zone for zone, _currency in COUNTRIES.values()}
    return OF_THE_COUNTRY + [(zone, zone.replace("_", " ")) for zone in sorted(own | set(MORE_ZONES))]


class ClinicForm(forms.Form):
    """Two questions and a country; the rest follows from them and may be said otherwise."""

    name = forms.CharField(label=_("Name of the clinic"), max_length=120)
    slug = forms.CharField(
        label=_("Address"),
        max_length=40,
        required=False,
        validators=[ADDRESS],
        help_text=_(
            "The part of the web address that is yours, such as asha-physio. Left empty, it is made from the name."
        ),
    )
    country = forms.ChoiceField(label=_("Country"), choices=countries, initial="IN")
    time_zone = forms.ChoiceField(
        label=_("Time zone"), choices=zones, required=False, validators=[validate_time_zone]
    )
    currency = forms.ChoiceField(label=_("Currency"), choices=currencies, required=False)

    def clean(self) -> dict[str, Any]:
        given = {**(super().clean() or {}), **self.cleaned_data}
        given["slug"] = given.get("slug") or slugify(given.get("name", ""))[:40].strip("-")
        if not given["slug"] and "slug" not in self.errors:
            self.add_error("slug", _("Choose an address in Latin letters."))
        zone, currency = COUNTRIES.get(given.get("country", ""), ("", ""))
        given["time_zone"] = given.get("time_zone") or zone
        given["currency"] = given.get("currency") or currency
        return given
