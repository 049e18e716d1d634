"""What the acts on a patient's account ask."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing.models import BY_HAND, BillLine
from billing.payments import Tender
from billing.splitting import spread
from clinic.forms import DateField, KeyedForm, MoneyField, ReasonField, offer_branches
from clinic.models import Branch
from clinic.money import quantise

from .payment_form import LineFields

SHOWN_AT_FIRST = timedelta(days=92)


class ApplyingForm(LineFields, KeyedForm):
    """How much of the account credit each owed line gets; proposed oldest first."""

    def __init__(
        self, *args: Any, owed: Sequence[BillLine], credit: Decimal, currency: str, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        proposed = spread(credit, {line: line.owed for line in owed})  # type: ignore[attr-defined]
        self.add_lines(owed, currency=currency, filled=proposed)

    def clean(self) -> dict[str, Any]:
        facts = super().clean() or {}
        if not self.errors and not self.typed(facts):
            raise forms.ValidationError(_("Write how much a bill gets."))
        return facts

    def split(self) -> dict[BillLine, Decimal]:
        return self.typed(self.cleaned_data)


class HandingBackForm(KeyedForm):
    """Account credit that is handed back."""

    amount = MoneyField(label=gettext_lazy("Amount handed back"))
    method = forms.ChoiceField(
        label=gettext_lazy("Handed back by"), choices=[(way.value, way.label) for way in BY_HAND]
    )
    reference = forms.CharField(label=gettext_lazy("Reference"), max_length=60, required=False)
    branch = forms.ModelChoiceField(Branch.objects.none(), label=gettext_lazy("Branch"), empty_label=None)
    reason = ReasonField()

    def __init__(self, *args: Any, credit: Decimal, currency: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["amount"].currency = currency  # type: ignore[attr-defined]
        self.fields["amount"].initial = quantise(credit, currency)
        offer_branches(self)

    def tender(self) -> Tender:
        facts = self.cleaned_data
        return Tender(facts["method"], facts["amount"], facts["reference"])


class TakingBackForm(KeyedForm):
    """Money that is taken off a bill's line."""

    amount = MoneyField(label=gettext_lazy("Amount taken back"))
    reason = ReasonField()

    def __init__(self, *args: Any, pays: Decimal, currency: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["amount"].currency = currency  # type: ignore[attr-defined]
        self.fields["amount"].initial = quantise(pays, currency)


class BouncingForm(KeyedForm):
    """A payment that did not come in: the day that the bank says, and why."""

    on = DateField(label=gettext_lazy("The bank says so of"))
    reason = ReasonField(help_text=gettext_lazy("For instance: cheque returned, funds insufficient."))


class AsOfForm(forms.Form):
    """The day up to which the credit is told."""

    as_of = DateField(label=gettext_lazy("As at the end of"), required=False)

    def day(self, today: date) -> date:
        asked = self.cleaned_data.get("as_of") if self.is_valid() else None
        return asked or today


class BetweenForm(forms.Form):
    """The days of an account statement; the last three months where nothing is asked."""

    first = DateField(label=gettext_lazy("From"), required=False)
    last = DateField(label=gettext_lazy("To"), required=False)

    def clean(self) -> dict[str, Any]:
        facts = super().clean() or {}
        if facts.get("first") and facts.get("last") and facts["first"] > facts["last"]:
            self.add_error("first", _("The first day comes after the last. Turn them round."))
        return facts

    def days(self, today: date) -> tuple[date, date]:
        facts = self.cleaned_data if self.is_valid() else {}
        last = facts.get("last") or today
        return facts.get("first") or last - SHOWN_AT_FIRST, last
