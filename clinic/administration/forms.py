from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from clinic.forms import MoneyField, SessionsField
from clinic.models import Branch, ClinicSettings, Service
from clinic.money import places
from clinic.ui.words import reader_locale, session_count

from .numbering import year_in_use


class ServiceForm(forms.ModelForm):
    class Meta:
        model = Service
        fields = ("name", "minutes", "price", "tax_percent", "tax_is_added", "code")

    def __init__(self, *args: Any, currency: str, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["price"] = MoneyField(label=_("Price of a single visit"), currency=currency)
        if "price" in self.initial:
            self.initial["price"] = f"{self.initial['price']:.{places(currency)}f}"


class BranchForm(forms.ModelForm):
    class Meta:
        model = Branch
        fields = ("name", "address", "is_active")
        widgets = {"address": forms.Textarea({"rows": 3})}


class SettingsForm(forms.ModelForm):
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
        )
        widgets = {"address": forms.Textarea({"rows": 3}), "bill_footer": forms.Textarea({"rows": 2})}

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.initial["desk_adjusts_up_to"] = session_count(self.instance.desk_adjusts_up_to)

    def clean_financial_year_starts(self) -> int:
        """Refuse what would give a printed number out twice."""
        month: int = self.cleaned_data["financial_year_starts"]
        was = self.instance.financial_year_starts
        if month != was and (year := year_in_use(on=self.instance.clinic.today(), month=month, was=was)):
            sentence = _("Bills of %(year)s are numbered already; their year keeps its first month.")
            raise forms.ValidationError(sentence, params={"year": year})
        return month
