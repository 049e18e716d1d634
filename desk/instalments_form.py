"""What paying in instalments asks: the terms, from which days and amounts are worked out, and those, to be changed."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing.forms import tenders
from billing.instalment_dates import MOST, Due, Every, InstalmentsRefused, days, proposal
from billing.payments import Tender
from clinic.forms import DateField, MoneyField
from clinic.models import Clinic
from clinic.money import quantise

ZERO = Decimal(0)


class TermsForm(forms.Form):
    """Deposit, how many after it, from when and how often. Without a number nothing is asked."""

    deposit = MoneyField(label=gettext_lazy("Deposit, paid today"), required=False)
    count = forms.IntegerField(
        label=gettext_lazy("Further instalments"), min_value=1, max_value=MOST, required=False
    )
    first_on = DateField(label=gettext_lazy("The first of them is due on"), required=False)
    every = forms.ChoiceField(
        label=gettext_lazy("How often"), choices=Every.choices, initial=Every.MONTH, required=False
    )

    def clean(self) -> dict[str, Any]:
        asked = super().clean() or {}
        if self.is_asked and not self.errors:
            for name, sentence in (
                ("count", _("Write how many instalments follow the deposit.")),
                ("first_on", _("Choose the day on which the first instalment is due.")),
            ):
                if not asked.get(name):
                    self.add_error(name, sentence)
        return asked

    @property
    def is_asked(self) -> bool:
        return any(self.data.get(self.add_prefix(name), "").strip() for name in ("deposit", "count"))


class RowForm(forms.Form):
    """One instalment, as worked out or changed."""

    on = DateField(label=gettext_lazy("Due on"))
    amount = MoneyField(label=gettext_lazy("Amount"))


class BaseRows(forms.BaseFormSet):
    def __init__(self, *args: Any, currency: str, **kwargs: Any) -> None:
        self.currency = currency
        super().__init__(*args, **kwargs)

    def add_fields(self, form: Any, index: int | None) -> None:
        super().add_fields(form, index)
        form.empty_permitted = False  # a row that was emptied is not dropped unsaid
        form.fields["amount"].currency = self.currency
        form.fields["on"].label = _("%(n)s. due on") % {"n": (index or 0) + 1}


Rows = forms.formset_factory(RowForm, formset=BaseRows, extra=0, absolute_max=MOST + 1, max_num=MOST + 1)


class InstalmentsAsked:
    """The terms and rows as they came. Rows count only by the terms and the sum they were worked out for; else they
    are worked out again and shown, and nothing is agreed yet."""

    def __init__(self, data: Any, *, total: Decimal, clinic: Clinic) -> None:
        self.total, self.clinic, self.today = total, clinic, clinic.today()
        first_on = days(self.today, Every.MONTH, 2)[1]
        self.terms = TermsForm(data or None, prefix="instalments", initial={"first_on": first_on})
        self.terms.fields["deposit"].currency = clinic.currency  # type: ignore[attr-defined]
        self.rows: Any = None
        self.is_settled = self._settle(data) if data else False

    @property
    def worked_out_for(self) -> str:
        """What rows depend on; sent with them."""
        asked = self.terms.cleaned_data
        return "|".join(str(asked[name]) for name in ("deposit", "count", "first_on", "every")) + (
            f"|{quantise(self.total, self.clinic.currency)}"
        )

    @property
    def is_open(self) -> bool:
        return bool(self.terms.is_bound and (self.terms.is_asked or self.terms.errors))

    @property
    def shown_total(self) -> Decimal:
        """What the rows come to, as far as they can be read."""
        return sum((amount for row in self.rows or () if (amount := _amount_of(row))), ZERO)

    def agreed(self, paid: Sequence[Tender] = ()) -> list[Due]:
        """The rows of what is settled; none where none were asked for. Refuses them where all is paid now."""
        if self.rows is None:
            return []
        if sum((tender.amount for tender in paid), ZERO) >= self.total:
            raise InstalmentsRefused(
                _(
                    "All of it is paid now. Correct the amount that was received, or leave the instalments out."
                )
            )
        return [Due(row.cleaned_data["on"], row.cleaned_data["amount"]) for row in self.rows]

    def money_of(self, money: Any, *, offered: Decimal) -> Any:
        """The fields for what is paid now: the whole price, if nobody touched it, gives way to the deposit."""
        if self.rows is None or self.rows.is_bound or not money.is_valid():
            return money
        if [tender.amount for tender in money.tenders()] != [quantise(offered, self.clinic.currency)]:
            return money
        return tenders(None, currency=self.clinic.currency, amount=self.terms.cleaned_data["deposit"])

    def _settle(self, data: Any) -> bool:
        if not self.terms.is_valid():
            return False
        if not self.terms.is_asked:
            return True
        if "work_out" in data or data.get("instalments-worked_out") != self.worked_out_for:
            self._work_out()
            return False
        self.rows = Rows(data, prefix="instalment", currency=self.clinic.currency)  # type: ignore[call-arg]
        if self.rows.non_form_errors():  # no list of rows that this page has sent
            self._work_out()
            return False
        return bool(self.rows.is_valid())

    def _work_out(self) -> None:
        asked, currency = self.terms.cleaned_data, self.clinic.currency
        try:
            found = proposal(
                self.total,
                deposit=asked["deposit"] or ZERO,
                count=asked["count"],
                first_on=asked["first_on"],
                every=asked["every"] or Every.MONTH,
                today=self.today,
                currency=currency,
            )
        except InstalmentsRefused as refused:
            self.terms.add_error(None, str(refused))
            return
        rows = [{"on": due.on, "amount": quantise(due.amount, currency)} for due in found]
        self.rows = Rows(prefix="instalment", initial=rows, currency=currency)  # type: ignore[call-arg]


def _amount_of(row: Any) -> Decimal | None:
    if not row.is_bound:
        shown: Decimal = row.initial["amount"]
        return shown
    return row.cleaned_data.get("amount") if hasattr(row, "cleaned_data") else None
