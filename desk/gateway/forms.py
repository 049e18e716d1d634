"""What making a link, giving its money back, and setting the account up ask."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from billing.models import BillLine
from clinic.forms import KeyedForm, MoneyField, ReasonField, offer_branches
from clinic.models import Branch, Clinic
from clinic.money import format_money


class LinkForm(KeyedForm):
    """A link for lines that are owed; those of one bill are chosen at first, or all."""

    pays = forms.MultipleChoiceField(label=_("Pays for"), widget=forms.CheckboxSelectMultiple)
    amount = MoneyField(
        label=_("Amount"), required=False, help_text=_("Empty: all that is owed on what is chosen.")
    )
    branch = forms.ModelChoiceField(Branch.objects.none(), label=_("Branch"), empty_label=None)

    def __init__(
        self, *args: Any, owed: Sequence[BillLine], clinic: Clinic, bill: str, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.owed = {str(line.pk): line for line in owed}
        pays = self.fields["pays"]
        pays.choices = [(pk, _said(line, clinic)) for pk, line in self.owed.items()]  # type: ignore[attr-defined]
        of_bill = [pk for pk, line in self.owed.items() if str(line.bill_id) == bill]
        pays.initial = of_bill or list(self.owed)
        self.fields["amount"].currency = clinic.currency  # type: ignore[attr-defined]
        offer_branches(self)

    def lines(self) -> list[BillLine]:
        """The chosen lines, oldest first."""
        chosen = set(self.cleaned_data["pays"])
        return [line for pk, line in self.owed.items() if pk in chosen]


class LinkRefundForm(KeyedForm):
    """How much of a payment goes back, and why."""

    payment = forms.UUIDField(widget=forms.HiddenInput)
    amount = MoneyField(label=_("Amount"))
    reason = ReasonField()

    def __init__(self, *args: Any, clinic: Clinic, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["amount"].currency = clinic.currency  # type: ignore[attr-defined]


class AccountForm(KeyedForm):
    """The account at Razorpay. What is kept of the secrets is never shown; left empty they stay as they are."""

    key_id = forms.CharField(
        label=_("Key id"),
        max_length=60,
        help_text=_("It begins with rzp_live_, or rzp_test_ for trying out."),
    )
    key_secret = forms.CharField(
        label=_("Key secret"), max_length=100, required=False, widget=forms.PasswordInput
    )
    webhook_secret = forms.CharField(
        label=_("Webhook secret"), max_length=100, required=False, widget=forms.PasswordInput
    )

    def __init__(self, *args: Any, is_set_up: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("key_secret", "webhook_secret"):
            self.fields[name].widget.attrs["autocomplete"] = "new-password"
            self.fields[name].required = not is_set_up
            if is_set_up:
                self.fields[name].help_text = _("It is kept and not shown. Leave it empty to keep it.")


def _said(line: BillLine, clinic: Clinic) -> str:
    owed = format_money(line.owed, clinic.currency, get_language() or "en-in")  # type: ignore[attr-defined]
    return f"{line.bill.name} · {line.text} · {owed}"
