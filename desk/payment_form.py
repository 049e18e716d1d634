"""What taking a payment asks: for which lines, and whether account credit is used."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing.models import BillLine
from clinic.forms import KeyedForm, offer_branches
from clinic.models import Branch


class PaymentForm(KeyedForm):
    """Money for chosen lines; all that are owed are chosen at first."""

    pays = forms.MultipleChoiceField(
        label=gettext_lazy("Pays for"), required=False, widget=forms.CheckboxSelectMultiple
    )
    use_unapplied = forms.BooleanField(label=gettext_lazy("Use the account credit"), required=False)
    branch = forms.ModelChoiceField(Branch.objects.none(), label=gettext_lazy("Branch"), empty_label=None)

    def __init__(self, *args: Any, owed: Sequence[BillLine], unapplied: Decimal, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.owed = {str(line.pk): line for line in owed}
        pays = self.fields["pays"]
        pays.choices = [(pk, f"{line.bill.name} · {line.text}") for pk, line in self.owed.items()]  # type: ignore[attr-defined]
        pays.initial = list(self.owed)
        offer_branches(self)
        if not unapplied or not owed:
            del self.fields["use_unapplied"]
        if not owed:
            del self.fields["pays"]

    def clean(self) -> dict[str, Any]:
        facts = super().clean() or {}
        if facts.get("use_unapplied") and not facts.get("pays"):
            raise forms.ValidationError(_("Choose what the money pays for."))
        return facts

    def lines(self) -> list[BillLine]:
        """The chosen lines, oldest first."""
        chosen = set(self.cleaned_data.get("pays", []))
        return [line for pk, line in self.owed.items() if pk in chosen]
