"""What taking a payment asks: what was received and when, and how much of it each owed line gets."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing.models import BillLine
from billing.payments import owed_lines, with_owed
from billing.splitting import spread
from clinic.forms import DateField, KeyedForm, MoneyField, offer_branches
from clinic.models import Branch, Patient
from clinic.money import quantise

ZERO = Decimal(0)
LINE = "pay-"  # how the field of a line is called: pay-<id>


class LineFields:
    """A form's fields for owed lines, one amount each; empty is nothing."""

    fields: dict[str, Any]
    owed: dict[str, BillLine]

    def add_lines(self, owed: Sequence[BillLine], *, currency: str, filled: dict[BillLine, Decimal]) -> None:
        self.owed = {f"{LINE}{line.pk}": line for line in owed}
        for name, line in self.owed.items():
            amount = filled.get(line)
            self.fields[name] = MoneyField(
                label=f"{line.bill.name} · {line.text}",
                required=False,
                currency=currency,
                initial=quantise(amount, currency) if amount else None,
            )

    def rows(self) -> list[tuple[BillLine, Any]]:
        """Each line and its field, for the template."""
        return [(line, self[name]) for name, line in self.owed.items()]  # type: ignore[index]

    def typed(self, cleaned: dict[str, Any]) -> dict[BillLine, Decimal]:
        """What was written beside the lines."""
        return {line: cleaned[name] for name, line in self.owed.items() if cleaned.get(name)}


class PaymentForm(LineFields, KeyedForm):
    """Money of a patient for owed lines. Their amounts are filled in oldest first with `proposed`."""

    on = DateField(label=gettext_lazy("Received on"))
    branch = forms.ModelChoiceField(Branch.objects.none(), label=gettext_lazy("Branch"), empty_label=None)
    use_unapplied = forms.BooleanField(label=gettext_lazy("Use the account credit"), required=False)
    spread_of = forms.CharField(widget=forms.HiddenInput, required=False, max_length=20)

    def __init__(
        self,
        *args: Any,
        owed: Sequence[BillLine],
        unapplied: Decimal,
        proposed: Decimal,
        currency: str,
        today: date,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        self.add_lines(owed, currency=currency, filled=self._oldest_first(owed, proposed))
        self.fields["on"].initial = today
        self.fields["spread_of"].initial = quantise(proposed, currency)
        offer_branches(self)
        if not unapplied or not owed:
            del self.fields["use_unapplied"]

    def clean_on(self) -> date:
        on: date = self.cleaned_data["on"]
        if on > self.today:
            raise forms.ValidationError(_("A payment cannot be dated in the future."))
        return on

    def split(self, there_is: Decimal) -> dict[BillLine, Decimal]:
        """How much each line gets. Amounts that were filled in, and that nobody touched, follow the money that was
        written, oldest first; lines that were left empty get nothing."""
        typed, filled_for = self.typed(self.cleaned_data), self._filled_for()
        is_untouched = filled_for and typed == self._oldest_first(self.owed.values(), filled_for)
        return self._oldest_first(self.owed.values(), there_is) if is_untouched else typed

    def _filled_for(self) -> Decimal:
        """The amount that the lines were filled in for when the page was made."""
        written = str(self.cleaned_data.get("spread_of") or "")
        return Decimal(written) if written.replace(".", "", 1).isdecimal() else ZERO

    @staticmethod
    def _oldest_first(owed: Iterable[BillLine], amount: Decimal) -> dict[BillLine, Decimal]:
        return spread(amount, {line: line.owed for line in owed})  # type: ignore[attr-defined]


def lines_to_pay(people: Sequence[Patient], sent: Iterable[str] = ()) -> list[BillLine]:
    """What these people owe, and the lines that a form was `sent` with: what was paid meanwhile stays as typed."""
    owed = owed_lines(*people)
    known = {line.pk for line in owed}
    asked = {pk for name in sent if name.startswith(LINE) and (pk := _uuid(name[len(LINE) :]))}
    if missing := asked - known:
        lines = with_owed().filter(pk__in=missing, credits__isnull=True)
        owed += list(lines.select_related("bill", "package").order_by("bill__issued_at", "position"))
    return owed


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
