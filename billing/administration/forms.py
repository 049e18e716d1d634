from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from clinic.administration.registering import missing_registration
from clinic.countries import Profile
from clinic.forms import MoneyField
from clinic.models import Branch, Clinic
from clinic.money import places
from clinic.ui.words import session_count

from ..models import DEFAULT_PREFIX, NUMBER_FORMAT, BillKind, Good
from .numbering import chosen, next_number


class GoodForm(forms.ModelForm):
    class Meta:
        model = Good
        fields = ("name", "price", "tax_percent", "tax_is_added", "code")

    def __init__(self, *args: Any, currency: str, profile: Profile, **options: Any) -> None:
        super().__init__(*args, **options)
        self.profile = profile
        self.fields["price"] = MoneyField(label=_("Price"), currency=currency)
        if "price" in self.initial:
            self.initial["price"] = f"{self.initial['price']:.{places(currency)}f}"
        if "tax_percent" in self.initial:
            self.initial["tax_percent"] = session_count(self.initial["tax_percent"])

    def clean_tax_percent(self) -> Decimal:
        """Refuse a tax that the clinic may not charge."""
        percent: Decimal = self.cleaned_data["tax_percent"]
        if (
            percent
            and percent != self.instance.tax_percent
            and (number := missing_registration(self.profile))
        ):
            sentence = _("Only a registered clinic charges tax. Fill in “%(number)s” in the settings first.")
            raise forms.ValidationError(sentence, params={"number": number})
        return percent


class SeriesForm(forms.Form):
    """Prefix and format of one kind of paper, and the number that comes next."""

    series = forms.CharField(label=_("Prefix"), max_length=6, required=False)
    format = forms.CharField(label=_("Format"), max_length=40)

    def __init__(self, *args: Any, kind: BillKind, next_name: str, **options: Any) -> None:
        self.kind, self.next_name = kind, next_name
        options["initial"] = {"format": NUMBER_FORMAT} | options.get("initial", {})
        options["prefix"] = kind.value
        super().__init__(*args, **options)

    @property
    def title(self) -> str:
        return str(self.kind.label)


def series_forms(data: Any, *, branch: Branch | None, clinic: Clinic) -> list[SeriesForm]:
    """A form for each kind of paper, with what is chosen now."""
    rows, forms_of_kinds = chosen(branch), []
    clinic_rows = chosen(None) if branch else rows
    for kind in BillKind:
        row = rows.get(kind)
        now = row if row and (row.prefix or not branch) else clinic_rows.get(kind)
        initial = {"series": row.prefix if row else "" if branch else DEFAULT_PREFIX[kind]}
        if row:
            initial["format"] = row.format
        next_name = next_number(kind, now, on=clinic.today(), clinic=clinic)
        forms_of_kinds.append(SeriesForm(data, kind=kind, next_name=next_name, initial=initial))
    return forms_of_kinds
