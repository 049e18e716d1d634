from __future__ import annotations

from typing import Any

from babel import Locale
from babel.numbers import get_currency_name
from django import forms
from django.core.validators import RegexValidator
from django.utils.text import slugify
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from clinic.countries import COUNTRIES, HOME, profile_of
from clinic.models.clinics import validate_time_zone

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
    codes = dict.fromkeys(profile_of(country).currency for country in COUNTRIES)
    locale = Locale.parse(get_language() or "en-in", sep="-")
    return OF_THE_COUNTRY + [(code, f"{code} · {get_currency_name(code, locale=locale)}") for code in codes]


def zones() -> list[tuple[str, Any]]:
    own = {profile_of(country).time_zone for country in COUNTRIES}
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
    country = forms.ChoiceField(label=_("Country"), choices=countries, initial=HOME)
    time_zone = forms.ChoiceField(
        label=_("Time zone"), choices=zones, required=False, validators=[validate_time_zone]
    )
    currency = forms.ChoiceField(label=_("Currency"), choices=currencies, required=False)

    def clean(self) -> dict[str, Any]:
        given = {**(super().clean() or {}), **self.cleaned_data}
        given["slug"] = given.get("slug") or slugify(given.get("name", ""))[:40].strip("-")
        if not given["slug"] and "slug" not in self.errors:
            self.add_error("slug", _("Choose an address in Latin letters."))
        profile = profile_of(given.get("country", ""))
        given["time_zone"] = given.get("time_zone") or profile.time_zone
        given["currency"] = given.get("currency") or profile.currency
        return given
