from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from clinic.countries import Profile
from clinic.countries.forms import CountryForm
from clinic.forms import MoneyField, SessionsField
from clinic.models import Branch, ClinicSettings, Service
from clinic.money import places
from clinic.ui.words import reader_locale, session_count

from .numbering import year_in_use
from .registering import missing_registration


class ServiceForm(CountryForm):
    class Meta:
        model = Service
        fields = ("name", "minutes", "price", "tax_percent", "tax_is_added", "code")

    def __init__(self, *args: Any, currency: str, profile: Profile, **options: Any) -> None:
        super().__init__(*args, **options)
        self.profile = profile
        self.ask(
            [*([profile.code] if profile.code else []), *profile.service], after="code", columns=["code"]
        )
        self.fields["tax_percent"].help_text = profile.tax_help
        self.fields["price"] = MoneyField(label=_("Price of a single visit"), currency=currency)
        if "price" in self.initial:
            self.initial["price"] = f"{self.initial['price']:.{places(currency)}f}"
        if "tax_percent" in self.initial:
            self.initial["tax_percent"] = session_count(self.initial["tax_percent"])

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or self.cleaned_data
        if given.get("tax_percent") and given["tax_percent"] != self.instance.tax_percent:
            self._need_registration()
        self.gather(given)
        return given

    def _need_registration(self) -> None:
        if number := missing_registration(self.profile):
            sentence = _("Only a registered clinic charges tax. Fill in “%(number)s” in the settings first.")
            self.add_error("tax_percent", sentence % {"number": number})


class BranchForm(CountryForm):
    class Meta:
        model = Branch
        fields = ("name", "address", "region", "is_active")
        widgets = {"address": forms.Textarea({"rows": 3})}

    def __init__(self, *args: Any, profile: Profile, **options: Any) -> None:
        super().__init__(*args, **options)
        self.profile = profile
        self.ask(profile.branch, after="region")
        self.ask_region(profile)

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or self.cleaned_data
        self.agree_on_region(given, self.profile)
        self.gather(given)
        return given


class SettingsForm(CountryForm):
    """Letterhead, registrations, financial year, how far the front desk may go; the clinic's own name beside them."""

    clinic_name = forms.CharField(label=_("Name on the screen"), max_length=120)
    language = forms.ChoiceField(label=_("Language of messages"), choices=settings.LANGUAGES)
    financial_year_starts = forms.TypedChoiceField(
        label=_("Month the financial year starts"),
        choices=lambda: list(reader_locale().months["stand-alone"]["wide"].items()),
        coerce=int,
    )
    desk_adjusts_up_to = SessionsField(
        label=_("Sessions the front desk may give or take by itself"),
        min_value=0,
        max_value=100,
        help_text=_("Each time, with a reason. 0: only the owner adjusts."),
    )
    field_order = ("clinic_name",)

    class Meta:
        model = ClinicSettings
        fields = (
            "legal_name",
            "address",
            "region",
            "phone",
            "email",
            "registration",
            "tax_number",
            "upi_id",
            "bill_footer",
            "financial_year_starts",
            "language",
            "desk_adjusts_up_to",
            "desk_extends_up_to",
            "mails_monthly",
        )
        widgets = {"address": forms.Textarea({"rows": 3}), "bill_footer": forms.Textarea({"rows": 2})}

    def __init__(self, *args: Any, profile: Profile, **options: Any) -> None:
        super().__init__(*args, **options)
        self.profile = profile
        self.ask(profile.registrations, after="tax_number", columns=["registration", "tax_number"])
        self.ask_region(profile)
        if not profile.has_upi:
            del self.fields["upi_id"]
        self.initial["desk_adjusts_up_to"] = session_count(self.instance.desk_adjusts_up_to)

    def clean_financial_year_starts(self) -> int:
        """Refuse what would give a printed number out twice."""
        month: int = self.cleaned_data["financial_year_starts"]
        was = self.instance.financial_year_starts
        if month != was and (year := year_in_use(on=self.instance.clinic.today(), month=month, was=was)):
            sentence = _("Bills of %(year)s are numbered already; their year keeps its first month.")
            raise forms.ValidationError(sentence, params={"year": year})
        return month

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or self.cleaned_data
        self.agree_on_region(given, self.profile)
        self.gather(given)
        return given
