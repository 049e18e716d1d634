"""How a visit is to be settled, as it was asked on the screen."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from billing.forms import tenders
from billing.payments import Tender
from clinic.models import Clinic
from clinic.money import quantise
from packages.models import Package
from visits.models import Visit

WAYS = (
    (Visit.Settlement.PACKAGE, _("A session of a package")),
    (Visit.Settlement.CHARGE, _("Pay this visit")),
    (Visit.Settlement.FREE, _("Free of charge")),
)
TENDERED = re.compile(r"tender-\d+-amount")


class CompletionForm(forms.Form):
    """Nothing asked means: the package that covers. A free visit needs its reason, money who may take it."""

    how = forms.ChoiceField(choices=WAYS, required=False)
    package = forms.ModelChoiceField(Package.objects.none(), required=False)
    reason = forms.CharField(label=_("Why is it free?"), max_length=300, required=False)

    def __init__(self, *args: Any, clinic: Clinic, may_take: bool, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["package"].queryset = Package.objects.all()  # type: ignore[attr-defined]
        charged = self.is_bound and self.data.get("how") == Visit.Settlement.CHARGE
        self.money = tenders(self.data if charged and may_take else None, currency=clinic.currency)
        self.is_charged, self.may_take = charged, may_take

    def clean(self) -> dict[str, Any]:
        asked = super().clean() or {}
        if asked.get("how") == Visit.Settlement.FREE and not asked.get("reason"):
            self.add_error(
                "reason", _("Write why this visit is free of charge. It stands on the visit's receipt.")
            )
        if not self.may_take and self._brings_money():
            self.add_error(None, _("The desk takes the money. Complete the visit without an amount."))
        elif self.money.is_bound and not self.money.is_valid():
            self.add_error(None, _("Look at the amounts: something there cannot be read."))
        return asked

    def _brings_money(self) -> bool:
        return any(TENDERED.fullmatch(name) and typed.strip() for name, typed in self.data.items())

    def tenders(self) -> Sequence[Tender]:
        """The money given, of a valid form."""
        given: Sequence[Tender] = self.money.tenders() if self.money.is_bound else ()
        return given


def fresh(clinic: Clinic, price: Decimal, *, may_take: bool) -> CompletionForm:
    """The form as it is first shown: the whole price is offered as paid now."""
    form = CompletionForm(clinic=clinic, may_take=may_take)
    form.fields["reason"].required = True  # asked by the form that makes it free, and sent by no other
    form.money = tenders(None, currency=clinic.currency, amount=quantise(price, clinic.currency))
    return form
