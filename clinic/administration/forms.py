from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from clinic.forms import MoneyField, SessionsField
from clinic.models import Branch, ClinicSettings, Service
from clinic.money import places
from clinic.ui.words import reader_locale, session_count

from .numbering import prefix_in_use, year_in_use

PREFIXES = ("bill_prefix", "receipt_prefix", "credit_note_prefix", "correction_prefix")
KINDS = dict(zip(PREFIXES, ("bill", "receipt", "credit_note", "correction"), strict=True))


class ServiceForm(forms.ModelForm):
    class Meta:
        model = Service
        fields = ("name", "minutes", "price", "tax_percent", "code")

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
    """Letterhead, registrations, numbering, how far the front desk may go; the clinic's own name beside them."""

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
            *PREFIXES,
            "language",
            "desk_adjusts_up_to",
            "desk_extends_up_to",
        )
        widgets = {"address": forms.Textarea({"rows": 3}), "bill_footer": forms.Textarea({"rows": 2})}

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.initial["desk_adjusts_up_to"] = session_count(self.instance.desk_adjusts_up_to)

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or self.cleaned_data
        prefixes = [given[name].upper() for name in PREFIXES if given.get(name)]
        if len(set(prefixes)) < len(prefixes):
            self.add_error("bill_prefix", _("Each kind of paper needs a prefix of its own."))
        for name in PREFIXES:
            if given.get(name) and not given[name].isalnum():
                self.add_error(name, _("Letters and figures only."))
        self._keep_numbers_single(given)
        return given

    def _keep_numbers_single(self, given: dict[str, Any]) -> None:
        """Refuse what would give a printed number out twice; a new prefix alone never does."""
        month, was = given.get("financial_year_starts"), self.instance.financial_year_starts
        if month and month != was:
            year = year_in_use(on=self.instance.clinic.today(), month=month, was=was)
            if year:
                sentence = _("Bills of %(year)s are numbered already; their year keeps its first month.")
                self.add_error("financial_year_starts", sentence % {"year": year})
        for name in PREFIXES:
            new = given.get(name)
            if new and new != getattr(self.instance, name) and prefix_in_use(new, kind=KINDS[name]):
                self.add_error(name, _("Other papers carry this prefix already."))
