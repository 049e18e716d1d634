"""How the money of a refund goes back: kept for the patient, or paid out."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing.models import BY_HAND
from billing.payments import Tender
from clinic.forms import KeyedForm, MoneyField, ReasonField

CREDIT, PAID_OUT = "credit", "paid_out"


class RefundForm(KeyedForm):
    """A refund of `amount`; nothing about money is asked where it comes to nothing."""

    goes = forms.ChoiceField(
        label=gettext_lazy("The money"),
        widget=forms.RadioSelect,
        choices=[
            (PAID_OUT, gettext_lazy("is paid out now")),
            (CREDIT, gettext_lazy("stays here as the patient’s account credit")),
        ],
    )
    method = forms.ChoiceField(
        label=gettext_lazy("Paid out by"),
        choices=[(method.value, method.label) for method in BY_HAND],
    )
    paid_out = MoneyField(
        label=gettext_lazy("Paid out"),
        required=False,
        help_text=gettext_lazy("Empty: all of it. What is not paid out stays as account credit."),
    )
    reference = forms.CharField(label=gettext_lazy("Reference"), max_length=60, required=False)
    reason = ReasonField()
    shown = forms.CharField(widget=forms.HiddenInput, max_length=100)

    def __init__(self, *args: Any, amount: Decimal, currency: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.amount = amount
        self.fields["paid_out"].currency = currency  # type: ignore[attr-defined]
        if not amount:
            for name in ("goes", "method", "paid_out", "reference"):
                del self.fields[name]

    def clean(self) -> dict[str, Any]:
        facts = super().clean() or {}
        if facts.get("goes") == PAID_OUT and facts.get("paid_out") == 0:
            self.add_error("paid_out", _("Write what is paid out, or let all of it stay as account credit."))
        return facts

    def tender(self) -> Tender | None:
        """What is handed over now."""
        facts = self.cleaned_data
        if facts.get("goes") != PAID_OUT:
            return None
        paid_out = self.amount if facts["paid_out"] is None else facts["paid_out"]
        return Tender(facts["method"], paid_out, facts["reference"])
