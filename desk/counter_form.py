"""What the counter asks for one bill: today's visit, a package, goods; discounts with their reasons."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from billing.models import Good
from clinic.calendar import day_bounds
from clinic.forms import KeyedForm, MoneyField, offer_branches
from clinic.models import Branch, Clinic, Patient
from clinic.templatetags.ui import money
from packages.models import Plan
from packages.plans import fingerprint
from visits.models import Visit

from .counter import Goods, Off, Wanted

ROWS = 6


class GoodsRow(forms.Form):
    """So many of something; a row without goods is none."""

    good = forms.ChoiceField(label=_("Goods"), required=False)
    quantity = forms.IntegerField(label=_("How many"), min_value=1, max_value=999, initial=1, required=False)
    off = MoneyField(label=_("Discount"), required=False)
    why = forms.CharField(label=_("Why"), max_length=200, required=False)

    def __init__(self, *args: Any, on_sale: dict[str, Good], currency: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.on_sale = on_sale
        names = [(pk, f"{good.name} · {money(good.price, currency)}") for pk, good in on_sale.items()]
        self.fields["good"].choices = [("", _("Nothing more")), *names]  # type: ignore[attr-defined]
        self.fields["off"].currency = currency  # type: ignore[attr-defined]

    def goods(self) -> Goods | None:
        facts = self.cleaned_data
        if not facts.get("good"):
            return None
        return Goods(
            self.on_sale[facts["good"]],
            facts.get("quantity") or 1,
            Off(facts["off"] or Decimal(0), facts["why"]),
        )


class CounterForm(KeyedForm):
    """One bill for several things, with the rows of goods in it."""

    visit = forms.ModelChoiceField(
        Visit.objects.none(), label=_("Today’s visit, paid singly"), required=False, empty_label=_("None")
    )
    visit_off = MoneyField(label=_("Discount"), required=False)
    visit_why = forms.CharField(label=_("Why"), max_length=200, required=False)
    plan = forms.ModelChoiceField(
        Plan.objects.none(), label=_("Package"), required=False, empty_label=_("None")
    )
    shown = forms.CharField(widget=forms.HiddenInput, max_length=16, required=False)
    plan_off = MoneyField(label=_("Discount"), required=False)
    plan_why = forms.CharField(label=_("Why"), max_length=200, required=False)
    off = MoneyField(label=_("Discount on the whole bill"), required=False)
    why = forms.CharField(label=_("Why"), max_length=200, required=False)
    branch = forms.ModelChoiceField(Branch.objects.none(), label=_("Branch"), empty_label=None)
    all_paid = forms.BooleanField(label=_("All of it is paid now, in the first way below"), required=False)

    def __init__(self, *args: Any, patient: Patient, clinic: Clinic, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("visit_off", "plan_off", "off"):
            self.fields[name].currency = clinic.currency  # type: ignore[attr-defined]
        self._choices("visit", open_today(patient, clinic))
        self._choices("plan", Plan.objects.filter(is_active=True).order_by("price", "name"))
        named = self.fields["plan"]
        named.label_from_instance = lambda plan: f"{plan.name} · {money(plan.price, clinic.currency)}"  # type: ignore[attr-defined]
        offer_branches(self)
        on_sale = {str(good.pk): good for good in Good.objects.filter(is_active=True).order_by("name")}
        data = self.data if self.is_bound else None
        facts: dict[str, Any] = {"on_sale": on_sale, "currency": clinic.currency}
        self.rows = [GoodsRow(data, prefix=f"goods-{n}", **facts) for n in range(ROWS)]
        self.sells_goods = bool(on_sale)

    def _choices(self, name: str, queryset: Any) -> None:
        self.fields[name].queryset = queryset  # type: ignore[attr-defined]

    def is_valid(self) -> bool:
        """The form and each of its rows; every one says what is wrong with it."""
        return all([super().is_valid(), *(row.is_valid() for row in self.rows)])

    @property
    def plan_chosen(self) -> Plan | None:
        """The plan, also where something else is not right yet."""
        plan: Plan | None = getattr(self, "cleaned_data", {}).get("plan")
        return plan

    @property
    def has_terms_to_show(self) -> bool:
        """Whether a package was chosen on a page that did not show its terms: nothing is sold unseen."""
        return self.plan_chosen is not None and not self.cleaned_data["shown"]

    def fingerprint_now(self) -> str:
        """Of the terms that the page shows with this form."""
        return fingerprint(self.plan_chosen) if self.plan_chosen else ""

    def wanted(self) -> Wanted:
        """What was asked for, of a valid form."""
        facts = self.cleaned_data
        return Wanted(
            visit=facts["visit"],
            visit_off=self._off("visit_off", "visit_why"),
            plan=facts["plan"],
            plan_off=self._off("plan_off", "plan_why"),
            shown=facts["shown"] or None,
            goods=[goods for row in self.rows if (goods := row.goods())],
            off=self._off("off", "why"),
        )

    def _off(self, amount: str, why: str) -> Off:
        return Off(self.cleaned_data[amount] or Decimal(0), self.cleaned_data[why])


def open_today(patient: Patient, clinic: Clinic) -> QuerySet[Visit]:
    """The patient's visits of today that are not completed, earliest first."""
    start, end = day_bounds(clinic.today(), clinic.zone)
    visits: QuerySet[Visit] = Visit.objects.open().between(start, end).filter(patient=patient)
    return visits.select_related("service").order_by("starts_at")
