"""The form of a plan: all rules of its terms in groups, and what is sold line by line."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clinic.forms import MoneyField
from clinic.models import Branch, Staff
from clinic.money import places

from . import plan_rules
from .models import Plan, Start, Where
from .models.terms import Terms

AMOUNTS = ("price", "late_cancel_fee", "no_show_fee", "refund_fee", "list_rate")
# What stands behind a fold, which is open where something in it is wrong or not as usual.
FOLDS = {
    "validity": ("validity_start", "longest_count"),
    "place": ("where", "branch_ids", "therapist_ids"),
    "renewal": ("renews_monthly", "carries_over"),
}
USUAL = {"validity_start": Start.SALE, "where": Where.ANYWHERE}


class Several(forms.ModelMultipleChoiceField):
    """People or places to tick; what the terms keep is their ids."""

    widget = forms.CheckboxSelectMultiple

    def clean(self, value: Any) -> Any:
        return [row.pk for row in super().clean(value)]


class PlanForm(forms.ModelForm):
    """What a plan costs and its rules; its lines are in `packages.plan_lines`."""

    price = MoneyField(label=gettext_lazy("Price"))
    late_cancel_fee = MoneyField(label=gettext_lazy("Fee for a late cancellation"), required=False)
    no_show_fee = MoneyField(label=gettext_lazy("Fee for not coming"), required=False)
    refund_fee = MoneyField(label=gettext_lazy("Fee kept of a refund"), required=False)
    list_rate = MoneyField(
        label=gettext_lazy("List rate of a session"),
        required=False,
        help_text=gettext_lazy("Leave empty for the price of the plan by its sessions."),
    )
    branch_ids = Several(Branch.objects.none(), label=gettext_lazy("Which branches"), required=False)
    therapist_ids = Several(
        Staff.objects.none(),
        label=gettext_lazy("Which therapists"),
        required=False,
        help_text=gettext_lazy("None ticked: every therapist."),
    )

    class Meta:
        model = Plan
        fields = [*Terms.term_names(), "is_active"]

    def __init__(self, *args: Any, currency: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in AMOUNTS:
            self.fields[name].currency = currency  # type: ignore[attr-defined]
            if self.initial.get(name) is not None:
                self.initial[name] = _typed(self.initial[name], currency)
        # Whoever left stays to be seen, and to be taken out, on the plans that name them.
        self._offer("branch_ids", Branch.objects.filter(is_active=True))
        self._offer("therapist_ids", Staff.objects.therapists())

    def _offer(self, name: str, rows: Any) -> None:
        field: Any = self.fields[name]
        chosen = rows.model.objects.filter(pk__in=self.initial.get(name) or [])
        field.queryset = (rows | chosen).order_by("name")

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if Plan.objects.filter(name=name).exclude(pk=self.instance.pk).exists():
            raise forms.ValidationError(_("Another plan is called so already."))
        return name

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or self.cleaned_data
        for name, sentence in plan_rules.mistakes(given):
            self.add_error(name, sentence)
        return plan_rules.settled(given)

    @property
    def open_folds(self) -> list[str]:
        return [fold for fold, names in FOLDS.items() if any(map(self._is_unusual, names))]

    def _is_unusual(self, name: str) -> bool:
        return name in self.errors or (self[name].value() or None) not in (None, USUAL.get(name))


def _typed(amount: Any, currency: str) -> str:
    return f"{amount:.{places(currency)}f}" if amount else ""
