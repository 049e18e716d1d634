"""How money is taken in: several ways of paying at once."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from clinic.forms import MoneyField
from clinic.money import quantise
from clinic.refusals import Refused

from .models import BY_HAND, Method
from .payments import Tender
from .references import ReferenceEnteredBefore

WAYS_AT_ONCE = 3


class TenderForm(forms.Form):
    """One way of paying. Left empty it is none."""

    method = forms.ChoiceField(
        label=_("Paid by"), choices=[(way.value, way.label) for way in BY_HAND], initial=Method.UPI
    )
    amount = MoneyField(label=_("Amount"), required=False)
    reference = forms.CharField(label=_("Reference"), max_length=60, required=False)

    def clean_amount(self) -> Any:
        amount = self.cleaned_data["amount"]
        if amount is not None and amount <= 0:
            raise forms.ValidationError(_("An amount received must be more than 0."))
        return amount

    def tender(self) -> Tender | None:
        amount = self.cleaned_data.get("amount")
        return self.as_tender(amount) if amount else None

    def as_tender(self, amount: Decimal) -> Tender:
        """So much in this way, whatever was typed; a form that was left as it was has no cleaned facts."""
        method = self.cleaned_data.get("method") or self["method"].value()
        return Tender(Method(method), amount, self.cleaned_data.get("reference", ""))


class ConfirmingForm(forms.Form):
    """Asked where a UPI reference was entered before."""

    same_reference = forms.BooleanField(
        label=_("The UPI reference is right, it is another payment"), required=False
    )


class BaseTenders(forms.BaseFormSet):
    def __init__(self, *args: Any, currency: str = "INR", **kwargs: Any) -> None:
        self.currency = currency
        super().__init__(*args, **kwargs)
        self.confirming = ConfirmingForm(self.data if self.is_bound else None)
        self.asks_reference = self.same_reference

    @property
    def same_reference(self) -> bool:
        """Whether a reference that was entered before is right all the same."""
        return self.confirming.is_valid() and bool(self.confirming.cleaned_data["same_reference"])

    def ask_after(self, refusal: Refused) -> None:
        """Ask whether the reference is right, where that is why the money was refused."""
        self.asks_reference |= isinstance(refusal, ReferenceEnteredBefore)

    def add_fields(self, form: Any, index: int | None) -> None:
        super().add_fields(form, index)
        form.fields["amount"].currency = self.currency

    def tenders(self) -> list[Tender]:
        """What was paid, of a valid set."""
        return [tender for form in self.forms if (tender := form.tender())]


Tenders = forms.formset_factory(
    TenderForm, formset=BaseTenders, extra=WAYS_AT_ONCE, max_num=WAYS_AT_ONCE, absolute_max=WAYS_AT_ONCE
)


def tenders(data: Any, *, currency: str, amount: Any = None) -> Any:
    """The fields for taking money; the first way is filled in with `amount`."""
    initial = [{"method": Method.UPI, "amount": quantise(amount, currency)}] if amount else []
    made = Tenders(data or None, prefix="tender", initial=initial, currency=currency)  # type: ignore[call-arg]
    made.extra = WAYS_AT_ONCE - len(initial)
    return made
